"""E-mail addresses: which texts are one, and when two of them are the same."""

from __future__ import annotations

import re
from typing import Final

from matchmaker.errors import BadRequestError

LONGEST: Final = 254
_ATOM: Final = r"[a-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL: Final = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_ADDRESS: Final = re.compile(rf"({_ATOM}(?:\.{_ATOM})*)@((?:{_LABEL}\.)+[a-z][a-z0-9-]*[a-z0-9])")


def normal_address(text: str) -> str:
    """Return an e-mail address as it is kept: without spaces around it and in small letters.

    Raises
    ------
    BadRequestError
        If it cannot be an address.  Quoted local parts, addresses without a domain name and letters
        beyond ASCII are not taken, so that an address is safe in a header of a message.

    Notes
    -----
    Linear in the length; texts beyond the longest address are not looked at.

    Examples
    --------
    >>> normal_address(" Officer@City.Example ")
    'officer@city.example'
    >>> normal_address("nobody")
    Traceback (most recent call last):
    matchmaker.errors.BadRequestError: email: is not an e-mail address
    """
    address = text.strip(" ").lower() if len(text) <= LONGEST + 20 else ""
    found = _ADDRESS.fullmatch(address) if len(address) <= LONGEST and address.isascii() else None
    if found is None or len(found[1]) > 64:
        raise BadRequestError("email", "is not an e-mail address")
    return address
