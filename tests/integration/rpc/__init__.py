"""Every method over a real channel: the whole chain, a real database, a real Valkey."""
