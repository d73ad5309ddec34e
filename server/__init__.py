"""The gRPC server: every service of the contract, served by a parent and its children."""
