"""The whole platform on one machine: started in order, watched over, stopped in reverse."""
