"""GeoJSON: cities at their place, and what belongs to a city at the city's place.

References
----------
Butler, H., Daly, M., Doyle, A., Gillies, S., Hagen, S., Schaub, T. (2016). The GeoJSON Format.
RFC 7946.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, Final

from matchmaker.graph import Snapshot
from matchmaker.model import Entity
from matchmaker.usecases.linked.names import Names
from matchmaker.usecases.serialising.selecting import Selection
from matchmaker.usecases.serialising.tables import columns_of

PLACED: Final = frozenset({"city", "need", "project", "collaboration", "observation"})
"""Entity types that have a place: their own or their city's."""
_APART: Final = frozenset({"id", "latitude", "longitude"})


def point(snapshot: Snapshot, entity: Entity) -> dict[str, Any] | None:
    """Return the place of an entity, None where it is not known.

    Longitude comes first, in degrees of WGS 84.
    """
    place = entity
    if entity.type != "city":
        found = snapshot.entities.get(entity.text("city"))
        if found is None:
            return None
        place = found
    latitude, longitude = place.number("latitude"), place.number("longitude")
    if latitude is None or longitude is None:
        return None
    return {"type": "Point", "coordinates": [longitude, latitude]}


def feature(
    snapshot: Snapshot, selection: Selection, entity: Entity, names: Names
) -> dict[str, Any]:
    """Return one entity as a feature; references are identifiers, with the city's name beside it."""
    properties: dict[str, Any] = {
        "type": entity.type,
        "caption": snapshot.schema.caption(entity),
        "url": names.page(selection.kind.plural, entity.id),
    }
    city = snapshot.entities.get(entity.text("city"))
    if city is not None:
        properties["city_name"] = snapshot.schema.caption(city)
    for name in columns_of(selection):
        if name in selection.kind.properties and name not in _APART:
            value = entity.values.get(name)
            properties[name] = list(value) if isinstance(value, tuple) else value
    return {
        "type": "Feature",
        "id": entity.id,
        "geometry": point(snapshot, entity),
        "properties": properties,
    }


def feature_collection(snapshot: Snapshot, selection: Selection, names: Names) -> Iterator[str]:
    """Yield a selection as a feature collection in pieces.

    Notes
    -----
    An entity whose place is not known has the geometry ``null``, as RFC 7946 (3.2) has it for what
    is not located, so that the map does not hide what the list shows.
    """
    yield '{"type":"FeatureCollection","features":['
    # What has a column is settled once: it takes a walk over all entities.
    settled = Selection(
        selection.kind, selection.entities, columns_of(selection), selection.total, None
    )
    separator = "\n"
    for entity in selection.entities:
        told = json.dumps(feature(snapshot, settled, entity, names), ensure_ascii=False)
        yield separator + told
        separator = ",\n"
    yield "\n]}\n"
