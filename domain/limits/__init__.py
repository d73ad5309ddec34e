"""How much anybody may ask of the platform, so that nobody takes it from the others."""
