"""GraphML of the whole graph, written piece by piece.

References
----------
Brandes, U., Eiglsperger, M., Herman, I., Himsolt, M., Marshall, M. S. (2002). GraphML progress
report: structural layer proposal. Graph Drawing 2001, 501-512.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final
from xml.sax.saxutils import escape, quoteattr

from matchmaker.checking import LIST_SEPARATOR
from matchmaker.graph import Snapshot
from matchmaker.model import Value
from matchmaker.schema import Schema

_TYPES: Final = {"integer": "long", "number": "double", "boolean": "boolean"}
_NOT_XML: Final = dict.fromkeys((0xFFFE, 0xFFFF))  # XML 1.0 has no way to write these two
_HEAD: Final = (
    '<?xml version="1.0" encoding="utf-8"?>\n'
    '<graphml xmlns="http://graphml.graphdrawing.org/xmlns" '
    'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
    'xsi:schemaLocation="http://graphml.graphdrawing.org/xmlns '
    'http://graphml.graphdrawing.org/xmlns/1.0/graphml.xsd">\n'
)


def graphml(snapshot: Snapshot) -> Iterator[str]:
    """Yield the graph as GraphML in pieces.

    Nodes carry ``type``, ``caption`` and their properties (lists joined by ``; ``), edges their
    ``type``.

    Notes
    -----
    Memory for one node at a time; the keys come from the schema, not from the values.  What networkx
    reads from it equals :meth:`~matchmaker.graph.Snapshot.as_networkx`.
    """
    keys = _keys(snapshot.schema)
    yield _HEAD
    for (name, kind), key in keys.items():
        yield (f'<key id="{key}" for="node" attr.name={quoteattr(name)} attr.type="{kind}"/>\n')
    yield '<key id="e0" for="edge" attr.name="type" attr.type="string"/>\n'
    yield '<key id="g0" for="graph" attr.name="sequence" attr.type="long"/>\n'
    yield '<key id="g1" for="graph" attr.name="as_of" attr.type="string"/>\n'
    yield '<graph edgedefault="directed">\n'
    yield f'<data key="g0">{snapshot.sequence}</data><data key="g1">{escape(snapshot.as_of)}</data>\n'
    for identifier, entity in sorted(snapshot.entities.items()):
        properties = snapshot.schema.entities[entity.type].properties
        yield f"<node id={quoteattr(identifier)}>"
        yield _data(keys["type", "string"], entity.type)
        yield _data(keys["caption", "string"], snapshot.schema.caption(entity))
        for name, value in entity.values.items():
            yield _data(keys[name, _TYPES.get(properties[name].kind, "string")], value)
        yield "</node>\n"
    for identifier in sorted(snapshot.entities):
        for number, link in enumerate(sorted(snapshot.links_from(identifier))):
            yield (
                f'<edge id="{identifier}-{number}" source={quoteattr(link.start)} '
                f'target={quoteattr(link.end)}><data key="e0">{escape(link.type)}</data></edge>\n'
            )
    yield "</graph>\n</graphml>\n"


def _keys(schema: Schema) -> dict[tuple[str, str], str]:
    """Return a short key for each name and type of value that nodes may have."""
    found: dict[tuple[str, str], None] = {("type", "string"): None, ("caption", "string"): None}
    for kind in schema.entities.values():
        for prop in kind.properties.values():
            found[prop.name, _TYPES.get(prop.kind, "string")] = None
    return {name: f"d{number}" for number, name in enumerate(found)}


def _data(key: str, value: Value) -> str:
    if isinstance(value, tuple):
        value = f"{LIST_SEPARATOR} ".join(value)
    if isinstance(value, bool):
        value = "true" if value else "false"
    return f'<data key="{key}">{escape(str(value).translate(_NOT_XML))}</data>'
