"""Made-up events: wishes drawn by chance, for tests and benchmarks."""

from __future__ import annotations

import random
from datetime import datetime, timedelta

from hypothesis import strategies as st

from matchmaker.meetings.problem import (
    Attendee,
    Problem,
    Request,
    Room,
    Roundtable,
    Slot,
)


def slots_of(count: int, days: int = 1) -> tuple[Slot, ...]:
    """Return slots of twenty minutes, a break in the middle of each day."""
    found = []
    of_day = -(-count // days)
    for number in range(count):
        day, place = divmod(number, of_day)
        start = datetime(2027, 3, 1 + day, 9) + timedelta(minutes=25 * place)
        if place == of_day // 2 and place:
            pause = (start + timedelta(minutes=20), start + timedelta(minutes=50))
            found.append(Slot(f"s{number:02}", start, start + timedelta(minutes=20)))
            found.append(Slot(f"break{day}", *pause, pause=True))
            continue
        if place > of_day // 2:
            start += timedelta(minutes=30)
        found.append(Slot(f"s{number:02}", start, start + timedelta(minutes=20)))
    return tuple(found)


def annual_meeting(
    seed: int = 7, *, cities: int = 38, partners: int = 60, slots: int = 24, wishes: int = 25,
    tables: int = 30, roundtables: int = 6,
) -> Problem:  # fmt: skip
    """Return an event of a size, with made-up wishes; a fifth of the attendees are there in part."""
    chance = random.Random(seed)
    times = slots_of(slots, 2)
    working = [slot.id for slot in times if not slot.pause]
    half = len(working) // 2
    names = [f"city-{n:02}" for n in range(cities)] + [f"partner-{n:02}" for n in range(partners)]
    absent = dict.fromkeys(names, frozenset[str]())
    for name in names:
        if chance.random() < 0.2:
            start, length = chance.choice([0, half]), chance.choice([half // 2, half])
            absent[name] = frozenset(working[start : start + length])
    there = [name for name in names if not absent[name]]
    tables_of_many = []
    for n in range(roundtables):
        required = chance.sample(there, min(6, len(there)))
        asked = chance.sample(names, min(14, len(names)))
        optional = tuple(name for name in asked if name not in required)
        topic = f"Made-up topic {n + 1}"
        tables_of_many.append(Roundtable(f"topic-{n + 1}", topic, tuple(required), optional, 15))
    requests = [
        Request(f"city-{c:02}", f"partner-{p:02}", round(chance.betavariate(2, 3), 3))
        for c in range(cities)
        for p in chance.sample(range(partners), min(partners, wishes))
    ]
    attendees = [
        Attendee(
            name,
            name.replace("-", " ").capitalize(),
            name.partition("-")[0],
            4 if name.startswith("city") else 3,
            18,
            absent[name],
        )
        for name in names
    ]
    rooms = (
        Room("tables", "Great room", "tables", tables),
        Room("east", "East hall", "hall", 16),
        Room("west", "West hall", "hall", 16),
    )
    together = [set(one.required) for one in tables_of_many]
    vetoed = (one.pair for one in requests[::50])
    vetoes = frozenset(pair for pair in vetoed if not any(pair <= who for who in together))
    return Problem(
        "Made-up annual meeting", "Asia/Bangkok", times, rooms, tuple(attendees), tuple(requests),
        tuple(tables_of_many), vetoes,
    )  # fmt: skip


@st.composite
def small_problems(draw: st.DrawFn, *, tiny: bool = False, walks: bool = False) -> Problem:
    """Return small problems of all kinds, also among equals; tiny ones can be searched whole."""
    times = slots_of(draw(st.integers(1, 3 if tiny else 6)), draw(st.integers(1, 2)))
    working = [slot.id for slot in times if not slot.pause]
    names = [f"{'cp'[n % 2]}{n}" for n in range(draw(st.integers(2, 5 if tiny else 9)))]
    some_slots = st.frozensets(st.sampled_from(working), max_size=len(working))
    attendees = tuple(
        Attendee(
            name, name.upper(), "city" if name[0] == "c" else "partner",
            draw(st.integers(0, 2)), draw(st.integers(2, 4)),
            draw(some_slots if draw(st.integers(0, 3)) == 0 else st.just(frozenset())),
        )
        for name in names
    )  # fmt: skip
    pairs = [(a, b) for n, a in enumerate(names) for b in names[n + 1 :]]
    wished = draw(st.lists(st.sampled_from(pairs), unique=True, max_size=5 if tiny else 20))
    scores = st.integers(0, 100).map(lambda n: n / 100)
    requests = tuple(Request(a, b, draw(scores)) for a, b in wished)
    vetoed = draw(st.lists(st.sampled_from(pairs), unique=True, max_size=1))
    vetoes = frozenset(frozenset(pair) for pair in vetoed)
    tables = []
    for n in range(draw(st.integers(0, 1 if tiny else 3))):
        who = draw(st.lists(st.sampled_from(names), unique=True, min_size=1, max_size=4))
        required, optional = tuple(who[:2]), tuple(who[2:])
        tables.append(Roundtable(f"t{n}", f"Topic {n}", required, optional, 3))
    rooms = (
        Room("main", "Main", "tables", draw(st.integers(1, 2)), "here"),
        Room("hall", "Hall", "hall", draw(st.integers(2, 4)), "there"),
        *([Room("nook", "Nook", "hall", 3, "here")] if draw(st.booleans()) else []),
    )
    return Problem(
        "Small", "Asia/Bangkok", times, rooms, attendees, requests, tuple(tables), vetoes,
        draw(st.sampled_from([0, 10, 30])) if walks else 0,
    )  # fmt: skip
