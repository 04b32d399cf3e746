"""Notices: who is told what about an engagement, a white paper or a saved search, here and by mail.

The identifier of a notice follows from the engagement or the white paper, the move or the reminder, and
the account: it is made at most once, however often the work is repeated.  Mail goes out at least once.
What people have written to each other stands in no notice.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final
from uuid import NAMESPACE_URL, uuid5

from matchmaker.accounts.model import Account, State
from matchmaker.accounts.times import later
from matchmaker.brokering.clocks import Event
from matchmaker.brokering.engagement import apply, is_open
from matchmaker.brokering.history import Move
from matchmaker.brokering.history import State as Standing
from matchmaker.brokering.rules import ESCALATE, SECRETARIAT, SILENCE, Rules
from matchmaker.errors import BadRequestError, ConflictError, MailError, NotFoundError
from matchmaker.mail import Attachment, mailer_of
from matchmaker.permissions import Caller
from matchmaker.records import Plain, Record
from matchmaker.usecases.accounts import public_url
from matchmaker.usecases.accounts.pages import cursor_after, cursor_of, page_size
from matchmaker.usecases.alerts.mailing import PAGE as SEARCHES_PAGE
from matchmaker.usecases.alerts.mailing import Letter, letter_of
from matchmaker.usecases.brokering.appointments import FILE_NAME, calendar
from matchmaker.usecases.brokering.keeping import Engagement, found
from matchmaker.usecases.brokering.showing import caption
from matchmaker.usecases.brokering.standing import own, speakers
from matchmaker.usecases.permitting import permit
from matchmaker.usecases.service import Service

KIND: Final = "notice"
PAGE: Final = "/desk/engagements/"
"""Page of an engagement; its identifier follows."""
PAPER_PAGE: Final = "/desk/papers/"
"""Page of a white paper at the desk; its identifier follows."""
PAPER: Final = "paper"
"""Kind of a notice about a white paper, which is about no engagement."""
BUNDLE_PAGE: Final = "/desk/bundles/"
"""Page of a bundle; its identifier follows."""
BUNDLE: Final = "bundle"
"""Kind of a notice about a bundle of needs, which is about no engagement."""
AMENDMENT_PAGE: Final = "/desk/instruments/amendments/"
"""Page of an amendment; its identifier follows."""
AMENDMENT: Final = "amendment"
"""Kind of a notice about a change of an instrument, which is about no engagement."""
DIGEST: Final = "digest"
"""Kind of a notice about saved searches, which is about no engagement."""
MOST_MARKED: Final = 200
KEPT: Final = timedelta(days=400)
_PARTIES: Final = ("partner", "city", "country")
_GIVE_UP: Final = timedelta(days=7)
_FIRST_PAUSE: Final = timedelta(minutes=1)
_LONGEST_PAUSE: Final = timedelta(hours=6)
_FAILURES_IN_A_ROW: Final = 3


@dataclass(frozen=True, slots=True)
class NoticePage:
    """Some notices, newest first, how many are unseen in all, and where the next page begins."""

    items: tuple[dict[str, Any], ...]
    unseen: int
    next: str


def list_notices(
    service: Service, caller: Caller, *, unseen: bool = False, cursor: str = "", limit: int = 50
) -> NoticePage:
    """List the caller's own notices, newest first."""
    permit(service, caller, "inbox.read", own(caller))
    size = page_size(limit)
    where: dict[str, Plain | Sequence[Plain]] = {"account": caller.account}
    mine = {**where, "seen": False}
    found = service.records.find(
        KIND, mine if unseen else where, order_by="at", descending=True,
        after=cursor_after(cursor), limit=size + 1,
    )  # fmt: skip
    page, more = found[:size], len(found) > size
    following = cursor_of(page[-1]["at"], page[-1].id) if more else ""
    return NoticePage(tuple(map(_shown, page)), service.records.count(KIND, mine), following)


