"""White papers as documents: the one shape that the API and the pages share."""

from __future__ import annotations

from typing import Any

from matchmaker.permissions import Caller
from matchmaker.usecases.brokering.showing import caption
from matchmaker.usecases.brokering.standing import lent_to
from matchmaker.usecases.contributing.submissions import lists_all
from matchmaker.usecases.service import Service
from matchmaker.usecases.whitepapers.keeping import Paper, entity_id
from matchmaker.whitepapers.history import Move, State
from matchmaker.whitepapers.paper import apply, possible, standing_of, standing_of_version
from matchmaker.whitepapers.rules import MoveRule, Rules

Document = dict[str, Any]


def shown(service: Service, rules: Rules, caller: Caller, one: Paper) -> Document:
    """Return a white paper in full, as somebody who may read it sees it."""
    state, details = one.state, one.details
    party, subjects = standing_of(rules, caller.role, caller.subjects, details)
    return {
        **summary(service, rules, one),
        "summary": details.summary,
        "language": details.language,
        "needs": [_named(service, i) for i in details.needs],
        "topics": [_named(service, i) for i in details.topics],
        "engagements": _engagements(service, caller, details.engagements),
        "agreements": _agreements(service, one),
        "your": {
            "party": party,
            "label": rules.parties[party].label if party else "",
            "authors": list(subjects),
            "moves": [_possible(rule) for rule in possible(rules, state, party, subjects)],
        },
        "versions": [_version(one, number) for number in range(len(state.versions), 0, -1)],
        "moves": _moves(service, rules, one),
    }


def summary(service: Service, rules: Rules, one: Paper) -> Document:
    """Return a white paper in short, as it stands in lists."""
    state, details, stage = one.state, one.details, rules.stages[one.state.stage]
    return {
        "id": one.id,
        "version": one.version,
        "title": details.title,
        "stage": stage.name,
        "stage_label": stage.label,
        "stage_says": stage.says,
        "cities": [_named(service, i) for i in details.cities],
        "partners": [_named(service, i) for i in details.partners],
        "newest": state.newest.number if state.newest else 0,
        "missing": [_named(service, i) for i in state.missing] if stage.name == "in_review" else [],
        "white_paper": entity_id(one.id, state.editions[-1].version.number)
        if state.editions
        else "",
        "begun_at": one.moves[0].at,
        "changed_at": state.at,
    }


def _named(service: Service, identifier: str) -> Document:
    return {"id": identifier, "name": caption(service, identifier)}


def _engagements(service: Service, caller: Caller, named: tuple[str, ...]) -> list[str]:
    """Return the engagements that the caller is a party to: others are not his to know of."""
    if lists_all(caller, "engagements.read"):
        return list(named)
    mine = caller.subjects | lent_to(service, caller).keys()
    found = []
    for identifier in named:
        record = service.records.get("engagement", identifier)
        if record is not None and not mine.isdisjoint(record["owners"]):
            found.append(identifier)
    return found


def _agreements(service: Service, one: Paper) -> list[Document]:
    """Return how each co-author stands to the newest version; of a published one, how it stood then."""
    state = one.state
    agreed = state.agreed
    if state.stage in ("published", "withdrawn") and state.editions:
        agreed = state.editions[-1].agreed
    found = []
    for author in one.details.authors:
        number = agreed.get(author)
        move = one.moves[number - 1] if number else None
        waited = state.stage == "in_review" and move is None
        found.append({
            "author": _named(service, author),
            "state": "waiting" if waited else "not_asked" if move is None
            else "recorded" if move.about else "given",
            "at": move.at if move else "",
            "move": number,
        })  # fmt: skip
    return found


def _possible(rule: MoveRule) -> Document:
    return {
        "name": rule.name, "label": rule.label, "says": rule.says, "needs": sorted(rule.needs),
        "about": rule.about, "carries": rule.carries,
    }  # fmt: skip


def _version(one: Paper, number: int) -> Document:
    """Return a version with how it stands, and what is told of whoever added it."""
    version = one.state.versions[number - 1]
    move = next(m for m in one.moves if m.version == version)
    standing = standing_of_version(one.state, number)
    published = {edition.version.number for edition in one.state.editions}
    return {
        "number": number,
        "state": standing,
        "name": version.name,
        "media_type": version.media_type,
        "size": version.size,
        "sha256": version.sha256,
        "at": move.at,
        "note": move.note,
        "white_paper": entity_id(one.id, number) if number in published else "",
    }


def _moves(service: Service, rules: Rules, one: Paper) -> list[Document]:
    found = []
    state: State | None = None
    for number, move in enumerate(one.moves, 1):
        state = apply(rules, state, move)
        found.append(_move(service, rules, number, move) | {"stage": state.stage})
    return found


def _move(service: Service, rules: Rules, number: int, move: Move) -> Document:
    rule, party = rules.moves[move.name], rules.parties[move.party]
    return {
        "number": number,
        "at": move.at,
        "name": move.name,
        "label": rule.label,
        "party": move.party,
        "party_label": party.label,
        "authors": [_named(service, subject) for subject in move.subjects],
        "account": move.account,
        "about": _named(service, move.about) if move.about else None,
        "note": move.note,
        "version": move.version.number if move.version else None,
    }
