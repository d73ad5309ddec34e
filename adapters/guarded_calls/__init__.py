"""What every call to an outside service goes through: deadline, retry, limits, breaker, costs."""
