"""The frame of the server over a loopback channel."""
