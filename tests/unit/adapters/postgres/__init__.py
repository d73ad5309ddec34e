"""What the Postgres adapter does without a Postgres."""
