"""One file per command or query of the directory."""
