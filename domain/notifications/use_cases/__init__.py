"""One file per command on notifications."""
