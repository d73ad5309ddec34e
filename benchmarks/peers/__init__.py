"""Other queues at the same work, each behind the same few calls."""
