"""The WhatsApp gateway on recorded answers."""
