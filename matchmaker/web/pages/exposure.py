"""The page on how recommendations spread."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from matchmaker.web.pages.viewmodels import Document, Link, View

BOUNDS: Final = ("0.5", "0.7", "0.8", "0.9")
"""Values of ``diversity`` that the page offers to look at."""


@dataclass(frozen=True, slots=True)
class Row:
    """One of those whom lists show; ``length`` is that of its bar, of 1 for the longest."""

    link: Link
    listings: int
    share: str
    discounted: str
    length: float


@dataclass(frozen=True, slots=True)
class Table:
    """All who are listed, longest bar first, and those who never are."""

    figures: Document
    coverage: str
    top_share: str
    discounted_top_share: str
    rows: tuple[Row, ...]
    never: tuple[Link, ...]


@dataclass(frozen=True, slots=True)
class CityRow:
    """A city with open needs; ``better`` is the share of strong and promising matches."""

    link: Link
    needs: int
    collaborations: int
    bands: Document
    better: float


def percent(share: float) -> str:
    """Write a share as people read it.

    Examples
    --------
    >>> percent(0.125)
    '12.5 %'
    """
    return f"{share:.1%}".replace("%", " %")


def exposure_page(view: View, document: Document) -> dict[str, Any]:
    """Return what the page shows of the report on exposure.

    Parameters
    ----------
    view : View
        The snapshot that the report was made from.
    document : mapping
        The report.
    """
    cities = document["cities"]
    rest = document["countries"]["without_country"]
    return {
        "report": document,
        "partners": _table(view, document["partners"]),
        "countries": _table(view, document["countries"]),
        "without_country": {**rest, "words": percent(rest["share"])},
        "bounds": BOUNDS,
        "cities": [_city(view, c) for c in _best_first(cities["items"]) if c["needs"]],
        "quiet": view.links(c["id"] for c in cities["items"] if not c["needs"]),
        "served": [
            (title, name, document[name], *(_having(document[name][k]) for k in _BETTER))
            for title, name in (("All cities", "cities"), ("Under-served cities", "under_served"))
        ],
        "under_served": view.links(c["id"] for c in document["under_served"]["items"]),
    }


_BETTER: Final = ("with_strong", "with_promising")


def _having(found: Document) -> str:
    """Write how many cities have a match of a band, of all and of those that ask."""
    of_all, of_asking = percent(found["share"]), percent(found["share_of_asking"])
    return f"{found['count']} ({of_all}; {of_asking} of those with open needs)"


def _table(view: View, found: Document) -> Table:
    longest = max([item["share"] for item in found["items"]], default=0.0) or 1.0
    shown = [item for item in found["items"] if item["listings"]]
    rows = tuple(
        Row(
            view.link(item["id"]), item["listings"], percent(item["share"]),
            percent(item["exposure_share"]), item["share"] / longest,
        )
        for item in shown
    )  # fmt: skip
    return Table(
        found, percent(found["coverage"]), percent(found["top_share"]),
        percent(found["exposure_top_share"]), rows,
        view.links(item["id"] for item in found["items"] if not item["listings"]),
    )  # fmt: skip


def _best_first(cities: Sequence[Document]) -> list[Document]:
    return sorted(cities, key=lambda c: (-c["bands"]["strong"], -c["bands"]["promising"], c["id"]))


def _city(view: View, city: Document) -> CityRow:
    bands = city["bands"]
    total = sum(bands.values())
    better = (bands["strong"] + bands["promising"]) / total if total else 0.0
    return CityRow(view.link(city["id"]), city["needs"], city["collaborations"], bands, better)
