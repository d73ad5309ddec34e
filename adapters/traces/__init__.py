"""Traces: what a request set in motion, from the call through its tasks to outside services."""
