"""A plan of an event: what staff has put down, and the problem that it becomes with the matches."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from matchmaker.errors import Fault, InvalidDataError
from matchmaker.graph import Snapshot
from matchmaker.meetings.problem import Pair, Problem, Request
from matchmaker.meetings.reading import LONGEST, problem_from
from matchmaker.usecases.matches import Matcher
from matchmaker.visibility import owners_of

Plan = dict[str, Any]
FLOOR: Final = 0.3
"""Score from which a match is a wish to meet, unless the plan says otherwise."""
ATTENDING: Final = ("city", "partner")
OWN: Final = ("venue", "match_floor")
"""What a plan has beside the members of a problem."""


def problem_of(snapshot: Snapshot, plan: Mapping[str, Any]) -> Problem:
    """Return the problem of a plan, without wishes from matches.

    Attendees are cities and partners of the graph, which gives their names.

    Raises
    ------
    InvalidDataError
        With every fault of the plan.
    """
    faults = list(_own_faults(plan))
    told = {name: value for name, value in plan.items() if name not in OWN}
    listed = told.get("attendees")
    if isinstance(listed, list):
        told["attendees"] = [_named(snapshot, one) for one in listed]
        for n, one in enumerate(listed):
            name = one.get("id") if isinstance(one, Mapping) else None
            known = snapshot.entities.get(name) if isinstance(name, str) else None
            if isinstance(name, str) and (known is None or known.type not in ATTENDING):
                message = f"there is no city or partner {name[:100]!r}"
                faults.append(Fault("", 0, f"attendees[{n}].id", message))
            if isinstance(one, Mapping) and "side" in one:
                message = "is not known here: it follows from what the attendee is"
                faults.append(Fault("", 0, f"attendees[{n}].side", message))
    try:
        problem = problem_from(told)
    except InvalidDataError as error:
        raise InvalidDataError([*faults, *error.faults]) from None
    if faults:
        raise InvalidDataError(faults)
    return problem


def with_matches(problem: Problem, matcher: Matcher, floor: float | None) -> Problem:
    """Return a problem with the matches between attending cities' needs and attending partners.

    A pair's wish is its best match; wishes that were put down by hand stay as they are.

    Notes
    -----
    One ranking for each open need of an attending city.
    """
    if floor is None:
        return problem
    there = {one.id for one in problem.attendees}
    profiles = matcher.index.profiles
    supplies = [one for one in profiles.supplies.values() if one.partner in there]
    best: dict[Pair, Request] = {}
    for need in profiles.needs.values():
        if need.city.id not in there or not supplies:
            continue
        for scored in matcher.question(need.id).ranking(supplies):
            if scored.score < floor:
                break
            supply = scored.supply
            found = Request(
                need.city.id, supply.partner, round(scored.score, 6), need.id, supply.offer or "",
                "match",
            )  # fmt: skip
            known = best.get(found.pair)
            if known is None or found.score > known.score:
                best[found.pair] = found
    by_hand = {request.pair for request in problem.requests}
    matches = sorted((r for r in best.values() if r.pair not in by_hand), key=lambda r: (r.a, r.b))
    return replace(problem, requests=(*problem.requests, *matches))


def floor_of(plan: Mapping[str, Any]) -> float | None:
    """Return the score from which matches are wishes; None if they are not."""
    floor = plan.get("match_floor", FLOOR)
    return None if floor is None else float(floor)


def begun_slots(problem: Problem, now: str) -> list[str]:
    """Return the working slots that have begun."""
    zone, at = ZoneInfo(problem.time_zone), datetime.fromisoformat(now).astimezone(UTC)
    return [slot.id for slot in problem.working if slot.start.replace(tzinfo=zone) <= at]


def owners(snapshot: Snapshot, attendees: Collection[str]) -> list[str]:
    """Return whose an event is: its attendees, and the countries of its cities."""
    found = set(attendees)
    for one in attendees:
        if (entity := snapshot.entities.get(one)) is not None:
            found |= owners_of(snapshot, entity)
    return sorted(found)


def plan_after(plan: Mapping[str, Any], problem: Problem) -> Plan:
    """Return a plan with the absences and minimums that a problem has."""
    order = problem.place_of_slot
    told = []
    for one in plan["attendees"]:
        now = problem.by_id[one["id"]]
        absent = sorted(now.absent, key=lambda slot: order[slot])
        told.append({**one, "least": now.least, "absent": absent})
    return {**plan, "attendees": told}


def requests_document(problem: Problem) -> list[list[Any]]:
    """Return the requests of a problem as records keep them."""
    return [[r.a, r.b, r.score, r.need, r.offer, r.by] for r in problem.requests]


def with_requests(problem: Problem, kept: Collection[list[Any]]) -> Problem:
    """Return a problem with the requests that a record has kept."""
    return replace(problem, requests=tuple(Request(*one) for one in kept))


def _own_faults(plan: Mapping[str, Any]) -> list[Fault]:
    found = []
    venue, floor = plan.get("venue", ""), plan.get("match_floor", FLOOR)
    if not isinstance(venue, str) or len(venue) > LONGEST or not venue.isprintable():
        message = f"must be one line of at most {LONGEST} characters"
        found.append(Fault("", 0, "venue", message))
    right = isinstance(floor, (int, float)) and not isinstance(floor, bool) and 0 <= floor <= 1
    if floor is not None and not right:
        found.append(Fault("", 0, "match_floor", "must be a number from 0 to 1, or null"))
    return found


def _named(snapshot: Snapshot, one: Any) -> Any:
    """Return an attendee with the name and the side that the graph knows."""
    if not isinstance(one, Mapping) or not isinstance(one.get("id"), str):
        return one
    known = snapshot.entities.get(one["id"])
    if known is None or known.type not in ATTENDING:
        return one
    name = snapshot.schema.caption(known)[:LONGEST]
    return {"name": name, **one, "side": known.type}
