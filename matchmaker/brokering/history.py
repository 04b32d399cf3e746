"""What an engagement consists of: its opening, its moves, and the state that they add up to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from matchmaker.brokering.appointments import Appointment


@dataclass(frozen=True, slots=True)
class Opening:
    """What stands from the first move on.

    Parameters
    ----------
    offer : str
        Identifier, ``""`` where no offer is named.
    asked : tuple of str
        Parties whose consent is needed.
    days : mapping of str to int
        How long each clock runs.  Both are kept, so that rules that change later leave alone what
        began under the old ones.
    terms : mapping
        The instrument and version in force when it began; empty for what began before that was kept.
    """

    route: str
    need: str
    city: str
    country: str
    partner: str
    offer: str
    partner_kind: str
    asked: tuple[str, ...]
    days: Mapping[str, int] = field(hash=False)
    terms: Mapping[str, Any] = field(default_factory=dict, hash=False)

    def subject_of(self, party: str) -> str:
        """Return the entity that a party is here, ``""`` for the secretariat and the clock."""
        return {"partner": self.partner, "city": self.city, "country": self.country}.get(party, "")

    def as_json(self) -> dict[str, Any]:
        """Return all of it."""
        told = {**asdict(self), "asked": list(self.asked), "days": dict(self.days)}
        return {**told, "terms": dict(self.terms)}

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Opening:
        """Rebuild it from :meth:`as_json`; the content is trusted."""
        return cls(**{**document, "asked": tuple(document["asked"])})


@dataclass(frozen=True, slots=True)
class Move:
    """One entry of the history; nothing of it is ever changed.

    Parameters
    ----------
    uuid : str
        Names this very move, so that a repeat is known.
    party : str
        As whom it was made.
    account : str
        Who made it, ``""`` for the clock.
    lent_by : str
        The account whose standing was used, ``""`` for one's own.
    about : str
        The party that it is about, where it is about one.
    documents : tuple of str
        Identifiers of documents.
    meeting : Appointment, optional
        When and where a meeting is that it arranges or changes.
    which : int
        Number of the move that arranged the meeting which it changes or calls off, 0 without one.
    """

    uuid: str
    name: str
    party: str
    account: str
    at: str
    lent_by: str = ""
    about: str = ""
    note: str = ""
    reason: str = ""
    form: str = ""
    documents: tuple[str, ...] = ()
    meeting: Appointment | None = None
    which: int = 0

    def as_json(self) -> dict[str, Any]:
        """Return all of it, without what is empty."""
        found = {**asdict(self), "documents": list(self.documents)}
        return {name: value for name, value in found.items() if value}

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Move:
        """Rebuild a move from :meth:`as_json`; the content is trusted."""
        names = {"account": "", **document, "documents": tuple(document.get("documents", ()))}
        if meeting := document.get("meeting"):
            names["meeting"] = Appointment(**meeting)
        return cls(**names)


@dataclass(frozen=True, slots=True, order=True)
class Wait:
    """Somebody is waited for: whom, by which clock, since and until when."""

    party: str
    clock: str
    since: str
    due_at: str


@dataclass(frozen=True, slots=True)
class State:
    """Where an engagement stands after so many moves.

    Parameters
    ----------
    number : int
        How many moves were made: its version.
    opener : str
        The party that opened it.
    gathered : mapping
        By consent and party, the number of the move by which it was given.
    waits : tuple of Wait
        Whose move it is.
    before : str
        The stage before it stalled.
    escalated : mapping of str to str
        When what a party owes was taken to the secretariat.
    at, ended_at : str
        Time of the last move, and of the one that ended it.
    meetings : tuple of int
        Numbers of the moves that arranged meetings which have not been called off.
    """

    stage: str
    number: int
    opener: str
    at: str
    gathered: Mapping[str, Mapping[str, int]] = field(default_factory=dict, hash=False)
    waits: tuple[Wait, ...] = ()
    form: str = ""
    reason: str = ""
    before: str = ""
    escalated: Mapping[str, str] = field(default_factory=dict, hash=False)
    ended_at: str = ""
    meetings: tuple[int, ...] = ()

    def has_given(self, consent: str, party: str) -> bool:
        """Tell whether a party has given a consent."""
        return party in self.gathered.get(consent, {})

    @property
    def due_at(self) -> str:
        """When the first who is waited for has run out of time, ``""`` if nobody is waited for."""
        return min((wait.due_at for wait in self.waits), default="")

    def as_json(self) -> dict[str, Any]:
        """Return all of it; meetings only where there are any."""
        told = {
            **asdict(self),
            "gathered": {name: dict(given) for name, given in self.gathered.items()},
            "waits": [asdict(wait) for wait in self.waits],
            "escalated": dict(self.escalated),
            "meetings": list(self.meetings),
        }
        if not self.meetings:
            del told["meetings"]
        return told

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> State:
        """Rebuild a state from :meth:`as_json`; the content is trusted."""
        waits = tuple(Wait(**wait) for wait in document["waits"])
        meetings = tuple(document.get("meetings", ()))
        return cls(**{**document, "waits": waits, "meetings": meetings})
