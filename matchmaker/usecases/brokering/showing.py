"""Engagements as documents: the one shape that the API, the pages and the command line share."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from matchmaker.brokering.appointments import Meeting, meetings_of, next_of
from matchmaker.brokering.engagement import (
    NO_FIT,
    apply,
    ended_lastingly,
    is_open,
    is_published,
    possible,
)
from matchmaker.brokering.history import Move, State, Wait
from matchmaker.brokering.rules import CLOCK, Consent, MoveRule, Rules
from matchmaker.permissions import Caller
from matchmaker.usecases.brokering.keeping import Engagement
from matchmaker.usecases.brokering.papers import documents_of, of_engagement
from matchmaker.usecases.brokering.standing import speakers
from matchmaker.usecases.diligence.guarding import told_for
from matchmaker.usecases.instruments.held import terms_shown
from matchmaker.usecases.service import Service

Document = dict[str, Any]


def shown(
    service: Service, rules: Rules, caller: Caller, one: Engagement, parties: Mapping[str, str]
) -> Document:
    """Return an engagement in full, as somebody who speaks for some parties sees it."""
    papers = documents_of(service, of_engagement(one.id))
    named = {paper["id"]: paper for paper in papers}
    short = summary(service, rules, one)
    meetings = meetings_of(one.moves)
    coming = next_of(meetings, service.now())
    return {
        **short,
        "waits": [
            {**wait, "reachable": bool(speakers(service, rules, one.opening, wait["party"]))}
            for wait in short["waits"]
        ],
        "reason": _term(rules.reasons, one.state.reason),
        "form": _term(rules.forms, one.state.form),
        "consents": [
            _consent(rules, one, consent)
            for consent in rules.consents.values()
            if consent.name != NO_FIT or ended_lastingly(rules, one.opening, one.state)
        ],
        "published": is_published(rules, one.state),
        "your": {
            "parties": [
                {"party": name, "label": rules.parties[name].label, "lent_by": lent_by}
                for name, lent_by in parties.items()
            ],
            "moves": [
                _possible(rules, rule, meetings)
                for rule in possible(rules, one.opening, one.state, parties)
            ],
        },
        "evidence": dict(one.evidence),
        "moves": [
            {**_move(service, rules, one, number, move, named), "stage": stage}
            for number, (move, stage) in enumerate(_with_stages(rules, one), 1)
        ],
        "documents": papers,
        "meetings": [_meeting(held) for held in meetings],
        "next_meeting": _meeting(coming) if coming else None,
        "diligence": told_for(service, caller, rules, one.opening.partner),
        "terms": terms_shown(service, one.opening.terms),
        "rules": [rules.rules[name].as_json() for name in _rules_of(rules, one)],
    }  # fmt: skip


def summary(service: Service, rules: Rules, one: Engagement) -> Document:
    """Return an engagement in short, as it stands in lists."""
    opening, state, stage = one.opening, one.state, rules.stages[one.state.stage]
    now = service.now()
    return {
        "id": one.id,
        "version": one.version,
        "stage": stage.name,
        "stage_label": stage.label,
        "open": is_open(rules, state),
        "route": opening.route,
        "need": {"id": opening.need, "title": caption(service, opening.need)},
        "city": {"id": opening.city, "name": caption(service, opening.city)},
        "country": {"id": opening.country, "name": caption(service, opening.country)},
        "partner": {
            "id": opening.partner,
            "name": caption(service, opening.partner),
            "kind": opening.partner_kind,
        },
        "offer": {"id": opening.offer, "title": caption(service, opening.offer)}
        if opening.offer
        else None,
        "opened_at": one.at,
        "changed_at": state.at,
        "ended_at": state.ended_at,
        "due_at": state.due_at,
        "overdue": bool(state.due_at) and state.due_at <= now,
        "waits": [wait_document(rules, one, wait, now) for wait in state.waits],
    }


def wait_document(rules: Rules, one: Engagement, wait: Wait, now: str) -> Document:
    """Return who is waited for, since when, until when, and what follows then."""
    clock = rules.clocks.get(wait.clock)
    then = clock.then if clock else "remind"
    return {
        "party": wait.party,
        "label": rules.parties[wait.party].label,
        "subject": one.opening.subject_of(wait.party),
        "since": wait.since,
        "due_at": wait.due_at,
        "overdue": wait.due_at <= now,
        "escalated": wait.party in one.state.escalated,
        "then": then,
        "then_label": rules.moves[then].label if then in rules.moves else "Reminder",
        "rule": clock.rule if clock else "",
    }


def caption(service: Service, identifier: str) -> str:
    """Return the name of an entity, or its identifier where it is gone."""
    snapshot = service.snapshot
    entity = snapshot.entities.get(snapshot.redirects.get(identifier, identifier))
    return snapshot.schema.caption(entity) if entity else identifier


def _with_stages(rules: Rules, one: Engagement) -> Iterator[tuple[Move, str]]:
    """Yield each move with the stage in which it left the engagement."""
    state: State | None = None
    for move in one.moves:
        state = apply(rules, one.opening, state, move)
        yield move, state.stage


def _consent(rules: Rules, one: Engagement, consent: Consent) -> Document:
    """Return how far a consent is: each party ``given``, ``silence``, ``waiting`` or ``not_asked``."""
    given = one.state.gathered.get(consent.name, {})
    asked = one.opening.asked if consent.name == "consent" else tuple(consent.of)
    parties = []
    for party, rule in consent.of.items():
        number = given.get(party)
        move = one.moves[number - 1] if number else None
        state = "waiting" if party in asked else "not_asked"
        if move is not None:
            state = "silence" if move.party == CLOCK else "given"
        parties.append({
            "party": party,
            "label": rules.parties[party].label,
            "subject": one.opening.subject_of(party),
            "state": state,
            "at": move.at if move else "",
            "move": number,
            "rule": rule,
        })  # fmt: skip
    return {"name": consent.name, "label": consent.label, "parties": parties}


def _meeting(one: Meeting) -> Document:
    """Return a meeting as it stands."""
    when = one.appointment
    return {
        "number": one.number,
        **when.as_json(),
        "starts_at": when.starts_at,
        "ends_at": when.ends_at,
        "sequence": one.sequence,
        "cancelled": one.cancelled,
        "changed_at": one.at,
    }


def _possible(rules: Rules, rule: MoveRule, meetings: Sequence[Meeting]) -> Document:
    """Return a move as it is offered, with what a form for it needs to know."""
    return {
        "name": rule.name,
        "label": rule.label,
        "says": rule.says,
        "to": rule.to if rule.to in rules.stages else "",
        "needs": sorted(rule.needs),
        "reasons": [_named(reason) for reason in rules.reasons_of(rule.name)],
        "forms": [_named(form) for form in rules.forms.values()] if "form" in rule.needs else [],
        "about": [_named(rules.parties[name]) for name in rule.about],
        "which": [_meeting(one) for one in meetings if "which" in rule.needs and not one.cancelled],
        "rule": rule.rule,
    }


def _move(
    service: Service, rules: Rules, one: Engagement, number: int, move: Move,
    papers: Mapping[str, Document],
) -> Document:  # fmt: skip
    rule, subject = rules.moves[move.name], one.opening.subject_of(move.party)
    return {
        "number": number,
        "at": move.at,
        "name": move.name,
        "label": rule.label,
        "party": move.party,
        "party_label": rules.parties[move.party].label,
        "subject": subject,
        "subject_name": caption(service, subject) if subject else "",
        "account": move.account,
        "lent_by": move.lent_by,
        "about": move.about,
        "note": move.note,
        "reason": _term(rules.reasons, move.reason),
        "form": _term(rules.forms, move.form),
        "documents": [papers[name] for name in move.documents if name in papers],
        "meeting": move.meeting.as_json() if move.meeting else None,
        "which": move.which or None,
        "rule": rule.rule,
    }


def _rules_of(rules: Rules, one: Engagement) -> Iterator[str]:
    """Yield the rules that this engagement rests on, each once, in the order of the file."""
    used = {rules.moves[move.name].rule for move in one.moves}
    for consent in rules.consents.values():
        if consent.name == NO_FIT and not ended_lastingly(rules, one.opening, one.state):
            continue
        if consent.name != "consent" or consent.stage == one.state.stage:
            used |= set(consent.of.values())
        used |= {rule for party, rule in consent.of.items() if party in one.opening.asked}
    used |= {
        rules.clocks[wait.clock].rule for wait in one.state.waits if wait.clock in rules.clocks
    }
    used |= {rule.name for rule in rules.guards_of("introduce")}
    used |= {rule.name for rule in rules.of_partner_kind(one.opening.partner_kind)}
    yield from (name for name in rules.rules if name in used)


def _term(known: Mapping[str, Any], name: str) -> Document | None:
    """Return a reason or a form with its label, None where there is none."""
    if not name:
        return None
    return {"name": name, "label": known[name].label if name in known else name}


def _named(one: Any) -> Document:
    return {"name": one.name, "label": one.label}