def mark_seen(service: Service, caller: Caller, ids: Collection[str] | None = None) -> int:
    """Mark notices of the caller as seen, all of them without ``ids``; return how many were not.

    Raises
    ------
    BadRequestError
        If there are too many identifiers.
    """
    permit(service, caller, "inbox.mark", own(caller))
    if ids is not None and len(ids) > MOST_MARKED:
        raise BadRequestError("ids", f"must be at most {MOST_MARKED}")
    mine: dict[str, Plain | Sequence[Plain]] = {"account": caller.account, "seen": False}
    if ids is not None:
        mine["id"] = [str(one)[:100] for one in ids]
    marked = 0
    while found := service.records.find(KIND, mine, order_by="at", limit=200):
        for record in found:
            service.records.change(KIND, record.id, lambda fields: {**fields, "seen": True})
            marked += 1
    return marked


def tell_moves(service: Service, rules: Rules, one: Engagement) -> None:
    """Tell everybody concerned of the moves that they have not been told of."""
    state: Standing | None = None
    for number, move in enumerate(one.moves, 1):
        before, state = state, apply(rules, one.opening, state, move)
        if number > one.told:
            _tell_move(service, rules, one, number, before, state)


def remind(service: Service, rules: Rules, one: Engagement, events: Iterable[Event]) -> None:
    """Remind whoever is waited for, once for each day of the clock that he is reminded on."""
    for event in events:
        wait = next(w for w in one.state.waits if w.clock == event.clock)
        kind = "overdue" if event.overdue else "reminder"
        key = f"{event.clock}|{wait.since}|{event.day}"
        for account in speakers(service, rules, one.opening, event.party):
            title = f"{_WORDS[kind]} {wait.due_at[:10]}"
            _make(service, one, account, kind, key, event.party, title)


def _tell_move(
    service: Service, rules: Rules, one: Engagement, number: int, before: Standing | None,
    after: Standing,
) -> None:  # fmt: skip
    """Tell of one move: each account at most once, first of what concerns it most."""
    move, told = one.moves[number - 1], {one.moves[number - 1].account}
    known = {(wait.party, wait.clock) for wait in before.waits} if before else set()
    new = [w.party for w in after.waits if (w.party, w.clock) not in known]
    changed = before is None or before.stage != after.stage
    rested = changed and (not is_open(rules, after) or rules.stages[after.stage].kind == "pause")
    groups: list[tuple[str, Iterable[str]]] = [
        ("escalated" if move.name == ESCALATE else "your_move", new),
        ("silence", [move.about] if move.name == SILENCE else []),
        ("news", [*_PARTIES, *([SECRETARIAT] if rested else [])] if changed else []),
        ("meeting", _PARTIES if move.meeting or move.which else ()),
        ("note", ("partner", "city") if move.name == "note" else ()),
    ]
    for kind, parties in groups:
        for party in parties:
            for account in speakers(service, rules, one.opening, party):
                if account.id not in told:
                    told.add(account.id)
                    title = _title(rules, kind, move, after)
                    _make(service, one, account, kind, str(number), party, title)


_WORDS: Final = {
    "your_move": "Your move",
    "escalated": "No answer in time from the",
    "silence": "Your silence counts as no objection",
    "reminder": "You are waited for until",
    "overdue": "You have been waited for since",
    "note": "A new note",
    "meeting": "A meeting is called off",
}


def _title(rules: Rules, kind: str, move: Move, after: Standing) -> str:
    stage = rules.stages[after.stage].label
    if kind == "news":
        return f"{stage}: {rules.moves[move.name].label}"
    if kind == "your_move":
        return f"{_WORDS[kind]}: {stage}"
    if kind == "escalated":
        return f"{_WORDS[kind]} {rules.parties[move.about].label}"
    if kind == "meeting" and move.meeting:
        when = move.meeting
        told = "Changed" if move.which else "Arranged"
        return f"{told}: a meeting, {when.start.replace('T', ' ')} ({when.time_zone})"
    return _WORDS[kind]


def _make(
    service: Service, one: Engagement, account: Account, kind: str, key: str, party: str, title: str
) -> None:
    opening = one.opening
    about = (
        f"{caption(service, opening.need)} ({caption(service, opening.city)}), "
        f"with {caption(service, opening.partner)}"
    )
    make_notice(
        service, account, f"{one.id}|{key}|{kind}", engagement=one.id, kind=kind, party=party,
        title=title, about=about,
    )  # fmt: skip


