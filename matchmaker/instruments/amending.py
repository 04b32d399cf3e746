"""Amendments: how an instrument is changed by consensus, as a pure fold over moves.

A proposal is open for objection until a day.  It is adopted once every member state asked has
consented, be it by silence, which is shown as such; one objection holds it until it is revised, which
opens it anew, or withdrawn.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import timedelta
from typing import Any, Final

from matchmaker.accounts.times import later
from matchmaker.errors import ConflictError, NotAllowedError

OPEN: Final = "open"
OBJECTED: Final = "objected"
ADOPTED: Final = "adopted"
WITHDRAWN: Final = "withdrawn"
STAGES: Final[Mapping[str, str]] = {
    OPEN: "Open for objection",
    OBJECTED: "Objected to",
    ADOPTED: "Adopted",
    WITHDRAWN: "Withdrawn",
}
COUNTRY: Final = "country"
CITY: Final = "city"
SECRETARIAT: Final = "secretariat"
CLOCK: Final = "clock"
PARTIES: Final[Mapping[str, str]] = {
    COUNTRY: "National Representative",
    CITY: "City officer",
    SECRETARIAT: "Secretariat",
    CLOCK: "Clock",
}
PROPOSE: Final = "propose"
SILENCE: Final = "silence"
MOVES: Final[Mapping[str, str]] = {
    PROPOSE: "Propose a change",
    "comment": "Comment",
    "consent": "Consent",
    "record": "Write down a consent given elsewhere",
    "object": "Object",
    "revise": "Revise the proposal",
    "withdraw": "Withdraw the proposal",
    SILENCE: "Silence counts as no objection",
}
BY: Final[Mapping[str, frozenset[str]]] = {
    PROPOSE: frozenset({COUNTRY, SECRETARIAT}),
    "comment": frozenset({COUNTRY, CITY, SECRETARIAT}),
    "consent": frozenset({COUNTRY}),
    "record": frozenset({SECRETARIAT}),
    "object": frozenset({COUNTRY}),
    "revise": frozenset({COUNTRY, SECRETARIAT}),
    "withdraw": frozenset({COUNTRY, SECRETARIAT}),
    SILENCE: frozenset({CLOCK}),
}
"""Who may make a move."""
NEED_NOTE: Final = frozenset({"comment", "record", "object", "revise", "propose"})
"""Moves that say something; of a proposal it is the reason."""
_FROM: Final[Mapping[str, frozenset[str]]] = {
    "comment": frozenset({OPEN, OBJECTED}),
    "consent": frozenset({OPEN}),
    "record": frozenset({OPEN}),
    "object": frozenset({OPEN}),
    "revise": frozenset({OBJECTED}),
    "withdraw": frozenset({OPEN, OBJECTED}),
    SILENCE: frozenset({OPEN}),
}


@dataclass(frozen=True, slots=True)
class Change:
    """The new text of one clause: all of it; ``remove`` takes the clause out.

    ``section`` is for a clause that is added.
    """

    clause: str
    says: str = ""
    section: str = ""
    remove: bool = False


@dataclass(frozen=True, slots=True)
class Opening:
    """What stands from the first move on.

    Parameters
    ----------
    instrument : str
        What is to be changed.
    base : int
        The version that it changes.
    proposer : str
        Identifier of a member state, ``""`` for the secretariat.
    asked : tuple of str
        The member states whose consent is needed.
    days : int
        For how many days it is open for objection; kept, so that a rule that changes later leaves
        alone what began under the old one.
    """

    instrument: str
    base: int
    proposer: str
    asked: tuple[str, ...]
    days: int

    def as_json(self) -> dict[str, Any]:
        """Return all of it."""
        return {**asdict(self), "asked": list(self.asked)}

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Opening:
        """Rebuild it from :meth:`as_json`; the content is trusted."""
        return cls(**{**document, "asked": tuple(document["asked"])})


@dataclass(frozen=True, slots=True)
class Move:
    """One entry of the history; nothing of it is ever changed.

    Parameters
    ----------
    uuid : str
        Names this very move, so that a repeat is known.
    country : str
        The member state that is spoken for, ``""`` for others.
    lent_by : str
        The account whose standing was used, ``""`` for one's own.
    about : tuple of str
        Member states: whose consent is written down, or who was silent.
    changes, effective
        Of a proposal: the changes, and the day from which they are to be in force, if one is named.
    """

    uuid: str
    name: str
    party: str
    country: str
    account: str
    at: str
    lent_by: str = ""
    note: str = ""
    about: tuple[str, ...] = ()
    changes: tuple[Change, ...] = ()
    effective: str = ""

    def as_json(self) -> dict[str, Any]:
        """Return all of it."""
        return {
            **asdict(self),
            "about": list(self.about),
            "changes": list(map(asdict, self.changes)),
        }

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Move:
        """Rebuild a move from :meth:`as_json`; the content is trusted."""
        changes = tuple(Change(**one) for one in document["changes"])
        return cls(**{**document, "about": tuple(document["about"]), "changes": changes})


@dataclass(frozen=True, slots=True)
class Word:
    """What a member state has said in this round: ``consent``, ``recorded``, ``silence`` or
    ``objection``, and by which move.
    """  # noqa: D205

    how: str
    move: int


@dataclass(frozen=True, slots=True)
class State:
    """Where an amendment stands after so many moves.

    Parameters
    ----------
    number : int
        How many moves were made: its version.
    proposal : int
        Number of the move that holds the text as it is proposed now.
    until : str
        When the time for an objection ends.
    closed : bool
        Whether it has ended; who could not be told by then is waited for still.
    words : mapping of str to Word
        By member state; of this round only.
    at, adopted_at : str
        Time of the last move, and of the adoption.
    """

    stage: str
    number: int
    proposal: int
    until: str
    at: str
    closed: bool = False
    words: Mapping[str, Word] = field(default_factory=dict, hash=False)
    adopted_at: str = ""

    @property
    def is_over(self) -> bool:
        """Whether nothing leads on from here."""
        return self.stage in (ADOPTED, WITHDRAWN)


def missing(opening: Opening, state: State) -> tuple[str, ...]:
    """Return the member states that have said nothing in this round."""
    return tuple(one for one in opening.asked if one not in state.words)


def apply(opening: Opening, state: State | None, move: Move) -> State:
    """Return the state after one more move.

    Raises
    ------
    NotAllowedError
        If the move is not for whoever makes it.
    ConflictError
        If it is not possible from here; says why.
    """
    if move.party not in BY[move.name]:
        raise NotAllowedError(f"{MOVES[move.name]}: not for the {PARTIES[move.party]}.")
    if (state is None) != (move.name == PROPOSE):
        raise ConflictError("An amendment begins with a proposal, and has one only.")
    if state is None:
        return _opened(opening, move, 1, {})
    if state.stage not in _FROM[move.name]:
        raise ConflictError(f"{MOVES[move.name]}: not where it is {STAGES[state.stage].lower()}.")
    after = replace(state, number=state.number + 1, at=move.at)
    if move.name == "comment":
        return after
    if move.name in ("revise", "withdraw"):
        if move.party == COUNTRY and move.country != opening.proposer:
            raise NotAllowedError(f"{MOVES[move.name]}: for who proposed it, or the secretariat.")
        if move.name == "withdraw":
            return replace(after, stage=WITHDRAWN)
        return _opened(opening, move, after.number, {})
    return _said(opening, state, after, move)


def _opened(opening: Opening, move: Move, number: int, words: Mapping[str, Word]) -> State:
    """Return the state that a proposal opens; who proposes has consented."""
    if not move.changes:
        raise ConflictError("A proposal changes something.")
    if move.country in opening.asked:
        words = {**words, move.country: Word("consent", number)}
    until = later(move.at, timedelta(days=opening.days))
    return _settled(opening, State(OPEN, number, number, until, move.at, words=words))


def _said(opening: Opening, before: State, after: State, move: Move) -> State:
    """Return the state after a member state has said something, or nothing in time."""
    over = move.at >= before.until
    if move.name == SILENCE:
        if before.closed or not over:
            raise ConflictError("The time for an objection has not ended, or was closed before.")
        after = replace(after, closed=True)
        how, who = "silence", move.about
    elif over and not before.closed:
        raise ConflictError("The time for an objection is over.")
    else:
        how = {"consent": "consent", "record": "recorded", "object": "objection"}[move.name]
        who = move.about if move.name == "record" else (move.country,)
        if len(who) != 1:
            raise ConflictError("It takes one member state.")
    for one in who:
        if one not in opening.asked:
            raise NotAllowedError("Only member states that were asked have a say here.")
        if one in before.words:
            raise ConflictError("This member state has spoken in this round already.")
    words = {**before.words, **{one: Word(how, after.number) for one in who}}
    after = replace(after, words=words)
    return replace(after, stage=OBJECTED) if how == "objection" else _settled(opening, after)


def _settled(opening: Opening, state: State) -> State:
    if missing(opening, state):
        return state
    return replace(state, stage=ADOPTED, adopted_at=state.at)


def state_of(opening: Opening, moves: Iterable[Move]) -> State:
    """Return what moves add up to; raises as :func:`apply` does.

    Raises
    ------
    ValueError
        If there are none.
    """
    state: State | None = None
    for move in moves:
        state = apply(opening, state, move)
    if state is None:
        raise ValueError("no moves")
    return state


def possible(opening: Opening, state: State, party: str, country: str = "") -> tuple[str, ...]:
    """Return the moves that somebody can make now, in the order of :data:`MOVES`."""
    silent = country in missing(opening, state)
    found = []
    for name in MOVES:
        may = name != PROPOSE and party in BY[name] and state.stage in _FROM[name]
        if name in ("consent", "object"):
            may = may and silent
        elif name in ("revise", "withdraw") and party == COUNTRY:
            may = may and country == opening.proposer
        elif name == "record":
            may = may and bool(missing(opening, state))
        if may and name != SILENCE:
            found.append(name)
    return tuple(found)
