"""Declines that matching minds: pairs that partner and city have agreed not to fit each other.

A decline counts until its last day, and only while the need and the offer say what they said then.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from matchmaker.graph import Snapshot
from matchmaker.matching.profiles import Supply
from matchmaker.model import Entity

LINK: Final = "DECLINES"
MATERIAL: Final[Mapping[str, tuple[str, ...]]] = {
    "need": ("title", "description", "support_types", "topics", "focus_area", "city"),
    "offer": (
        "title", "description", "support_type", "topics", "limited_to", "tied_finance", "lock_in",
    ),
    "partner": ("full_name", "profile", "topics", "mandate"),
}  # fmt: skip
"""What a need, an offer or a partner has to say anew for a decline to count no longer."""


@dataclass(frozen=True, slots=True)
class Decline:
    """A decline in force; ``offer`` is ``""`` where it is about the partner as a whole."""

    id: str
    partner: str
    offer: str
    reason: str
    date: str
    until: str

    def covers(self, supply: Supply) -> bool:
        """Tell whether a supply is what was declined."""
        return supply.partner == self.partner and self.offer in ("", supply.offer)

    @property
    def message(self) -> str:
        """Why the pair is refused, in plain words."""
        return (
            f"Partner and city agreed on {self.date} that this does not fit: {self.reason} It counts "
            f"until {self.until}, or until the need or the offer is changed."
        )


def declines_on(snapshot: Snapshot, need_id: str) -> tuple[Decline, ...]:
    """Return the declines in force on a need, the latest first.

    Notes
    -----
    O(1) where the need has none.
    """
    words = snapshot.schema.vocabularies["decline_reason"]
    found = [
        Decline(
            one.id, one.text("partner"), one.text("offer"), words[one.text("reason")],
            one.text("date"), one.text("until"),
        )
        for one in snapshot.sources_of(need_id, LINK)
        if snapshot.as_of <= one.text("until")
        and one.text("basis")
        == basis_of(snapshot, need_id, one.text("partner"), one.text("offer"))
    ]  # fmt: skip
    return tuple(sorted(sorted(found, key=lambda d: d.id), key=lambda d: d.date, reverse=True))


def basis_of(snapshot: Snapshot, need_id: str, partner_id: str, offer_id: str) -> str:
    """Return a digest of what a need and an offer, or a partner with all its offers, say."""
    told = hashlib.sha256()
    for entity in _concerned(snapshot, need_id, partner_id, offer_id):
        properties = snapshot.schema.entities[entity.type].properties
        said = [
            (name, value)
            for name in MATERIAL[entity.type]
            # What a write fills in by itself is nothing that anybody has said.
            if (value := entity.values.get(name)) and value != properties[name].default
        ]
        told.update(repr((entity.id, said)).encode())
    return told.hexdigest()[:32]


def _concerned(
    snapshot: Snapshot, need_id: str, partner_id: str, offer_id: str
) -> Iterator[Entity]:
    yield snapshot.entities[need_id]
    if offer_id:
        yield snapshot.entities[offer_id]
        return
    yield snapshot.entities[partner_id]
    yield from snapshot.sources_of(partner_id, "OFFERED_BY")
