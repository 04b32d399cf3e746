"""Bundles as they are kept: the moves are the truth, what they add up to stands beside them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from matchmaker.bundles.moves import STAGES, Move, Place, State, fold
from matchmaker.errors import NotFoundError
from matchmaker.permissions import Caller
from matchmaker.records import Record
from matchmaker.usecases.accounts.keeping import every
from matchmaker.usecases.service import Service

KIND: Final = "bundle"
OPEN: Final = STAGES[:-1]


@dataclass(frozen=True, slots=True)
class Bundle:
    """A bundle as it stands.

    Parameters
    ----------
    suggestion : str
        The suggestion that it began with, ``""`` without one.
    reports : mapping of str to mapping
        What became of each engagement that was to be opened, by :func:`pair_key`: its identifier, or
        what kept it from being opened.  Bookkeeping, not history.
    """

    id: str
    title: str
    suggestion: str
    at: str
    moves: tuple[Move, ...]
    state: State
    reports: Mapping[str, Mapping[str, str]]

    @property
    def version(self) -> int:
        """The number of its moves."""
        return len(self.moves)

    @property
    def owners(self) -> frozenset[str]:
        """Whose it is: the cities that were asked, and their countries."""
        return owners_of_state(self.state)


def owners_of_state(state: State) -> frozenset[str]:
    """Return whose a bundle is: the cities that were asked, and their countries."""
    return frozenset(one for place in state.asked for one in (place.city, place.country)) - {""}


def pair_key(need: str, target: str) -> str:
    """Return the name of one engagement to be opened."""
    return f"{need}|{target}"


def bundle_of(record: Record) -> Bundle:
    """Read a bundle from its record."""
    return read(record.id, record.fields)


def read(identifier: str, fields: Mapping[str, Any]) -> Bundle:
    """Read a bundle from its fields."""
    moves = tuple(map(Move.from_json, fields["moves"]))
    return Bundle(
        identifier, fields["title"], fields["suggestion"], fields["at"], moves, fold(moves),
        fields["reports"],
    )  # fmt: skip


def derived(moves: tuple[Move, ...]) -> dict[str, Any]:
    """Return what follows from the moves and is kept beside them so that bundles are found."""
    state = fold(moves)
    return {
        "moves": [move.as_json() for move in moves],
        "stage": state.stage,
        "owners": sorted(owners_of_state(state)),
        "needs": sorted(state.places),
    }


def found(service: Service, bundle_id: str) -> Bundle:
    """Return a bundle, whoever asks.

    Raises
    ------
    NotFoundError
        If there is none.
    """
    record = service.records.get(KIND, bundle_id[:100])
    if record is None:
        raise NotFoundError("bundle", bundle_id[:100])
    return bundle_of(record)


def needs_taken(service: Service) -> frozenset[str]:
    """Return the needs that are in a bundle that is not closed; none where records cannot be had."""
    if service.status.read_only:
        return frozenset()
    kept = every(service.records, KIND, {"stage": list(OPEN)})
    return frozenset(need for record in kept for need in record["needs"])


def place_of(service: Service, need_id: str) -> Place:
    """Return where a need is.

    Raises
    ------
    NotFoundError
        If there is no such need.
    """
    snapshot = service.snapshot
    city = snapshot.get("city", snapshot.get("need", need_id).text("city"))
    return Place(city.id, city.text("country"))


def own(caller: Caller) -> frozenset[str]:
    """Return what is a caller's own, for the table of permissions."""
    return (caller.subjects | {caller.account}) - {""}
