"""The keeper: brings tasks to the broker, takes them from the dead, and keeps the tables small."""
