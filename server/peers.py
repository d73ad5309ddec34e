"""Where a call comes from: the address of whoever made it, also through a proxy that we trust."""

from collections.abc import Sequence
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from urllib.parse import unquote

from server.calls import Call
from server.networks import Network

_FORWARDED = "x-forwarded-for"
_IPV6_PREFIX = 64


class Peers:
    """Tells callers without a token apart."""

    def __init__(self, proxies: Sequence[Network]) -> None:
        self._proxies = proxies

    def address_of(self, call: Call) -> str:
        """Return the address of the caller; of IPv6 its network, as everybody has billions.

        Anybody may send `x-forwarded-for`: it counts only from a proxy of ours, which adds the
        address it sees as the last one.
        """
        host = _host(call.context.peer())
        address = _address(host)
        if address is None or not any(address in proxy for proxy in self._proxies):
            return _name(address) if address else host
        forwarded = _address(call.header(_FORWARDED).rpartition(",")[2].strip())
        return _name(forwarded or address)


def _host(peer: str) -> str:
    """Return the host of gRPC's `ipv4:127.0.0.1:50051` or `ipv6:%5B::1%5D:50051`."""
    _, _, place = unquote(peer).partition(":")
    return place.rpartition(":")[0].strip("[]") or peer


@lru_cache(maxsize=10_000)
def _address(host: str) -> IPv4Address | IPv6Address | None:
    try:
        address = ip_address(host)
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address


def _name(address: IPv4Address | IPv6Address) -> str:
    if isinstance(address, IPv4Address):
        return str(address)
    return str(IPv6Network((address, _IPV6_PREFIX), strict=False))
