"""The broker: Dramatiq on a real Valkey."""
