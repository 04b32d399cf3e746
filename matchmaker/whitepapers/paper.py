"""A white paper as a fold over its moves: who may move how, and where it stands then."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace
from typing import Final

from matchmaker.errors import (
    BadRequestError,
    ConflictError,
    Fault,
    InvalidDataError,
    MoveNotPossibleError,
    NotYourMoveError,
)
from matchmaker.permissions import Role
from matchmaker.whitepapers.history import Details, Edition, Move, State
from matchmaker.whitepapers.rules import BACK, DETAILS, STAYS, VERSION, MoveRule, Rules

LONGEST_TITLE: Final = 200
LONGEST_SUMMARY: Final = 3000
MOST_AUTHORS: Final = 20
MOST_SERVED: Final = 30
MOST_MOVES: Final = 500
_PUBLISHED: Final = "published"
_WITHDRAWN: Final = "withdrawn"
_DRAFT: Final = "draft"


def standing_of(
    rules: Rules, role: Role, subjects: Collection[str], details: Details
) -> tuple[str, tuple[str, ...]]:
    """Return as which party somebody writes, and the co-authors that he speaks for.

    ``("", ())`` stands for whoever is none of them.
    """
    for party in rules.parties.values():
        if role in party.roles:
            if not party.authors:
                return party.name, ()
            theirs = tuple(a for a in getattr(details, party.authors) if a in subjects)
            if theirs:
                return party.name, theirs
    return "", ()


def possible(rules: Rules, state: State, party: str, subjects: Collection[str]) -> list[MoveRule]:
    """Return the moves that a party can make now."""
    return [
        rule
        for rule in rules.moves.values()
        if state.stage in rule.sources
        and party in rule.by
        and (VERSION not in rule.needs or state.is_new)
        and (not rule.gives or rule.to != STAYS or _left(rule, state, subjects))
    ]


def _left(rule: MoveRule, state: State, subjects: Collection[str]) -> bool:
    """Tell whether a move that gives an agreement has one to give."""
    return bool(state.missing) and (rule.about or any(s in state.missing for s in subjects))


def fold(rules: Rules, moves: Iterable[Move]) -> State:
    """Return what moves add up to.

    Raises
    ------
    ValueError
        If there are none.
    BadRequestError, NotAllowedError, ConflictError
        As :func:`apply` does.
    """
    state: State | None = None
    for move in moves:
        state = apply(rules, state, move)
    if state is None:
        raise ValueError("a white paper has at least one move")
    return state


def apply(rules: Rules, state: State | None, move: Move) -> State:
    """Return the state after one more move.

    Parameters
    ----------
    state : State or None
        The state before it, None for the move that begins the paper.

    Raises
    ------
    BadRequestError
        If there is no such move, or something that it needs is missing; names the field.
    InvalidDataError
        If what it carries cannot be, with every fault.
    NotAllowedError
        If the party may not make it.
    ConflictError
        If it is not possible from this stage; says what is.
    """
    rule = rules.moves.get(move.name)
    if rule is None or rule.opens != (state is None):
        known = [m.name for m in rules.moves.values() if m.opens == (state is None)]
        raise BadRequestError("move", f"must be one of {', '.join(known)}")
    _check_carried(rule, move)
    details = state.details if state else move.details
    assert details is not None  # a move that opens carries them, as was just seen
    _check_mover(rules, rule, move, details)
    if state is None:
        return State(rule.to, 1, move.at, details)
    _check_possible(rules, rule, state, move)
    after = _carried(state, move)
    if rule.gives:
        after = _agreed(rule, state, after, move)
    target = _target(rule, after)
    if target == _PUBLISHED and rule.to == _PUBLISHED:
        after = _with_edition(after, move)
    if target == _WITHDRAWN and state.stage == _PUBLISHED:
        after = replace(after, down_at=move.at)
    if target != state.stage and target in (_DRAFT, _PUBLISHED, _WITHDRAWN):
        after = replace(after, agreed={})
    return replace(after, stage=target, number=state.number + 1, at=move.at)


def _check_carried(rule: MoveRule, move: Move) -> None:
    for name, given in ((DETAILS, move.details), (VERSION, move.version)):
        if (given is not None) != (rule.carries == name):
            told = "is not for this move" if given is not None else "is needed"
            raise BadRequestError(name, told)
    if move.details is not None and (faults := details_faults(move.details)):
        raise InvalidDataError([Fault("", 0, name, text) for name, text in faults])


def _check_mover(rules: Rules, rule: MoveRule, move: Move, details: Details) -> None:
    party = rules.parties.get(move.party)
    if move.party not in rule.by or party is None:
        listed = " or the ".join(name.replace("_", " ") for name in rule.by)
        raise NotYourMoveError(f"{rule.label}: this move is for the {listed}.", rule.by)
    theirs = set(getattr(details, party.authors)) if party.authors else set()
    if not theirs.issuperset(move.subjects) or (party.authors and not move.subjects):
        raise NotYourMoveError(f"{rule.label}: this move is for a co-author.", rule.by)


def _check_possible(rules: Rules, rule: MoveRule, state: State, move: Move) -> None:
    if state.stage not in rule.sources:
        can = [m.name for m in possible(rules, state, move.party, move.subjects)]
        raise MoveNotPossibleError(
            f"{rule.label}: not possible while the white paper is "
            f"{rules.stages[state.stage].label.lower()}; possible now: {', '.join(can) or 'nothing'}.",
            state.stage,
            can,
        )
    if state.number >= MOST_MOVES:
        raise ConflictError(f"The white paper has {MOST_MOVES} moves, which is as many as it can.")
    if "note" in rule.needs and not move.note:
        raise BadRequestError("note", "is needed")
    if VERSION in rule.needs and not state.is_new:
        raise ConflictError(f"{rule.label}: add a version first.")
    if rule.about != bool(move.about) or (move.about and move.about not in state.details.authors):
        told = f"must be one of {', '.join(state.details.authors)}"
        raise BadRequestError("about", told if rule.about else "is not for this move")
    if move.version is not None and move.version.number != len(state.versions) + 1:
        raise ConflictError("Another version was added in this moment; add it again.")


def _carried(state: State, move: Move) -> State:
    """Return a state with what a move carries."""
    if move.details is not None:
        return replace(state, details=move.details)
    if move.version is not None:
        return replace(state, versions=(*state.versions, move.version))
    return state


def _agreed(rule: MoveRule, before: State, after: State, move: Move) -> State:
    givers = (move.about,) if rule.about else move.subjects
    fresh = [giver for giver in givers if giver not in before.agreed]
    if rule.to == STAYS and not fresh:
        raise ConflictError(f"{rule.label}: this agreement was given already.")
    return replace(after, agreed={**before.agreed, **dict.fromkeys(fresh, before.number + 1)})


def _target(rule: MoveRule, after: State) -> str:
    """Return the stage to which a move leads."""
    if rule.then and not after.missing:
        return rule.then
    if rule.to == BACK:
        return _PUBLISHED if after.editions else _WITHDRAWN
    return after.stage if rule.to == STAYS else rule.to


def _with_edition(state: State, move: Move) -> State:
    newest = state.newest
    assert newest is not None  # nobody agrees before there is a version
    made = Edition(newest, move.at, state.details, dict(state.agreed))
    return replace(state, editions=(*state.editions, made))


def details_faults(details: Details) -> list[tuple[str, str]]:
    """Return what is wrong with a description, by field; what it names is looked up elsewhere."""
    found = []
    if not details.title.strip():
        found.append(("title", "is needed"))
    for name, longest in (("title", LONGEST_TITLE), ("summary", LONGEST_SUMMARY)):
        if len(getattr(details, name)) > longest:
            found.append((name, f"must have at most {longest} characters"))
    if any(not c.isprintable() for c in details.title):
        found.append(("title", "holds a control character"))
    if any(not (c.isprintable() or c in "\n\r\t") for c in details.summary):
        found.append(("summary", "holds a control character"))
    found += [
        (name, "must name at least one co-author")
        for name in ("cities", "partners")
        if not getattr(details, name)
    ]
    for name, most in (
        ("cities", MOST_AUTHORS), ("partners", MOST_AUTHORS), ("needs", MOST_SERVED),
        ("topics", MOST_SERVED), ("engagements", MOST_SERVED),
    ):  # fmt: skip
        held = getattr(details, name)
        if len(held) > most:
            found.append((name, f"must be at most {most}"))
        elif len(set(held)) < len(held):
            found.append((name, "names something twice"))
    return found


def standing_of_version(state: State, number: int) -> str:
    """Return how a version stands.

    Returns
    -------
    str
        ``published``, ``superseded`` or ``withdrawn`` of one that was published; the stage of the one
        that is worked on; ``replaced`` of all others.
    """
    published = [edition.version.number for edition in state.editions]
    if number in published:
        if state.down_at:
            return _WITHDRAWN
        return _PUBLISHED if number == published[-1] else "superseded"
    newest = state.newest
    working = state.stage not in (_PUBLISHED, _WITHDRAWN)
    return state.stage if working and newest and newest.number == number else "replaced"
