"""The graph schema: YAML files in ``graph_schema/`` read into checked types.

Everything else that depends on the shape of the data (database constraints, seed checks, API field
documentation, the schema page) derives from the :class:`Schema` that :func:`load_schema` returns.
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import yaml

from matchmaker.errors import SchemaError
from matchmaker.model import Entity, Relationship

Kind = Literal[
    "text", "texts", "integer", "number", "boolean", "date", "term", "reference", "references"
]
Visibility = Literal["public", "members", "parties"]
VISIBILITIES: tuple[str, ...] = Visibility.__args__  # type: ignore[attr-defined]
KINDS: tuple[str, ...] = Kind.__args__  # type: ignore[attr-defined]
DEFAULT_FOLDER = Path(__file__).resolve().parent.parent / "graph_schema"

_PROPERTY_KEYS = {
    "type", "required", "description", "vocabulary", "range", "pattern", "unit", "target",
    "relationship", "search", "default", "visibility", "requires",
}  # fmt: skip
_ENTITY_KEYS = {"label", "plural", "caption", "description", "provenance", "properties"}
_RELATIONSHIP_KEYS = {"type", "caption", "description", "from", "to"}


@dataclass(frozen=True, slots=True)
class Property:
    """One property of an entity type.

    ``visibility`` says who sees it: everybody, members of the network (accounts of partners, cities,
    countries and the secretariat), or only the parties whose own the entity is.  What not everybody
    sees is never a reference, never searched and never matched, so that it cannot be inferred.
    ``requires`` names a property without which this one says nothing (an amount without its money).
    """

    name: str
    kind: Kind
    description: str
    required: bool = False
    vocabulary: str | None = None
    range: tuple[float, float] | None = None
    pattern: str | None = None
    unit: str | None = None
    target: str | None = None
    relationship: str | None = None
    search: bool = False
    default: str | None = None
    visibility: Visibility = "public"
    requires: str | None = None

    @property
    def many(self) -> bool:
        """Whether the property holds a list."""
        return self.kind in ("texts", "references")


PROVENANCE = (
    Property("source", "references", "Documents that the statement rests on.", True,
             target="source", relationship="CITES"),
    Property("locator", "texts", "Place in each document, in the same order.", True),
    Property("date", "date", "Date of the statement.", True),
    Property("source_held", "boolean", "Whether the maintainers hold every document cited.", True),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class EntityType:
    """One entity type: label in the database, plural for collections, properties by name.

    Of a type whose ``visibility`` is ``members`` nobody else sees that an entity exists.
    """

    name: str
    label: str
    plural: str
    caption: str
    description: str
    provenance: bool
    properties: Mapping[str, Property]
    visibility: Visibility = "public"

    @property
    def references(self) -> tuple[Property, ...]:
        """Properties that become relationships."""
        return tuple(p for p in self.properties.values() if p.relationship)


@dataclass(frozen=True, slots=True)
class RelationshipType:
    """One relationship type and the entity types that it may link."""

    type: str
    caption: str
    description: str
    sources: tuple[str, ...]
    targets: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Schema:
    """All entity types, relationship types and vocabularies."""

    entities: Mapping[str, EntityType]
    relationships: Mapping[str, RelationshipType]
    vocabularies: Mapping[str, Mapping[str, str]]

    def by_plural(self, plural: str) -> EntityType | None:
        """Return the entity type whose collection has this name, if any."""
        return next((t for t in self.entities.values() if t.plural == plural), None)

    def caption(self, entity: Entity) -> str:
        """Return the name under which people know the entity."""
        return entity.text(self.entities[entity.type].caption) or entity.id

    def relationships_of(self, entity: Entity) -> Iterator[Relationship]:
        """Yield the relationships that the entity's references stand for."""
        for prop in self.entities[entity.type].references:
            for target in dict.fromkeys(entity.refs(prop.name)):
                assert prop.relationship is not None
                yield Relationship(entity.id, prop.relationship, target)


