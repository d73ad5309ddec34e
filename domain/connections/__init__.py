"""How an organisation is known outside: its certificate for ARCA, its number at WhatsApp."""
