"""What an annual report reads from a snapshot: lists of projects, what was measured, partnerships."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Final
from urllib.parse import urlencode

from matchmaker.annual.report import Cited, Figure, Listed, Named, Observed, Partnership, Value
from matchmaker.graph import Snapshot
from matchmaker.model import Entity

COMPLETED: Final = "completed"
UNTOLD: Final = "not_split"
NOBODY: Final = Named("", "")


def listings_at(**filters: str | int) -> str:
    """Return the address of the listings that pass some filters.

    Examples
    --------
    >>> listings_at(year=2025, status="completed")
    '/project-listings?year=2025&status=completed'
    """
    return f"/project-listings?{urlencode(filters)}"


class Lists:
    """The yearly lists of a snapshot, each listing with the names of what it refers to."""

    def __init__(self, snapshot: Snapshot) -> None:
        self.snapshot = snapshot

    @cached_property
    def by_year(self) -> Mapping[int, tuple[Listed, ...]]:
        """Listings by year, in order of country, city and title."""
        found: dict[int, list[Listed]] = {}
        for entity in self.snapshot.of_type("project_listing").values():
            found.setdefault(entity.integer("year"), []).append(self._listed(entity))
        return {
            year: tuple(sorted(found[year], key=lambda one: (
                one.country.name, one.city.name, one.title.casefold(), one.id)))
            for year in sorted(found)
        }  # fmt: skip

    def _listed(self, entity: Entity) -> Listed:
        project = self.snapshot.entities.get(entity.text("project"))
        city = self.snapshot.entities.get(project.text("city")) if project else None
        return Listed(
            entity.id, entity.text("title"), entity.text("project"),
            self.named(city.id if city else ""),
            self.named(city.text("country") if city else ""),
            self.named(entity.text("focus_area")), entity.text("status"), self.cited(entity),
        )  # fmt: skip

    @cached_property
    def areas(self) -> tuple[Named, ...]:
        """The focus areas, by name."""
        topics = self.snapshot.of_type("topic").values()
        found = [self.named(t.id) for t in topics if t.text("kind") == "focus_area"]
        return tuple(sorted(found, key=lambda one: one.name))

    def named(self, identifier: str) -> Named:
        """Return an entity with its name; an unknown identifier stands for itself."""
        entity = self.snapshot.entities.get(identifier)
        return Named(identifier, self.snapshot.schema.caption(entity) if entity else identifier)

    def cited(self, entity: Entity) -> tuple[Cited, ...]:
        """Return what an entity cites."""
        found = []
        for citation in entity.citations:
            source = self.snapshot.entities.get(citation.source)
            found.append(Cited(
                citation.source, source.text("title") if source else citation.source,
                citation.locator, source is not None and source.values.get("held") is True,
            ))  # fmt: skip
        return tuple(found)

    def total_of(self, year: int) -> Entity | None:
        """Return the totals that the published report of a year prints, if they are known."""
        totals = self.snapshot.of_type("annual_total").values()
        return next((t for t in totals if t.integer("year") == year), None)

    def observed(self, year: int) -> tuple[Observed, ...]:
        """Return what the report of a year states as measured, each with what was stated before.

        A year's report is what its totals cite; without totals nothing is known to be in it.
        """
        total = self.total_of(year)
        reports = frozenset(c.source for c in total.citations) if total else frozenset()
        series: dict[tuple[str, str, str], list[Entity]] = {}
        for entity in self.snapshot.of_type("observation").values():
            key = entity.text("city"), entity.text("project"), entity.text("indicator")
            series.setdefault(key, []).append(entity)
        found = []
        for (city, project, indicator), values in series.items():
            values.sort(key=lambda e: (e.integer("year"), e.id))
            stated = [e for e in values if reports & {c.source for c in e.citations}]
            if not stated:
                continue
            now = stated[-1]
            earlier = [e for e in values if e.integer("year") < now.integer("year")]
            found.append(Observed(
                indicator, self.named(city), project, now.text("project_words"),
                self._value(now), tuple(map(self._value, earlier)),
            ))  # fmt: skip
        return tuple(sorted(found, key=lambda one: (one.city.name, one.indicator, one.now.id)))

    def _value(self, entity: Entity) -> Value:
        number = entity.number("value")
        assert number is not None  # the schema requires it
        return Value(entity.id, number, entity.text("qualifier"), entity.integer("year"),
                     self.cited(entity))  # fmt: skip

    def partnerships(self, year: int) -> tuple[tuple[Partnership, ...], int]:
        """Return the partnerships documented up to a year, and how many have no year at all."""
        found, without = [], 0
        for entity in self.snapshot.of_type("collaboration").values():
            since = int(entity.number("first_year") or entity.text("agreed_on")[:4] or 0)
            if not since:
                without += 1
            if not 0 < since <= year:
                continue
            partner = self.snapshot.entities.get(entity.text("partner"))
            home = partner.text("country") if partner else ""
            found.append(Partnership(
                entity.id, entity.text("title"), self.named(entity.text("city")),
                self.named(entity.text("partner")), partner.text("kind") if partner else "",
                self.named(home) if home else NOBODY,
                self.named(entity.text("support_type")) if entity.text("support_type") else NOBODY,
                entity.text("stage"), since, self.cited(entity),
            ))  # fmt: skip
        found.sort(key=lambda one: (one.partner.name.casefold(), one.city.name, one.title, one.id))
        return tuple(found), without


def figure(count: int, **filters: str | int) -> Figure:
    """Return a number of listings with the list that has as many."""
    return Figure(count, listings_at(**filters))