class _StrictLoader(yaml.SafeLoader):
    """A YAML loader that refuses duplicate keys, which plain YAML readers drop silently."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        seen: set[Hashable] = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)
            if not isinstance(key, Hashable):
                continue  # refused below, by the reader that this one extends
            if key in seen:
                line = key_node.start_mark.line + 1
                raise SchemaError(f"{key_node.start_mark.name}:{line}: duplicate key {key!r}")
            seen.add(key)
        return super().construct_mapping(node, deep)


def read_yaml(path: Path) -> Any:
    """Read one YAML file, refusing duplicate keys.

    Raises
    ------
    SchemaError
        If the file is missing, not UTF-8, not YAML, or has a key twice.
    """
    try:
        with path.open(encoding="utf-8") as stream:
            return yaml.load(stream, _StrictLoader)  # noqa: S506  # a SafeLoader subclass
    except OSError as error:
        raise SchemaError(f"{path.name}: cannot be read: {error.strerror}") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise SchemaError(f"{path.name}: not readable YAML: {error}") from error


def load_schema(folder: Path = DEFAULT_FOLDER) -> Schema:
    """Read and check the whole schema.

    Parameters
    ----------
    folder : Path
        Folder with ``entities/``, ``relationships/`` and ``vocabularies.yaml``.

    Raises
    ------
    SchemaError
        For unknown or missing keys, duplicates and dangling references, naming the file.

    Examples
    --------
    >>> schema = load_schema()
    >>> schema.entities["need"].properties["city"].relationship
    'OF_CITY'
    """
    vocabularies = _vocabularies(folder / "vocabularies.yaml")
    relationships: dict[str, RelationshipType] = {}
    for path in sorted((folder / "relationships").glob("*.yaml")):
        link = _relationship(path)
        if link.type in relationships:
            raise SchemaError(f"{path.name}: relationship type {link.type} is declared twice")
        relationships[link.type] = link
    entities = {p.stem: _entity(p) for p in sorted((folder / "entities").glob("*.yaml"))}
    schema = Schema(entities, relationships, vocabularies)
    _check_consistency(schema)
    return schema


def _mapping(path: Path, allowed: set[str], required: set[str]) -> dict[str, Any]:
    document: dict[str, Any] = read_yaml(path)
    _check_keys(path.name, document, allowed, required)
    return document


def _vocabularies(path: Path) -> dict[str, dict[str, str]]:
    found = read_yaml(path)
    if not isinstance(found, dict):
        raise SchemaError(f"{path.name}: must be a mapping of keys to values")
    for name, terms in found.items():
        if not isinstance(terms, dict) or not all(isinstance(t, str) for t in terms):
            raise SchemaError(f"{path.name}: {name}: must be a mapping of terms to meanings")
    return found


def _check_keys(where: str, document: Any, allowed: set[str], req: set[str]) -> None:
    if not isinstance(document, dict):
        raise SchemaError(f"{where}: must be a mapping of keys to values")
    if unknown := set(document) - allowed:
        known = ", ".join(sorted(allowed))
        raise SchemaError(f"{where}: unknown key {sorted(unknown)[0]!r} (known: {known})")
    if missing := req - set(document):
        raise SchemaError(f"{where}: key {sorted(missing)[0]!r} is missing")


def _relationship(path: Path) -> RelationshipType:
    doc = _mapping(path, _RELATIONSHIP_KEYS, _RELATIONSHIP_KEYS)
    for end in ("from", "to"):
        if not isinstance(doc[end], list):
            raise SchemaError(f"{path.name}: {end} must be a list of entity types")
    return RelationshipType(
        doc["type"], doc["caption"], doc["description"], tuple(doc["from"]), tuple(doc["to"])
    )


def _entity(path: Path) -> EntityType:
    doc = _mapping(path, _ENTITY_KEYS | {"visibility"}, _ENTITY_KEYS)
    visibility = doc.get("visibility", "public")
    if visibility not in ("public", "members"):
        raise SchemaError(f"{path.name}: visibility must be one of public, members")
    if doc["provenance"] not in ("required", "none"):
        raise SchemaError(f"{path.name}: provenance must be 'required' or 'none'")
    if not isinstance(doc["properties"], dict):
        raise SchemaError(f"{path.name}: properties must be a mapping of keys to values")
    properties = {
        name: _property(f"{path.name}: {name}", name, spec)
        for name, spec in doc["properties"].items()
    }
    provenance = doc["provenance"] == "required"
    if provenance:
        properties |= {p.name: p for p in PROVENANCE}
    if doc["caption"] not in properties:
        raise SchemaError(f"{path.name}: caption {doc['caption']!r} is not a property")
    if properties[doc["caption"]].visibility != "public":
        raise SchemaError(f"{path.name}: caption {doc['caption']!r} must be public")
    return EntityType(
        path.stem, doc["label"], doc["plural"], doc["caption"], doc["description"], provenance,
        properties, visibility,
    )  # fmt: skip


def _property(where: str, name: str, spec: dict[str, Any]) -> Property:
    _check_keys(where, spec, _PROPERTY_KEYS, {"type", "description"})
    if spec["type"] not in KINDS:
        raise SchemaError(f"{where}: unknown type {spec['type']!r} (known: {', '.join(KINDS)})")
    options = {k: v for k, v in spec.items() if k not in ("type", "description")}
    if "range" in options:
        options["range"] = _range(where, options["range"])
    if "pattern" in options:
        try:
            re.compile(options["pattern"])
        except re.error as error:
            raise SchemaError(f"{where}: pattern is not a regular expression: {error}") from error
    prop = Property(name, spec["type"], spec["description"], **options)
    if prop.visibility not in VISIBILITIES:
        raise SchemaError(f"{where}: visibility must be one of {', '.join(VISIBILITIES)}")
    if prop.visibility != "public" and (prop.target or prop.search or prop.required):
        raise SchemaError(
            f"{where}: what is not public is no reference, not searched, not required"
        )
    if (prop.kind == "term") != (prop.vocabulary is not None):
        raise SchemaError(f"{where}: a term, and only a term, names its vocabulary")
    refers = prop.kind in ("reference", "references")
    if refers != (prop.target is not None) or refers != (prop.relationship is not None):
        raise SchemaError(f"{where}: a reference, and only one, has target and relationship")
    return prop


def _range(where: str, bounds: Any) -> tuple[float, float]:
    numbers = isinstance(bounds, list) and all(isinstance(b, int | float) for b in bounds)
    if not numbers or len(bounds) != 2 or bounds[0] > bounds[1]:
        raise SchemaError(f"{where}: range must be [least, most]")
    return bounds[0], bounds[1]


def _check_consistency(schema: Schema) -> None:
    """Refuse dangling names and two entity types under one label or plural."""
    for attribute in ("label", "plural"):
        names = [getattr(entity, attribute) for entity in schema.entities.values()]
        if twice := {n for n in names if names.count(n) > 1}:
            raise SchemaError(f"{attribute} {sorted(twice)[0]!r} belongs to two entity types")
    used: set[tuple[str, str, str]] = set()
    for entity in schema.entities.values():
        for prop in entity.properties.values():
            where = f"{entity.name}.yaml: {prop.name}"
            if prop.requires and prop.requires not in entity.properties:
                raise SchemaError(f"{where}: requires {prop.requires!r}, which is not a property")
            if prop.vocabulary and prop.vocabulary not in schema.vocabularies:
                raise SchemaError(f"{where}: there is no vocabulary {prop.vocabulary!r}")
            if prop.default and prop.default not in schema.vocabularies.get(
                prop.vocabulary or "", {}
            ):
                raise SchemaError(f"{where}: default {prop.default!r} is not in its vocabulary")
            if prop.target is None or prop.relationship is None:
                continue
            link = schema.relationships.get(prop.relationship)
            if link is None:
                raise SchemaError(f"{where}: there is no relationship {prop.relationship!r}")
            if entity.name not in link.sources or prop.target not in link.targets:
                raise SchemaError(
                    f"{where}: {link.type} does not link {entity.name} to {prop.target}"
                )
            used.add((link.type, entity.name, prop.target))
    for link in schema.relationships.values():
        for name in (*link.sources, *link.targets):
            if name not in schema.entities:
                raise SchemaError(f"{link.type}: there is no entity type {name!r}")
        for source in link.sources:
            if not any((link.type, source, target) in used for target in link.targets):
                raise SchemaError(f"{link.type}: no property of {source} uses it")
