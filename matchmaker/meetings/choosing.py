"""Which meetings are held, and in which group of slots: a mixed-integer model, solved by HiGHS.

Slots in which the same people are there are interchangeable, so they are counted and not named: in a
group of ``g`` slots nobody has more than ``g`` appointments, and no more than ``g`` meetings are held
at one table.  Between two sides (cities and partners) whatever keeps to these counts can be spread
over the slots (see :mod:`matchmaker.meetings.spreading`), so the small model has the same optimum as
the one with a variable for each meeting and slot, and none of its symmetry.

References
----------
Huangfu, Q., Hall, J. A. J. (2018). Parallelizing the dual revised simplex method. Mathematical
Programming Computation 10, 119-142.  (HiGHS)
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from matchmaker.meetings.problem import Problem

if TYPE_CHECKING:
    import numpy as np

Group: TypeAlias = tuple[int, ...]
"""Places of working slots that count alike."""
_ROUND: Final = 0.5


@dataclass(frozen=True, slots=True)
class Limits:
    """How long a model may be worked on, and how near to the optimum is near enough."""

    seconds: float = 20.0
    gap: float = 1e-4


@dataclass(frozen=True, slots=True)
class Question:
    """What is chosen from.

    Parameters
    ----------
    groups : tuple of Group
        The slots, each in one group.
    free : mapping
        For each attendee the slots in which it can be given something, as bits; alike in all slots
        of a group.
    tables : tuple of int
        Free tables in each group, over all its slots.
    requests : tuple of int
        Which requests may be met.
    least, most : mapping
        How many meetings more each attendee needs, and may have.
    roundtables : tuple of int
        Which roundtables are to be held.
    placed : mapping
        Group and hall of roundtables that are given; all others may go anywhere.
    halls : mapping
        Slots in which each hall is free, as bits; all halls at all times without it.
    bonus : mapping
        What else it is worth that a request is met, or the roundtable ``-1 - number`` held, in a
        group.
    seated : mapping, optional
        Slots in which each attendee can be at a roundtable, as bits; as ``free`` without it.
    guests : bool
        Whether those who need not attend roundtables are asked.
    """

    groups: tuple[Group, ...]
    free: Mapping[str, int]
    tables: tuple[int, ...]
    requests: tuple[int, ...]
    least: Mapping[str, int]
    most: Mapping[str, int]
    roundtables: tuple[int, ...] = ()
    placed: Mapping[int, tuple[int, str]] = field(default_factory=dict)
    halls: Mapping[str, int] | None = None
    bonus: Mapping[tuple[int, int], float] = field(default_factory=dict)
    guests: bool = True
    seated: Mapping[str, int] | None = None


@dataclass(frozen=True, slots=True)
class Choice:
    """What is chosen: the group of each request that is met, and of each roundtable that is held.

    ``bound`` is what the :func:`worth` of no choice exceeds.
    """

    requests: Mapping[int, int]
    roundtables: Mapping[int, tuple[int, str]]
    guests: Mapping[int, tuple[str, ...]]
    bound: float


class _Model:
    """Rows and columns of a model, collected."""

    def __init__(self) -> None:
        self.worth: list[float] = []
        self.most: list[int] = []
        self._places: tuple[list[int], list[int], list[float]] = ([], [], [])
        self._low: list[float] = []
        self._high: list[float] = []

    def column(self, worth: float = 0.0, most: int = 1) -> int:
        self.worth.append(worth)
        self.most.append(most)
        return len(self.worth) - 1

    def row(self, terms: Iterable[tuple[int, float]], low: float, high: float) -> None:
        rows, columns, values = self._places
        for column, value in terms:
            rows.append(len(self._low))
            columns.append(column)
            values.append(value)
        self._low.append(low)
        self._high.append(high)

    def at_most(self, columns: Iterable[int], high: float) -> None:
        found = list(columns)
        if len(found) > high:
            self.row([(column, 1.0) for column in found], -_INFINITE, high)

    def solve(self, limits: Limits) -> tuple[np.ndarray[Any, Any] | None, float]:
        """Return the best values found, None without any, and the bound."""
        import numpy as np  # noqa: PLC0415  # only who makes timetables waits for it
        from scipy.optimize import Bounds, LinearConstraint, milp  # noqa: PLC0415
        from scipy.sparse import coo_array  # noqa: PLC0415

        if not self.worth:
            return np.zeros(0), 0.0
        rows, columns, values = self._places
        shape = (len(self._low), len(self.worth))
        matrix = coo_array((values, (rows, columns)), shape=shape).tocsr()
        found = milp(
            -np.array(self.worth),
            integrality=np.ones(shape[1], dtype=int),
            bounds=Bounds(0, np.array(self.most)),
            constraints=LinearConstraint(matrix, np.array(self._low), np.array(self._high)),
            options={"time_limit": limits.seconds, "mip_rel_gap": limits.gap},
        )
        bound = found.mip_dual_bound
        return found.x, -bound if bound is not None else _INFINITE


_INFINITE: Final = float("inf")


def choose(problem: Problem, question: Question, limits: Limits) -> Choice | None:
    """Return the best choice: most roundtables first, then fewest meetings missing, then the score.

    Returns
    -------
    Choice or None
        None if the time was too short to find any.
    """
    return _Chooser(problem, question).choose(limits)


def weights(problem: Problem) -> tuple[float, float]:
    """Return what a missing meeting and a roundtable that is not held take off.

    The first outweighs all scores together, the second all missing meetings and all scores.
    """
    guests = sum(one.worth * len(one.optional) for one in problem.roundtables)
    missing = 1.0 + guests + sum(request.score for request in problem.requests)
    return missing, missing * (1 + sum(one.least for one in problem.attendees))


class _Chooser:
    """Builds the model of a question, and reads its answer."""

    def __init__(self, problem: Problem, question: Question) -> None:
        self.problem = problem
        self.question = question
        self.model = _Model()
        self.busy: dict[tuple[str, int], list[int]] = defaultdict(list)
        self.met: dict[tuple[int, int], int] = {}
        self.held: dict[tuple[int, int, str], int] = {}
        self.guests: dict[tuple[int, int, str], int] = {}
        self.places: dict[tuple[str, int, str], list[int]] = defaultdict(list)
        self._meetings()
        missing, unheld = weights(problem)
        self._counts(missing)
        self._roundtables(unheld)
        for (_, group), columns in self.busy.items():
            self.model.at_most(columns, len(question.groups[group]))
        if problem.walk_minutes:
            self._walks()

    def choose(self, limits: Limits) -> Choice | None:
        values, bound = self.model.solve(limits)
        if values is None:
            return None
        chosen = {n for n, value in enumerate(values) if value > _ROUND}
        guests: dict[int, list[str]] = defaultdict(list)
        for (table, _, guest), column in self.guests.items():
            if column in chosen:
                guests[table].append(guest)
        return Choice(
            {request: group for (request, group), n in self.met.items() if n in chosen},
            {table: (g, hall) for (table, g, hall), n in self.held.items() if n in chosen},
            {table: tuple(found) for table, found in guests.items()},
            float(bound),
        )

    def _free(self, one: str, group: int) -> bool:
        return bool(self.question.free.get(one, 0) >> self.question.groups[group][0] & 1)

    def _seated(self, one: str, group: int) -> bool:
        free = self.question.free if self.question.seated is None else self.question.seated
        return bool(free.get(one, 0) >> self.question.groups[group][0] & 1)

    def _meetings(self) -> None:
        at: dict[int, list[int]] = defaultdict(list)
        for number in self.question.requests:
            request = self.problem.requests[number]
            columns = []
            for group in range(len(self.question.groups)):
                if not (self._free(request.a, group) and self._free(request.b, group)):
                    continue
                worth = request.score + self.question.bonus.get((number, group), 0.0)
                column = self.model.column(worth)
                self.met[number, group] = column
                columns.append(column)
                at[group].append(column)
                self.busy[request.a, group].append(column)
                self.busy[request.b, group].append(column)
            self.model.at_most(columns, 1)
        for group, columns in at.items():
            self.model.at_most(columns, self.question.tables[group])

    def _counts(self, missing: float) -> None:
        """Count the meetings of each: no more than its most; what is missing is taken off."""
        of: dict[str, list[int]] = defaultdict(list)
        for (number, _), column in self.met.items():
            for one in (self.problem.requests[number].a, self.problem.requests[number].b):
                of[one].append(column)
        for one, columns in of.items():
            self.model.at_most(columns, max(0, self.question.most.get(one, len(columns))))
        for one, least in self.question.least.items():
            columns = of.get(one, [])
            if least > 0:
                short = self.model.column(-missing, least)
                self.model.row([(n, 1.0) for n in (*columns, short)], least, _INFINITE)

    def _roundtables(self, weight: float) -> None:
        halls: dict[tuple[int, str], list[int]] = defaultdict(list)
        for number in self.question.roundtables:
            self._roundtable(number, weight, halls)
        for (group, hall), columns in halls.items():
            free = len(self.question.groups[group])
            if self.question.halls is not None:
                of_group = self.question.groups[group]
                free = sum(self.question.halls.get(hall, 0) >> slot & 1 for slot in of_group)
            self.model.at_most(columns, free)

    def _roundtable(
        self, number: int, weight: float, halls: dict[tuple[int, str], list[int]]
    ) -> None:
        one, question = self.problem.roundtables[number], self.question
        guests = [
            guest for guest in dict.fromkeys(one.optional)
            if guest not in one.required
            and not any(frozenset((guest, other)) in self.problem.vetoes for other in one.required)
        ] if question.guests else []  # fmt: skip
        columns = []
        for group in range(len(question.groups)):
            rooms = self._rooms(number, group)
            if not rooms or not all(self._seated(who, group) for who in one.required):
                continue
            here = []
            for hall, seats in rooms:
                column = self.model.column(question.bonus.get((-1 - number, group), 0.0))
                self.held[number, group, hall] = column
                halls[group, hall].append(column)
                here.append((column, seats))
                for who in one.required:
                    self.busy[who, group].append(column)
                    self.places[who, group, hall].append(column)
            columns += [column for column, _ in here]
            self._seat(number, group, [g for g in guests if self._seated(g, group)], here)
        unheld = self.model.column(-weight)
        self.model.row([(n, 1.0) for n in (*columns, unheld)], 1.0, 1.0)
        for first, second in _vetoed(guests, self.problem):
            both = [
                n for (t, _, g), n in self.guests.items() if t == number and g in (first, second)
            ]
            self.model.at_most(both, 1)

    def _rooms(self, number: int, group: int) -> list[tuple[str, int]]:
        """Return the halls in which a roundtable can be held in a group, and its guests' seats."""
        one = self.problem.roundtables[number]
        given = self.question.placed.get(number)
        found: list[tuple[str, int]] = []
        if any(pair <= set(one.required) for pair in self.problem.vetoes):
            return found
        for hall in self.problem.halls:
            if given is not None and given != (group, hall.id):
                continue
            if (seats := min(one.size, hall.capacity) - len(one.required)) >= 0:
                found.append((hall.id, seats))
        return found

    def _seat(
        self, number: int, group: int, guests: Sequence[str], here: Sequence[tuple[int, int]]
    ) -> None:
        columns = []
        for guest in guests:
            column = self.model.column(self.problem.roundtables[number].worth)
            self.guests[number, group, guest] = column
            columns.append(column)
            self.busy[guest, group].append(column)
            # Nobody sits where nothing is held.
            self.model.row([(column, 1.0), *((n, -1.0) for n, _ in here)], -_INFINITE, 0.0)
        if columns:
            seats = [(column, -float(free)) for column, free in here]
            self.model.row([*((n, 1.0) for n in columns), *seats], -_INFINITE, 0.0)

    def _walks(self) -> None:
        """Give everybody the time to walk between places; groups of one slot only."""
        single = {group[0]: n for n, group in enumerate(self.question.groups) if len(group) == 1}
        tables = next((room.id for room, _ in self.problem.tables), None)
        where: dict[tuple[str, int], dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
        for (number, group), column in self.met.items():
            for one in (self.problem.requests[number].a, self.problem.requests[number].b):
                where[one, group][tables or ""].append(column)
        for (who, group, hall), columns in self.places.items():
            where[who, group][hall] += columns
        for (number, group, guest), column in self.guests.items():
            # A guest is where the roundtable is: the place is known if only one hall can be.
            for hall in self._halls_of(number, group):
                where[guest, group][hall].append(column)
        for early, late in self.problem.close:
            if early not in single or late not in single:
                continue
            for one in {who for who, group in where if group == single[early]}:
                for first, a in where[one, single[early]].items():
                    for second, b in where.get((one, single[late]), {}).items():
                        if self.problem.apart(first, second):
                            self.model.at_most((*a, *b), 1)

    def _halls_of(self, number: int, group: int) -> list[str]:
        return [hall for (t, g, hall) in self.held if (t, g) == (number, group)]


def _vetoed(guests: Sequence[str], problem: Problem) -> list[tuple[str, str]]:
    known = set(guests)
    pairs = (sorted(pair) for pair in problem.vetoes if pair <= known)
    return sorted((first, second) for first, second in pairs)


def groups_of(problem: Problem, free: Mapping[str, int], single: int = 0) -> tuple[Group, ...]:
    """Return the slots in groups in which the same attendees are free; some slots (bits) alone."""
    order = sorted(free)
    found: dict[object, list[int]] = {}
    for slot in range(len(problem.working)):
        here = tuple(free[one] >> slot & 1 for one in order)
        key: object = ("alone", slot) if single >> slot & 1 else here
        found.setdefault(key, []).append(slot)
    return tuple(map(tuple, found.values()))


def slots_between(problem: Problem, slots: Iterable[int]) -> int:
    """Return slots with those too close to them to walk elsewhere, as bits."""
    found = 0
    for slot in slots:
        found |= 1 << slot
        for early, late in problem.close:
            if slot in (early, late):
                found |= 1 << early | 1 << late
    return found
