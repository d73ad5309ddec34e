"""What is done with queued work, one use case per file."""
