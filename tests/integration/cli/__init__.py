"""Commands of the command line on a real database."""
