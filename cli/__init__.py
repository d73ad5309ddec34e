"""The `campotech` command: what a person at a terminal does with the platform."""
