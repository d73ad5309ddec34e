"""Duties of the keeper on a ledger in memory."""
