"""The phone's side of live tracking: what is measured is kept until the server has stored it."""
