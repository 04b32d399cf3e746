"""As which party somebody speaks in an engagement, by his own account or by a standing lent to him."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from matchmaker.accounts.model import STAFF, Account, State
from matchmaker.brokering.history import Opening
from matchmaker.brokering.rules import Rules
from matchmaker.permissions import Caller, Role
from matchmaker.records import Record
from matchmaker.usecases.accounts.keeping import every
from matchmaker.usecases.brokering.keeping import SECRETARIAT_KEY
from matchmaker.usecases.service import Service

DELEGATION: Final = "delegation"
COUNTRY: Final = "country"
LENT_TO: Final = STAFF | {Role.CITY_OFFICER, Role.NATIONAL_REPRESENTATIVE}
"""Whom a National Representative's standing can be lent to: nobody who is on the other side."""


def own(caller: Caller) -> frozenset[str]:
    """Return what is a caller's own, for the table of permissions."""
    return (caller.subjects | {caller.account}) - {""}


def standing_of(
    rules: Rules, caller: Caller, opening: Opening, lent: Mapping[str, str]
) -> dict[str, str]:
    """Return the parties that a caller speaks for, each with the account whose standing it is.

    Parameters
    ----------
    lent : mapping of str to str
        By country, the account that has lent its standing to the caller; see :func:`lent_to`.

    Returns
    -------
    dict
        ``""`` stands for the caller's own.  Empty for whoever is no party.

    Notes
    -----
    An officer does not speak for the country about an engagement of his own city.
    """
    found = {}
    for party in rules.parties.values():
        mine = not party.subject or opening.subject_of(party.subject) in caller.subjects
        if caller.role in party.roles and mine:
            found[party.name] = ""
    if opening.country in lent and COUNTRY not in found and opening.city not in caller.subjects:
        found[COUNTRY] = lent[opening.country]
    return found


def lent_to(service: Service, caller: Caller) -> dict[str, str]:
    """Return the countries whose standing is lent to a caller now, each with the lending account."""
    if not caller.account or caller.role not in LENT_TO:
        return {}
    lines = service.records.find(DELEGATION, {"to": caller.account}, order_by="at", limit=200)
    return {line["country"]: line["account"] for line in lines if holds(service, line)}


def holds(service: Service, line: Record) -> bool:
    """Tell whether a delegation holds now: not over, and of an account that still has the standing."""
    if line["until"] <= service.now():
        return False
    lender = service.records.get("account", line["account"])
    return lender is not None and _speaks(
        Account.of(lender), {Role.NATIONAL_REPRESENTATIVE}, line["country"]
    )


def keys_of(caller: Caller, lent: Mapping[str, str]) -> list[str]:
    """Return as what a caller is waited for: his subjects, countries lent to him, the secretariat."""
    staff = {SECRETARIAT_KEY} if caller.role in STAFF else set()
    return sorted(caller.subjects | lent.keys() | staff)


def speakers(service: Service, rules: Rules, opening: Opening, party: str) -> list[Account]:
    """Return the active accounts that speak for a party of an engagement, in a fixed order.

    Notes
    -----
    Goes through the accounts of the party's roles: O(accounts of these roles).
    """
    line = rules.parties[party]
    subject = opening.subject_of(line.subject) if line.subject else ""
    found: dict[str, Account] = {}
    for role in sorted(line.roles):
        for record in every(
            service.records, "account", {"role": role.value, "state": State.ACTIVE.value}
        ):
            account = Account.of(record)
            if _speaks(account, line.roles, subject):
                found[account.id] = account
    if party == COUNTRY:
        for account in _delegates(service, opening):
            found[account.id] = account
    return [found[name] for name in sorted(found)]


def _delegates(service: Service, opening: Opening) -> Iterable[Account]:
    lines = service.records.find(DELEGATION, {"country": opening.country}, order_by="at", limit=200)
    for line in lines:
        record = service.records.get("account", line["to"]) if holds(service, line) else None
        if record is not None and record["state"] == State.ACTIVE:
            account = Account.of(record)
            if account.role in LENT_TO and opening.city not in account.subjects:
                yield account


def _speaks(account: Account, roles: Iterable[Role], subject: str) -> bool:
    fits = not subject or subject in account.subjects
    return account.state is State.ACTIVE and account.role in roles and fits
