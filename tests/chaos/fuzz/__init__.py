"""Thousands of requests made up from the contract, for every method and every path."""
