"""The rules of brokering as a document for all, and how much waits for somebody."""

from __future__ import annotations

from typing import Any, Final

from matchmaker.brokering.rules import ClockRule, MoveRule, Rule, Rules
from matchmaker.permissions import Caller
from matchmaker.usecases.brokering.keeping import KIND, rules_of
from matchmaker.usecases.brokering.standing import keys_of, own
from matchmaker.usecases.permitting import permit
from matchmaker.usecases.service import Service

ORIGINS: Final = ("clause", "source", "house")
"""What a rule may rest on: the Terms of Reference, another source, or the house."""


def rules_document(service: Service, caller: Caller) -> dict[str, Any]:
    """Return the rules in force: stages, moves, consents, reasons, forms, clocks and their origins."""
    permit(service, caller, "graph.read")
    rules = rules_of(service)
    return {
        "stages": [
            {"name": one.name, "label": one.label, "kind": one.kind, "says": one.says}
            for one in rules.stages.values()
        ],
        "parties": [
            {"name": one.name, "label": one.label, "roles": sorted(one.roles)}
            for one in rules.parties.values()
        ],
        "moves": [_move(rules, one) for one in rules.moves.values()],
        "consents": [
            {
                "name": one.name,
                "label": one.label,
                "stage": one.stage,
                "then": one.then,
                "of": [{"party": party, "rule": rule} for party, rule in one.of.items()],
            }
            for one in rules.consents.values()
        ],
        "reasons": [
            {
                "name": one.name,
                "label": one.label,
                "moves": sorted(one.moves),
                "lasting": one.lasting,
            }
            for one in rules.reasons.values()
        ],
        "forms": [{"name": one.name, "label": one.label} for one in rules.forms.values()],
        "clocks": [_clock(one) for one in rules.clocks.values()],
        "rules": [_rule(one) for one in rules.rules.values()],
    }


def count_waiting(service: Service, caller: Caller) -> int:
    """Count the engagements in which the caller is waited for, in one question to the records.

    A standing that was lent to him is left out here; his inbox has those engagements too.
    """
    permit(service, caller, "inbox.read", own(caller))
    return service.records.count(KIND, {"waits_for": keys_of(caller, {})})


def _move(rules: Rules, one: MoveRule) -> dict[str, Any]:
    return {
        "name": one.name,
        "label": one.label,
        "says": one.says,
        "opens": one.opens,
        "from": [name for name in rules.stages if name in one.sources],
        "to": one.to,
        "by": list(one.by),
        "about": list(one.about),
        "needs": sorted(one.needs),
        "gives": one.gives,
        "rule": one.rule,
    }


def _clock(one: ClockRule) -> dict[str, Any]:
    return {
        "name": one.name,
        "stages": sorted(one.stages),
        "party": one.party,
        "days": one.days,
        "reminders": list(one.reminders),
        "then": one.then,
        "counts_from": "last_move" if one.from_last_move else "begun",
        "rule": one.rule,
    }


def _rule(one: Rule) -> dict[str, Any]:
    switch = one.switch
    exceptions = switch.exceptions if switch else {}
    return {
        **one.as_json(),
        "days": switch.days if switch else None,
        "exceptions": [{"country": name, "days": days} for name, days in exceptions.items()],
        "partner_kinds": sorted(one.partner_kinds),
        "guards": sorted(one.guards),
        "requires_due_diligence": one.requires_due_diligence,
    }
