"""What is done for each type of task: decode the payload, call the use case."""
