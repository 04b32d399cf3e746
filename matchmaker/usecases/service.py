"""The service: one current view for all readers, and the door for writers."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Literal, Protocol, Self

from matchmaker.checking import entity_from_json
from matchmaker.errors import Fault, InvalidDataError, NotAllowedError, StoreUnavailableError
from matchmaker.graph import Snapshot
from matchmaker.matching.models import STATED_MODEL, Model, read_model
from matchmaker.model import Change, Entity
from matchmaker.schema import Schema
from matchmaker.settings import Settings
from matchmaker.usecases.changes import changes_document
from matchmaker.usecases.exposure import DEFAULT_LISTED, exposure_document
from matchmaker.usecases.matches import Document, Matcher, algorithm_document

Mode = Literal["live", "away", "seeds", "saved"]


@dataclass(frozen=True, slots=True)
class Status:
    """How the service stands.

    ``live``: reads follow the database, writes are taken.  ``away``: the database was lost in
    mid-use; reads go on from the last snapshot.  ``saved``: it was away at the start; reads come
    from the snapshot saved last.  ``seeds``: there is no database; reads come straight from the
    seeds.  ``message`` tells people what to do, empty when live.
    """

    mode: Mode
    message: str = ""

    @property
    def read_only(self) -> bool:
        """Whether writes must wait."""
        return self.mode != "live"


def model_of(settings: Settings) -> Model:
    """Return the ranking model that the settings name, the stated one without any.

    Raises
    ------
    InvalidDataError
        If the named file is no ranking model.
    """
    return read_model(settings.model_file) if settings.model_file else STATED_MODEL


def _today() -> str:
    """Return the day that a write made now is logged with."""
    return datetime.now(UTC).date().isoformat()


class Writer(Protocol):
    """What takes writes: each returns once readers of this service see the change."""

    def put(self, entity: Entity, actor: str) -> Change | None:
        """Create or replace an entity."""
        ...

    def delete(self, entity_id: str, actor: str) -> Change:
        """Delete an entity."""
        ...


class Service:
    """What the web, the command line and the tests talk to.

    Parameters
    ----------
    schema : Schema
        The graph schema.
    settings : Settings
        Settings in force.
    matcher : Matcher
        The first view; :meth:`show` replaces it when the graph moves forward.
    status : Status
        How the service stands at first.
    """

    def __init__(
        self, schema: Schema, settings: Settings, matcher: Matcher, status: Status
    ) -> None:
        self.schema = schema
        self.settings = settings
        self._matcher = matcher
        self._status = status
        self._writer: Writer | None = None
        self._closers: list[Callable[[], None]] = []

    @property
    def snapshot(self) -> Snapshot:
        """The current snapshot; take it once per request, it may be replaced at any time."""
        return self._matcher.index.snapshot

    @property
    def matcher(self) -> Matcher:
        """The current snapshot prepared for matching; take it once per request."""
        return self._matcher

    @property
    def status(self) -> Status:
        """How the service stands now."""
        return self._status

    def show(self, matcher: Matcher | None = None, status: Status | None = None) -> None:
        """Replace the view or the status for all readers at once."""
        if matcher is not None:
            self._matcher = matcher
        if status is not None:
            self._status = status

    def attach(self, writer: Writer, closer: Callable[[], None]) -> None:
        """Set where writes go, and what ends that."""
        self._writer = writer
        self._closers.append(closer)

    def attach_closer(self, closer: Callable[[], None]) -> None:
        """Set what else is to be closed, after all that was attached so far."""
        self._closers.insert(0, closer)

    def need_matches(self, need_id: str, limit: int = 20, diversity: float = 0.0) -> Document:
        """Return a need's ranked, explained matches, with concentration bounded if wished."""
        return self._matcher.need_matches(need_id, limit, diversity)

    def city_matches(self, city_id: str, limit: int = 20) -> Document:
        """Return the best matches over a city's needs."""
        return self._matcher.city_matches(city_id, limit)

    def offer_matches(self, offer_id: str, limit: int = 20) -> Document:
        """Return the needs an offer answers best."""
        return self._matcher.offer_matches(offer_id, limit)

    def partner_matches(self, partner_id: str, limit: int = 20) -> Document:
        """Return the needs a partner answers best."""
        return self._matcher.partner_matches(partner_id, limit)

    def pair(self, need_id: str, target_id: str) -> Document:
        """Explain one pair, recommended or not."""
        return self._matcher.pair(need_id, target_id)

    def changes(self, need_id: str, target_id: str) -> Document:
        """Return what would raise a pair, or make it eligible, were it written now."""
        return changes_document(self._matcher, need_id, target_id, self.day_of_writing)

    @property
    def day_of_writing(self) -> str:
        """Day that the data stand for once something is written now.

        Today where writes are taken, for a write moves the data to its day; else the snapshot's own.
        """
        return self.snapshot.as_of if self._status.read_only else _today()

    def exposure(self, limit: int = DEFAULT_LISTED, diversity: float = 0.0) -> Document:
        """Tell how the first matches of all open needs spread."""
        return exposure_document(self._matcher, limit, diversity)

    def algorithm(self) -> Document:
        """Describe the algorithm, its weights and its features."""
        return algorithm_document(self._matcher.model, full=True)

    def authorise_write(self, token: str | None) -> None:
        """Refuse whoever may not write.

        Raises
        ------
        NotAllowedError
            If writing is off or the token is wrong.
        """
        expected = self.settings.write_token
        if expected is None:
            raise NotAllowedError(
                "Writing over the API is off. Set MATCHMAKER_WRITE_TOKEN to turn it on."
            )
        if token is None or not secrets.compare_digest(token.encode(), expected.encode()):
            raise NotAllowedError("The bearer token is missing or wrong.")

    def put(self, document: Mapping[str, Any], *, actor: str) -> Change | None:
        """Create or replace an entity from a JSON document.

        Returns
        -------
        Change or None
            None if nothing differs.

        Raises
        ------
        InvalidDataError
            With every fault of the document.
        StoreUnavailableError
            If the database is away; nothing is changed.
        """
        entity, faults = entity_from_json(self.schema, document)
        if entity is None:
            raise InvalidDataError([Fault("", 0, column, text) for column, text in faults])
        return self._door().put(entity, actor)

    def delete(self, entity_id: str, *, actor: str) -> Change:
        """Delete an entity that nothing refers to."""
        return self._door().delete(entity_id, actor)

    def _door(self) -> Writer:
        if self._writer is None or self._status.read_only:
            raise StoreUnavailableError(self._status.message or "The database is away.")
        return self._writer

    def close(self) -> None:
        """Close what the service holds open; may be called twice."""
        while self._closers:
            self._closers.pop()()

    def __enter__(self) -> Self:
        """Return the service itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close what the service holds open."""
        self.close()
