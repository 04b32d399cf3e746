"""What the local Neo4j keeps in its data folder: configuration, secrets, and who runs it."""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from matchmaker.errors import DatabaseStartError
from matchmaker.store.connection import Connection
from matchmaker.store.local.process import Identity

HEAP_MIB = 384
PAGE_CACHE_MIB = 64
USER = "neo4j"
DATABASE = "neo4j"

# One compiler (C1), the serial collector and two malloc arenas: on two cores the server starts in
# two thirds of the time, takes 100 MiB less and answers no slower (measured on 50,000 nodes).
JVM_FLAGS = (
    f"-Xmx{HEAP_MIB}m",
    "-Xms64m",
    "-XX:+UseSerialGC",
    "-XX:TieredStopAtLevel=1",
    "-XX:MaxDirectMemorySize=256m",
    "-XX:+ExitOnOutOfMemoryError",
    "-XX:-UsePerfData",
    "-Dfile.encoding=UTF-8",
    # What Neo4j's own launcher and its template of neo4j.conf add.
    "--sun-misc-unsafe-memory-access=allow",
    "--enable-native-access=ALL-UNNAMED",
    "--add-opens=java.base/java.nio=ALL-UNNAMED",
    "--add-opens=java.base/java.io=ALL-UNNAMED",
    "--add-opens=java.base/sun.nio.ch=ALL-UNNAMED",
    "-Dio.netty.tryReflectionSetAccessible=true",
    "-Dlog4j2.disable.jmx=true",
)


@dataclass(frozen=True, slots=True)
class Holder:
    """Who holds the lock: the process that started the database, and the database once it runs."""

    owner: Identity
    server: Identity | None = None


@dataclass(frozen=True, slots=True)
class Running:
    """A database that answers: how to reach it, where its browser is, which process it is."""

    connection: Connection
    browser_url: str | None
    server: Identity


