"""What `make bench` measures: our bars, and the same work done by others in the same run."""
