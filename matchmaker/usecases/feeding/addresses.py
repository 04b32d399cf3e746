"""Where webhooks may go: to public addresses only, and to the very address that was looked at.

A receiver's name is resolved by us, each time; every address that it stands for must be a public
one, and the connection is made to the address that was checked.  So neither a name that points
inside, nor one that changes its mind between the check and the connection, leads into the network of
the service or to the metadata service of a cloud.

References
----------
OWASP. Server Side Request Forgery Prevention Cheat Sheet.
IANA. IPv4 and IPv6 Special-Purpose Address Registries.
"""

from __future__ import annotations

import socket
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Final
from urllib.parse import urlsplit

from matchmaker.errors import BadRequestError, MatchmakerError

LONGEST_URL: Final = 500
_USUAL_PORTS: Final = {"https": 443, "http": 80}
_LOW_PORTS: Final = frozenset({80, 443})
_LEAST_HIGH_PORT: Final = 1024
_CONTROL: Final = 0x20
_SPECIAL: Final = tuple(
    map(
        ip_network,
        (
            "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16",
            "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16",
            "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
            "168.63.129.16/32",  # the inner door of a large cloud, though in public space
            "::/96", "64:ff9b:1::/48", "100::/64", "2001::/23", "2001:db8::/32", "3fff::/20",
            "5f00::/16", "fc00::/7", "fe80::/10", "fec0::/10", "ff00::/8",
        ),
    )
)  # fmt: skip
_NAT64: Final = ip_network("64:ff9b::/96")
_GLOBAL_V6: Final = ip_network("2000::/3")


class NotPublicError(MatchmakerError):
    """An address leads, or may lead, into a network that is not public."""


@dataclass(frozen=True, slots=True)
class Target:
    """Where a webhook goes, taken apart and checked for its form."""

    scheme: str
    host: str
    port: int
    path: str

    @property
    def authority(self) -> str:
        """Host and port as they stand in the header ``Host``."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _USUAL_PORTS[self.scheme] else f"{host}:{self.port}"


def target_of(url: str) -> Target:
    """Return the target that an address names.

    Raises
    ------
    BadRequestError
        If it is no plain http or https address, carries credentials, or names a port on which
        something else than a web server is to be expected.

    Examples
    --------
    >>> target_of("https://portal.example/hook?a=1")
    Target(scheme='https', host='portal.example', port=443, path='/hook?a=1')
    """
    if len(url) > LONGEST_URL:
        raise BadRequestError("url", f"must have at most {LONGEST_URL} characters")
    if not url.isascii() or any(ord(c) <= _CONTROL or c in '\\"<>^`{|}\x7f' for c in url):
        raise BadRequestError("url", "must be ASCII without blanks; write others percent-encoded")
    try:
        parts = urlsplit(url)
        port = parts.port
        host = parts.hostname or ""
    except ValueError:
        raise BadRequestError("url", "cannot be read") from None
    if parts.scheme not in _USUAL_PORTS or not host:
        raise BadRequestError("url", "must begin with https:// (or http://) and name a host")
    if "@" in parts.netloc:
        raise BadRequestError("url", "must not hold a user name or password")
    if parts.fragment or "#" in url:
        raise BadRequestError("url", "must have no fragment (#)")
    if "%" in host:
        raise BadRequestError("url", "must name its host without '%'")
    port = _USUAL_PORTS[parts.scheme] if port is None else port
    if port not in _LOW_PORTS and port < _LEAST_HIGH_PORT:
        raise BadRequestError("url", "must use port 80, 443 or one from 1024 on")
    path = parts.path or "/"
    return Target(parts.scheme, host, port, f"{path}?{parts.query}" if parts.query else path)


def is_public(text: str) -> bool:
    """Tell whether an IP address belongs to the public internet.

    An IPv4 address inside of an IPv6 address counts as what it is.

    Examples
    --------
    >>> [is_public(a) for a in ("8.8.8.8", "10.0.0.1", "::ffff:127.0.0.1", "2606:4700::1111")]
    [True, False, False, True]
    """
    address = _plain(text)
    if address is None or any(
        address in network for network in _SPECIAL if network.version == address.version
    ):
        return False
    if isinstance(address, IPv6Address):
        inner = _inner(address)
        if inner is not None:
            return is_public(str(inner))
        return address in _GLOBAL_V6
    return address.is_global


def _plain(text: str) -> IPv4Address | IPv6Address | None:
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address


def _inner(address: IPv6Address) -> IPv4Address | None:
    """Return the IPv4 address that a 6to4 or NAT64 address leads to."""
    if address.sixtofour is not None:
        return address.sixtofour
    if address in _NAT64:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return None


def resolve(target: Target, *, loopback: bool = False) -> str:
    """Return the IP address to connect to.

    Parameters
    ----------
    loopback : bool
        Whether this very machine may be a target: for tests and development.

    Raises
    ------
    NotPublicError
        If any address of the host is not public.
    OSError
        If the host has none.
    """
    found = socket.getaddrinfo(target.host, target.port, type=socket.SOCK_STREAM)
    addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
    for address in addresses:
        plain = _plain(address)
        allowed = loopback and plain is not None and plain.is_loopback
        if not (allowed or is_public(address)):
            raise NotPublicError("The address does not lead to the public internet.")
    if not addresses:
        raise OSError("no address")
    return addresses[0]