class Files:
    """The places within a data folder, and what is written there.

    Parameters
    ----------
    data_dir : Path
        The data folder; everything below it is readable by its owner only.
    """

    def __init__(self, data_dir: Path) -> None:
        self.data_dir = data_dir.resolve()
        self.lock = self.data_dir / "neo4j.lock"
        self.connection = self.data_dir / "connection.json"
        self.credentials = self.data_dir / "credentials.json"
        self.logs = self.data_dir / "logs"
        self.console = self.logs / "console.log"
        self.database = self.data_dir / "neo4j"
        self.conf = self.database / "conf"
        self.temporary = self.database / "tmp"
        self.server_arguments = self.conf / "server.args"

    def prepare(self) -> None:
        """Make the folders; ours alone where we make them or where the folder is already ours."""
        ours = not self.data_dir.exists() or self.lock.exists() or not any(self.data_dir.iterdir())
        self.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        if ours:
            self.data_dir.chmod(0o700)
        for folder in (self.logs, self.database, self.conf, self.temporary):
            folder.mkdir(exist_ok=True, mode=0o700)

    def has_database(self) -> bool:
        """Tell whether a database was ever started here."""
        return (self.database / "data" / "databases" / "system").exists()

    def password(self) -> str:
        """Return the password kept here, making one up before the first start.

        Raises
        ------
        DatabaseStartError
            If a database exists whose password is lost.
        """
        kept = _read(self.credentials)
        if kept is not None and isinstance(kept.get("password"), str):
            return str(kept["password"])
        if self.has_database():
            raise DatabaseStartError(
                f"{self.database} holds a database, but its password is missing from "
                f"{self.credentials}. Put that file back, or move the data folder away to start "
                "anew from the seeds."
            )
        password = secrets.token_hex(24)
        write_private(self.credentials, {"user": USER, "password": password})
        return password

    def write_configuration(self, bolt_port: int, http_port: int | None) -> None:
        """Write ``neo4j.conf``.  Paths in it are relative, so that no character needs escaping."""
        lines = [
            "# Written at each start; changes made here are lost.",
            "server.default_listen_address=127.0.0.1",
            "server.default_advertised_address=127.0.0.1",
            f"server.bolt.listen_address=127.0.0.1:{bolt_port}",
            f"server.bolt.advertised_address=127.0.0.1:{bolt_port}",
            f"server.http.enabled={str(http_port is not None).lower()}",
            f"server.http.listen_address=127.0.0.1:{http_port or 0}",
            f"server.http.advertised_address=127.0.0.1:{http_port or 0}",
            "server.http.x_forward.enabled=false",
            "server.https.enabled=false",
            "server.directories.data=neo4j/data",
            "server.directories.run=neo4j/run",
            "server.directories.plugins=neo4j/plugins",
            "server.directories.import=neo4j/import",
            # Nobody is told that this server exists.
            "dbms.usage_report.enabled=false",
            "client.allow_telemetry=false",
            "server.fleet_discovery.enabled=false",
            "dbms.fleet_manager.enabled=false",
            # Bounded memory, threads and disk.
            f"server.memory.heap.max_size={HEAP_MIB}m",
            f"server.memory.pagecache.size={PAGE_CACHE_MIB}m",
            "server.memory.query_cache.per_db_cache_num_entries=200",
            # A client of a database that hangs gives up after ten seconds, not two minutes.
            "server.bolt.connection_keep_alive=5s",
            "server.bolt.connection_keep_alive_probes=2",
            "server.bolt.connection_keep_alive_streaming_scheduling_interval=5s",
            "server.bolt.thread_pool_min_size=2",
            "server.bolt.thread_pool_max_size=64",
            "db.tx_log.rotation.size=16m",
            "db.tx_log.rotation.retention_policy=1 days 64M",
            "db.tx_log.preallocate=false",
            # Queries carry personal values, which no log may hold.
            "db.logs.query.enabled=OFF",
            "dbms.security.allow_csv_import_from_file_urls=false",
            # Without these, Bolt waits ten idle seconds at each stop.
            "internal.dbms.bolt.netty_server_shutdown_quiet_period_duration=0s",
            "internal.dbms.bolt.netty_server_shutdown_timeout=2s",
        ]
        (self.conf / "neo4j.conf").write_text("\n".join([*lines, ""]), encoding="utf-8")

    def write_arguments(self, path: Path, jars: Sequence[Path], *words: str) -> None:
        """Write an argument file for ``java @path``: it keeps secrets out of the process list."""
        class_path = ":".join(map(str, jars))
        scratch = (f"-Djava.io.tmpdir={self.temporary}", f"-Djna.tmpdir={self.temporary}")
        everything = (*JVM_FLAGS, *scratch, "-cp", class_path, *words)
        _write_atomically(path, "".join(f"{_quoted(word)}\n" for word in everything))

    def write_holder(self, descriptor: int, holder: Holder) -> None:
        """Note in the (held) lock file who holds it."""
        content = {"owner": _pair(holder.owner)}
        if holder.server is not None:
            content["server"] = _pair(holder.server)
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, json.dumps(content).encode(), 0)

    def read_holder(self) -> Holder | None:
        """Return who holds the lock, as far as the file tells."""
        content = _read(self.lock) or {}
        owner = _identity(content.get("owner"))
        return None if owner is None else Holder(owner, _identity(content.get("server")))

    def write_running(self, running: Running) -> None:
        """Publish a database that answers."""
        connection = running.connection
        write_private(
            self.connection,
            {
                "uri": connection.uri,
                "user": connection.user,
                "password": connection.password,
                "database": connection.database,
                "browser": running.browser_url,
                "server": _pair(running.server),
            },
        )

    def read_running(self) -> Running | None:
        """Return the database last published, which may be gone by now."""
        content = _read(self.connection) or {}
        server = _identity(content.get("server"))
        uri, user, password = (content.get(key) for key in ("uri", "user", "password"))
        known = isinstance(uri, str) and isinstance(user, str) and isinstance(password, str)
        if not known or server is None:
            return None
        connection = Connection(str(uri), str(user), str(password), content.get("database"))
        return Running(connection, content.get("browser"), server)


def write_private(path: Path, content: dict[str, Any]) -> None:
    """Write JSON that only its owner may read, whole or not at all."""
    _write_atomically(path, json.dumps(content, indent=2) + "\n")


def _write_atomically(path: Path, text: str) -> None:
    beside = path.with_name(f"{path.name}.{os.getpid()}.new")
    beside.unlink(missing_ok=True)
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.replace(beside, path)
    finally:
        beside.unlink(missing_ok=True)


def _read(path: Path) -> dict[str, Any] | None:
    """Return a JSON object, None if there is none to be read."""
    try:
        content = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return None
    return content if isinstance(content, dict) else None


def _pair(identity: Identity) -> dict[str, int]:
    return {"pid": identity.pid, "started": identity.started}


def _identity(content: object) -> Identity | None:
    if not isinstance(content, dict):
        return None
    pid, started = content.get("pid"), content.get("started")
    return Identity(pid, started) if isinstance(pid, int) and isinstance(started, int) else None


def _quoted(word: str) -> str:
    r"""Quote one word for Java's argument files.

    Examples
    --------
    >>> _quoted("a b\\c")
    '"a b\\\\c"'
    """
    escaped = word.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
