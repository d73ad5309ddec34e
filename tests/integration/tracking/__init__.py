"""Tracking from the phone to the viewer, on real servers."""
