"""The command that makes a timetable of meetings from a file."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
import orjson

from matchmaker.cli_tools import as_json, say, show
from matchmaker.errors import BadRequestError, Fault, InvalidDataError
from matchmaker.meetings.again import again as make_again
from matchmaker.meetings.again import changes, share_changed, without
from matchmaker.meetings.calendars import calendar, entries
from matchmaker.meetings.checking import faults_of
from matchmaker.meetings.choosing import Limits
from matchmaker.meetings.documents import change_document, timetable_document, timetable_from
from matchmaker.meetings.problem import Problem, Timetable
from matchmaker.meetings.reading import read_problem
from matchmaker.meetings.solving import NoTimetableError, solve
from matchmaker.reports import progress_bars

Document = dict[str, Any]
_WIDEST = 60


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--again", "old_file", type=click.Path(path_type=Path),
              help="What --json printed before: stay near it.")  # fmt: skip
@click.option("--without", "dropped", multiple=True, metavar="NAME",
              help="Attendee who has dropped out; may be given several times.")  # fmt: skip
@click.option("--since", default="", metavar="SLOT",
              help="Slot from which on they are away; what is before it stays.")  # fmt: skip
@click.option("--calendars", type=click.Path(path_type=Path, file_okay=False),
              help="Write calendar files here: everybody's, and one of each attendee.")  # fmt: skip
@click.option("--seconds", type=click.FloatRange(1, 3600), default=20.0, show_default=True,
              help="Longest time for each of at most three models.")  # fmt: skip
@as_json
def timetable(
    file: Path, old_file: Path | None, dropped: tuple[str, ...], since: str,
    calendars: Path | None, seconds: float, json_: bool,
) -> None:  # fmt: skip
    """Make a timetable of meetings from FILE, a problem in YAML or JSON (see docs/meetings.md)."""
    whole = read_problem(file)
    old = _old(old_file) if old_file else None
    problem, begun = _as_it_is_now(whole, dropped, since)
    limits = Limits(seconds=seconds)
    with progress_bars() as progress:
        if old is None:
            found = solve(problem, limits, progress)
        else:
            found = make_again(problem, old, begun=begun, limits=limits)
    if faults := faults_of(problem, found):
        raise NoTimetableError(f"The timetable was not right: {faults[0]}.")
    document = timetable_document(problem, found)
    if old is not None:
        document["changes"] = [change_document(one) for one in changes(old, found)]
        document["share_changed"] = round(share_changed(old, found), 6)
    if calendars is not None:
        _write_calendars(problem, old, found, calendars)
    show(document) if json_ else click.echo(timetable_text(problem, document))


def timetable_text(problem: Problem, document: Document) -> str:
    """Return a timetable for people: slot by slot, then what is to be known of it."""
    names = {one.id: one.name for one in problem.attendees}
    topics = {one.id: one.topic for one in problem.roundtables}
    rooms = {room.id: room.name for room in problem.rooms}
    lines = [
        f"{document['name']}: {len(document['meetings'])} meetings, "
        f"{len(document['roundtables'])} roundtables, {_how_good(document)}",
    ]
    for slot in problem.slots:
        lines += ["", f"{slot.start:%a %d %b %H:%M}–{slot.end:%H:%M}{' break' * slot.pause}"]
        for one in document["roundtables"]:
            if one["slot"] == slot.id:
                who = ", ".join(names.get(who, who) for who in one["attendees"])
                lines.append(f"  {rooms[one['room']]}: {topics[one['roundtable']]} ({who})")
        for one in document["meetings"]:
            if one["slot"] == slot.id:
                both = f"{names.get(one['a'], one['a'])} with {names.get(one['b'], one['b'])}"
                lines.append(f"  {rooms[one['room']]} {one['table']:>2}: {both}")
    lines += _told(document, "short", lambda one: f"{one['name']} has {one['missing']} meetings "
                   f"fewer than its minimum of {one['least']}")  # fmt: skip
    lines += _told(document, "not_held", lambda one: f"{one['topic']} is not held: {one['reason']}")
    if "changes" in document:
        lines += ["", f"{document['share_changed']:.1%} of the meetings changed:"]
        lines += [f"  {_change(one, names, topics)}" for one in document["changes"]]
    if document["unmet"]:
        lines += ["", f"{len(document['unmet'])} wishes are not met; --json says why."]
    return "\n".join(lines)


def _told(document: Document, part: str, say_one: Callable[[Document], str]) -> list[str]:
    return ["", *(f"{say_one(one)}." for one in document[part])] if document[part] else []


def _how_good(document: Document) -> str:
    if document["optimal"]:
        return f"score {document['score']:.2f}, which is the best there is"
    return f"score {document['score']:.2f} of at most {document['bound']:.2f}"


def _change(one: Document, names: Document, topics: Document) -> str:
    who = topics.get(one["roundtable"]) or " with ".join(names.get(w, w) for w in one["who"])
    way = {"moved": f"from {one['before']} to {one['after']}", "cancelled": f"at {one['before']}",
           "added": f"at {one['after']}"}[one["kind"]]  # fmt: skip
    return f"{one['kind']:<9} {who[:_WIDEST]} {way}"


def _old(file: Path) -> Timetable:
    """Return the timetable that was printed before."""
    try:
        return timetable_from(orjson.loads(file.read_bytes()))
    except OSError as error:
        message = f"cannot be read: {error.strerror}"
    except (orjson.JSONDecodeError, InvalidDataError):
        message = "is not what --json printed"
    raise InvalidDataError([Fault(str(file), 0, "", message)])


def _as_it_is_now(
    problem: Problem, dropped: tuple[str, ...], since: str
) -> tuple[Problem, list[str]]:
    order = list(problem.place_of_slot)
    if since and since not in order:
        raise BadRequestError("since", f"{since!r} is no slot in which people meet")
    known = {name: one.id for one in problem.attendees for name in (one.name, one.id)}
    for name in dropped:
        if name not in known:
            raise BadRequestError("without", f"{name!r} does not attend")
    begun = order[: order.index(since)] if since else []
    return without(problem, [known[name] for name in dropped], since=since), begun


def _write_calendars(
    problem: Problem, old: Timetable | None, found: Timetable, folder: Path
) -> None:
    """Write calendar files; entries of an old timetable that moved count as changed once."""
    at = datetime.now(UTC).isoformat(timespec="seconds")
    before = entries((), old, at) if old is not None else ()
    listed = entries(before, found, at)
    names = {one.id: one.name for one in problem.attendees}
    names |= {room.id: room.name for room in problem.rooms}
    names |= {one.id: one.topic for one in problem.roundtables}
    folder.mkdir(parents=True, exist_ok=True)
    for who in ("", *problem.by_id):
        body = calendar(problem, listed, event=problem.name, names=names, attendee=who)
        stem = "".join(c if c.isalnum() or c in "-_" else "-" for c in who) or "everybody"
        (folder / f"{stem}.ics").write_bytes(body)
    say(f"{1 + len(problem.by_id)} calendar files are in {folder}.")
