"""`campotech tasks`: what operators see of queued work, and what they decide about it."""
