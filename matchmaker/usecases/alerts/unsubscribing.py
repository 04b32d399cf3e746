"""Links that stop mail without a sign-in: signed, so that nothing needs to be kept for each message.

A link names a saved search, which it pauses, or an account, whose mail about saved searches it stops.
Only its signature makes it work; what it answers is the same whether the search or the account still
exists.

References
----------
Levine, J., Herkula, T. (2017). Signaling One-Click Functionality for List Email Headers. RFC 8058.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import hmac
from typing import Final, Literal

from matchmaker.accounts.tokens import new_token
from matchmaker.errors import ConflictError, LinkRefusedError, NotFoundError
from matchmaker.permissions import Caller
from matchmaker.usecases.accounts import public_url
from matchmaker.usecases.accounts.keeping import account_record, alter_account
from matchmaker.usecases.alerts.searches import KIND
from matchmaker.usecases.permitting import permit
from matchmaker.usecases.service import Service

PATH: Final = "/unsubscribe/"
"""Page that takes a link's token; the token follows."""
MAIL_KINDS: Final = ("digest", "engagements")
"""What mail there is to switch off: digests of saved searches, notices about engagements."""
What = Literal["search", "account"]
_MARKS: Final[dict[What, str]] = {"search": "s", "account": "a"}
_SECRET: Final = "unsubscribe"  # noqa: S105  # the name of a record
_SIGN_LENGTH: Final = 22  # 132 bits in base64
_REFUSED: Final = "This link does not work: it is not complete, or not of this service."


def link(service: Service, what: What, identifier: str) -> str:
    """Return the link that pauses a search, or stops an account's mail about its searches."""
    named = f"{_MARKS[what]}{identifier}"
    return f"{public_url(service.settings)}{PATH}{named}.{_sign(service, named)}"


def read(service: Service, token: str) -> tuple[What, str]:
    """Return what a link stops, and its identifier.

    Raises
    ------
    LinkRefusedError
        If the link is none of ours.
    """
    named, _, sign = token[:200].rpartition(".")
    right = _sign(service, named)
    if not named or not hmac.compare_digest(right.encode(), sign.encode("utf-8", "replace")):
        raise LinkRefusedError(_REFUSED)
    return ("search" if named[0] == _MARKS["search"] else "account"), named[1:]


def unsubscribe(service: Service, token: str) -> What:
    """Do what a link is for; done again, it changes nothing more.

    Raises
    ------
    LinkRefusedError
        If the link is none of ours.
    """
    what, identifier = read(service, token)
    if what == "search":
        service.records.change(
            KIND, identifier,
            lambda held: {**held, "state": "paused", "version": held["version"] + 1}
            if held["state"] != "paused" else None,
        )  # fmt: skip
        return what
    with contextlib.suppress(NotFoundError):
        alter_account(
            service,
            identifier,
            lambda held: {"mail_off": sorted({*held.get("mail_off", ()), "digest"})},
        )
    return what


def mail_off(service: Service, caller: Caller) -> list[str]:
    """Return the kinds of mail that the caller does not want; the inbox has notices all the same."""
    permit(service, caller, "account.self", {caller.account} - {""})
    return list(account_record(service, caller.account).get("mail_off", ()))


def choose_mail(service: Service, caller: Caller, wanted: frozenset[str]) -> None:
    """Have the kinds of mail that are wanted sent, and no others."""
    permit(service, caller, "account.self", {caller.account} - {""})
    off = [kind for kind in MAIL_KINDS if kind not in wanted]
    alter_account(service, caller.account, lambda _: {"mail_off": off})


def _sign(service: Service, named: str) -> str:
    made = hmac.new(_key(service), named.encode("utf-8", "replace"), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(made).decode()[:_SIGN_LENGTH]


def _key(service: Service) -> bytes:
    """Return the key of this database's links; the first who asks makes it."""
    record = service.records.get("secret", _SECRET)
    while record is None:
        with contextlib.suppress(ConflictError):
            service.records.create("secret", _SECRET, {"secret": new_token()})
        record = service.records.get("secret", _SECRET)
    return str(record["secret"]).encode()
