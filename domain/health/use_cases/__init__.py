"""What people ask about the system's health."""
