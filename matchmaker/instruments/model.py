"""What an instrument consists of: statuses, roles, and versions with clauses."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Final

KINDS: Final = ("terms_of_reference", "expansion_criteria", "monitoring_framework")
STATUSES: Final = ("draft", "discussed", "concluded", "adopted", "documented")
"""``documented``: the network works by it, and no document that is held tells its adoption."""
TREATMENTS: Final = ("driven", "displayed", "out_of_scope")
REFERENCES: Final = ("rule", "permission", "page")
"""What a treatment may name: a rule of brokering, an operation, a page."""


@dataclass(frozen=True, slots=True)
class Reference:
    """One thing of the software that a clause drives or is shown by."""

    kind: str
    name: str

    @classmethod
    def read(cls, text: str) -> Reference:
        """Read it from ``kind:name``."""
        kind, _, name = text.partition(":")
        return cls(kind, name)


@dataclass(frozen=True, slots=True)
class Treatment:
    """What the software does with a clause: ``kind`` is one of :data:`TREATMENTS`.

    ``why`` is why it is out of scope, ``note`` what else is to be known.
    """

    kind: str
    by: tuple[Reference, ...] = ()
    why: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Clause:
    """One paragraph of an instrument, in our own words.

    Parameters
    ----------
    id : str
        What it is called in addresses; stays the same from version to version.
    paragraph : str
        Its number as in the source, with the letter of a sub-paragraph.
    page : str
        Page of the source, ``""`` where there is none.
    since : int
        Version whose words these are.
    """

    id: str
    paragraph: str
    section: str
    says: str
    page: str = ""
    since: int = 1

    def as_json(self) -> dict[str, Any]:
        """Return all of it."""
        return asdict(self)

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Clause:
        """Rebuild it from :meth:`as_json`; the content is trusted."""
        return cls(**document)


@dataclass(frozen=True, slots=True)
class Status:
    """What became of an instrument at one time, and which document says so."""

    status: str
    date: str
    meeting: str
    says: str
    source: str
    page: str


@dataclass(frozen=True, slots=True)
class Role:
    """Who does something by an instrument, and which clauses say so."""

    name: str
    label: str
    says: str
    clauses: tuple[str, ...]
    term: str = ""


@dataclass(frozen=True, slots=True)
class Version:
    """One state of an instrument's text; ``effective`` is the day from which it is in force."""

    number: int
    effective: str
    says: str
    source: str
    clauses: tuple[Clause, ...]

    def clause(self, clause_id: str) -> Clause | None:
        """Return one clause, None if the version has none of that name."""
        return next((one for one in self.clauses if one.id == clause_id), None)


@dataclass(frozen=True, slots=True)
class Consensus:
    """By what an instrument is changed: the days for an objection, and what the rule rests on."""

    days: int
    says: str
    cites: str


@dataclass(frozen=True, slots=True)
class Instrument:
    """One instrument as its file has it.

    Parameters
    ----------
    versions : tuple of Version
        By number, from 1 on.
    treatments : mapping of str to Treatment
        What the software does with each clause of any of these versions.
    """

    id: str
    title: str
    short: str
    kind: str
    says: str
    consensus: Consensus
    statuses: tuple[Status, ...]
    roles: tuple[Role, ...]
    versions: tuple[Version, ...]
    treatments: Mapping[str, Treatment] = field(hash=False)
