"""IRIs: what things, their records, pages and our own terms are called on the web."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

API: Final = "/api/v1"


@dataclass(frozen=True, slots=True)
class Names:
    """IRIs under one base.

    Parameters
    ----------
    base : str
        Where the service is reached, without a slash at its end.

    Notes
    -----
    A thing (``/id/<id>``) is named apart from the page about it and from its record in the API, so
    that statements about the city of Phuket are not statements about a document.  ``/id/<id>``
    leads to the one or the other.

    Examples
    --------
    >>> names = Names("https://match.example")
    >>> names.thing("phuket"), names.term("need_status", "open")
    ('https://match.example/id/phuket', 'https://match.example/vocab#need_status-open')
    """

    base: str

    @property
    def own(self) -> str:
        """Namespace of our own vocabulary."""
        return f"{self.base}/vocab#"

    @property
    def context(self) -> str:
        """Address of the JSON-LD context."""
        return f"{self.base}{API}/context.jsonld"

    def thing(self, identifier: str) -> str:
        """Return the name of what an entity tells of."""
        return f"{self.base}/id/{identifier}"

    def page(self, plural: str, identifier: str) -> str:
        """Return the address of the page about an entity."""
        return f"{self.base}/{plural}/{identifier}"

    def record(self, plural: str, identifier: str) -> str:
        """Return the address of an entity's record in the API."""
        return f"{self.base}{API}/{plural}/{identifier}"

    def term(self, vocabulary: str, term: str) -> str:
        """Return the name of a term of one of the schema's vocabularies."""
        return f"{self.own}{local(vocabulary, term)}"

    def scheme(self, name: str) -> str:
        """Return the name of the concept scheme of a vocabulary or of an entity type."""
        return f"{self.own}{name}-scheme"


NO_ADDRESS: Final = Names("urn:matchmaker:graph")
"""Names for an export by a service that has no public address."""


def local(vocabulary: str, term: str) -> str:
    """Return the part of a term's name behind the namespace.

    Examples
    --------
    >>> local("qualifier", "more than")
    'qualifier-more_than'
    """
    return f"{vocabulary}-{term.replace(' ', '_')}"
