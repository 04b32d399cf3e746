"""What to keep in mind about an offer: said beside a match in plain words, never part of its score."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from matchmaker.graph import Snapshot
from matchmaker.model import Entity

FLAGS: Final[Mapping[str, tuple[str, frozenset[str]]]] = {
    "tied_finance": ("Tied finance", frozenset({"tied", "partly"})),
    "lock_in": ("Lock-in", frozenset({"proprietary", "partly_open"})),
}
"""Properties of offers with what their caution is called, and the terms that are one."""
SOURCE: Final = "caution_source"


def cautions_of(snapshot: Snapshot, offer_id: str | None) -> list[dict[str, Any]]:
    """Return the cautions about an offer; none for a bare profile, and none where nothing is known."""
    entity = snapshot.entities.get(offer_id) if offer_id else None
    if entity is None:
        return []
    return [
        {
            "name": name,
            "label": label,
            "says": " ".join(filter(None, (_meaning(snapshot, entity, name), _note(entity, name)))),
            "source": _source(snapshot, entity),
        }
        for name, (label, terms) in FLAGS.items()
        if entity.text(name) in terms
    ]


def _meaning(snapshot: Snapshot, entity: Entity, name: str) -> str:
    """Return what the term says, as the vocabulary has it."""
    vocabulary = snapshot.schema.entities[entity.type].properties[name].vocabulary or ""
    return snapshot.schema.vocabularies[vocabulary][entity.text(name)]


def _note(entity: Entity, name: str) -> str:
    return entity.text(f"{name}_note")


def _source(snapshot: Snapshot, entity: Entity) -> dict[str, str] | None:
    found = snapshot.entities.get(entity.text(SOURCE))
    return {"id": found.id, "title": snapshot.schema.caption(found)} if found else None
