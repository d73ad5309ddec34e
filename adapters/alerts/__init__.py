"""Ways to operators beside the log."""
