"""Dispatch of tasks through Dramatiq and Redis: fast, and allowed to forget."""
