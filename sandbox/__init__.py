"""Local stand-ins for the outside services, with faults that can be switched on."""