def make_notice(service: Service, account: Account, key: str, **told: str) -> None:
    """Tell an account something, once for each key; ``told`` is as the fields of a notice."""
    now = service.now()
    fields = {
        "account": account.id,
        **told,
        "at": now,
        "seen": False,
        "mail": "due" if service.settings.smtp_url else "off",
        "due_at": now,
        "attempts": 0,
    }
    identifier = str(uuid5(NAMESPACE_URL, f"{key}|{account.id}"))
    with contextlib.suppress(ConflictError):  # it was made by an earlier attempt
        service.records.create(KIND, identifier, fields)


def send_mail(service: Service, stopped: Callable[[], bool] = lambda: False) -> int:
    """Send what is due by mail; return how many messages the mail server has taken.

    A message that it does not take is tried again, later each time, for seven days.  After some
    failures in a row the rest is left for the next round.
    """
    mailer = mailer_of(service.settings)
    if mailer is None:
        return 0
    sent = failed = 0
    until = later(service.now(), timedelta(milliseconds=1))
    for record in service.records.find(
        KIND, {"mail": "due"}, before={"due_at": until}, order_by="due_at", limit=200
    ):
        if failed >= _FAILURES_IN_A_ROW or stopped():
            break
        address = _address(service, record)
        if not address:
            _settle_mail(service, record, {"mail": "off"})
            continue
        letter = _letter(service, record)
        try:
            mailer.send(address, letter.subject, letter.text, letter.headers, letter.attachment)
        except MailError:
            failed += 1
            _settle_mail(service, record, _later_on(service, record))
        except BadRequestError:
            _settle_mail(service, record, {"mail": "failed"})
        else:
            sent += 1
            _settle_mail(service, record, {"mail": "sent"})
    return sent


def _later_on(service: Service, record: Record) -> dict[str, Any]:
    attempts, now = record["attempts"] + 1, service.now()
    if later(record["at"], _GIVE_UP) <= now:
        return {"mail": "failed", "attempts": attempts}
    pause = min(_FIRST_PAUSE * 3 ** min(attempts - 1, 10), _LONGEST_PAUSE)
    return {"attempts": attempts, "due_at": later(now, pause)}


def _settle_mail(service: Service, record: Record, told: dict[str, Any]) -> None:
    service.records.change(KIND, record.id, lambda fields: {**fields, **told})


def _address(service: Service, record: Record) -> str:
    account = service.records.get("account", record["account"])
    if account is None or account["state"] != State.ACTIVE:
        return ""
    kind = DIGEST if record["kind"] == DIGEST else "engagements"
    if kind in account.get("mail_off", ()):  # he reads them in his inbox only
        return ""
    return str(account.get("email", ""))


def _letter(service: Service, record: Record) -> Letter:
    if record["kind"] == DIGEST:
        return letter_of(service, record)
    link = f"{public_url(service.settings)}{_page(record)}"
    what = {PAPER: "white paper", BUNDLE: "bundle", AMENDMENT: "amendment"}.get(
        record["kind"], "engagement"
    )
    return Letter(
        f"{record['title']}: {record['about']}"[:200],
        f"{record['title']}\n\n{record['about']}\n\nOpen the {what}:\n{link}\n\n"
        "You are told because your account speaks for a party to it. Under 'Alerts' of your account "
        "you can have such notices in your inbox only.\n",
        attachment=_calendar(service, record),
    )


def _calendar(service: Service, record: Record) -> Attachment | None:
    """Return the calendar file that goes with a notice about a meeting."""
    if record["kind"] != "meeting":
        return None
    try:
        one = found(service, record["engagement"])
    except NotFoundError:
        return None
    return Attachment(FILE_NAME, calendar(service, one))


def _shown(record: Record) -> dict[str, Any]:
    names = ("engagement", "kind", "party", "title", "about", "at", "seen", "mail")
    return {"id": record.id, **{name: record[name] for name in names}, "page": _page(record)}


def _page(record: Record) -> str:
    """Return the page of what a notice is about."""
    if record["kind"] == DIGEST:
        return SEARCHES_PAGE
    if record["kind"] == PAPER:
        return f"{PAPER_PAGE}{record['paper']}"
    if record["kind"] == BUNDLE:
        return f"{BUNDLE_PAGE}{record['bundle']}"
    if record["kind"] == AMENDMENT:
        return f"{AMENDMENT_PAGE}{record['amendment']}"
    return f"{PAGE}{record['engagement']}"
