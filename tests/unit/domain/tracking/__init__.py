"""Rules of tracking."""
