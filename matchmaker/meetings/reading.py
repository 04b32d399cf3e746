"""A problem from a document (YAML or JSON), with every fault told by its place."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import yaml

from matchmaker.checking import closest
from matchmaker.errors import Fault, InvalidDataError
from matchmaker.meetings.problem import (
    GUEST_WORTH,
    ROOM_KINDS,
    Attendee,
    Pair,
    Problem,
    Request,
    Room,
    RoomKind,
    Roundtable,
    Slot,
)

MOST: Final[Mapping[str, int]] = {
    "slots": 200, "rooms": 50, "attendees": 500, "requests": 20_000, "roundtables": 100,
    "vetoes": 2_000,
}  # fmt: skip
"""How many there may be of each."""
LONGEST: Final = 200
_LARGEST: Final = 1000


def read_problem(path: Path) -> Problem:
    """Return the problem that a file holds.

    Raises
    ------
    InvalidDataError
        Naming file, line and place of each fault.
    """
    document, lines = _document(path)
    try:
        return problem_from(document)
    except InvalidDataError as error:
        raise InvalidDataError(
            [
                replace(fault, file=str(path), row=_line(lines, fault.column))
                for fault in error.faults
            ]
        ) from None


def problem_from(document: Any) -> Problem:
    """Return the problem that a document holds.

    Raises
    ------
    InvalidDataError
        With every fault; ``column`` is its place in the document.
    """
    reader = _Reader()
    problem = reader.problem(document)
    if reader.faults or problem is None:
        raise InvalidDataError(reader.faults)
    return problem


def _document(path: Path) -> tuple[Any, dict[str, int]]:
    try:
        text = path.read_text("utf-8")
        lines: dict[str, int] = {}
        if (node := yaml.compose(text, yaml.SafeLoader)) is not None:
            _note_lines(node, "", lines)
        return yaml.safe_load(text), lines
    except OSError as error:
        raise InvalidDataError(
            [Fault(str(path), 0, "", f"cannot be read: {error.strerror}")]
        ) from None
    except UnicodeDecodeError:
        raise InvalidDataError([Fault(str(path), 0, "", "is not UTF-8")]) from None
    except yaml.MarkedYAMLError as error:
        row = error.problem_mark.line + 1 if error.problem_mark else 0
        message = f"is neither YAML nor JSON: {error.problem}"
        raise InvalidDataError([Fault(str(path), row, "", message)]) from None
    except yaml.YAMLError:
        raise InvalidDataError([Fault(str(path), 0, "", "is neither YAML nor JSON")]) from None


def _note_lines(node: yaml.Node, place: str, lines: dict[str, int]) -> None:
    """Note the line at which each place of a document stands."""
    lines.setdefault(place, node.start_mark.line + 1)
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            _note_lines(value, f"{place}.{key.value}" if place else str(key.value), lines)
    elif isinstance(node, yaml.SequenceNode):
        for n, value in enumerate(node.value):
            _note_lines(value, f"{place}[{n}]", lines)


def _line(lines: Mapping[str, int], place: str) -> int:
    while place not in lines and place:
        place = place[: max(place.rfind("."), place.rfind("["), 0)]
    return lines.get(place, 0)


class _Reader:
    """Reads a document and collects faults; what is faulty is left out of what it returns."""

    def __init__(self) -> None:
        self.faults: list[Fault] = []

    def problem(self, document: Any) -> Problem | None:
        known = ("name", "time_zone", "walk_minutes", *MOST)
        needed = ("name", "time_zone", "slots", "attendees")
        if not self.members("", document, known, needed) and not isinstance(document, Mapping):
            return None
        slots = self.slots(document)
        rooms = self.rooms(document)
        working = {slot.id for slot in slots if not slot.pause}
        attendees = self.attendees(document, working, {slot.id for slot in slots})
        known_ids = {one.id for one in attendees}
        vetoes = self.vetoes(document, known_ids)
        requests = self.requests(document, known_ids)
        problem = Problem(
            self.text("name", document.get("name")),
            self.zone(document.get("time_zone")),
            slots,
            rooms,
            attendees,
            requests,
            self.roundtables(document, known_ids, vetoes),
            vetoes,
            self.count("walk_minutes", document.get("walk_minutes", 0), 0, _LARGEST),
        )
        places = {room.place for room in rooms if room.kind == "tables"}
        if problem.walk_minutes and len(places) > 1:
            self.fault("rooms", "tables must stand in one place where walking takes time")
        return problem

    def fault(self, place: str, message: str) -> None:
        self.faults.append(Fault("", 0, place, message))

    def members(
        self, place: str, value: Any, known: Sequence[str], needed: Sequence[str] = ()
    ) -> bool:
        """Tell whether a value is an object with what is needed; name what is not known."""
        if not isinstance(value, Mapping):
            self.fault(place, "must be an object")
            return False
        head = f"{place}." if place else ""
        for name in value:
            if name not in known:
                hint = closest(str(name)[:100], known)
                self.fault(f"{head}{str(name)[:100]}", f"is not known here{hint}")
        missing = [name for name in needed if value.get(name) in (None, "")]
        for name in missing:
            self.fault(f"{head}{name}", "is needed")
        return not missing

    def listed(self, document: Mapping[str, Any], name: str) -> list[tuple[str, Any]]:
        found = document.get(name, [])
        if not isinstance(found, list):
            self.fault(name, "must be a list")
            return []
        if len(found) > MOST[name]:
            self.fault(name, f"has {len(found):,} entries; at most {MOST[name]:,} are taken")
            return []
        return [(f"{name}[{n}]", one) for n, one in enumerate(found)]

    def text(self, place: str, value: Any, longest: int = LONGEST) -> str:
        if not isinstance(value, str) or not value.strip():
            self.fault(place, "must be a text; put numbers and dates in quotation marks")
            return ""
        if len(value) > longest or any(not one.isprintable() for one in value):
            self.fault(place, f"must be one line of at most {longest} characters")
            return ""
        return value.strip()

    def maybe(self, place: str, one: Mapping[str, Any], name: str) -> str:
        """Return a text that may be left out."""
        return self.text(f"{place}.{name}", one[name]) if name in one else ""

    def count(self, place: str, value: Any, low: int, high: int) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            self.fault(place, f"must be a whole number from {low} to {high:,}")
            return low
        return value

    def flag(self, place: str, value: Any) -> bool:
        if not isinstance(value, bool):
            self.fault(place, "must be true or false")
        return value is True

    def unique(self, place: str, value: str, seen: set[str]) -> bool:
        if value in seen:
            self.fault(place, f"{value!r} is there already")
        new = bool(value) and value not in seen
        seen.add(value)
        return new

    def zone(self, value: Any) -> str:
        name = self.text("time_zone", value)
        try:
            if name:
                ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            self.fault("time_zone", f"{name!r} is no time zone, such as Asia/Bangkok")
            return "UTC"
        return name

    def time(self, place: str, value: Any) -> datetime | None:
        try:
            found = value if isinstance(value, datetime) else datetime.fromisoformat(value)
        except (ValueError, TypeError):
            found = None
        if found is None or found.tzinfo is not None:
            self.fault(place, "must be a time at the venue, such as 2027-03-01T09:00")
            return None
        return found

    def slots(self, document: Mapping[str, Any]) -> tuple[Slot, ...]:
        found: list[Slot] = []
        seen: set[str] = set()
        for place, one in self.listed(document, "slots"):
            if not self.members(
                place, one, ("id", "start", "end", "break"), ("id", "start", "end")
            ):
                continue
            name = self.text(f"{place}.id", one["id"])
            start, end = (self.time(f"{place}.{n}", one[n]) for n in ("start", "end"))
            pause = self.flag(f"{place}.break", one.get("break", False))
            if not self.unique(f"{place}.id", name, seen) or start is None or end is None:
                continue
            if end <= start:
                self.fault(f"{place}.end", "must be after its start")
            elif found and start < found[-1].end:
                self.fault(f"{place}.start", f"must not be before the end of {found[-1].id!r}")
            found.append(Slot(name, start, end, pause))
        if not any(not slot.pause for slot in found) and not self.faults:
            self.fault("slots", "one that is no break is needed")
        return tuple(found)

    def rooms(self, document: Mapping[str, Any]) -> tuple[Room, ...]:
        found, seen = [], set[str]()
        for place, one in self.listed(document, "rooms"):
            known = ("id", "name", "kind", "capacity", "place")
            if not self.members(place, one, known, ("id", "kind", "capacity")):
                continue
            name = self.text(f"{place}.id", one["id"])
            kind: RoomKind | None = next((k for k in ROOM_KINDS if k == one["kind"]), None)
            if kind is None:
                self.fault(f"{place}.kind", "must be 'tables' or 'hall'")
                continue
            capacity = self.count(f"{place}.capacity", one["capacity"], 1, _LARGEST)
            if self.unique(f"{place}.id", name, seen):
                shown = self.maybe(place, one, "name") or name
                where = self.maybe(place, one, "place")
                found.append(Room(name, shown, kind, capacity, where))
        return tuple(found)

    def attendees(
        self, document: Mapping[str, Any], working: Collection[str], slots: Collection[str]
    ) -> tuple[Attendee, ...]:
        found, seen = [], set[str]()
        for place, one in self.listed(document, "attendees"):
            known = ("id", "name", "side", "least", "most", "absent")
            if not self.members(place, one, known, ("id",)):
                continue
            name = self.text(f"{place}.id", one["id"])
            least = self.count(f"{place}.least", one.get("least", 0), 0, _LARGEST)
            most = self.count(f"{place}.most", one.get("most", _LARGEST), 0, _LARGEST)
            if most < least:
                self.fault(f"{place}.most", f"must not be under 'least', which is {least}")
            absent = self.names(f"{place}.absent", one.get("absent", []), slots, "slot")
            if self.unique(f"{place}.id", name, seen):
                shown = self.maybe(place, one, "name") or name
                side = self.maybe(place, one, "side")
                found.append(
                    Attendee(name, shown, side, least, most, frozenset(absent) & {*working})
                )
        return tuple(found)

    def known(self, place: str, value: Any, known: Collection[str], kind: str) -> str:
        """Return an identifier that is known, else an empty text."""
        name = self.text(place, value)
        if name and name not in known:
            self.fault(place, f"there is no {kind} {name!r}{closest(name, known)}")
            return ""
        return name

    def names(self, place: str, value: Any, known: Collection[str], kind: str) -> tuple[str, ...]:
        """Return a list of identifiers, each of which is known."""
        if not isinstance(value, list):
            self.fault(place, "must be a list")
            return ()
        found = []
        for n, one in enumerate(value):
            name = self.known(f"{place}[{n}]", one, known, kind)
            if name in found:
                self.fault(f"{place}[{n}]", f"{name!r} is there already")
            elif name:
                found.append(name)
        return tuple(found)

    def pair(self, place: str, one: Any, known: Collection[str]) -> Pair | None:
        both = self.names(place, one, known, "attendee")
        if len(both) != 2:
            if isinstance(one, list) and len(one) != 2:
                self.fault(place, "must name two attendees")
            return None
        return frozenset(both)

    def vetoes(self, document: Mapping[str, Any], known: Collection[str]) -> frozenset[Pair]:
        pairs = (self.pair(place, one, known) for place, one in self.listed(document, "vetoes"))
        return frozenset(pair for pair in pairs if pair is not None)

    def requests(self, document: Mapping[str, Any], known: Collection[str]) -> tuple[Request, ...]:
        found, seen = [], set[Pair]()
        for place, one in self.listed(document, "requests"):
            members = ("a", "b", "score", "need", "offer")
            if not self.members(place, one, members, ("a", "b")):
                continue
            score = one.get("score", 1.0)
            if (
                isinstance(score, bool)
                or not isinstance(score, (int, float))
                or not 0 <= score <= 1
            ):
                self.fault(f"{place}.score", "must be a number from 0 to 1")
                continue
            ends = [self.known(f"{place}.{n}", one[n], known, "attendee") for n in ("a", "b")]
            if not all(ends):
                continue
            request = Request(
                ends[0], ends[1], float(score), self.maybe(place, one, "need"),
                self.maybe(place, one, "offer"),
            )  # fmt: skip
            if request.a == request.b:
                self.fault(f"{place}.b", "must be somebody else")
            elif request.pair in seen:
                self.fault(place, f"{request.a!r} and {request.b!r} are there already")
            else:
                seen.add(request.pair)
                found.append(request)
        return tuple(found)

    def roundtables(
        self, document: Mapping[str, Any], known: Collection[str], vetoes: frozenset[Pair]
    ) -> tuple[Roundtable, ...]:
        found, seen = [], set[str]()
        for place, one in self.listed(document, "roundtables"):
            members = ("id", "topic", "required", "optional", "size")
            if not self.members(place, one, members, ("id", "topic", "required")):
                continue
            name = self.text(f"{place}.id", one["id"])
            required = self.names(f"{place}.required", one["required"], known, "attendee")
            optional = self.names(f"{place}.optional", one.get("optional", []), known, "attendee")
            size = self.count(
                f"{place}.size", one.get("size", max(2, len(required) + len(optional))), 2, _LARGEST
            )
            if size < len(required):
                self.fault(f"{place}.size", f"must not be under the {len(required)} required")
            for pair in vetoes:
                if pair <= {*required}:
                    both = " and ".join(sorted(pair))
                    self.fault(f"{place}.required", f"{both} must not meet")
            if self.unique(f"{place}.id", name, seen):
                topic = self.text(f"{place}.topic", one["topic"])
                guests = tuple(who for who in optional if who not in required)
                found.append(Roundtable(name, topic, required, guests, size, GUEST_WORTH))
        return tuple(found)
