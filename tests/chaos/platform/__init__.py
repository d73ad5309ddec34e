"""A whole platform at work, parts of which are killed, stopped and wiped."""
