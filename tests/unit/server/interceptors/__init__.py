"""One concern of every call at a time."""
