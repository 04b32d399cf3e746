"""A bundle's history: moves of the secretariat and of cities' officers, and what they add up to.

The moves are the truth; stage and answers are a pure fold over them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Final

from matchmaker.errors import BadRequestError, ConflictError

STAGES: Final = ("draft", "inviting", "proposed", "closed")
ANSWERS: Final = ("not_asked", "asked", "accepted", "declined")
ANSWERING: Final = ("accept", "decline")
"""Moves of a city's officer; all others are the secretariat's."""
MOVES: Final = ("add", "remove", "invite", *ANSWERING, "propose", "close")
"""Every move but the first, ``open``."""
MOST_NEEDS: Final = 20
MOST_MOVES: Final = 300
MOST_TARGETS: Final = 3
FEWEST_CITIES: Final = 2


@dataclass(frozen=True, slots=True)
class Place:
    """Where a need is: its city and country."""

    city: str
    country: str


@dataclass(frozen=True, slots=True)
class Move:
    """One entry of the history; nothing of it is ever changed.

    Parameters
    ----------
    uuid : str
        Names this very move, so that a repeat is known.
    account : str
        Who made it.
    needs : mapping of str to Place
        The needs that it is about, each with where it is.
    targets : tuple of str
        Offers, or partners, that are proposed.
    """

    uuid: str
    name: str
    account: str
    at: str
    needs: Mapping[str, Place] = field(default_factory=dict, hash=False)
    targets: tuple[str, ...] = ()
    note: str = ""

    def as_json(self) -> dict[str, Any]:
        """Return all of it."""
        return asdict(self) | {"targets": list(self.targets)}

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Move:
        """Rebuild it from :meth:`as_json`; the content is trusted."""
        needs = {need: Place(**place) for need, place in document["needs"].items()}
        return cls(**{**document, "needs": needs, "targets": tuple(document["targets"])})


@dataclass(frozen=True, slots=True)
class State:
    """What the moves add up to.

    Parameters
    ----------
    places : mapping of str to Place
        The needs in the bundle.
    answers : mapping of str to str
        One of :data:`ANSWERS` for each of them.
    proposed : tuple of (str, str)
        Needs and targets for which an engagement is to be open.
    """

    stage: str
    places: Mapping[str, Place] = field(hash=False)
    answers: Mapping[str, str] = field(hash=False)
    proposed: tuple[tuple[str, str], ...] = ()

    @property
    def accepted(self) -> tuple[str, ...]:
        """The needs whose cities take part, in order."""
        return tuple(need for need in sorted(self.answers) if self.answers[need] == "accepted")

    @property
    def is_ready(self) -> bool:
        """Whether enough cities take part for a proposal to be made."""
        return len({self.places[need].city for need in self.accepted}) >= FEWEST_CITIES

    @property
    def asked(self) -> frozenset[Place]:
        """The places of those who have been asked: they see the bundle."""
        return frozenset(
            self.places[need] for need, answer in self.answers.items() if answer != "not_asked"
        )

    @property
    def possible(self) -> tuple[str, ...]:
        """The moves that can be made, whoever's they are."""
        if self.stage == "closed":
            return ()
        answers = set(self.answers.values())
        able = {
            "add": self.stage != "proposed" and len(self.places) < MOST_NEEDS,
            "remove": self.stage != "proposed" and len(self.places) > FEWEST_CITIES,
            "invite": self.stage != "proposed" and "not_asked" in answers,
            "accept": bool(answers & {"asked", "declined"}),
            "decline": bool(answers & {"asked", "accepted"}),
            "propose": self.is_ready,
            "close": True,
        }
        return tuple(name for name in MOVES if able[name])


def fold(moves: Iterable[Move]) -> State:
    """Return what some moves add up to; the first one opens the bundle.

    Raises
    ------
    BadRequestError, ConflictError
        As :func:`apply` does.
    """
    state: State | None = None
    for move in moves:
        state = apply(state, move)
    if state is None:
        raise ConflictError("A bundle begins with a move.")
    return state


def apply(state: State | None, move: Move) -> State:
    """Return the state after one more move.

    Raises
    ------
    BadRequestError
        If what the move says cannot be; names the field.
    ConflictError
        If it is not possible as things stand.
    """
    if state is None:
        return _spread(State("draft", dict(move.needs), dict.fromkeys(move.needs, "not_asked")))
    if move.name not in MOVES:
        raise BadRequestError("move", f"must be one of {', '.join(MOVES)}")
    if move.name not in state.possible:
        able = ", ".join(state.possible) or "nothing more"
        raise ConflictError(f"'{move.name}' is not possible now; possible: {able}.")
    return _MADE[move.name](state, move)


def _spread(state: State) -> State:
    """Refuse a bundle that is none.

    Raises
    ------
    BadRequestError
        If it has too many needs, or needs of too few cities.
    """
    if len(state.places) > MOST_NEEDS:
        raise BadRequestError("needs", f"must be at most {MOST_NEEDS}")
    if len({place.city for place in state.places.values()}) < FEWEST_CITIES:
        raise BadRequestError("needs", f"must be of at least {FEWEST_CITIES} cities")
    return state


def _add(state: State, move: Move) -> State:
    if not move.needs:
        raise BadRequestError("needs", "must name at least one")
    if known := sorted(move.needs.keys() & state.places.keys()):
        raise BadRequestError("needs", f"{known[0]!r} is in the bundle already")
    answers = {**state.answers, **dict.fromkeys(move.needs, "not_asked")}
    return _spread(replace(state, places={**state.places, **move.needs}, answers=answers))


def _remove(state: State, move: Move) -> State:
    gone = _of_bundle(state, move)
    return _spread(
        replace(
            state,
            places={need: p for need, p in state.places.items() if need not in gone},
            answers={need: a for need, a in state.answers.items() if need not in gone},
        )
    )


def _invite(state: State, move: Move) -> State:
    answers = {n: "asked" if a == "not_asked" else a for n, a in state.answers.items()}
    return replace(state, stage="inviting", answers=answers)


def _answer(state: State, move: Move) -> State:
    said = {"accept": "accepted", "decline": "declined"}[move.name]
    for need in _of_bundle(state, move):
        if state.answers[need] == "not_asked":
            raise ConflictError(f"The city of {need!r} has not been asked yet.")
        if said == "declined" and any(need == one for one, _ in state.proposed):
            raise ConflictError(
                f"{need!r} has been proposed to partners; decline or withdraw the engagement."
            )
    return replace(state, answers={**state.answers, **dict.fromkeys(move.needs, said)})


def _propose(state: State, move: Move) -> State:
    if not 1 <= len(move.targets) <= MOST_TARGETS:
        raise BadRequestError("targets", f"must be 1 to {MOST_TARGETS}")
    wanted = [(need, target) for need in state.accepted for target in move.targets]
    more = tuple(pair for pair in wanted if pair not in state.proposed)
    if not more:
        raise ConflictError("All of this has been proposed already.")
    return replace(state, stage="proposed", proposed=(*state.proposed, *more))


def _close(state: State, move: Move) -> State:
    return replace(state, stage="closed")


def _of_bundle(state: State, move: Move) -> list[str]:
    """Return the needs of a move, which must be in the bundle."""
    if not move.needs:
        raise BadRequestError("needs", "must name at least one")
    for need in move.needs:
        if need not in state.places:
            raise BadRequestError("needs", f"{need!r} is not in the bundle")
    return sorted(move.needs)


_MADE: Final = {
    "add": _add, "remove": _remove, "invite": _invite, "accept": _answer, "decline": _answer,
    "propose": _propose, "close": _close,
}  # fmt: skip
