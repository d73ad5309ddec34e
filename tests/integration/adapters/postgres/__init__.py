"""Stores against a real Postgres."""
