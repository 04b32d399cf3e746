"""The menu of the desk: its pages in groups, each shown to whoever may see it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from markupsafe import Markup

from matchmaker.errors import NotAllowedError, StoreUnavailableError
from matchmaker.permissions import OPERATIONS, Caller, Role, Way
from matchmaker.usecases.brokering.telling import count_waiting
from matchmaker.web.http import current_service

INBOX: Final = "/desk/inbox"


@dataclass(frozen=True, slots=True)
class Entry:
    """A page of the desk.

    Parameters
    ----------
    path, label : str
        Where it is, and what it is called.
    permission : str
        Whoever may this, be it with his own only, sees the entry.
    but : tuple of Role
        Roles that may it but have nothing to see there.
    """

    path: str
    label: str
    permission: str
    but: tuple[Role, ...] = ()

    def is_for(self, caller: Caller) -> bool:
        """Tell whether a caller sees it."""
        grant = OPERATIONS[self.permission].grant(caller.role)
        return caller.role not in self.but and grant.own is not Way.NO


MENU: Final[tuple[tuple[str, tuple[Entry, ...]], ...]] = (
    # A new page of the desk is one line in one of the groups; the order is that of the menu.
    ("My work", (
        Entry(INBOX, "Inbox", "inbox.read"),
        Entry("/desk", "Submissions", "submissions.list"),
        Entry("/desk/lists", "Working lists", "marks.read"),
        Entry("/desk/claims", "Claims", "claims.list"),
    )),
    ("Brokering", (
        Entry("/desk/engagements", "Engagements", "engagements.read"),
        Entry("/desk/papers", "White papers", "papers.read"),
        Entry("/desk/portfolio", "Portfolio", "portfolio.read"),
        Entry("/desk/bundles", "Bundles", "bundles.read"),
        Entry("/desk/events", "Events", "events.read"),
    )),
    ("Network", (
        Entry("/desk/countries", "Countries", "engagements.read", but=(Role.PARTNER,)),
        Entry("/desk/delegations", "Delegations", "delegations.read", but=(Role.PARTNER,)),
        Entry("/desk/instruments", "Instruments", "amendments.read"),
        Entry("/annual-reports", "Annual reports", "graph.read"),
        Entry("/desk/diligence", "Due diligence", "diligence.read"),
    )),
    ("Data", (
        Entry("/desk/reports", "Reported errors", "reports.list"),
        Entry("/desk/merge", "Merge duplicates", "entity.merge"),
        Entry("/desk/uploads", "Uploads", "bulk.upload"),
    )),
    ("Administration", (
        Entry("/admin/accounts", "Accounts", "accounts.list"),
        Entry("/admin/audit", "Audit", "audit.read"),
    )),
)  # fmt: skip
"""Groups of pages, each with its entries."""


@dataclass(frozen=True, slots=True)
class Group:
    """A group as one caller sees it: a heading over links (path, label, how much waits there)."""

    label: str
    links: tuple[tuple[str, str, Markup], ...]

    def holds(self, path: str) -> bool:
        """Tell whether a page is in it."""
        return any(link[0] == path for link in self.links)


def menu_of(caller: Caller) -> list[Group]:
    """Return the menu as a caller sees it; groups without a page for him are left out."""
    badges = {INBOX: _badge(caller)}
    found = []
    for label, entries in MENU:
        links = tuple(
            (one.path, one.label, badges.get(one.path, Markup("")))
            for one in entries
            if one.is_for(caller)
        )
        if links:
            found.append(Group(label, links))
    return found


def _badge(caller: Caller) -> Markup:
    """Return how much waits in the inbox as a page shows it, empty where nothing does."""
    if OPERATIONS["inbox.read"].grant(caller.role).own is Way.NO:
        return Markup("")
    try:
        count = count_waiting(current_service(), caller)
    except (StoreUnavailableError, NotAllowedError):  # an API key may reach the desk without it
        count = 0
    if not count:
        return Markup("")
    return Markup(' <span class="badge">{}<span class="hidden"> waiting</span></span>').format(
        count
    )
