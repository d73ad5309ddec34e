"""Redis adapters that need no Redis."""
