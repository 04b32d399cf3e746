"""What each entity type and property is called in schema.org, SKOS, PROV-O and Dublin Core.

One table; the JSON-LD context, the documents and the vocabulary derive from it.  What it does not
name keeps its own name, in our own vocabulary, so that nothing is lost and a new property needs no
line here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from matchmaker.schema import Property, Schema
from matchmaker.usecases.linked.names import Names

PREFIXES: Final = {
    "schema": "https://schema.org/",
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "prov": "http://www.w3.org/ns/prov#",
    "dcterms": "http://purl.org/dc/terms/",
    "dc": "http://purl.org/dc/elements/1.1/",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "owl": "http://www.w3.org/2002/07/owl#",
    "hydra": "http://www.w3.org/ns/hydra/core#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}
SDG: Final = "http://metadata.un.org/sdg/"
"""Goals and targets of the Sustainable Development Goals, as the United Nations name them."""

CLASSES: Final[Mapping[str, tuple[str, ...]]] = {
    "city": ("schema:City", "schema:AdministrativeArea"),
    "country": ("schema:Country",),
    "partner": ("schema:Organization",),
    "need": ("schema:Demand",),
    "offer": ("schema:Offer",),
    "project": ("schema:Project",),
    "collaboration": ("schema:Project",),
    "observation": ("schema:Observation",),
    "source": ("schema:CreativeWork", "prov:Entity"),
    "topic": ("skos:Concept",),
    "theme": ("skos:Concept",),
    "support_type": ("skos:Concept",),
}
PARTNER_KINDS: Final = {
    "government_agency": "schema:GovernmentOrganization",
    "government_programme": "schema:GovernmentOrganization",
    "university": "schema:CollegeOrUniversity",
}


def _link(iri: str) -> dict[str, str]:
    return {"@id": iri, "@type": "@id"}


def _tongue(iri: str, language: str) -> dict[str, str]:
    return {"@id": iri, "@language": language}


_DOUBLE: Final = {"@type": "xsd:double"}

KEYS: Final[Mapping[str, str | dict[str, str]]] = {
    "name": "schema:name",
    "nameTh": _tongue("schema:name", "th"),
    "alternateName": "schema:alternateName",
    "description": "schema:description",
    "identifier": "schema:identifier",
    "version": "schema:version",
    "url": _link("schema:url"),
    "subjectOf": _link("schema:subjectOf"),
    "containedInPlace": _link("schema:containedInPlace"),
    "location": _link("schema:location"),
    "areaServed": _link("schema:areaServed"),
    "eligibleRegion": _link("schema:eligibleRegion"),
    "offeredBy": _link("schema:offeredBy"),
    "validThrough": "schema:validThrough",
    "geo": _link("schema:geo"),
    "latitude": {"@id": "schema:latitude", **_DOUBLE},
    "longitude": {"@id": "schema:longitude", **_DOUBLE},
    "observationAbout": _link("schema:observationAbout"),
    "variableMeasured": "schema:variableMeasured",
    "value": {"@id": "schema:value", **_DOUBLE},
    "prefLabel": _tongue("skos:prefLabel", "en"),
    "prefLabelTh": _tongue("skos:prefLabel", "th"),
    "altLabel": "skos:altLabel",
    "definition": _tongue("skos:definition", "en"),
    "notation": "skos:notation",
    "broader": _link("skos:broader"),
    "related": _link("skos:related"),
    "narrowMatch": _link("skos:narrowMatch"),
    "relatedMatch": _link("skos:relatedMatch"),
    "inScheme": _link("skos:inScheme"),
    "topConceptOf": _link("skos:topConceptOf"),
    "subject": _link("dcterms:subject"),
    "isPartOf": _link("dcterms:isPartOf"),
    "date": "dcterms:date",
    "publisherName": "dc:publisher",
    "rightsNote": "dc:rights",
    "wasDerivedFrom": _link("prov:wasDerivedFrom"),
    "qualifiedDerivation": _link("prov:qualifiedDerivation"),
    "derivedFrom": _link("prov:entity"),
    "generatedAtTime": {"@id": "prov:generatedAtTime", "@type": "xsd:dateTime"},
    "locator": "mk:locator",
    "label": _tongue("rdfs:label", "en"),
    "comment": _tongue("rdfs:comment", "en"),
    "subClassOf": _link("rdfs:subClassOf"),
    "range": _link("rdfs:range"),
    "domainIncludes": _link("schema:domainIncludes"),
    "isDefinedBy": _link("rdfs:isDefinedBy"),
    "member": _link("hydra:member"),
    "totalItems": "hydra:totalItems",
    "view": _link("hydra:view"),
    "next": _link("hydra:next"),
}
"""Keys of our JSON-LD documents, with what they stand for."""

_ANY: Final = {"name": "name", "title": "name", "description": "description", "topics": "subject",
               "date": "date", "label_en": "prefLabel", "label_th": "prefLabelTh",
               "definition": "definition"}  # fmt: skip
_OF_TYPE: Final[Mapping[tuple[str, str], str]] = {
    ("city", "country"): "containedInPlace",
    ("country", "name_th"): "nameTh",
    ("partner", "full_name"): "alternateName",
    ("partner", "profile"): "description",
    ("partner", "country"): "location",
    ("partner", "mandate"): "areaServed",
    ("need", "city"): "areaServed",
    ("offer", "partner"): "offeredBy",
    ("offer", "limited_to"): "eligibleRegion",
    ("offer", "valid_until"): "validThrough",
    ("project", "city"): "areaServed",
    ("collaboration", "city"): "areaServed",
    ("collaboration", "summary"): "description",
    ("collaboration", "project"): "isPartOf",
    ("observation", "indicator"): "variableMeasured",
    ("observation", "city"): "observationAbout",
    ("observation", "value"): "value",
    ("source", "publisher"): "publisherName",
    ("source", "rights"): "rightsNote",
    ("topic", "alt_labels"): "altLabel",
    ("topic", "broader"): "broader",
    ("topic", "related"): "related",
    ("theme", "covers"): "narrowMatch",
}
_APART: Final = frozenset({"source", "locator", "latitude", "longitude"})
"""Properties that become nodes of their own: citations and places."""


@dataclass(frozen=True, slots=True)
class Mapped:
    """How one property of one type is written: under which key, and as links or not."""

    key: str
    own: bool


class Terms:
    """The table applied to a graph schema.

    Parameters
    ----------
    schema : Schema
        The graph schema.

    Examples
    --------
    >>> from matchmaker.schema import load_schema
    >>> terms = Terms(load_schema())
    >>> terms.of("need", "city").key, terms.of("city", "population").own
    ('areaServed', True)
    """

    def __init__(self, schema: Schema) -> None:
        self.schema = schema
        shapes: dict[str, set[str]] = {}
        for kind in schema.entities.values():
            for prop in kind.properties.values():
                if outside(kind.name, prop.name) is None and prop.name not in _APART:
                    shapes.setdefault(prop.name, set()).add(_shape(prop))
        self._mixed = frozenset(name for name, found in shapes.items() if len(found) > 1)

    def of(self, type_name: str, name: str) -> Mapped | None:
        """Return how a property is written, None for one that is part of a node of its own."""
        if name in _APART:
            return None
        key = outside(type_name, name)
        if key is not None:
            return Mapped(key, own=False)
        # A name that means links in one type and texts in another, or that stands for something
        # else outside, is told apart by its type.
        clashes = name in self._mixed or name in KEYS
        return Mapped(f"{type_name}_{name}" if clashes else name, own=True)

    def own_properties(self) -> dict[str, list[tuple[str, Property]]]:
        """Return the properties of our own vocabulary by key, each with the types that have it."""
        found: dict[str, list[tuple[str, Property]]] = {}
        for kind in self.schema.entities.values():
            for prop in kind.properties.values():
                mapped = self.of(kind.name, prop.name)
                if mapped is not None and mapped.own:
                    found.setdefault(mapped.key, []).append((kind.name, prop))
        return found

    def context(self, names: Names) -> dict[str, Any]:
        """Return the JSON-LD context: every key that a document may have, each with its IRI."""
        own: dict[str, Any] = {}
        for key, uses in self.own_properties().items():
            shape = _shape(uses[0][1])
            iri = f"mk:{key}"
            own[key] = (
                _link(iri) if shape == "link" else {"@id": iri, **_DOUBLE} if shape == "number"
                else iri
            )  # fmt: skip
        return {"@version": 1.1, **PREFIXES, "mk": names.own, **KEYS, **dict(sorted(own.items()))}


def outside(type_name: str, name: str) -> str | None:
    """Return the key of a property that a vocabulary other than ours has, None without one."""
    return _OF_TYPE.get((type_name, name)) or _ANY.get(name)


def _shape(prop: Property) -> str:
    if prop.target is not None or prop.kind == "term":
        return "link"
    return "number" if prop.kind == "number" else "plain"
