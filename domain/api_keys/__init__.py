"""The keys with which programs of an organisation call."""
