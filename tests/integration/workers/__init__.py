"""Workers and keepers as processes, on a real Postgres and a real Valkey."""
