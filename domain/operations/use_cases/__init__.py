"""What operators do with queued work."""
