"""One file per webhook."""
