"""Who is who: organisations, their members and their customers."""
