"""What a white paper consists of: its description, its versions, its moves, and what they add up to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Final, TypeAlias

Json: TypeAlias = Mapping[str, Any]
LISTS: Final = ("cities", "partners", "needs", "topics", "engagements", "readers")


@dataclass(frozen=True, slots=True)
class Details:
    """What a white paper says of itself.

    Parameters
    ----------
    cities, partners : tuple of str
        The co-authors, by identifier; never persons.
    engagements : tuple of str
        The engagements that it came out of.
    readers : tuple of str
        Who may read it besides the co-authors: other parties of its engagements, and the countries of
        its cities.
    """

    title: str
    summary: str
    language: str
    cities: tuple[str, ...]
    partners: tuple[str, ...]
    needs: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    engagements: tuple[str, ...] = ()
    readers: tuple[str, ...] = ()

    @property
    def authors(self) -> tuple[str, ...]:
        """Cities, then partners."""
        return (*self.cities, *self.partners)

    @property
    def owners(self) -> frozenset[str]:
        """Whose it is: all who may read it as a draft."""
        return frozenset({*self.authors, *self.readers})

    def as_json(self) -> dict[str, Any]:
        """Return all of it."""
        return {**asdict(self), **{name: list(getattr(self, name)) for name in LISTS}}

    @classmethod
    def from_json(cls, document: Json) -> Details:
        """Rebuild it from :meth:`as_json`; the content is trusted."""
        return cls(**{**document, **{name: tuple(document[name]) for name in LISTS}})


@dataclass(frozen=True, slots=True)
class Version:
    """One version: a file that was added, under its checksum."""

    number: int
    document: str
    name: str
    media_type: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Move:
    """One entry of the history; nothing of it is ever changed.

    Parameters
    ----------
    uuid : str
        Names this very move, so that a repeat is known.
    party : str
        As whom it was made.
    subjects : tuple of str
        The co-authors that the mover speaks for.
    about : str
        The co-author that it is about, where it is about one.
    details, version : optional
        What a move that carries one was sent with.
    """

    uuid: str
    name: str
    party: str
    account: str
    at: str
    subjects: tuple[str, ...] = ()
    about: str = ""
    note: str = ""
    details: Details | None = None
    version: Version | None = None

    def as_json(self) -> dict[str, Any]:
        """Return all of it, without what is empty."""
        found = {
            **asdict(self),
            "subjects": list(self.subjects),
            "details": self.details.as_json() if self.details else None,
        }
        return {name: value for name, value in found.items() if value}

    @classmethod
    def from_json(cls, document: Json) -> Move:
        """Rebuild a move from :meth:`as_json`; the content is trusted."""
        details, version = document.get("details"), document.get("version")
        return cls(**{
            **document,
            "subjects": tuple(document.get("subjects", ())),
            "details": Details.from_json(details) if details else None,
            "version": Version(**version) if version else None,
        })  # fmt: skip


@dataclass(frozen=True, slots=True)
class Edition:
    """A version as it was published: with its description, and who had agreed by which move."""

    version: Version
    at: str
    details: Details
    agreed: Mapping[str, int] = field(hash=False)

    def as_json(self) -> dict[str, Any]:
        """Return all of it."""
        return {
            "version": asdict(self.version),
            "at": self.at,
            "details": self.details.as_json(),
            "agreed": dict(self.agreed),
        }

    @classmethod
    def from_json(cls, document: Json) -> Edition:
        """Rebuild it from :meth:`as_json`; the content is trusted."""
        version, details = Version(**document["version"]), Details.from_json(document["details"])
        return cls(version, document["at"], details, document["agreed"])


@dataclass(frozen=True, slots=True)
class State:
    """Where a white paper stands after so many moves.

    Parameters
    ----------
    number : int
        How many moves were made: what ``If-Match`` compares.
    agreed : mapping of str to int
        By co-author, the number of the move that gave its agreement to the newest version.
    editions : tuple of Edition
        What was published, oldest first.
    down_at : str
        When it was taken out of the repository.
    """

    stage: str
    number: int
    at: str
    details: Details
    versions: tuple[Version, ...] = ()
    agreed: Mapping[str, int] = field(default_factory=dict, hash=False)
    editions: tuple[Edition, ...] = ()
    down_at: str = ""

    @property
    def newest(self) -> Version | None:
        """The newest version, None before the first."""
        return self.versions[-1] if self.versions else None

    @property
    def is_new(self) -> bool:
        """Whether the newest version is one that was not published."""
        published = self.editions[-1].version.number if self.editions else 0
        return bool(self.versions) and self.versions[-1].number > published

    @property
    def missing(self) -> tuple[str, ...]:
        """The co-authors who have not agreed to the newest version."""
        return tuple(author for author in self.details.authors if author not in self.agreed)

    def as_json(self) -> dict[str, Any]:
        """Return all of it."""
        return {
            "stage": self.stage,
            "number": self.number,
            "at": self.at,
            "details": self.details.as_json(),
            "versions": [asdict(version) for version in self.versions],
            "agreed": dict(self.agreed),
            "editions": [edition.as_json() for edition in self.editions],
            "down_at": self.down_at,
        }

    @classmethod
    def from_json(cls, document: Json) -> State:
        """Rebuild it from :meth:`as_json`; the content is trusted."""
        return cls(**{
            **document,
            "details": Details.from_json(document["details"]),
            "versions": tuple(Version(**version) for version in document["versions"]),
            "editions": tuple(map(Edition.from_json, document["editions"])),
        })  # fmt: skip
