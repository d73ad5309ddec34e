"""What people and phones do with locations."""
