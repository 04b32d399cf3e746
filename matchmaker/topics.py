"""The topic scheme: focus areas, project types under them, and how near two topics are.

The scheme is data (``graph_schema/topics.yaml``).  It becomes entities of the graph like any other,
so that a topic can be cited, linked and changed; :class:`TopicScheme` measures distances on it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any

import networkx as nx

from matchmaker.checking import entity_from_json
from matchmaker.errors import Fault, InvalidDataError, SchemaError
from matchmaker.model import Entity
from matchmaker.schema import DEFAULT_FOLDER, Schema, read_yaml

_SECTIONS = {
    "focus_areas": ("topic", {"kind": "focus_area"}),
    "project_types": ("topic", {"kind": "project_type"}),
    "themes": ("theme", {}),
    "support_types": ("support_type", {}),
}
_FAR = 3  # from this distance on two topics count as unrelated


def load_concepts(schema: Schema, folder: Path = DEFAULT_FOLDER) -> list[Entity]:
    """Read topics, themes and support types from ``topics.yaml``.

    Raises
    ------
    SchemaError
        If the file cannot be read, names a key twice or is no mapping.
    InvalidDataError
        With every concept that does not fit the schema.
    """
    path = folder / "topics.yaml"
    document = read_yaml(path)
    if not isinstance(document, dict):
        raise SchemaError(f"{path.name}: must be a mapping of sections to concepts")
    faults: list[Fault] = []
    entities: list[Entity] = []
    for section, concepts in document.items():
        if section not in _SECTIONS:
            known = ", ".join(_SECTIONS)
            faults.append(Fault(path.name, 0, section, f"unknown section (known: {known})"))
            continue
        kind, extra = _SECTIONS[section]
        if not isinstance(concepts, dict):
            faults.append(Fault(path.name, 0, section, "must be a mapping of ids to concepts"))
            continue
        for identifier, spec in concepts.items():
            place = f"{section}.{identifier}"
            if not isinstance(spec, dict):
                faults.append(Fault(path.name, 0, place, "must be a mapping of keys to values"))
                continue
            if taken := {"id", "type", *extra} & set(spec):
                message = "is given by where the concept stands and cannot be set"
                faults += [Fault(path.name, 0, f"{place}.{key}", message) for key in sorted(taken)]
                continue
            values: dict[str, Any] = {"id": identifier, "type": kind, **extra, **spec}
            for name in ("source", "locator"):
                if isinstance(values.get(name), str):
                    values[name] = [values[name]]
            entity, wrong = entity_from_json(schema, values)
            faults += [
                Fault(path.name, 0, f"{place}.{column}", message) for column, message in wrong
            ]
            if entity is not None:
                entities.append(entity)
    if faults:
        raise InvalidDataError(faults)
    return entities


class TopicScheme:
    """Distances between topics along ``broader`` and ``related`` links.

    Parameters
    ----------
    topics : iterable of Entity
        Topic entities.

    Notes
    -----
    The distance is the number of links on a shortest path (Rada et al., 1989) and relatedness halves
    with each link: 1 for the same topic, 1/2 for a parent, child or related topic, 1/4 for siblings
    and the like, 0 from three links on.  Building takes O(T (T + L)) for T topics with L links.

    References
    ----------
    Rada, R., Mili, H., Bicknell, E., Blettner, M. (1989). Development and application of a metric on
    semantic nets. IEEE Transactions on Systems, Man, and Cybernetics 19(1), 17-30.

    Examples
    --------
    >>> flood = Entity("topic", "flood", {"broader": ("environment",), "related": ("drains",)})
    >>> drains = Entity("topic", "drains", {"broader": ("building",)})
    >>> tops = [Entity("topic", "environment", {}), Entity("topic", "building", {})]
    >>> scheme = TopicScheme([flood, drains, *tops])
    >>> scheme.relatedness("flood", "flood"), scheme.relatedness("flood", "drains")
    (1.0, 0.5)
    >>> scheme.relatedness("flood", "building"), scheme.relatedness("environment", "building")
    (0.25, 0.0)
    """

    def __init__(self, topics: Iterable[Entity]) -> None:
        self.topics: dict[str, Entity] = {topic.id: topic for topic in topics}
        graph: nx.Graph[str] = nx.Graph()
        graph.add_nodes_from(self.topics)
        for topic in self.topics.values():
            for name, link in (("broader", "BROADER"), ("related", "RELATED")):
                graph.add_edges_from((topic.id, t, {"type": link}) for t in topic.refs(name))
        self.graph = nx.freeze(graph)
        lengths = nx.all_pairs_shortest_path_length(self.graph, cutoff=_FAR - 1)
        self._near: Mapping[str, Mapping[str, float]] = {
            a: {b: 0.5**d for b, d in near.items()} for a, near in lengths
        }
        self._paths: dict[tuple[str, str], tuple[str, ...]] = {}

    def near(self, topic: str) -> Mapping[str, float]:
        """Return the relatedness of all topics that are related to one, itself included."""
        return self._near.get(topic, {})

    def relatedness(self, one: str, other: str) -> float:
        """Return the relatedness of two topics in [0, 1]."""
        return self.near(one).get(other, 0.0)

    def path(self, one: str, other: str) -> tuple[str, ...]:
        """Return a shortest path as node ids and relationship types in turn.

        Raises
        ------
        networkx.NetworkXNoPath
            If no links join the two.
        """
        known = self._paths.get((one, other))
        if known is None:
            nodes = nx.shortest_path(self.graph, one, other)
            steps: list[str] = [nodes[0]]
            for a, b in pairwise(nodes):
                steps += [self.graph.edges[a, b]["type"], b]
            known = self._paths[one, other] = tuple(steps)
        return known

    def focus_areas(self, topic: str) -> frozenset[str]:
        """Return the focus areas that a topic falls under, itself if it is one."""
        seen: set[str] = set()
        waiting = [topic]
        while waiting:
            current = waiting.pop()
            if current in seen or current not in self.topics:
                continue
            seen.add(current)
            waiting += self.topics[current].refs("broader")
        return frozenset(t for t in seen if self.topics[t].text("kind") == "focus_area")
