"""What operators are shown of tasks."""
