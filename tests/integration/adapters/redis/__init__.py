"""Adapters on a real Redis."""
