"""The server as a process, with its children, on real servers."""
