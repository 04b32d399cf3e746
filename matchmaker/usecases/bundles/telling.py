"""Who is told of a bundle: officers of the cities asked, and the secretariat of their answers."""

from __future__ import annotations

import contextlib
from collections.abc import Collection
from typing import Final

from matchmaker.accounts.model import Account
from matchmaker.accounts.model import State as AccountState
from matchmaker.bundles.moves import ANSWERING, ANSWERS, Move, State, apply
from matchmaker.errors import StoreUnavailableError
from matchmaker.permissions import Role
from matchmaker.usecases.accounts.keeping import every
from matchmaker.usecases.brokering.notices import BUNDLE, make_notice
from matchmaker.usecases.bundles.keeping import Bundle
from matchmaker.usecases.service import Service

_TITLES: Final = {
    "invite": "Your city is asked to join a bundle",
    "remove": "Your city's need was taken out of a bundle",
    "propose": "The bundle is proposed to partners",
    "close": "The bundle is closed",
    "accept": "A city joins the bundle",
    "decline": "A city does not join the bundle",
}


def tell(service: Service, one: Bundle) -> None:
    """Tell of all moves; a notice is made once, however often this is repeated.

    What cannot be told now, for the database is away, is told with the next move.
    """
    with contextlib.suppress(StoreUnavailableError):
        before: State | None = None
        for number, move in enumerate(one.moves, 1):
            after = apply(before, move)
            if before and move.name in ANSWERING:
                _tell(service, one, number, Role.SECRETARIAT, _cities(after, ANSWERS))
            elif before:
                _tell(service, one, number, Role.CITY_OFFICER, _concerned(before, after, move))
            before = after


def _concerned(before: State, after: State, move: Move) -> frozenset[str]:
    """Return the cities that a move of the secretariat concerns, of those that have been asked."""
    if move.name == "invite":
        return _cities(after, ("asked",)) - _cities(before, ("asked",))
    if move.name == "remove":
        gone = {need for need in move.needs if before.answers[need] != "not_asked"}
        return frozenset(before.places[need].city for need in gone)
    if move.name in ("propose", "close"):
        return _cities(after, ("asked", "accepted"))
    return frozenset()


def _cities(state: State, answers: Collection[str]) -> frozenset[str]:
    """Return the cities of needs with some answers."""
    return frozenset(state.places[n].city for n, said in state.answers.items() if said in answers)


def _tell(service: Service, one: Bundle, number: int, role: Role, cities: frozenset[str]) -> None:
    """Tell the accounts of a role of a move; officers only those of some cities."""
    move = one.moves[number - 1]
    if not cities:
        return
    where = {"role": role.value, "state": AccountState.ACTIVE.value}
    for record in every(service.records, "account", where):
        account = Account.of(record)
        theirs = role is Role.SECRETARIAT or not cities.isdisjoint(account.subjects)
        if theirs and account.id != move.account:
            make_notice(
                service, account, f"{one.id}|{number}|{BUNDLE}", kind=BUNDLE, engagement="",
                bundle=one.id, party="city" if role is Role.CITY_OFFICER else "secretariat",
                title=_TITLES[move.name], about=one.title,
            )  # fmt: skip
