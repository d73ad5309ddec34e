"""Kills, stops and wipes parts of a running platform; the one place that asserts times."""
