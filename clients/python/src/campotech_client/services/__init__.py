"""One client per service of the contract, with the contract's methods in Python's words."""
