"""Handlers over a loopback channel."""
