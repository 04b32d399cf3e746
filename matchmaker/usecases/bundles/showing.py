"""Bundles as documents, as far as whoever looks may see them."""

from __future__ import annotations

from typing import Any

from matchmaker.bundles.moves import ANSWERING, Move
from matchmaker.permissions import Caller, Role
from matchmaker.usecases.brokering.keeping import KIND as ENGAGEMENT
from matchmaker.usecases.brokering.keeping import rules_of
from matchmaker.usecases.brokering.showing import caption
from matchmaker.usecases.bundles.keeping import Bundle, pair_key
from matchmaker.usecases.bundles.suggesting import bundle_document
from matchmaker.usecases.contributing.submissions import lists_all
from matchmaker.usecases.service import Service

Document = dict[str, Any]


def shown(service: Service, caller: Caller, one: Bundle, *, full: bool = True) -> Document:
    """Return a bundle; in full with what its needs share, its history and its engagements.

    Staff see all.  Others see who was asked and what was answered, but of notes and engagements only
    those of their own cities: what is between another city and a partner is theirs.
    """
    state, staff = one.state, lists_all(caller, "bundles.read")
    document = {
        "id": one.id,
        "version": one.version,
        "title": one.title,
        "stage": state.stage,
        "at": one.at,
        "changed_at": one.moves[-1].at,
        "suggestion": one.suggestion,
        "ready": state.is_ready,
        "cities": len({place.city for place in state.places.values()}),
        "needs": [_need(service, caller, one, need) for need in sorted(state.places)],
    }
    if not full:
        return document
    like = bundle_document(service.matcher, state.places)
    return {
        **document,
        "cohesion": like["cohesion"],
        "least_like": like["least_like"],
        "alike": like["alike"],
        "shared": like["shared"],
        "pairs": like["pairs"],
        "singles": like["singles"],
        "possible": _possible(caller, one),
        "moves": [
            _move(service, caller, number, move, staff) for number, move in enumerate(one.moves, 1)
        ],
        "engagements": _engagements(service, caller, one, staff),
    }


def _need(service: Service, caller: Caller, one: Bundle, need: str) -> Document:
    place = one.state.places[need]
    return {
        "id": need,
        "title": caption(service, need),
        "city": {"id": place.city, "name": caption(service, place.city)},
        "country": {"id": place.country, "name": caption(service, place.country)},
        "answer": one.state.answers[need],
        "yours": caller.role is Role.CITY_OFFICER and place.city in caller.subjects,
    }


def _possible(caller: Caller, one: Bundle) -> list[str]:
    """Return the moves that the caller can make."""
    state = one.state
    if caller.role is not Role.CITY_OFFICER:
        staff = lists_all(caller, "bundles.move")
        return [name for name in state.possible if staff and name not in ANSWERING]
    proposed = {need for need, _ in state.proposed}
    mine = {
        need: state.answers[need]
        for need, place in state.places.items()
        if place.city in caller.subjects
    }
    able = {
        "accept": any(said in ("asked", "declined") for said in mine.values()),
        "decline": any(
            said in ("asked", "accepted") and need not in proposed for need, said in mine.items()
        ),
    }
    return [name for name in ANSWERING if name in state.possible and able[name]]


def _move(service: Service, caller: Caller, number: int, move: Move, staff: bool) -> Document:
    owned = any(
        not caller.subjects.isdisjoint({place.city, place.country}) for place in move.needs.values()
    )
    mine = staff or (move.name in ANSWERING and owned)
    return {
        "number": number,
        "name": move.name,
        "at": move.at,
        "needs": [{"id": need, "title": caption(service, need)} for need in sorted(move.needs)],
        "targets": [_target(service, one) for one in move.targets],
        "note": move.note if mine or move.name == "open" else "",
    }


def _target(service: Service, identifier: str) -> Document:
    """Return an offer under its title and its partner's name, or a partner under his name."""
    offer = service.snapshot.of_type("offer").get(identifier)
    of = f"{caption(service, offer.text('partner'))}: " if offer else ""
    return {"id": identifier, "title": f"{of}{caption(service, identifier)}"}


def _engagements(service: Service, caller: Caller, one: Bundle, staff: bool) -> list[Document]:
    """Return what became of each proposal, as far as the caller sees it."""
    stages = rules_of(service).stages
    told = []
    for need, target in one.state.proposed:
        place = one.state.places[need]
        if not staff and caller.subjects.isdisjoint({place.city, place.country}):
            continue
        report = one.reports.get(pair_key(need, target), {})
        identifier = report.get("engagement", "")
        record = service.records.get(ENGAGEMENT, identifier) if identifier else None
        stage = record["stage"] if record else ""
        told.append({
            "need": {"id": need, "title": caption(service, need)},
            "city": {"id": place.city, "name": caption(service, place.city)},
            "target": _target(service, target),
            "engagement": identifier if record else "",
            "stage": stage,
            "stage_label": stages[stage].label if stage in stages else "",
            "problem": report.get("problem", "" if report else "Not opened yet; propose again."),
        })  # fmt: skip
    return told
