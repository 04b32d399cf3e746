"""Delegations: a National Representative lends his standing in engagements to another account."""

from __future__ import annotations

from typing import Any, Final
from uuid import uuid4

from matchmaker.accounts.model import Account, State
from matchmaker.accounts.times import end_of_day
from matchmaker.errors import BadRequestError, ConflictError, NotFoundError
from matchmaker.permissions import Caller, Role
from matchmaker.records import Record
from matchmaker.usecases.accounts.keeping import find_account
from matchmaker.usecases.brokering.standing import DELEGATION, LENT_TO, holds, own
from matchmaker.usecases.contributing.submissions import lists_all
from matchmaker.usecases.permitting import note, permit
from matchmaker.usecases.service import Service

MOST: Final = 20
"""How many delegations of an account may hold at a time."""


def delegate(
    service: Service, caller: Caller, to: str, until: str, *, country: str = "",
    lender: str = "", uuid: str | None = None,
) -> dict[str, Any]:  # fmt: skip
    """Lend a National Representative's standing in engagements to another account.

    Parameters
    ----------
    to : str
        Identifier or e-mail address of the account.
    until : str
        The last day (YYYY-MM-DD) on which it holds.
    country : str
        Which, where the lender speaks for several.
    lender : str
        For staff only: whose standing it is, by identifier or address; else the caller's own.

    Raises
    ------
    BadRequestError
        If the day is none or past, or the account cannot be lent to; names the field.
    ConflictError
        If too many hold already.
    """
    permit(service, caller, "delegations.manage", own(caller))
    giver = _lender(service, caller, lender)
    permit(service, caller, "delegations.manage", {giver.id})
    chosen = _country(giver, country)
    end = _end(service, until)
    taker = _taker(service, to, giver, chosen)
    identifier = uuid or str(uuid4())
    if known := service.records.get(DELEGATION, identifier):
        if (known["account"], known["to"]) != (giver.id, taker.id):
            raise ConflictError("Another delegation was made under the same uuid.")
        return _shown(service, known)
    held = service.records.find(DELEGATION, {"account": giver.id}, order_by="at", limit=200)
    if sum(line["until"] > service.now() for line in held) >= MOST:
        raise ConflictError(f"{MOST} delegations of this account hold already.")
    record = service.records.create(DELEGATION, identifier, {
        "account": giver.id, "to": taker.id, "country": chosen, "until": end, "last_day": until,
        "at": service.now(),
    })  # fmt: skip
    note(service, caller.account, "delegated", delegation=identifier, to=taker.id)
    return _shown(service, record)


def list_delegations(service: Service, caller: Caller) -> list[dict[str, Any]]:
    """List delegations, newest first: all for staff, for others those by them and to them."""
    permit(service, caller, "delegations.read", own(caller))
    find = service.records.find
    if lists_all(caller, "delegations.read"):
        lines = find(DELEGATION, {}, order_by="at", descending=True, limit=200)
    else:
        both = ({"account": caller.account}, {"to": caller.account})
        found_ = [
            one for where in both for one in find(DELEGATION, where, order_by="at", limit=200)
        ]
        lines = sorted({one.id: one for one in found_}.values(), key=lambda one: one["at"])[::-1]
    return [_shown(service, line) for line in lines]


def end_delegation(service: Service, caller: Caller, delegation_id: str) -> dict[str, Any]:
    """Take a standing back, from now on; what was done with it stays.

    Raises
    ------
    NotFoundError
        If there is no such delegation, or it is another account's.
    """
    permit(service, caller, "delegations.manage", own(caller))
    record = service.records.get(DELEGATION, delegation_id[:100])
    theirs = record is not None and record["account"] == caller.account
    if record is None or not (theirs or lists_all(caller, "delegations.manage")):
        raise NotFoundError("delegation", delegation_id[:100])
    now = service.now()
    after = service.records.change(
        DELEGATION, record.id, lambda f: {**f, "until": min(now, f["until"])}
    )
    note(service, caller.account, "delegation_ended", delegation=record.id)
    return _shown(service, after or record)


def _lender(service: Service, caller: Caller, lender: str) -> Account:
    """Return whose standing is lent: the caller's, or for staff whose they name."""
    if lender and lender != caller.account:
        if not lists_all(caller, "delegations.manage"):
            raise BadRequestError("lender", "is for the secretariat only")
        account = _account(service, "lender", lender)
    elif caller.role is Role.NATIONAL_REPRESENTATIVE:
        account = _account(service, "lender", caller.account)
    else:
        raise BadRequestError("lender", "is needed: whose standing is lent")
    if account.role is not Role.NATIONAL_REPRESENTATIVE or account.state is not State.ACTIVE:
        raise BadRequestError("lender", "must be the active account of a National Representative")
    return account


def _country(giver: Account, country: str) -> str:
    if country in giver.subjects:
        return country
    if country or len(giver.subjects) != 1:
        raise BadRequestError("country", f"must be one of {', '.join(giver.subjects)}")
    return giver.subjects[0]


def _end(service: Service, until: str) -> str:
    try:
        end = end_of_day(until)
    except ValueError:
        raise BadRequestError("until", "must be a day like 2026-12-31") from None
    if end <= service.now():
        raise BadRequestError("until", "must not be past")
    return end


def _taker(service: Service, to: str, giver: Account, country: str) -> Account:
    taker = _account(service, "to", to)
    if taker.id == giver.id:
        raise BadRequestError("to", "has this standing itself")
    if taker.state is not State.ACTIVE or taker.role not in LENT_TO:
        raise BadRequestError(
            "to", "must be an active account of a city, a country or the secretariat"
        )
    if taker.role is Role.CITY_OFFICER and not _in_country(service, taker, country):
        raise BadRequestError("to", "must be of a city of the country")
    return taker


def _in_country(service: Service, taker: Account, country: str) -> bool:
    cities = service.snapshot.of_type("city")
    return any(
        name in cities and cities[name].text("country") == country for name in taker.subjects
    )


def _account(service: Service, name: str, text: str) -> Account:
    try:
        return find_account(service, text)
    except NotFoundError:
        raise BadRequestError(name, "is no account of this service") from None


def _shown(service: Service, record: Record) -> dict[str, Any]:
    country = service.snapshot.entities.get(record["country"])
    return {
        "id": record.id,
        "at": record["at"],
        "lender": record["account"],
        "lender_name": _name(service, record["account"]),
        "to": record["to"],
        "to_name": _name(service, record["to"]),
        "country": record["country"],
        "country_name": service.snapshot.schema.caption(country) if country else record["country"],
        "last_day": record["last_day"],
        "until": record["until"],
        "holds": holds(service, record),
    }


def _name(service: Service, account_id: str) -> str:
    record = service.records.get("account", account_id)
    return (record.get("name") or record.get("email") or account_id) if record else account_id
