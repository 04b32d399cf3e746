"""Our own vocabulary as linked data: classes, properties, terms and concept schemes."""

from __future__ import annotations

from typing import Any, Final

from matchmaker.schema import Property, Schema
from matchmaker.usecases.linked.mapping import CLASSES, Terms
from matchmaker.usecases.linked.names import Names, local

Node = dict[str, Any]

_RANGES: Final = {
    "text": "xsd:string", "texts": "xsd:string", "integer": "xsd:integer", "number": "xsd:double",
    "boolean": "xsd:boolean",
}  # fmt: skip


def concept_schemes(schema: Schema, names: Names) -> list[Node]:
    """Return the schemes that topics, themes and support types stand in."""
    return [
        {
            "@id": names.scheme(kind.name),
            "@type": "skos:ConceptScheme",
            "prefLabel": kind.plural.replace("-", " ").capitalize(),
            "definition": kind.description,
        }
        for kind in schema.entities.values()
        if "skos:Concept" in CLASSES.get(kind.name, ())
    ]


def vocabulary(schema: Schema, names: Names) -> Node:
    """Return the vocabulary as a JSON-LD document with its context inside.

    Parameters
    ----------
    schema : Schema
        The graph schema: each entity type is a class, each property that no other vocabulary has a
        property, each vocabulary a concept scheme.
    names : Names
        IRIs to use.
    """
    terms = Terms(schema)
    graph: list[Node] = [
        {
            "@id": f"{names.base}/vocab",
            "@type": "owl:Ontology",
            "label": "Vocabulary of partner–city matchmaking",
            "comment": "Classes and properties for which schema.org, SKOS, PROV-O and Dublin Core "
            "have none, and the terms that properties take as values.",
        },
        {
            "@id": "mk:locator",
            "@type": "rdf:Property",
            "label": "locator",
            "comment": "Place in the document from which something was derived.",
            "range": "xsd:string",
        },
    ]
    for kind in schema.entities.values():
        above = CLASSES.get(kind.name, ())
        graph.append(
            {
                "@id": f"mk:{kind.label}",
                "@type": "rdfs:Class",
                "label": kind.name.replace("_", " "),
                "comment": kind.description,
                **({"subClassOf": list(above)} if above else {}),
            }
        )
    for key, uses in sorted(terms.own_properties().items()):
        prop = uses[0][1]
        comment = "; ".join(dict.fromkeys(p.description.rstrip(".") for _, p in uses)) + "."
        unit = f" Unit: {prop.unit}." if prop.unit else ""
        found = _range(schema, [p for _, p in uses])
        graph.append(
            {
                "@id": f"mk:{key}",
                "@type": "rdf:Property",
                "label": key.replace("_", " "),
                "comment": comment + unit,
                "domainIncludes": [f"mk:{schema.entities[name].label}" for name, _ in uses],
                **({"range": found} if found else {}),
            }
        )
    graph += concept_schemes(schema, names)
    for name, meanings in schema.vocabularies.items():
        graph.append(
            {
                "@id": names.scheme(name),
                "@type": "skos:ConceptScheme",
                "prefLabel": name.replace("_", " ").capitalize(),
            }
        )
        graph += [
            {
                "@id": f"mk:{local(name, term)}",
                "@type": "skos:Concept",
                "notation": term,
                "prefLabel": term.replace("_", " "),
                "definition": meaning,
                "inScheme": names.scheme(name),
                "topConceptOf": names.scheme(name),
            }
            for term, meaning in meanings.items()
        ]
    for node in graph[1:]:
        node["isDefinedBy"] = f"{names.base}/vocab"
    return {"@context": terms.context(names), "@graph": graph}


def _range(schema: Schema, properties: list[Property]) -> str:
    """Return what the values of a property are, empty where its uses differ."""
    found = {
        f"mk:{schema.entities[p.target].label}" if p.target
        else "skos:Concept" if p.kind == "term"
        else _RANGES.get(p.kind, "")
        for p in properties
    }  # fmt: skip
    return found.pop() if len(found) == 1 else ""
