from typing import Any

import pytest

from server.calls import Call, Method
from server.networks import parse_networks
from server.peers import Peers

OURS = "127.0.0.0/8,10.1.0.0/16,::1/128"


class Connected:
    """What gRPC tells of a call: who is at the other end, and the headers."""

    def __init__(self, peer: str, forwarded: str | None) -> None:
        self._peer = peer
        self._forwarded = forwarded

    def peer(self) -> str:
        return self._peer

    def invocation_metadata(self) -> tuple[tuple[str, str], ...]:
        return () if self._forwarded is None else (("x-forwarded-for", self._forwarded),)


def address_of(peer: str, forwarded: str | None = None) -> str:
    context: Any = Connected(peer, forwarded)
    call = Call(Method("/some.Service/Method", is_stream=False), context)
    return Peers(parse_networks(OURS)).address_of(call)


@pytest.mark.parametrize(
    ("peer", "address"),
    [
        ("ipv4:203.0.113.7:41000", "203.0.113.7"),
        ("ipv6:%5B2001:db8:1:2:3:4:5:6%5D:41000", "2001:db8:1:2::/64"),
        ("ipv6:[2001:db8:1:2:ffff::9]:41000", "2001:db8:1:2::/64"),
        ("ipv6:%5B::ffff:203.0.113.7%5D:41000", "203.0.113.7"),
        ("unix:/run/campotech.sock", "unix:/run/campotech.sock"),
    ],
)
def test_a_direct_caller_is_known_by_its_own_address(peer: str, address: str) -> None:
    assert address_of(peer) == address


def test_nobody_outside_may_say_to_be_somebody_else() -> None:
    assert address_of("ipv4:203.0.113.7:41000", "198.51.100.1") == "203.0.113.7"


@pytest.mark.parametrize("peer", ["ipv4:127.0.0.1:41000", "ipv4:10.1.2.3:4", "ipv6:%5B::1%5D:4"])
def test_a_proxy_of_ours_says_who_is_behind_it(peer: str) -> None:
    assert address_of(peer, "198.51.100.1") == "198.51.100.1"


def test_of_several_addresses_the_one_counts_that_our_proxy_saw() -> None:
    assert address_of("ipv4:127.0.0.1:4", "192.0.2.1, 198.51.100.1") == "198.51.100.1"


@pytest.mark.parametrize("forwarded", ["", "somebody", "1.2.3.4,", None])
def test_a_proxy_that_says_nothing_useful_is_the_caller_itself(forwarded: str | None) -> None:
    assert address_of("ipv4:127.0.0.1:41000", forwarded) == "127.0.0.1"


def test_a_network_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match=r"10\.0\.0\.1/8"):
        parse_networks("10.0.0.1/8")
