"""Our way to ARCA against the sandbox's ARCA, which shares no code with it."""
