"""Digests: an account is told together what is new in all of its searches that are due.

What is to be told is written down first, in one record that no other process can write too: the
account's digests are numbered, and the number is part of the identifier.  Then a notice is made from
it, which goes out by mail as others do, and the searches note what was told.  Each step can be
repeated, so that whoever comes after a process that was killed in between goes on from there, and
nothing is told in two digests.
"""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any, Final
from uuid import NAMESPACE_URL, uuid5

from matchmaker.accounts.model import Account, State
from matchmaker.accounts.times import later
from matchmaker.errors import ConflictError, StoreUnavailableError
from matchmaker.records import Plain, Record
from matchmaker.usecases.accounts.keeping import every
from matchmaker.usecases.alerts.looking import Hit, look, new_of
from matchmaker.usecases.alerts.mailing import title_of
from matchmaker.usecases.alerts.periods import next_run
from matchmaker.usecases.alerts.searches import KIND, caller_of, mark_of
from matchmaker.usecases.alerts.searches import title_of as search_title
from matchmaker.usecases.reading.seeing import seen_matches
from matchmaker.usecases.service import Service

DIGEST: Final = "digest"
KEPT: Final = timedelta(days=400)
MOST_SHOWN: Final = 10
"""How much of what is new in one search a digest names; the rest is counted."""
_PAGE: Final = 100
_log = logging.getLogger(__name__)


def run_due(service: Service, stopped: Callable[[], bool] = lambda: False) -> int:
    """Run every search whose time has come; return how many digests were made.

    Time is the service's own.  What goes wrong with one account is logged and holds up no other.

    Parameters
    ----------
    stopped : callable
        Asked between two accounts whether to leave off.
    """
    until = later(service.now(), timedelta(milliseconds=1))
    after: tuple[Plain, str] | None = None
    for digest in service.records.find(DIGEST, {"state": "open"}, order_by="at", limit=_PAGE):
        _carry_out(service, digest)
    accounts: set[str] = set()
    made = 0
    while page := service.records.find(
        KIND, {"state": "active"}, before={"next_at": until}, order_by="next_at", after=after,
        limit=_PAGE,
    ):  # fmt: skip
        after = (page[-1]["next_at"], page[-1].id)
        for account in dict.fromkeys(record["account"] for record in page):
            if account in accounts:
                continue
            if stopped():
                return made
            accounts.add(account)
            try:
                made += tell(service, account)
            except StoreUnavailableError:
                raise
            except Exception:  # noqa: BLE001  # one that cannot be told holds up no other
                _log.exception("The saved searches of %s could not be run", account)
    return made


def tell(service: Service, account_id: str) -> bool:
    """Run the searches of an account that are due; tell whether a digest came of it.

    Raises
    ------
    StoreUnavailableError
        If the database is away.
    """
    number = _finished(service, account_id) + 1
    record, now = service.records.get("account", account_id), service.now()
    due = [
        one
        for one in every(service.records, KIND, {"account": account_id, "state": "active"})
        if one["next_at"] <= now
    ]
    if record is None or record["state"] != State.ACTIVE:
        for one in due:  # looked at again once the account is; until then nothing counts as told
            _note(service, one.id, {"at": now, "version": 0, "looked": "", "keys": ()})
        return False
    account = Account.of(record)
    looked = sorted((_look(service, account, one) for one in due), key=lambda line: line["title"])
    news = [line for line in looked if line["keys"]]
    if news:
        fields = {"account": account_id, "state": "open", "at": now, "number": number,
                  "searches": news}  # fmt: skip
        try:
            digest = service.records.create(DIGEST, _identifier(account_id, number), fields)
        except ConflictError:
            return False  # another process tells this account right now
        _carry_out(service, digest)
    for line in looked:
        if not line["keys"]:
            _note(service, line["search"], {**line, "at": now})
    return bool(news)


def tidy(service: Service) -> None:
    """Delete digests that are long past."""
    old = later(service.now(), -KEPT)
    service.records.delete(DIGEST, {"state": "done"}, before={"at": old})


def _finished(service: Service, account_id: str) -> int:
    """Finish what a process that was killed has left of an account; return the last number."""
    found = service.records.find(
        DIGEST, {"account": account_id}, order_by="at", descending=True, limit=_PAGE
    )
    for digest in found:
        if digest["state"] == "open":
            _carry_out(service, digest)
    return max((digest["number"] for digest in found), default=0)


def _look(service: Service, account: Account, record: Record) -> dict[str, Any]:
    """Return what is new in a search; it is run only if the graph has changed since."""
    matcher, snapshot = seen_matches(service, caller_of(record, account.caller))
    mark = mark_of(service, snapshot)
    hits: list[Hit] = []
    if not mark or record["looked"] != mark:
        hits = new_of(look(matcher, snapshot, record.fields), record["told"])
    return {
        "search": record.id,
        "title": record["name"] or search_title(snapshot, record.fields),
        "kind": record["kind"],
        "version": record["version"],
        "looked": mark,
        "keys": [hit.key for hit in hits],
        "items": [hit.as_json() for hit in hits[:MOST_SHOWN]],
    }


def _carry_out(service: Service, digest: Record) -> None:
    """Make the notice of a digest, and have its searches note what it tells; can be repeated."""
    with contextlib.suppress(ConflictError):  # it was made by an earlier attempt
        service.records.create("notice", str(uuid5(NAMESPACE_URL, f"digest|{digest.id}")), {
            "account": digest["account"],
            "engagement": "",
            "letter": digest.id,
            "kind": "digest",
            "party": "",
            "title": title_of(digest.fields),
            "about": ", ".join(line["title"] for line in digest["searches"])[:200],
            "at": digest["at"],
            "seen": False,
            "mail": "due" if service.settings.smtp_url else "off",
            "due_at": digest["at"],
            "attempts": 0,
        })  # fmt: skip
    for line in digest["searches"]:
        _note(service, line["search"], {**line, "at": digest["at"]})
    service.records.change(DIGEST, digest.id, lambda held: {**held, "state": "done"})


def _note(service: Service, search_id: str, line: Mapping[str, Any]) -> None:
    """Note in a search what was told of it, up to which state it looked, and when it is run next."""

    def alter(held: Mapping[str, Any]) -> Mapping[str, Any]:
        made = dict(held)
        new = [key for key in line["keys"] if key not in held["told"]]
        if new:
            made |= {"told": [*held["told"], *new], "told_at": line["at"], "last": line["items"]}
        made["next_at"] = max(held["next_at"], next_run(line["at"], held["frequency"]))
        if held["version"] == line["version"]:  # else it asks for something else by now
            made["looked"] = line["looked"]
        return made

    service.records.change(KIND, search_id, alter)


def _identifier(account_id: str, number: int) -> str:
    return str(uuid5(NAMESPACE_URL, f"digest|{account_id}|{number}"))
