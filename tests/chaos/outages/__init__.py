"""A provider is down, and four workers meet it together."""
