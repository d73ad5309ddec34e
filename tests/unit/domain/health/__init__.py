"""Rules of the system's health."""
