"""What an annual report consists of.  Every figure names the list of the site that it counts."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Named:
    """An entity by its identifier and name."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class Figure:
    """A number, and the address of the page that lists what it counts.

    ``list`` is a filtered list of the site, or a place of the report itself (``#new``).
    """

    value: int
    list: str


@dataclass(frozen=True, slots=True)
class Cited:
    """A source with the place in it."""

    source: str
    title: str
    locator: str
    held: bool


@dataclass(frozen=True, slots=True)
class StatusLine:
    """How many projects the lists give one status."""

    name: str
    label: str
    count: Figure


@dataclass(frozen=True, slots=True)
class AreaLine:
    """One focus area: its projects, its share of all in percent, and their status."""

    area: Named
    count: Figure
    share: float
    statuses: tuple[StatusLine, ...]


@dataclass(frozen=True, slots=True)
class CountryLine:
    """One member state: its projects, by focus area too, and its cities that have any."""

    country: Named
    count: Figure
    cities: tuple[Named, ...]
    areas: tuple[Figure, ...]


@dataclass(frozen=True, slots=True)
class Listed:
    """A project as one year's list has it."""

    id: str
    title: str
    project: str
    city: Named
    country: Named
    area: Named
    status: str
    sources: tuple[Cited, ...]


@dataclass(frozen=True, slots=True)
class Value:
    """What was measured at one time."""

    id: str
    value: float
    qualifier: str
    year: int
    sources: tuple[Cited, ...]


@dataclass(frozen=True, slots=True)
class Observed:
    """An indicator of a project: the value that the year's report states, and earlier ones."""

    indicator: str
    city: Named
    project: str
    project_words: str
    now: Value
    before: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Highlight:
    """The project that the rule picks for a city, with what decided."""

    listed: Listed
    because: str
    observed: tuple[Observed, ...]


@dataclass(frozen=True, slots=True)
class MovedProject:
    """A project whose focus area is not the one that the year before states."""

    listed: Listed
    before: Named


@dataclass(frozen=True, slots=True)
class Changes:
    """What is different from the year before."""

    year: int
    total: Figure
    new: tuple[Listed, ...]
    dropped: tuple[Listed, ...]
    completed: tuple[Listed, ...]
    reopened: tuple[Listed, ...]
    moved: tuple[MovedProject, ...]


@dataclass(frozen=True, slots=True)
class Partnership:
    """One line of the register: a documented case of a partner helping a city."""

    id: str
    title: str
    city: Named
    partner: Named
    kind: str
    home: Named
    support: Named
    stage: str
    since: int
    sources: tuple[Cited, ...]


@dataclass(frozen=True, slots=True)
class Published:
    """The totals that the published report prints."""

    id: str
    title: str
    as_of: str
    note: str
    sources: tuple[Cited, ...]


@dataclass(frozen=True, slots=True)
class Check:
    """A published figure beside the counted one.

    ``counted`` is in the unit of the published one; ``count`` leads to what was counted.
    """

    name: str
    label: str
    unit: str
    published: float
    counted: float
    count: Figure
    equal: bool
    says: str


@dataclass(frozen=True, slots=True)
class Year:
    """One year's total, for the course over the years."""

    year: int
    count: Figure
    statuses: tuple[StatusLine, ...]


@dataclass(frozen=True, slots=True)
class Annual:
    """The whole report."""

    year: int
    total: Figure
    cities: Figure
    countries: Figure
    statuses: tuple[StatusLine, ...]
    told: bool
    """Whether the year's lists tell the status of single projects."""
    areas: tuple[AreaLine, ...]
    without_area: int
    by_country: tuple[CountryLine, ...]
    course: tuple[Year, ...]
    published: Published | None
    checks: tuple[Check, ...]
    remarks: tuple[str, ...]
    highlights: tuple[Highlight, ...]
    observations: tuple[Observed, ...]
    changes: Changes | None
    ongoing: tuple[Listed, ...]
    completed: tuple[Listed, ...]
    partnerships: tuple[Partnership, ...]
    partners: int
    without_year: int
    """Collaborations of which nothing says since when; they are left out of the register."""
