"""Handlers of tasks."""
