"""What the pages about engagements share: links, days left, names of whoever moved, forms sent once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from math import ceil
from typing import Any, Final
from uuid import NAMESPACE_URL, uuid4, uuid5

from flask import request

from matchmaker.errors import BadRequestError
from matchmaker.permissions import OPERATIONS, Caller, Way
from matchmaker.usecases.accounts import display_name
from matchmaker.usecases.brokering.standing import lent_to
from matchmaker.usecases.contributing.submissions import lists_all
from matchmaker.usecases.service import Service
from matchmaker.web.accounts.forms import FORM_FIELD
from matchmaker.web.pages.viewmodels import Link, View

ORIGINS: Final = {
    "clause": "Terms of Reference",
    "source": "source",
    "house": "rule of this house",
}
"""What a rule rests on, in words."""
CALLS: Final = {
    "partner": "Express interest",
    "city_officer": "Ask for this",
    "secretariat": "Propose an introduction",
    "administrator": "Propose an introduction",
}
"""What opening an engagement is called, by role."""
ROUTES: Final = {"partner": "interest", "city_officer": "request"}
"""By which route a role opens an engagement; all others propose."""
_DAY: Final = 86_400
_LONGEST_NONCE: Final = 100


@dataclass(frozen=True, slots=True)
class Due:
    """A day by which somebody is waited for, in words that count from now."""

    at: str
    words: str
    overdue: bool


def due(at: str, now: str) -> Due | None:
    """Return until when somebody is waited for, None where nobody is.

    Examples
    --------
    >>> due("2026-03-04T08:00:00.000Z", "2026-03-01T09:00:00.000Z").words
    '3 days left'
    >>> due("2026-03-01T08:00:00.000Z", "2026-03-01T09:00:00.000Z").words
    'overdue since today'
    """
    if not at:
        return None
    seconds = (datetime.fromisoformat(at) - datetime.fromisoformat(now)).total_seconds()
    if seconds <= 0:
        days = int(-seconds // _DAY)
        since = "since today" if not days else "for 1 day" if days == 1 else f"for {days} days"
        return Due(at, f"overdue {since}", overdue=True)
    days = ceil(seconds / _DAY)
    return Due(at, "1 day left" if days == 1 else f"{days} days left", overdue=False)


def short(view: View, one: Mapping[str, Any], now: str) -> dict[str, Any]:
    """Return an engagement as lists and the board show it."""
    return {
        **one,
        "url": f"/desk/engagements/{one['id']}",
        "need": _link(view, one["need"]["id"], one["need"]["title"]),
        "city": _link(view, one["city"]["id"], one["city"]["name"]),
        "country": _link(view, one["country"]["id"], one["country"]["name"]),
        "partner": _link(view, one["partner"]["id"], one["partner"]["name"]),
        "offer": _link(view, one["offer"]["id"], one["offer"]["title"]) if one["offer"] else None,
        "due": due(one["due_at"], now),
        "waits": [wait(view, line, now) for line in one["waits"]],
    }


def wait(view: View, line: Mapping[str, Any], now: str) -> dict[str, Any]:
    """Return who is waited for, as pages show it."""
    subject = view.link(line["subject"]) if line["subject"] else None
    return {
        **line, "subject": subject, "due": due(line["due_at"], now),
        "silent": line["then"] == "silence",
    }  # fmt: skip


def _link(view: View, identifier: str, caption: str) -> Link:
    """Return a link; what is gone keeps the name that it had."""
    found = view.link(identifier)
    return found if found.url else Link(identifier, caption, "", "")


def may(caller: Caller, operation: str) -> bool:
    """Tell whether an operation goes through for a caller in some way, be it for his own only."""
    grant = OPERATIONS[operation].grant(caller.role)
    return {grant.own, grant.others} != {Way.NO}


def countries_of(service: Service, caller: Caller) -> list[str]:
    """Return the countries that somebody sees as a whole: his own, those lent to him, for staff all.

    Staff see the member states.
    """
    snapshot = service.snapshot.of_type("country")
    if lists_all(caller, "engagements.read"):
        return sorted(c.id for c in snapshot.values() if c.text("relation") == "member")
    return sorted((caller.subjects | lent_to(service, caller).keys()) & snapshot.keys())


def mover(service: Service, caller: Caller, move: Mapping[str, Any]) -> dict[str, str]:
    """Return who made a move, as far as the caller may know: parties are shown, persons to staff.

    Nobody learns an account's name or address before they have been introduced; what somebody did
    himself is shown as his own.
    """
    staff = lists_all(caller, "engagements.read")
    by = ""
    if move["account"] and move["account"] == caller.account:
        by = "you"
    elif move["account"] and staff:
        by = display_name(service, move["account"])
    lender = display_name(service, move["lent_by"]) if move["lent_by"] and staff else ""
    return {"by": by, "lender": lender}


def new_nonce() -> str:
    """Return what makes a form one of its kind."""
    return str(uuid4())


def form_number(name: str, text: str) -> int:
    """Return a number that a form carries hidden, such as the version that it was filled in on.

    Raises
    ------
    BadRequestError
        If it is none: the form was not sent as it stood on its page.
    """
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise BadRequestError(name, "load the page again, and send the form from there")
    return int(text)


def form_uuid(caller: Caller, *more: str) -> str | None:
    """Return the name of what a form asks for, so that sent twice it is done once; None without one.

    Parameters
    ----------
    more : str
        What else tells it apart from others that the same form asks for.
    """
    nonce = request.form.get("nonce", "")[:_LONGEST_NONCE]
    if not nonce:
        return None
    filled = [(n, v) for n, v in request.form.items(multi=True) if n != FORM_FIELD]
    told = repr((caller.account, nonce, request.path, filled, more))
    return str(uuid5(NAMESPACE_URL, f"form:{told.encode('utf-8', 'surrogatepass').hex()}"))
