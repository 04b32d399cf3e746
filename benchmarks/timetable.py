"""How long a timetable of an annual meeting takes, how good it is, and what one drop-out changes.

The event is made up: 38 cities, 60 partners, 24 slots on two days, a fifth of the attendees there in
part, wishes and their scores drawn by chance.  Run ``python -m benchmarks.timetable``.
"""

from __future__ import annotations

import os
import resource
import sys
import time
from dataclasses import replace

from matchmaker.meetings.again import again, changes, share_changed, without
from matchmaker.meetings.checking import faults_of
from matchmaker.meetings.problem import (
    Problem,
    Timetable,
    held_by,
    idle_slots,
    score_of,
    shortfalls,
)
from matchmaker.meetings.solving import solve
from tests.meetings.made_up import annual_meeting

DROPPED = ("city-03", "city-20", "partner-00", "partner-17", "partner-41")


def greedy(problem: Problem) -> float:
    """Return the score of giving each wish, best first, the first slot that is free for both."""
    held: dict[str, int] = {}
    free = {one.id: problem.presence(one) for one in problem.attendees}
    tables = [len(problem.tables)] * len(problem.working)
    total = 0.0
    for one in sorted(problem.requests, key=lambda one: -one.score):
        if one.pair in problem.vetoes:
            continue
        if any(held.get(who, 0) >= problem.by_id[who].most for who in (one.a, one.b)):
            continue
        both = free[one.a] & free[one.b]
        slot = next((s for s, left in enumerate(tables) if left and both >> s & 1), None)
        if slot is None:
            continue
        tables[slot] -= 1
        total += one.score
        for who in (one.a, one.b):
            free[who] &= ~(1 << slot)
            held[who] = held.get(who, 0) + 1
    return total


def measured(problem: Problem, label: str) -> Timetable:
    began, used = time.perf_counter(), time.process_time()
    found = solve(problem)
    took, used = time.perf_counter() - began, time.process_time() - used
    assert faults_of(problem, found) == []
    score = score_of(problem, found)
    counts = sorted(held_by(found).values())
    print(
        f"{label}: {took:.1f} s ({used:.1f} s of processor), {len(found.meetings)} meetings of "
        f"{len(problem.requests)} wishes, {len(found.sessions)} roundtables of "
        f"{len(problem.roundtables)}, score {score:.2f} of at most {found.bound:.2f} (gap "
        f"{100 * (found.bound - score) / found.bound:.2f} %), {counts[0]} to {counts[-1]} each, "
        f"{sum(shortfalls(problem, found).values())} missing to minimums, "
        f"{sum(idle_slots(problem, found).values())} slots of waiting"
    )
    return found


def main() -> None:
    print(f"load {os.getloadavg()[0]:.1f}, {os.cpu_count()} cores; all wishes are made up")
    for wishes, tables in ((12, 25), (25, 30), (60, 38)):
        measured(annual_meeting(wishes=wishes, tables=tables), f"{wishes} wishes a city")
    problem = annual_meeting()
    plain = replace(problem, roundtables=())
    found = measured(plain, "25 wishes a city, no roundtables")
    print(
        f"  greedy without minimums: score {greedy(plain):.2f} against {score_of(plain, found):.2f}"
    )
    old = solve(problem)
    for who in DROPPED:
        now = without(problem, [who])
        began = time.perf_counter()
        new = again(now, old)
        took = time.perf_counter() - began
        assert faults_of(now, new) == []
        kinds = [one.kind for one in changes(old, new) if not one.roundtable]
        print(
            f"  without {who}: {took:.1f} s, {100 * share_changed(old, new):.1f} % of the meetings "
            f"changed ({kinds.count('cancelled')} cancelled, {kinds.count('moved')} moved, "
            f"{kinds.count('added')} added), score {score_of(now, new):.2f}; made anew at most "
            f"{new.bound:.2f}"
        )
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(f"{memory // (1024 if sys.platform != 'darwin' else 2**20)} MiB at most")


if __name__ == "__main__":
    main()
