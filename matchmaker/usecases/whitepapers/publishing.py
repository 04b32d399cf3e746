"""The public repository: editions of white papers as entities of the graph, and their files for all."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from matchmaker.errors import NotFoundError
from matchmaker.graph import Snapshot
from matchmaker.permissions import SYSTEM, Caller
from matchmaker.usecases.brokering import papers
from matchmaker.usecases.brokering.outcomes import SOURCE, ensure_source
from matchmaker.usecases.permitting import permit
from matchmaker.usecases.service import Service
from matchmaker.usecases.whitepapers.keeping import KIND, Paper, entity_id, holder_of, paper_of
from matchmaker.whitepapers.history import Edition
from matchmaker.whitepapers.paper import standing_of_version

ENTITY = "white_paper"


def publish(service: Service, one: Paper) -> bool:
    """See to it that the repository shows every edition of a white paper; repeating it does no harm.

    Returns
    -------
    bool
        Whether anything in the graph has changed.
    """
    changed = False
    for number, _ in enumerate(one.state.editions):
        document = edition_document(service.snapshot, one, number)
        ensure_source(service, document["date"])
        changed |= service.put(document, actor=SYSTEM.actor) is not None
    return changed


def edition_document(snapshot: Snapshot, one: Paper, index: int) -> dict[str, Any]:
    """Return an edition as an entity; what it names and is gone from the graph is left out."""
    edition = one.state.editions[index]
    details, version, day = edition.details, edition.version, edition.at[:10]
    status = standing_of_version(one.state, version.number)
    found: dict[str, Any] = {
        "type": ENTITY,
        "id": entity_id(one.id, version.number),
        "title": details.title,
        "summary": details.summary,
        "cities": _standing(snapshot, "city", details.cities),
        "partners": _standing(snapshot, "partner", details.partners),
        "needs": _standing(snapshot, "need", details.needs),
        "topics": _standing(snapshot, "topic", details.topics),
        "language": details.language,
        "edition": version.number,
        "status": status,
        "published_on": day,
        "supersedes": _before(one, index),
        "file_name": version.name,
        "media_type": version.media_type,
        "size": version.size,
        "sha256": version.sha256,
        "source": [SOURCE],
        "locator": [f"white paper agreed by all its co-authors, published on {day}"],
        "date": one.state.down_at[:10] if status == "withdrawn" else day,
        "source_held": True,
    }
    return {name: value for name, value in found.items() if value not in ("", [])}


def _before(one: Paper, index: int) -> str:
    editions: Sequence[Edition] = one.state.editions
    return entity_id(one.id, editions[index - 1].version.number) if index else ""


def _standing(snapshot: Snapshot, kind: str, identifiers: Sequence[str]) -> list[str]:
    """Return those that still exist, under the identifier into which they were merged."""
    known = snapshot.of_type(kind)
    now = (snapshot.redirects.get(identifier, identifier) for identifier in identifiers)
    return [identifier for identifier in dict.fromkeys(now) if identifier in known]


def open_published(service: Service, caller: Caller, white_paper_id: str) -> papers.Paper:
    """Return the file of an edition in the public repository.

    Raises
    ------
    NotFoundError
        If there is none, or it was withdrawn.
    StoreUnavailableError
        If the database is away.
    """
    permit(service, caller, "graph.read")
    entity = service.seen_by(caller).get(ENTITY, white_paper_id)
    for record in service.records.find(KIND, {"editions": entity.id}, limit=1):
        one = paper_of(record)
        for edition in one.state.editions:
            is_it = entity_id(one.id, edition.version.number) == entity.id
            if is_it and not one.state.down_at:
                return papers.opened(service, holder_of(one.id), edition.version.document)
    raise NotFoundError("file of the white paper", white_paper_id[:100])
