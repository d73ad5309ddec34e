"""The processes that run queued work: one per tier, and the keeper that loses none of it."""
