"""The service: one current view for all readers, and the door for writers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Literal, Protocol, Self

from matchmaker.checking import entity_from_json
from matchmaker.errors import Fault, InvalidDataError, StoreUnavailableError
from matchmaker.graph import Snapshot
from matchmaker.matching.models import STATED_MODEL, Model, read_model
from matchmaker.model import Change, Entity
from matchmaker.permissions import PUBLIC, Caller
from matchmaker.records import Records
from matchmaker.schema import Schema
from matchmaker.seeds import Progress
from matchmaker.settings import Settings
from matchmaker.store.checks import (
    Expected,
    check_expected,
    check_not_merged,
    check_references,
    check_type,
)
from matchmaker.store.feed import LogPage, Position
from matchmaker.store.loading import LoadReport
from matchmaker.usecases.changes import changes_document
from matchmaker.usecases.exposure import DEFAULT_LISTED, exposure_document
from matchmaker.usecases.matches import Document, Matcher, algorithm_document
from matchmaker.visibility import Views

Mode = Literal["live", "away", "seeds", "saved"]


@dataclass(frozen=True, slots=True)
class Status:
    """How the service stands.

    ``live``: reads follow the database, writes are taken.  ``away``: the database was lost in
    mid-use; reads go on from the last snapshot.  ``saved``: it was away at the start; reads come
    from the snapshot saved last.  ``seeds``: there is no database; reads come straight from the
    seeds.  ``message`` tells people what to do, empty when live.  ``texts_waiting`` counts texts that
    are not embedded yet: they are compared by their words only.
    """

    mode: Mode
    message: str = ""
    texts_waiting: int = 0

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

    @property
    def records(self) -> Records:
        """Where records are kept."""
        ...

    def put(
        self, entity: Entity, actor: str, expected: Expected = "any", uuid: str | None = None
    ) -> Change | None:
        """Create or replace an entity."""
        ...

    def delete(
        self, entity_id: str, actor: str, expected: Expected = "any", uuid: str | None = None
    ) -> Change:
        """Delete an entity."""
        ...

    def merge(self, old_id: str, into_id: str, actor: str, uuid: str | None = None) -> list[Change]:
        """Merge an entity into another one."""
        ...

    def upload(
        self, entities: Iterable[Entity], actor: str, progress: Progress | None = None,
        uuid: str | None = None,
    ) -> LoadReport:  # fmt: skip
        """Create or replace many entities."""
        ...

    def log_page(self, after: Position, limit: int, until: int) -> LogPage:
        """Return changes of the log after a position."""
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
        self._views = Views()

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

    def seen_by(self, caller: Caller) -> Snapshot:
        """Return the current snapshot as a caller sees it; take it once per request.

        Notes
        -----
        Callers who see the same share one view, kept as long as the snapshot; the first of them
        waits for it, O(entities that may hold something hidden).
        """
        return self._views.of(self.snapshot, caller)

    @property
    def records(self) -> Records:
        """Where accounts, submissions and the like are kept.

        Raises
        ------
        StoreUnavailableError
            If the database is away.
        """
        return self._door().records

    def log_page(self, after: Position, limit: int) -> LogPage:
        """Return changes after a position, up to the state that readers see now."""
        return self._door().log_page(after, limit, self.snapshot.sequence)

    def now(self) -> str:
        """Return the time (ISO 8601, UTC, milliseconds) that is written into records."""
        return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")

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

    def changes(self, need_id: str, target_id: str, caller: Caller = PUBLIC) -> Document:
        """Return what would raise a pair, or make it eligible, were it written now by a caller."""
        return changes_document(self._matcher, need_id, target_id, self.day_of_writing, caller)

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

    def put(
        self, document: Mapping[str, Any], *, actor: str, expected: Expected = "any",
        uuid: str | None = None,
    ) -> Change | None:  # fmt: skip
        """Create or replace an entity from a JSON document.

        Parameters
        ----------
        document : mapping
            The entity as it shall be.
        actor : str
            Who does it.
        expected : int, None or "any"
            The version seen (None: there is nothing); ``"any"`` does not ask.
        uuid : str, optional
            Names this very write: a repeat under the same one returns what the first has done.

        Returns
        -------
        Change or None
            None if nothing differs.

        Raises
        ------
        InvalidDataError
            With every fault of the document.
        VersionConflictError
            If the entity is not as expected.
        ConflictError
            If the identifier belongs to another type, or was merged into another one.
        StoreUnavailableError
            If the database is away; nothing is changed.
        """
        entity = self._entity(document)  # first, for faults are told with the database away too
        return self._door().put(entity, actor, expected, uuid)

    def check(self, document: Mapping[str, Any], *, expected: Expected = "any") -> Entity:
        """Return the entity that a document would become, checked as :meth:`put` does.

        Nothing is written and no database is needed: the current snapshot tells what is there.

        Raises
        ------
        InvalidDataError, VersionConflictError, ConflictError
            As :meth:`put` does.
        """
        entity, snapshot = self._entity(document), self.snapshot
        before = snapshot.entities.get(entity.id)
        if before is None:
            check_not_merged(entity.id, snapshot.redirects.get(entity.id))
        check_expected(entity.id, expected, before, snapshot.version(entity.id))
        check_type(entity, before)
        ends = {link.end for link in self.schema.relationships_of(entity)}
        known = {end: snapshot.entities[end].type for end in ends if end in snapshot.entities}
        check_references(self.schema, entity, known | {entity.id: entity.type})
        return entity

    def delete(
        self, entity_id: str, *, actor: str, expected: Expected = "any", uuid: str | None = None
    ) -> Change:
        """Delete an entity that nothing refers to; parameters and errors as for :meth:`put`.

        Raises
        ------
        NotFoundError
            If there is none.
        """
        return self._door().delete(entity_id, actor, expected, uuid)

    def merge(
        self, old_id: str, into_id: str, *, actor: str, uuid: str | None = None
    ) -> list[Change]:
        """Merge a duplicate into the entity that stays; what referred to the old one now refers to it.

        Returns
        -------
        list of Change
            Those of what referred to it, and last the deletion of the old entity.

        Raises
        ------
        NotFoundError
            If one of them does not exist.
        ConflictError
            If they cannot be merged.
        InvalidDataError
            If what refers to the old one would no longer fit the schema.
        StoreUnavailableError
            If the database is away; nothing is changed.
        """
        return self._door().merge(old_id, into_id, actor, uuid)

    def upload(
        self, entities: Iterable[Entity], *, actor: str, progress: Progress | None = None,
        uuid: str | None = None,
    ) -> LoadReport:  # fmt: skip
        """Create or replace many entities, all of them or none; each identifier at most once.

        Parameters
        ----------
        entities : iterable of Entity
            Read once and in batches, so that they need not all be in memory.
        progress : callable, optional
            Told after each batch what is done, how far, and of how many.
        uuid : str, optional
            Names this very upload: a repeat under the same one returns what the first has done.

        Raises
        ------
        InvalidDataError
            If something does not fit the schema or refers to what does not exist.
        ConflictError
            If an identifier cannot be used, or others meanwhile change what is uploaded.
        StoreUnavailableError
            If the database is away; nothing is changed.

        Notes
        -----
        Texts are embedded afterwards: until then matches rest on all features but likeness of texts.
        """
        return self._door().upload(entities, actor, progress, uuid)

    def _entity(self, document: Mapping[str, Any]) -> Entity:
        entity, faults = entity_from_json(self.schema, document)
        if entity is None:
            raise InvalidDataError([Fault("", 0, column, text) for column, text in faults])
        return entity

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
