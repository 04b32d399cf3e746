"""What the graph learns of an engagement: its outcome, once both sides have agreed to publish it."""

from __future__ import annotations

from typing import Any, Final
from uuid import NAMESPACE_URL, uuid5

from matchmaker.brokering.engagement import apply, is_published
from matchmaker.brokering.history import State
from matchmaker.brokering.rules import Rules
from matchmaker.permissions import SYSTEM
from matchmaker.usecases.brokering.keeping import Engagement
from matchmaker.usecases.service import Service

SOURCE: Final = "brokering-desk"
"""The source that published outcomes cite: the word of both sides."""
_STAGES: Final = {"agreed": "planned", "in_delivery": "ongoing", "completed": "completed"}


def outcome_id(engagement_id: str) -> str:
    """Return the identifier of the collaboration that an engagement becomes; it does not betray it.

    Examples
    --------
    >>> outcome_id("1f3c")
    'brokered-02a0966f9757'
    """
    return f"brokered-{uuid5(NAMESPACE_URL, f'outcome of {engagement_id}').hex[:12]}"


def publish(service: Service, rules: Rules, one: Engagement) -> bool:
    """Put the outcome of an engagement into the graph, if it may be; repeating it does no harm.

    Returns
    -------
    bool
        Whether anything in the graph has changed.
    """
    document = outcome(service, rules, one)
    if document is None:
        return False
    ensure_source(service, document["date"])
    return service.put(document, actor=SYSTEM.actor) is not None


def ensure_source(service: Service, date: str) -> None:
    """See to it that the graph has the source that what comes out of engagements cites."""
    if SOURCE not in service.snapshot.of_type("source"):
        service.put(_source(date), actor=SYSTEM.actor)


def outcome(service: Service, rules: Rules, one: Engagement) -> dict[str, Any] | None:
    """Return the collaboration that an engagement is in the graph, None if it is not published."""
    agreed_at = _agreed_at(rules, one)
    if not agreed_at or not is_published(rules, one.state):
        return None
    form = rules.forms[one.state.form]
    need = service.snapshot.get("need", one.opening.need)
    stage = _STAGES.get(one.state.stage, "unknown")
    rest = "" if stage != "unknown" else " It was not carried on for now."
    found: dict[str, Any] = {
        "type": "collaboration",
        "id": outcome_id(one.id),
        "title": f"{form.label}: {need.text('title')}",
        "summary": f"Brokered through this service and agreed in the form: {form.label}.{rest}",
        "city": one.opening.city,
        "partner": one.opening.partner,
        "need": one.opening.need,
        "topics": list(need.refs("topics")),
        "role": form.role,
        "support_type": form.support_type,
        "stage": stage,
        "first_year": int(agreed_at[:4]),
        "agreed_on": agreed_at[:10],
        "source": [SOURCE],
        "locator": [f"outcome stated by both sides, agreed on {agreed_at[:10]}"],
        "date": _staged_at(rules, one)[:10],
        "source_held": True,
    }
    return {name: value for name, value in found.items() if value != ""}


def _agreed_at(rules: Rules, one: Engagement) -> str:
    """Return when it was agreed, ``""`` if it was not."""
    return next((at for stage, at in _stages(rules, one) if stage == "agreed"), "")


def _staged_at(rules: Rules, one: Engagement) -> str:
    """Return when the present stage was entered."""
    return _stages(rules, one)[-1][1]


def _stages(rules: Rules, one: Engagement) -> list[tuple[str, str]]:
    """Return the stages that were entered, each with when."""
    state: State | None = None
    found: list[tuple[str, str]] = []
    for move in one.moves:
        before, state = state, apply(rules, one.opening, state, move)
        if before is None or before.stage != state.stage:
            found.append((state.stage, move.at))
    return found


def _source(date: str) -> dict[str, Any]:
    return {
        "type": "source",
        "id": SOURCE,
        "title": "Outcomes of engagements stated by both sides through this service",
        "publisher": "Cities and partners with an account of this service",
        "date": date[:4],
        "held": True,
        "locator_kind": "list",
        "rights": "Ours to publish, as both sides have agreed. The statement itself is the document: "
        "nothing else has been checked.",
    }
