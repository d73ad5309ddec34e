"""Tracking: technicians' phones, where they were, and where they are now."""
