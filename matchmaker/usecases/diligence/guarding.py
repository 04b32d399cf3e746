"""What due diligence means for an engagement: a warning, or a condition where the rules say so."""

from __future__ import annotations

from typing import Any

from matchmaker.brokering.rules import Rules
from matchmaker.diligence.standing import STATUSES
from matchmaker.errors import ConflictError
from matchmaker.permissions import Caller
from matchmaker.usecases.contributing.submissions import lists_all
from matchmaker.usecases.diligence.keeping import standing
from matchmaker.usecases.service import Service


def refuse_unchecked(service: Service, rules: Rules, partner: str, move: str) -> None:
    """Refuse a move for which the rules require due diligence that is not complete.

    Raises
    ------
    ConflictError
        If it is not.
    """
    if not any(rule.requires_due_diligence for rule in rules.guards_of(move)):
        return
    held = standing(service, partner)
    if held.status != "complete":
        raise ConflictError(
            f"{rules.moves[move].label}: due diligence on the partner must be complete before; it "
            f"is: {STATUSES[held.status].lower()}."
        )


def told_for(service: Service, caller: Caller, rules: Rules, partner: str) -> dict[str, Any] | None:
    """Return what staff see about a partner's due diligence in an engagement, None for all others.

    ``before`` names the moves for which it is a warning, ``required`` whether it is a condition.
    """
    if not lists_all(caller, "diligence.read"):
        return None
    held = standing(service, partner)
    guards = [rule for rule in rules.rules.values() if rule.guards]
    return {
        "partner": partner,
        "status": held.status,
        "label": STATUSES[held.status],
        "done_on": held.done_on,
        "valid_until": held.valid_until,
        "before": sorted({name for rule in guards for name in rule.guards}),
        "required": any(rule.requires_due_diligence for rule in guards),
        "rule": guards[0].name if guards else "",
    }
