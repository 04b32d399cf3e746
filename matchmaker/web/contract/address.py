"""From which address a request comes, also behind proxies that the operator trusts."""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import IPv6Address, ip_address, ip_network

from flask import request

from matchmaker.web.http import current_service

_MOST_HOPS = 20


def client_address() -> str:
    """Return the address of the client that makes the current request, ``""`` if it is unknown.

    ``X-Forwarded-For`` counts only if the connection comes from a proxy of
    ``MATCHMAKER_TRUSTED_PROXIES``; anybody else could write into it what he likes.
    """
    return behind_proxies(
        request.remote_addr or "",
        request.headers.getlist("X-Forwarded-For"),
        current_service().settings.trusted_proxies,
    )


def behind_proxies(peer: str, forwarded: Iterable[str], trusted: Iterable[str]) -> str:
    """Return the last address on the way that is not a trusted proxy.

    Examples
    --------
    >>> behind_proxies("10.0.0.1", ["6.6.6.6, 203.0.113.9"], ["10.0.0.0/8"])
    '203.0.113.9'
    >>> behind_proxies("203.0.113.9", ["6.6.6.6"], ["10.0.0.0/8"])
    '203.0.113.9'
    """
    networks = [ip_network(text, strict=False) for text in trusted]
    hops = [hop.strip() for line in forwarded for hop in line.split(",")][-_MOST_HOPS:]
    address = peer
    while networks and hops:
        try:
            here = ip_address(address)
        except ValueError:
            break
        if not any(here in network for network in networks):
            break
        candidate = _plain(hops.pop())
        if not candidate:
            break
        address = candidate
    return address


def _plain(hop: str) -> str:
    """Return the address of a hop without port and brackets, ``""`` if it is none."""
    text = hop.removeprefix("[").partition("]")[0] if hop.startswith("[") else hop
    if text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        return str(ip_address(text))
    except ValueError:
        return ""


def neighbourhood(address: str) -> str:
    """Return what one household or firm has of addresses: an IPv4 address, an IPv6 network of /64.

    Examples
    --------
    >>> neighbourhood("2001:db8::1"), neighbourhood("203.0.113.9")
    ('2001:db8::/64', '203.0.113.9')
    """
    try:
        found = ip_address(address)
    except ValueError:
        return address[:100]
    if isinstance(found, IPv6Address):
        if found.ipv4_mapped:
            return str(found.ipv4_mapped)
        return str(ip_network((found, 64), strict=False))
    return str(found)
