"""Redis (Valkey): hints, fan-out and live positions; nothing in it that cannot be rebuilt."""
