"""Amendments as they are kept: the moves are the truth, what they add up to stands beside them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from matchmaker.accounts.model import STAFF, Account, State
from matchmaker.errors import ConflictError, NotFoundError
from matchmaker.instruments.amending import ADOPTED, OPEN, Move, Opening, Word, apply, state_of
from matchmaker.instruments.amending import State as Standing
from matchmaker.instruments.model import Clause
from matchmaker.instruments.texts import amended
from matchmaker.permissions import Caller, Role
from matchmaker.records import Record
from matchmaker.usecases.accounts.keeping import every
from matchmaker.usecases.brokering.standing import DELEGATION, LENT_TO, holds, lent_to
from matchmaker.usecases.service import Service

KIND: Final = "amendment"
MOST_MOVES: Final = 500
Fields = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Amendment:
    """One proposal to change an instrument, as it stands.

    Parameters
    ----------
    text : tuple of Clause
        The clauses of the version that it changes, as they were when it was proposed: what was
        consented to is what is adopted, whatever a file says by then.
    stored : bool
        Whether the version that it made is kept.
    told : int
        For how many moves everybody concerned has been told.
    """

    id: str
    opening: Opening
    moves: tuple[Move, ...]
    state: Standing
    text: tuple[Clause, ...] = field(hash=False)
    stored: bool = False
    told: int = 0

    @property
    def proposal(self) -> Move:
        """The move that holds what is proposed now."""
        return self.moves[self.state.proposal - 1]

    @property
    def proposed(self) -> tuple[Clause, ...]:
        """The clauses as they are proposed now."""
        return amended(self.text, self.proposal.changes, self.opening.base + 1)

    def move_of(self, uuid: str) -> Move | None:
        """Return the move with an identifier, None if it was not made."""
        return next((move for move in self.moves if move.uuid == uuid), None)

    def after(self, move: Move) -> Amendment:
        """Return the amendment after one more move; raises as :func:`apply` does."""
        if len(self.moves) >= MOST_MOVES:
            raise ConflictError(f"The amendment has {MOST_MOVES} moves, as many as it can.")
        state = apply(self.opening, self.state, move)
        return replace(self, moves=(*self.moves, move), state=state)


def read(identifier: str, fields: Fields) -> Amendment:
    """Return an amendment from the fields of its record."""
    opening = Opening.from_json(fields["opening"])
    moves = tuple(map(Move.from_json, fields["moves"]))
    text = tuple(map(Clause.from_json, fields["text"]))
    state = state_of(opening, moves)
    return Amendment(identifier, opening, moves, state, text, fields["stored"], fields["told"])


def fields_of(one: Amendment) -> dict[str, Any]:
    """Return the fields of an amendment's record.

    ``open_for`` is unique: an instrument has one amendment at a time, until its version is kept.
    """
    state = one.state
    adopted = state.stage == ADOPTED
    holds_place = not state.is_over or (adopted and not one.stored)
    due: str | None = None
    if one.told < len(one.moves) or (adopted and not one.stored):
        due = state.at
    elif state.stage == OPEN and not state.closed:
        due = state.until
    return {
        "opening": one.opening.as_json(),
        "moves": [move.as_json() for move in one.moves],
        "text": [clause.as_json() for clause in one.text],
        "stored": one.stored,
        "told": one.told,
        "instrument": one.opening.instrument,
        "stage": state.stage,
        "at": one.moves[0].at,
        "next_at": due,
        "open_for": one.opening.instrument if holds_place else "",
    }


def found(service: Service, amendment_id: str) -> Amendment:
    """Return an amendment.

    Raises
    ------
    NotFoundError
        If there is none.
    """
    record = service.records.get(KIND, amendment_id[:100])
    if record is None:
        raise NotFoundError(KIND, amendment_id[:100])
    return amendment_of(record)


def amendment_of(record: Record) -> Amendment:
    """Read an amendment from its record."""
    return read(record.id, record.fields)


def alter(
    service: Service, amendment_id: str, change: Callable[[Amendment], Amendment | None]
) -> Amendment:
    """Change an amendment under its lock; what ``change`` raises leaves it as it is.

    Raises
    ------
    NotFoundError
        If there is none.
    """

    def work(fields: Fields) -> Fields | None:
        after = change(read(amendment_id, fields))
        return None if after is None else fields_of(after)

    record = service.records.change(KIND, amendment_id, work)
    if record is None:
        raise NotFoundError(KIND, amendment_id[:100])
    return amendment_of(record)


def members_of(service: Service) -> tuple[str, ...]:
    """Return the member states, whose consent is asked for."""
    countries = service.snapshot.of_type("country").values()
    return tuple(sorted(one.id for one in countries if one.text("relation") == "member"))


def standing_of(service: Service, caller: Caller) -> dict[str, str]:
    """Return the countries that a caller speaks for, each with the account whose standing it is.

    ``""`` stands for the caller's own.
    """
    found_ = dict(lent_to(service, caller))
    if caller.role is Role.NATIONAL_REPRESENTATIVE:
        found_ |= dict.fromkeys(caller.subjects, "")
    return found_


def speakers_of(service: Service) -> dict[str, list[Account]]:
    """Return by country the active accounts that speak for it, by their own or a lent standing.

    Notes
    -----
    Goes through the accounts of National Representatives and what they have lent.
    """
    spoken: dict[str, dict[str, Account]] = {}
    role, state = Role.NATIONAL_REPRESENTATIVE.value, State.ACTIVE.value
    for record in every(service.records, "account", {"role": role, "state": state}):
        account = Account.of(record)
        for country in account.subjects:
            spoken.setdefault(country, {})[account.id] = account
            for line in service.records.find(
                DELEGATION, {"account": account.id, "country": country}, order_by="at", limit=200
            ):
                taker = service.records.get("account", line["to"]) if holds(service, line) else None
                if taker is not None and taker["state"] == State.ACTIVE:
                    lent = Account.of(taker)
                    if lent.role in LENT_TO:
                        spoken[country][lent.id] = lent
    return {country: list(accounts.values()) for country, accounts in spoken.items()}


def is_staff(caller: Caller) -> bool:
    """Tell whether a caller speaks for the secretariat."""
    return caller.role in STAFF


def words_of(one: Amendment) -> dict[str, str]:
    """Return by member state what it has said."""
    words: Mapping[str, Word] = one.state.words
    return {country: word.how for country, word in words.items()}
