"""How well the system works: what it stands on, what people use, and the whole."""
