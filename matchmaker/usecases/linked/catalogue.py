"""The DCAT catalogue: what can be downloaded here, as CKAN and other catalogues harvest it.

References
----------
Albertoni, R., Browning, D., Cox, S., Gonzalez Beltran, A., Perego, A., Winstanley, P. (2024). Data
Catalog Vocabulary (DCAT) - Version 3. W3C.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from matchmaker.graph import Snapshot
from matchmaker.usecases.linked.names import API, Names
from matchmaker.usecases.serialising.places import PLACED

Node = dict[str, Any]

TITLE: Final = "Partner–city matchmaking for the ASEAN Smart Cities Network"
COLLECTIONS: Final = (
    "city", "need", "offer", "partner", "project", "collaboration", "topic",
)  # fmt: skip
_RIGHTS: Final = (
    "Facts from public documents of the network, stated in our own words; each cites its document "
    "and the place in it. All rights in the documents stay with their authors and publishers, which "
    "the collection of sources names."
)
_PUBLIC: Final = "http://publications.europa.eu/resource/authority/access-right/PUBLIC"
_FILE_TYPES: Final = "http://publications.europa.eu/resource/authority/file-type/"
_MEDIA: Final = "https://www.iana.org/assignments/media-types/"
_LANGUAGE: Final = "http://publications.europa.eu/resource/authority/language/ENG"


@dataclass(frozen=True, slots=True)
class Form:
    """A form that data are given in."""

    name: str
    media: str
    file_type: str


_CSV = Form("CSV", "text/csv", "CSV")
_JSON = Form("JSON", "application/json", "JSON")
_JSONLD = Form("JSON-LD", "application/ld+json", "JSON_LD")
_TURTLE = Form("Turtle", "text/turtle", "RDF_TURTLE")
_GEOJSON = Form("GeoJSON", "application/geo+json", "GEOJSON")
_GRAPHML = Form("GraphML", "application/xml", "XML")


def _link(iri: str) -> dict[str, str]:
    return {"@id": iri, "@type": "@id"}


_DAY: Final = {"@type": "xsd:date"}
CONTEXT: Final[dict[str, Any]] = {
    "@version": 1.1,
    "dcat": "http://www.w3.org/ns/dcat#",
    "dct": "http://purl.org/dc/terms/",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "locn": "http://www.w3.org/ns/locn#",
    "geo": "http://www.opengis.net/ont/geosparql#",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
    "title": {"@id": "dct:title", "@language": "en"},
    "description": {"@id": "dct:description", "@language": "en"},
    "identifier": "dct:identifier",
    "keyword": {"@id": "dcat:keyword", "@language": "en"},
    "publisher": _link("dct:publisher"),
    "name": "foaf:name",
    "homepage": _link("foaf:homepage"),
    "modified": {"@id": "dct:modified", **_DAY},
    "language": _link("dct:language"),
    "accessRights": _link("dct:accessRights"),
    "rights": _link("dct:rights"),
    "label": {"@id": "rdfs:label", "@language": "en"},
    "spatial": _link("dct:spatial"),
    "prefLabel": {"@id": "skos:prefLabel", "@language": "en"},
    "bbox": {"@id": "dcat:bbox", "@type": "geo:wktLiteral"},
    "geometry": {"@id": "locn:geometry", "@type": "geo:wktLiteral"},
    "temporal": _link("dct:temporal"),
    "startDate": {"@id": "dcat:startDate", **_DAY},
    "endDate": {"@id": "dcat:endDate", **_DAY},
    "dataset": _link("dcat:dataset"),
    "service": _link("dcat:service"),
    "distribution": _link("dcat:distribution"),
    "accessURL": _link("dcat:accessURL"),
    "downloadURL": _link("dcat:downloadURL"),
    "accessService": _link("dcat:accessService"),
    "endpointURL": _link("dcat:endpointURL"),
    "endpointDescription": _link("dcat:endpointDescription"),
    "servesDataset": _link("dcat:servesDataset"),
    "landingPage": _link("dcat:landingPage"),
    "mediaType": _link("dcat:mediaType"),
    "format": _link("dct:format"),
}


class Catalogue:
    """Describes what one snapshot offers.

    Parameters
    ----------
    snapshot : Snapshot
        What is described, as everybody sees it.
    names : Names
        IRIs to use.
    publisher : str
        Who runs the service.
    feed : bool
        Whether the service has a change feed.
    """

    def __init__(
        self, snapshot: Snapshot, names: Names, publisher: str, *, feed: bool = True
    ) -> None:
        self.snapshot = snapshot
        self.names = names
        self.publisher = publisher
        self.feed = feed

    def document(self) -> Node:
        """Return the catalogue as a JSON-LD document with its context inside."""
        return {"@context": CONTEXT, "@graph": list(self.nodes())}

    def nodes(self) -> Iterator[Node]:
        """Yield the catalogue, its publisher, its service and its data sets."""
        base = self.names.base
        datasets = list(self._datasets())
        yield {
            "@id": f"{base}/catalog",
            "@type": "dcat:Catalog",
            "title": TITLE,
            "description": "Needs of the cities of the ASEAN Smart Cities Network, what partners "
            "offer, and the projects and collaborations behind them.",
            "publisher": self._publisher,
            "homepage": f"{base}/",
            "language": _LANGUAGE,
            "rights": self._rights(),
            **self._modified(),
            "spatial": self._area(),
            "dataset": [d["@id"] for d in datasets],
            "service": self._service,
        }
        yield {"@id": self._publisher, "@type": "foaf:Organization", "name": self.publisher}
        yield {
            "@id": self._service,
            "@type": "dcat:DataService",
            "title": "API, version 1",
            "description": "Lists with filters, details and explained matches as JSON.",
            "publisher": self._publisher,
            "endpointURL": f"{base}{API}/",
            "endpointDescription": f"{base}{API}/openapi.json",
            "servesDataset": [d["@id"] for d in datasets],
        }
        yield from datasets

    @property
    def _publisher(self) -> str:
        return f"{self.names.base}/catalog#publisher"

    @property
    def _service(self) -> str:
        return f"{self.names.base}/catalog#api"

    def _datasets(self) -> Iterator[Node]:
        for name in COLLECTIONS:
            if name in self.snapshot.schema.entities:
                yield self._collection(name)
        whole = f"{API}/graph"
        yield self._dataset(
            "graph", "The whole graph", "Every entity and every relationship, with sources.",
            ("graph", "linked data"), "/",
            [
                self._distribution("graph", _JSONLD, f"{whole}.jsonld"),
                self._distribution("graph", _TURTLE, f"{whole}.ttl"),
                self._distribution("graph", _GRAPHML, f"{whole}.graphml"),
            ],
        )  # fmt: skip
        if self.feed:
            yield self._dataset(
                "changes", "Change feed", "Every change of the graph in order, for copies that are "
                "kept in step with it.", ("changes", "feed"), f"{API}/docs",
                [self._distribution("changes", _JSON, f"{API}/changes", paged=True)],
            )  # fmt: skip

    def _collection(self, name: str) -> Node:
        kind = self.snapshot.schema.entities[name]
        path = f"{API}/{kind.plural}"
        forms = [
            self._distribution(kind.plural, _CSV, f"{path}?format=csv"),
            self._distribution(kind.plural, _JSON, path, paged=True),
            self._distribution(kind.plural, _JSONLD, f"{path}?format=jsonld", paged=True),
        ]
        if name in PLACED:
            forms.append(self._distribution(kind.plural, _GEOJSON, f"{path}?format=geojson"))
        words = kind.plural.replace("-", " ")
        return self._dataset(
            kind.plural, words.capitalize(), kind.description, (words, "smart cities", "ASEAN"),
            f"/{kind.plural}", forms, dates=self._dates(name),
        )  # fmt: skip

    def _dataset(
        self, name: str, title: str, description: str, keywords: Iterable[str], page: str,
        distributions: list[Node], dates: tuple[str, str] | None = None,
    ) -> Node:  # fmt: skip
        node: Node = {
            "@id": f"{self.names.base}/catalog#{name}",
            "@type": "dcat:Dataset",
            "identifier": f"{self.names.base}/catalog#{name}",
            "title": f"{title} ({TITLE})",
            "description": description,
            "keyword": list(keywords),
            "publisher": self._publisher,
            "language": _LANGUAGE,
            "accessRights": _PUBLIC,
            **self._modified(),
            "landingPage": self.names.base + page,
            "spatial": self._area(),
            "distribution": distributions,
        }
        start, end = dates or self._dates(*self.snapshot.schema.entities)
        if start and end:
            node["temporal"] = {"@type": "dct:PeriodOfTime", "startDate": start, "endDate": end}
        return node

    def _distribution(self, dataset: str, form: Form, path: str, *, paged: bool = False) -> Node:
        """Return one form of a data set; what comes page by page is no download but a service's."""
        address = self.names.base + path
        node: Node = {
            "@id": f"{self.names.base}/catalog#{dataset}-{form.file_type.lower()}",
            "@type": "dcat:Distribution",
            "title": f"{form.name}, page by page" if paged else form.name,
            "accessURL": address,
            "mediaType": _MEDIA + form.media,
            "format": _FILE_TYPES + form.file_type,
            "rights": self._rights(),
            **self._modified(),
        }
        return node | ({"accessService": self._service} if paged else {"downloadURL": address})

    def _rights(self) -> Node:
        return {"@type": "dct:RightsStatement", "label": _RIGHTS}

    def _modified(self) -> Node:
        return {"modified": self.snapshot.as_of} if len(self.snapshot.as_of) == 10 else {}

    def _dates(self, *types: str) -> tuple[str, str]:
        """Return the first and last day of the statements of some types, empty where there is none."""
        found = [
            date for name in types for e in self.snapshot.of_type(name).values()
            if (date := e.text("date"))
        ]  # fmt: skip
        if not found or len(self.snapshot.as_of) != 10:
            return "", ""
        return (min(found) + "-01-01")[:10], self.snapshot.as_of

    def _area(self) -> Node:
        """Return the box around the cities, longitude before latitude as in CRS84."""
        places = [
            (x, y)
            for city in self.snapshot.of_type("city").values()
            if (x := city.number("longitude")) is not None
            and (y := city.number("latitude")) is not None
        ]
        node: Node = {"@type": "dct:Location", "prefLabel": "Cities of the network"}
        if places:
            west, east = min(x for x, _ in places), max(x for x, _ in places)
            south, north = min(y for _, y in places), max(y for _, y in places)
            corners = ((west, south), (east, south), (east, north), (west, north), (west, south))
            box = ", ".join(f"{x} {y}" for x, y in corners)
            node["bbox"] = node["geometry"] = f"POLYGON(({box}))"
        return node
