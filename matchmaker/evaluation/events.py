"""What a data set holds: events, what was asked, and who took part."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Link:
    """One organisation's part in one event; None where the source does not say.

    All of it is known only once the event has happened: it may be used for events before the cut and
    for no others.

    Attributes
    ----------
    partner : str
        The organisation: a supplier id (GeBIZ) or a participant identification code (H2020).
    name, city : str or None
        As in the data set's list of organisations.
    role : str or None
        ``coordinator``, ``participant`` or ``partner`` (H2020).
    kind : str or None
        Type of the organisation: HES, PRC, REC, PUB or OTH (H2020).
    country : str or None
        Two-letter country code (H2020).
    amount : float or None
        Awarded amount in SGD (GeBIZ) or contribution in EUR (H2020).
    day : date or None
        Day of this partner's (first) award, which can be later than the event's (GeBIZ).
    """

    partner: str
    name: str | None = None
    role: str | None = None
    kind: str | None = None
    country: str | None = None
    city: str | None = None
    amount: float | None = None
    day: dt.date | None = None


@dataclass(frozen=True, slots=True)
class Query:
    """What is asked about an event before it happens: no partner, no amount, nothing of its outcome.

    A method sees this and the training events, and nothing else, so it cannot use the answer.

    Attributes
    ----------
    id : str
        The event's identifier.
    date : dt.date
        The day of the event.
    seeker : str
        Who seeks partners.
    text : str
        What is sought, in words.
    topics : tuple of str
        Topics published with the call (H2020).
    programmes : tuple of str
        Parts of the programme that the call belongs to (H2020).
    programme, call, scheme : str or None
        Where the money comes from: programme code, call and funding scheme (H2020).
    seeker_kind, seeker_country, seeker_city : str or None
        What is known of the seeker as an organisation (H2020).
    """

    id: str
    date: dt.date
    seeker: str
    text: str
    topics: tuple[str, ...] = ()
    programmes: tuple[str, ...] = ()
    programme: str | None = None
    call: str | None = None
    scheme: str | None = None
    seeker_kind: str | None = None
    seeker_country: str | None = None
    seeker_city: str | None = None


@dataclass(frozen=True, slots=True)
class Event:
    """One collaboration that came about.

    Attributes
    ----------
    query : Query
        What was known before it.
    links : tuple of Link
        The partners, each once, in the order of the file.
    seeker_link : Link or None
        The seeker's own part, where seekers are organisations like the partners (H2020).
    end : date or None
        Last day (H2020).
    total_cost : float or None
        Whole cost in EUR (H2020).
    status : str or None
        How it was awarded (GeBIZ).
    """

    query: Query
    links: tuple[Link, ...]
    seeker_link: Link | None = None
    end: dt.date | None = None
    total_cost: float | None = None
    status: str | None = None

    @property
    def id(self) -> str:
        """Identifier of the event."""
        return self.query.id

    @property
    def date(self) -> dt.date:
        """Day of the event."""
        return self.query.date

    @property
    def seeker(self) -> str:
        """Who sought partners."""
        return self.query.seeker

    @property
    def text(self) -> str:
        """What was sought, in words."""
        return self.query.text

    @property
    def topics(self) -> tuple[str, ...]:
        """Topics published with the call."""
        return self.query.topics

    def before(self, cut: dt.date) -> Event:
        """Return the event as it was known before a day: without the links made later."""
        kept = tuple(link for link in self.links if link.day is None or link.day < cut)
        return self if len(kept) == len(self.links) else replace(self, links=kept)

    @property
    def partners(self) -> tuple[str, ...]:
        """Identifiers of the partners, in the order of ``links``."""
        return tuple(link.partner for link in self.links)

    @property
    def every_link(self) -> tuple[Link, ...]:
        """The partners' parts, then the seeker's own where it can be a partner too."""
        return (*self.links, self.seeker_link) if self.seeker_link else self.links

    @property
    def members(self) -> tuple[str, ...]:
        """Organisations that can be partners: the partners, then the seeker where it is one too."""
        return tuple(link.partner for link in self.every_link)


@dataclass(frozen=True, slots=True)
class Dataset:
    """All events of a data set, by date and then by identifier."""

    name: str
    events: tuple[Event, ...]
