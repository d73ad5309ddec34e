"""Blobs: what is too large for the database and goes past our servers by signed links."""
