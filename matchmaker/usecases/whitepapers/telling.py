"""Who is told what about a white paper: co-authors whose agreement is awaited, and what came of it."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Final

from matchmaker.accounts.model import Account, State
from matchmaker.usecases.accounts.keeping import every
from matchmaker.usecases.brokering.notices import PAPER, make_notice
from matchmaker.usecases.brokering.showing import caption
from matchmaker.usecases.service import Service
from matchmaker.usecases.whitepapers.keeping import Paper
from matchmaker.whitepapers.history import State as Standing
from matchmaker.whitepapers.paper import apply
from matchmaker.whitepapers.rules import SECRETARIAT, Party, Rules

_AWAITED: Final = "Your agreement is awaited"
_NEWS: Final = {
    "begin": "A white paper is begun",
    "describe": "The description is changed",
    "add_version": "A new version",
    "ask_for_changes": "Changes are asked for",
    "publish": "Published in the repository",
    "give_up": "The draft is given up",
    "take_down": "Withdrawn from the repository",
    "note": "A new note",
}
"""Moves of which all co-authors are told."""


def tell(service: Service, rules: Rules, one: Paper) -> None:
    """Tell everybody concerned of the moves of which they have not been told."""
    state: Standing | None = None
    for number, move in enumerate(one.moves, 1):
        before, state = state, apply(rules, state, move)
        if number <= one.told:
            continue
        entered = before is not None and before.stage != state.stage
        if entered and state.stage == "in_review":
            _tell_authors(service, rules, one, number, _AWAITED, state.missing)
        if entered and state.stage == "agreed":
            title = "All co-authors have agreed"
            _tell_authors(service, rules, one, number, title, state.details.authors)
            _tell_party(
                service, rules.parties[SECRETARIAT], one, number, f"{title}: to be published"
            )
        if move.name in _NEWS:
            concerned = {*state.details.authors, *(before.details.authors if before else ())}
            _tell_authors(service, rules, one, number, _NEWS[move.name], concerned)


def _tell_authors(
    service: Service, rules: Rules, one: Paper, number: int, title: str, authors: Collection[str]
) -> None:
    for party in rules.parties.values():
        if party.authors:
            _tell_party(service, party, one, number, title, authors)


def _tell_party(
    service: Service, party: Party, one: Paper, number: int, title: str,
    authors: Collection[str] = (),
) -> None:  # fmt: skip
    move = one.moves[number - 1]
    names = [caption(service, author) for author in one.details.authors]
    about = f"White paper of {', '.join(names[:-1])} and {names[-1]}"[:300]
    for account in _speakers(service, party, authors):
        if account.id != move.account:
            make_notice(
                service, account, f"paper|{one.id}|{number}", engagement="", paper=one.id,
                kind=PAPER, party=party.name, title=title, about=about,
            )  # fmt: skip


def _speakers(service: Service, party: Party, authors: Collection[str]) -> Iterator[Account]:
    """Yield the active accounts of a party that speak for one of some co-authors; of staff all."""
    for role in sorted(party.roles):
        where = {"role": role.value, "state": State.ACTIVE.value}
        for record in every(service.records, "account", where):
            account = Account.of(record)
            if not party.authors or set(account.subjects) & set(authors):
                yield account
