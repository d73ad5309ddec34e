"""Networks as settings name them."""

from collections.abc import Sequence
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import TypeAlias

Network: TypeAlias = IPv4Network | IPv6Network


def parse_networks(text: str) -> Sequence[Network]:
    """Return the networks of a list with commas; raise ValueError for what is none."""
    return tuple(ip_network(part.strip()) for part in text.split(",") if part.strip())
