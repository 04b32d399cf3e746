"""What matching learns of an engagement that came to nothing, once both sides have agreed to that."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from matchmaker.accounts.times import later
from matchmaker.brokering.engagement import NO_FIT, ended_lastingly, is_kept_apart
from matchmaker.brokering.rules import Rules
from matchmaker.matching.declines import basis_of
from matchmaker.permissions import SYSTEM
from matchmaker.usecases.brokering.keeping import Engagement
from matchmaker.usecases.brokering.outcomes import SOURCE, ensure_source
from matchmaker.usecases.service import Service


def decline_id(engagement_id: str) -> str:
    """Return the identifier of the decline that an engagement becomes; it does not betray it.

    Examples
    --------
    >>> decline_id("1f3c")
    'declined-e08bea5157ad'
    """
    return f"declined-{uuid5(NAMESPACE_URL, f'decline of {engagement_id}').hex[:12]}"


def keep_apart(service: Service, rules: Rules, one: Engagement) -> bool:
    """Put the decline of an engagement into the graph, if it may be; repeating it does no harm.

    It is put once, when the move by which both sides had agreed is told: what staff take out of the
    graph later does not come back with the next note.

    Returns
    -------
    bool
        Whether anything in the graph has changed.
    """
    if not is_kept_apart(rules, one.state):
        return False
    agreed = max(one.state.gathered[NO_FIT].values())
    if agreed <= one.told:
        return False
    document = decline(service, rules, one, one.moves[agreed - 1].at)
    if document is None:
        return False
    ensure_source(service, document["date"])
    return service.put(document, actor=SYSTEM.actor) is not None


def decline(service: Service, rules: Rules, one: Engagement, at: str) -> dict[str, Any] | None:
    """Return the decline that an engagement is in the graph from a time on, None if it is none."""
    opening = one.opening
    days = rules.days_kept_apart(opening.country)
    if days is None or not ended_lastingly(rules, opening, one.state):
        return None
    snapshot = service.snapshot
    need = snapshot.get("need", opening.need)
    partner = snapshot.get("partner", opening.partner)
    offer = snapshot.get("offer", opening.offer) if opening.offer else None
    what = offer.text("title") if offer else partner.text("name")
    found: dict[str, Any] = {
        "type": "decline",
        "id": decline_id(one.id),
        "title": f"{what}: not for {need.text('title')}",
        "need": need.id,
        "partner": partner.id,
        "offer": opening.offer,
        "reason": one.state.reason,
        "until": later(at, timedelta(days=days))[:10],
        "basis": basis_of(snapshot, need.id, partner.id, opening.offer),
        "source": [SOURCE],
        "locator": [f"decline stated by both sides, agreed on {at[:10]}"],
        "date": at[:10],
        "source_held": True,
    }
    return {name: value for name, value in found.items() if value != ""}
