"""What businesses and their customers write to one another over WhatsApp."""
