"""Engagements as they are kept: the moves are the truth, what they add up to stands beside them.

A record holds the opening and the moves; beside them the state that they fold to, and from that the
fields by which engagements are found.  ``told`` (for how many moves everybody has been told) and
``clocked_at`` (until when the clock has done its work) are bookkeeping, not history.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final, TypeAlias

from matchmaker.brokering.clocks import next_event
from matchmaker.brokering.engagement import apply, is_open, state_of
from matchmaker.brokering.history import Move, Opening, State
from matchmaker.brokering.rules import FILE, Rules, load_rules
from matchmaker.errors import ConflictError, NotFoundError
from matchmaker.records import Record
from matchmaker.usecases.rereading import reread
from matchmaker.usecases.service import Service

KIND: Final = "engagement"
SECRETARIAT_KEY: Final = "@secretariat"
"""Stands for the secretariat among those who are waited for; identifiers hold no '@'."""
MOST_MOVES: Final = 500
Fields: TypeAlias = Mapping[str, Any]
_rules_at = reread(load_rules)


@dataclass(frozen=True, slots=True)
class Engagement:
    """One brokered case between a need and a partner, as it stands.

    Parameters
    ----------
    evidence : mapping
        The match as it was when the engagement was opened.
    told : int
        For how many moves everybody concerned has been told.
    clocked_at : str
        Until when the clock has done what was due.
    """

    id: str
    opening: Opening
    moves: tuple[Move, ...]
    state: State
    at: str
    evidence: Mapping[str, Any] = field(default_factory=dict, hash=False)
    told: int = 0
    clocked_at: str = ""

    @property
    def version(self) -> int:
        """The number of its moves."""
        return len(self.moves)

    @property
    def owners(self) -> frozenset[str]:
        """Whose it is: the partner, the city and its country."""
        return frozenset({self.opening.partner, self.opening.city, self.opening.country}) - {""}

    def move_of(self, uuid: str) -> Move | None:
        """Return the move with an identifier, None if it was not made."""
        return next((move for move in self.moves if move.uuid == uuid), None)

    def after(self, rules: Rules, move: Move) -> Engagement:
        """Return the engagement after one more move; raises as :func:`apply` does."""
        if len(self.moves) >= MOST_MOVES:
            raise ConflictError(
                f"The engagement has {MOST_MOVES} moves, which is as many as it can."
            )
        state = apply(rules, self.opening, self.state, move)
        return replace(self, moves=(*self.moves, move), state=state)


def rules_of(service: Service) -> Rules:
    """Return the rules in force, read anew where their file has changed.

    Raises
    ------
    SchemaError, InvalidDataError
        If they cannot be read, or are wrong.
    """
    return _rules_at(service.settings.schema_dir / FILE)


def engagement_of(record: Record) -> Engagement:
    """Read an engagement from its record."""
    return _read(record.id, record.fields)


def _read(identifier: str, fields: Fields) -> Engagement:
    return Engagement(
        identifier,
        Opening.from_json(fields["opening"]),
        tuple(map(Move.from_json, fields["moves"])),
        State.from_json(fields["state"]),
        fields["at"],
        fields.get("evidence", {}),
        fields.get("told", 0),
        fields.get("clocked_at", ""),
    )


def fields_of(rules: Rules, one: Engagement) -> dict[str, Any]:
    """Return the fields of an engagement's record."""
    return {
        "opening": one.opening.as_json(),
        "moves": [move.as_json() for move in one.moves],
        "evidence": one.evidence,
        "at": one.at,
        "told": one.told,
        "clocked_at": one.clocked_at,
        **derived(rules, one.opening, one.state),
        "next_at": next_at(rules, one),
    }


def derived(rules: Rules, opening: Opening, state: State) -> dict[str, Any]:
    """Return what follows from the moves and is kept beside them so that engagements are found."""
    return {
        "state": state.as_json(),
        "stage": state.stage,
        "need": opening.need,
        "partner": opening.partner,
        "city": opening.city,
        "country": opening.country,
        "owners": sorted({opening.partner, opening.city, opening.country} - {""}),
        "waits_for": sorted({key_of(opening, wait.party) for wait in state.waits}),
        "due_at": state.due_at or None,
        "pair": pair_of(opening) if is_open(rules, state) else "",
    }


def next_at(rules: Rules, one: Engagement) -> str | None:
    """Return when there is next something to do about an engagement, None if never."""
    if one.told < len(one.moves):
        return one.state.at
    return next_event(rules, one.opening, one.state, one.clocked_at) or None


def key_of(opening: Opening, party: str) -> str:
    """Return a party as it stands among those who are waited for: its entity, or the secretariat."""
    return opening.subject_of(party) or SECRETARIAT_KEY


def pair_of(opening: Opening) -> str:
    """Return what only one open engagement can be about."""
    return f"{opening.need}|{opening.partner}"


def found(service: Service, engagement_id: str) -> Engagement:
    """Return an engagement, whoever asks.

    Raises
    ------
    NotFoundError
        If there is none.
    """
    record = service.records.get(KIND, engagement_id[:100])
    if record is None:
        raise missing(engagement_id)
    return engagement_of(record)


def missing(engagement_id: str) -> NotFoundError:
    """Return what is raised where there is no engagement, or none for this caller."""
    return NotFoundError("engagement", engagement_id[:100])


def alter(
    service: Service, rules: Rules, engagement_id: str,
    change: Callable[[Engagement], Engagement | None],
) -> Engagement:  # fmt: skip
    """Change an engagement under its lock; what ``change`` raises leaves it as it is.

    Raises
    ------
    NotFoundError
        If there is none.
    """

    def work(fields: Fields) -> Fields | None:
        after = change(_read(engagement_id, fields))
        return None if after is None else fields_of(rules, after)

    record = service.records.change(KIND, engagement_id, work)
    if record is None:
        raise missing(engagement_id)
    return engagement_of(record)


def faults_of(rules: Rules, record: Record) -> list[str]:
    """Return where what is kept differs from what the moves add up to; empty if nowhere."""
    try:
        opening = Opening.from_json(record["opening"])
        moves = tuple(map(Move.from_json, record["moves"]))
        state = state_of(rules, opening, moves)
    except Exception as error:  # noqa: BLE001  # whatever is wrong with one, the others are checked
        return [f"its moves do not fold: {error}"]
    expected = derived(rules, opening, state)
    return [
        f"{name}: kept {record.get(name)!r}, by its moves {value!r}"
        for name, value in expected.items()
        if record.get(name) != value
    ]
