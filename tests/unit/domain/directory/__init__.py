"""Rules of the directory."""
