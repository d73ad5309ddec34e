"""The outside systems: each folder is the only code that knows one system's wire format."""
