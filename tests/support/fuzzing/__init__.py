"""Requests made up from the contract, sent by the thousand, and what their answers must not be."""
