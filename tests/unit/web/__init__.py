"""What `web` answers."""
