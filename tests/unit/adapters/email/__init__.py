"""The e-mail adapter without a relay."""
