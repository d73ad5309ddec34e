"""The e-mail adapter at real SMTP relays."""
