"""`web` as a process."""
