"""One servicer per service of the contract: parse, call the use case, print the answer."""
