"""Postgres, the truth: stores of the domain's contexts under row-level security."""
