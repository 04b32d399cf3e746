"""What a caller sees of the graph: the snapshot without the properties that are not for him.

Readers are given such a view and nothing else, so that lists, details, search, exports and the feed
cannot show, filter by or sort by what the caller may not see.  The rules stand in the graph schema,
property by property.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from matchmaker.errors import Fault, InvalidDataError
from matchmaker.graph import Snapshot
from matchmaker.model import Change, Entity
from matchmaker.permissions import Caller, Role
from matchmaker.schema import EntityType, Property, Schema

_SEE_ALL = frozenset({Role.SECRETARIAT, Role.ADMINISTRATOR})
_MOST_VIEWS = 8


def owners_of(snapshot: Snapshot, entity: Entity) -> frozenset[str]:
    """Return what an entity belongs to: cities with their countries, and partners.

    A need, project or collaboration belongs to its city and the city's country, an offer to its
    partner, a city and a partner to themselves (a city also to its country).

    Examples
    --------
    >>> from matchmaker.schema import load_schema
    >>> city = Entity("city", "phuket", {"name": "Phuket", "country": "country-thailand"})
    >>> need = Entity("need", "phuket-1", {"city": "phuket"})
    >>> sorted(owners_of(Snapshot.build(load_schema(), [city, need]), need))
    ['country-thailand', 'phuket']
    """
    found = {*entity.refs("city"), *entity.refs("partner")}
    if entity.type in ("city", "partner", "country"):
        found.add(entity.id)
    for identifier in tuple(found):
        place = entity if identifier == entity.id else snapshot.entities.get(identifier)
        if place is not None and place.type == "city":
            found.update(place.refs("country"))
    return frozenset(found)


def may_see(prop: Property, caller: Caller, owners: frozenset[str]) -> bool:
    """Tell whether a caller sees a property of an entity with these owners."""
    if prop.visibility == "public":
        return True
    if not caller.reads_members:
        return False
    if prop.visibility == "members" or caller.role in _SEE_ALL:
        return True
    return caller.owns(owners)


def hidden_properties(schema: Schema) -> Mapping[str, tuple[Property, ...]]:
    """Return the properties that not everybody sees, by entity type; types without any are left out."""
    found = {kind.name: _hidden(kind) for kind in schema.entities.values()}
    return {name: properties for name, properties in found.items() if properties}


def _hidden(kind: EntityType) -> tuple[Property, ...]:
    return tuple(p for p in kind.properties.values() if p.visibility != "public")


def as_seen(snapshot: Snapshot, entity: Entity, caller: Caller) -> Entity:
    """Return an entity without what the caller may not see; the very same one if he sees all.

    The entity need not be of the snapshot (it may be an earlier or a proposed state), which tells
    whose it is.
    """
    return _seen(snapshot, entity, _hidden(snapshot.schema.entities[entity.type]), caller)


def _seen(
    snapshot: Snapshot, entity: Entity, hidden: tuple[Property, ...], caller: Caller
) -> Entity:
    held = [prop for prop in hidden if prop.name in entity.values]
    if not held:
        return entity
    owners = owners_of(snapshot, entity)
    gone = {prop.name for prop in held if not may_see(prop, caller, owners)}
    if not gone:
        return entity
    return replace(entity, values={n: v for n, v in entity.values.items() if n not in gone})


def as_written(snapshot: Snapshot, entity: Entity, caller: Caller) -> Entity:
    """Return what is to be stored when a caller writes an entity: what he cannot see stays as it is.

    Who reads an entity, changes it and sends it back would otherwise wipe out what he was not shown.

    Parameters
    ----------
    snapshot : Snapshot
        The whole one, not a view.
    entity : Entity
        As sent.
    caller : Caller
        Who writes.

    Raises
    ------
    InvalidDataError
        If it sets what the caller may not see.

    Examples
    --------
    >>> from matchmaker.permissions import PUBLIC
    >>> from matchmaker.schema import load_schema
    >>> stored = Entity("partner", "jica", {"name": "JICA", "contact_office": "Cities desk"})
    >>> snapshot = Snapshot.build(load_schema(), [stored])
    >>> dict(as_written(snapshot, Entity("partner", "jica", {"name": "New"}), PUBLIC).values)
    {'name': 'New', 'contact_office': 'Cities desk'}
    """
    kind = snapshot.schema.entities[entity.type]
    stored = snapshot.entities.get(entity.id)
    if stored is not None and stored.type != entity.type:
        stored = None
    owners = owners_of(snapshot, stored or entity)
    unseen = [prop.name for prop in _hidden(kind) if not may_see(prop, caller, owners)]
    if set_ := [name for name in unseen if name in entity.values]:
        message = "is not for you to see, and so not for you to set"
        raise InvalidDataError([Fault("", 0, name, message) for name in set_])
    kept = {n: stored.values[n] for n in unseen if n in stored.values} if stored else {}
    if not kept:
        return entity
    values = {**entity.values, **kept}
    return replace(entity, values={n: values[n] for n in kind.properties if n in values})


def sees_type(schema: Schema, kind: str, caller: Caller) -> bool:
    """Tell whether a caller sees that entities of a type exist."""
    return schema.entities[kind].visibility == "public" or caller.reads_members


def _without_hidden_types(snapshot: Snapshot, caller: Caller) -> Snapshot:
    """Return a snapshot without the entities, and their relationships, that are for others."""
    gone = [
        Change(snapshot.sequence, "", "", entity.id, entity, None)
        for name in snapshot.schema.entities
        if not sees_type(snapshot.schema, name, caller)
        for entity in snapshot.of_type(name).values()
    ]
    return snapshot.moved_forward(gone) if gone else snapshot


def view(snapshot: Snapshot, caller: Caller) -> Snapshot:
    """Return a snapshot as a caller sees it; the very same one where nothing is hidden.

    Notes
    -----
    O(entities of the types that have hidden properties), plus a copy of the tables if any is held
    that the caller may not see.
    """
    snapshot = _without_hidden_types(snapshot, caller)
    changed: dict[str, Entity] = {}
    for name, hidden in hidden_properties(snapshot.schema).items():
        for entity in snapshot.of_type(name).values():
            seen = _seen(snapshot, entity, hidden, caller)
            if seen is not entity:
                changed[entity.id] = seen
    return snapshot.with_values(changed) if changed else snapshot


class Views:
    """The current snapshot as its readers see it; callers who see the same share one view.

    Views of a snapshot are kept until the next one is asked about, at most eight of them.
    """

    def __init__(self) -> None:
        self._kept: tuple[Snapshot | None, dict[frozenset[str] | bool, Snapshot]] = (None, {})

    def of(self, snapshot: Snapshot, caller: Caller) -> Snapshot:
        """Return a snapshot as a caller sees it; safe to be called by several threads.

        Notes
        -----
        As dear as :func:`view` for the first of an audience, O(1) for those who come after.
        """
        kept = self._kept
        if kept[0] is not snapshot:
            kept = self._kept = (snapshot, {})
        audience = _audience(caller)
        found = kept[1].get(audience)
        if found is None:
            if len(kept[1]) >= _MOST_VIEWS:
                kept[1].clear()
            found = kept[1][audience] = view(snapshot, caller)
        return found


def _audience(caller: Caller) -> frozenset[str] | bool:
    """Return what callers who see the same have in common."""
    if not caller.reads_members:
        return False
    if caller.role in _SEE_ALL:
        return True
    return caller.subjects | {caller.account}
