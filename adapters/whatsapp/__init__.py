"""The WhatsApp Cloud API (Meta Graph)."""
