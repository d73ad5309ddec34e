"""One file per command or query on messages."""
