"""Guarded calls without a network."""
