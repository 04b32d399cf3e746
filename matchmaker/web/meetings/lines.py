"""Plans of events as forms hold them: one thing a line, its parts with bars between them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime, time, timedelta
from typing import Any, Final

from matchmaker.errors import BadRequestError, Fault, InvalidDataError

Plan = dict[str, Any]
LISTS: Final = ("slots", "rooms", "attendees", "roundtables", "vetoes", "requests")
DAYS: Final = ("days", "from", "until", "minutes", "break_from", "break_until")
"""Fields that make slots where none are put down."""
_PLAIN: Final = ("name", "venue", "time_zone")
_MOST_DAYS: Final = 10
_DAY_MINUTES: Final = 24 * 60


def plan_of(filled: Mapping[str, str]) -> Plan:
    """Return the plan that a form holds; whether it is right is for others to say.

    Raises
    ------
    BadRequestError
        If a number or a day cannot be read; ``parameter`` names the field.

    Examples
    --------
    >>> plan = plan_of({"name": "Day", "rooms": "main | tables | 12 | Great room",
    ...                 "attendees": "phuket | 2 | 9 | s1 s2", "vetoes": "phuket adb"})
    >>> plan["rooms"]
    [{'id': 'main', 'kind': 'tables', 'capacity': 12, 'name': 'Great room'}]
    >>> plan["attendees"]
    [{'id': 'phuket', 'least': 2, 'most': 9, 'absent': ['s1', 's2']}]
    >>> plan["vetoes"]
    [['phuket', 'adb']]
    """
    plan: Plan = {name: filled.get(name, "").strip() for name in _PLAIN}
    plan["walk_minutes"] = _number("walk_minutes", filled.get("walk_minutes", "") or "0")
    floor = filled.get("match_floor", "").strip()
    plan["match_floor"] = _decimal("match_floor", floor) if floor else None
    for name in LISTS:
        read = _READERS[name]
        plan[name] = [read(name, line) for line in _lines(filled.get(name, ""))]
    if not plan["slots"]:
        plan["slots"] = _slots(filled)
    return plan


def values_of(plan: Mapping[str, Any]) -> dict[str, str]:
    """Return what a form holds for a plan.

    Examples
    --------
    >>> values_of({"name": "Day", "vetoes": [["phuket", "adb"]], "match_floor": None})["vetoes"]
    'phuket adb'
    """
    values = {name: str(plan.get(name, "")) for name in (*_PLAIN, "walk_minutes")}
    floor = plan.get("match_floor", "")
    values["match_floor"] = "" if floor is None else str(floor)
    for name in LISTS:
        values[name] = "\n".join(_WRITERS[name](one) for one in plan.get(name, ()))
    return values


def kept_of(plan: Plan, before: Mapping[str, Any]) -> Plan:
    """Return the plan of a form with what the one before has and no form shows.

    That are names of attendees, and needs and offers that wishes are about.
    """
    names = {one["id"]: one["name"] for one in before.get("attendees", ()) if "name" in one}
    about = {
        (one["a"], one["b"]): {n: one[n] for n in ("need", "offer") if n in one}
        for one in before.get("requests", ())
    }
    return {
        **plan,
        "attendees": [
            {**one, **({"name": names[one["id"]]} if one.get("id") in names else {})}
            for one in plan["attendees"]
        ],
        "requests": [
            {**one, **about.get((one.get("a"), one.get("b")), {})} for one in plan["requests"]
        ],
    }


def by_field(error: InvalidDataError) -> InvalidDataError:
    """Return faults of a plan by the field of the form, naming the lines.

    Examples
    --------
    >>> told = by_field(InvalidDataError([Fault("", 0, "rooms[1].kind", "must be a hall")]))
    >>> [(fault.column, fault.message) for fault in told.faults]
    [('rooms', 'line 2, kind: must be a hall')]
    """
    found: dict[str, list[str]] = defaultdict(list)
    for fault in error.faults:
        field, _, rest = fault.column.partition("[")
        number, _, part = rest.partition("]")
        place = f"line {int(number) + 1}{', ' if part else ''}{part.lstrip('.')}: " if rest else ""
        found[field].append(f"{place}{fault.message}")
    return InvalidDataError([Fault("", 0, name, "; ".join(told)) for name, told in found.items()])


def _lines(text: str) -> Iterator[str]:
    return (line.strip() for line in text.splitlines() if line.strip())


def _parts(line: str) -> list[str]:
    return [part.strip() for part in line.split("|")]


def _number(field: str, text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise BadRequestError(field, f"{text[:50]!r} is no whole number") from None


def _decimal(field: str, text: str) -> float:
    try:
        found = float(text)
    except ValueError:
        raise BadRequestError(field, f"{text[:50]!r} is no number") from None
    if not 0 <= found <= 1:
        raise BadRequestError(field, "must be from 0 to 1")
    return found


def _filled(**members: Any) -> Plan:
    """Return members without those that are empty."""
    return {name: value for name, value in members.items() if value not in ("", [], None)}


def _slot(_: str, line: str) -> Plan:
    parts = line.split()
    told = _filled(**dict(zip(("id", "start", "end"), parts, strict=False)))
    if len(parts) > 3:
        told["break" if parts[3] == "break" else parts[3]] = True
    return told


def _room(field: str, line: str) -> Plan:
    name, kind, capacity, caption, place = (*_parts(line), "", "", "", "", "")[:5]
    told = _filled(id=name, kind=kind, name=caption, place=place)
    if capacity:
        told["capacity"] = _number(field, capacity)
    return {n: told[n] for n in ("id", "kind", "capacity", "name", "place") if n in told}


def _attendee(field: str, line: str) -> Plan:
    name, least, most, absent = (*_parts(line), "", "", "", "")[:4]
    told = _filled(id=name)
    for member, text in (("least", least), ("most", most)):
        if text:
            told[member] = _number(field, text)
    return told | _filled(absent=absent.split())


def _roundtable(field: str, line: str) -> Plan:
    name, topic, required, optional, size = (*_parts(line), "", "", "", "", "")[:5]
    told = _filled(id=name, topic=topic, optional=optional.split())
    told["required"] = required.split()
    if size:
        told["size"] = _number(field, size)
    return told


def _veto(_: str, line: str) -> list[str]:
    return line.replace("|", " ").split()


def _request(field: str, line: str) -> Plan:
    a, b, score = (*line.replace("|", " ").split(), "", "", "")[:3]
    told = _filled(a=a, b=b)
    return told | ({"score": _decimal(field, score)} if score else {})


def _slots(filled: Mapping[str, str]) -> list[Plan]:
    """Return slots of equal length over some days, with a break that all have."""
    days = filled.get("days", "").replace(",", " ").split()
    if not days:
        return []
    if len(days) > _MOST_DAYS:
        raise BadRequestError("days", f"takes at most {_MOST_DAYS} days")
    minutes = _number("minutes", filled.get("minutes", "") or "20")
    if not 1 <= minutes <= _DAY_MINUTES:
        raise BadRequestError("minutes", "must be from 1 to a day")
    begin, end = _clock("from", filled), _clock("until", filled)
    pause = [_clock(name, filled) for name in DAYS[-2:] if filled.get(name, "").strip()]
    if len(pause) == 1:
        raise BadRequestError("break_until", "the break needs a beginning and an end")
    found: list[Plan] = []
    for number, day in enumerate(days, 1):
        try:
            on = date.fromisoformat(day)
        except ValueError:
            message = f"{day[:50]!r} is no day such as 2027-03-01"
            raise BadRequestError("days", message) from None
        at, last = datetime.combine(on, begin), datetime.combine(on, end)
        stops = [datetime.combine(on, one) for one in pause]
        place = 0
        while at + timedelta(minutes=minutes) <= last:
            after = at + timedelta(minutes=minutes)
            if stops and after > stops[0] and at < stops[1]:
                name = f"break-{number}"
                if stops[1] > stops[0] and name not in {one["id"] for one in found}:
                    found.append({**_between(name, *stops), "break": True})
                at = stops[1]
                continue
            place += 1
            found.append(_between(f"d{number}-{place:02}", at, after))
            at = after
    return found


def _between(name: str, start: datetime, end: datetime) -> Plan:
    told = (moment.isoformat(timespec="minutes") for moment in (start, end))
    return dict(zip(("id", "start", "end"), (name, *told), strict=True))


def _clock(field: str, filled: Mapping[str, str]) -> time:
    text = filled.get(field, "").strip()
    try:
        return time.fromisoformat(text).replace(tzinfo=None)
    except ValueError:
        raise BadRequestError(field, f"{text[:50]!r} is no time such as 09:00") from None


def _bars(*parts: Any) -> str:
    return " | ".join(str(part) for part in parts).rstrip(" |")


_READERS: Final[Mapping[str, Callable[[str, str], Any]]] = {
    "slots": _slot, "rooms": _room, "attendees": _attendee, "roundtables": _roundtable,
    "vetoes": _veto, "requests": _request,
}  # fmt: skip
_WRITERS: Final[Mapping[str, Callable[[Any], str]]] = {
    "slots": lambda o: f"{o['id']} {o['start']} {o['end']}{' break' * bool(o.get('break'))}",
    "rooms": lambda o: _bars(o["id"], o["kind"], o["capacity"], o.get("name", ""),
                             o.get("place", "")),
    "attendees": lambda o: _bars(o["id"], o.get("least", ""), o.get("most", ""),
                                 " ".join(o.get("absent", ()))),
    "roundtables": lambda o: _bars(o["id"], o["topic"], " ".join(o["required"]),
                                   " ".join(o.get("optional", ())), o.get("size", "")),
    "vetoes": " ".join,
    "requests": lambda o: f"{o['a']} {o['b']} {o.get('score', 1.0)}",
}  # fmt: skip
