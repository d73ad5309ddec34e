"""Queued work: what a task is, when it runs again, who holds it."""
