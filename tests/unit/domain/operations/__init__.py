"""Rules of queued work."""
