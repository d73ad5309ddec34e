"""What WhatsApp's stand-in shares with Meta's Graph API: errors, templates, limits, windows."""
