"""The Java archives of the local Neo4j: which they are, and how they come to this machine.

``jars.csv`` pins every archive by size and SHA-256.  jgo worked the list out (run this module
to do it again for another version) and still carries the bytes; walking Maven's 350 project files
on every new machine took 70 seconds before the first archive came, and trusts whatever arrives.
Neo4j Community is GPLv3: the user's machine fetches it from Maven Central; nothing here carries it.
"""

from __future__ import annotations

import csv
import fcntl
import hashlib
import os
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from jgo.constants import MAVEN_CENTRAL_URL
from jgo.maven import MavenContext, PythonResolver
from requests import RequestException, Session
from requests.adapters import HTTPAdapter

from matchmaker.errors import DatabaseStartError

VERSION = "2026.08.1"
BROWSER = "org.neo4j.client:neo4j-browser:5.24.0"  # the newest that Maven Central has; GPLv3
LIST = Path(__file__).with_suffix(".csv")

_AT_ONCE = 8
_ATTEMPTS = 3
_CHUNK = 1 << 16
_TIMEOUT = (10, 60)

Announce = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Jar:
    """One pinned archive: Maven coordinate (``group:artifact:version[:classifier]``), size, digest.

    Examples
    --------
    >>> jar = Jar("org.neo4j:neo4j-io:1.0:tests", 10, "ab")
    >>> jar.filename, jar.path
    ('neo4j-io-1.0-tests.jar', 'org/neo4j/neo4j-io/1.0/neo4j-io-1.0-tests.jar')
    """

    coordinate: str
    size: int
    sha256: str

    @property
    def filename(self) -> str:
        """The file's own name."""
        return "-".join(self.coordinate.split(":")[1:]) + ".jar"

    @property
    def path(self) -> str:
        """Where the file stands in a Maven repository."""
        group, artifact, version = self.coordinate.split(":")[:3]
        return f"{group.replace('.', '/')}/{artifact}/{version}/{self.filename}"


def pinned_jars(*, browser: bool = False) -> tuple[Jar, ...]:
    """Return the archives of Neo4j Community ``VERSION``, in the order of the class path.

    Parameters
    ----------
    browser : bool
        Add Neo4j's own pages, 15 MB that only people need.

    Examples
    --------
    >>> len(pinned_jars()), len(pinned_jars(browser=True))
    (237, 238)
    """
    with LIST.open(encoding="utf-8", newline="") as lines:
        jars = [
            Jar(row["coordinate"], int(row["bytes"]), row["sha256"])
            for row in csv.DictReader(lines)
        ]
    return tuple(jar for jar in jars if browser or jar.coordinate != BROWSER)


def ensure_jars(
    cache_dir: Path, *, announce: Announce, browser: bool = False, repository: str | None = None
) -> list[Path]:
    """Return the paths of all archives, fetching those that are missing.

    Parameters
    ----------
    cache_dir : Path
        Where archives are kept; several data folders and processes may share it.
    announce : callable
        Told, in one line each, what is fetched, how large it is and how far it has come.
    browser : bool
        Whether Neo4j's own pages are wanted.
    repository : str, optional
        A Maven repository to use in place of Maven Central.

    Returns
    -------
    list of Path
        One path for each pinned archive.

    Raises
    ------
    DatabaseStartError
        If an archive cannot be had or is not the one pinned.

    Notes
    -----
    Each file is written beside its place and moved there once its digest is right, so a name that
    ends in ``.jar`` is complete even after a kill.  Later calls compare sizes only: a few ms.
    """
    folder = cache_dir / f"neo4j-{VERSION}"
    jars = pinned_jars(browser=browser)
    if _missing(folder, jars):
        try:
            folder.mkdir(parents=True, exist_ok=True)
            with _one_at_a_time(folder / "fetch.lock", announce):
                missing = _missing(folder, jars)
                if missing:
                    _fetch_all(missing, folder, announce, repository)
        except OSError as error:
            reason = error.strerror or error
            raise DatabaseStartError(
                f"The Java archives of Neo4j could not be stored in {folder}: {reason}."
            ) from error
    return [folder / jar.filename for jar in jars]


def _missing(folder: Path, jars: tuple[Jar, ...]) -> list[Jar]:
    """Return the archives whose file is absent or has another size."""

    def size(jar: Jar) -> int:
        try:
            return (folder / jar.filename).stat().st_size
        except OSError:
            return -1

    return [jar for jar in jars if size(jar) != jar.size]


@contextmanager
def _one_at_a_time(path: Path, announce: Announce) -> Iterator[None]:
    """Hold an exclusive lock, so that two first starts do not fetch everything twice."""
    with path.open("wb") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            announce("Another process is fetching Neo4j; waiting for it.")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _fetch_all(jars: list[Jar], folder: Path, announce: Announce, repository: str | None) -> None:
    """Fetch ``jars`` side by side, the largest first; stop at the first that cannot be had."""
    base = (repository or MAVEN_CENTRAL_URL).rstrip("/")
    progress = _Progress(jars, announce)
    given_up = threading.Event()

    with (
        Session() as session,
        ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="fetch") as workers,
    ):
        session.mount("https://", HTTPAdapter(pool_maxsize=_AT_ONCE))

        def fetch(jar: Jar) -> None:
            if not given_up.is_set():
                _fetch(session, jar, f"{base}/{jar.path}", folder, progress.add)

        try:
            list(workers.map(fetch, sorted(jars, key=lambda jar: -jar.size)))
        except BaseException:  # an interrupt too: what is queued must not be waited for
            given_up.set()
            raise


def _fetch(
    session: Session, jar: Jar, url: str, folder: Path, received: Callable[[int], None]
) -> None:
    """Fetch one archive, trying again where the network falters."""
    part = folder / f"{jar.filename}.part"
    reason = ""
    for attempt in range(_ATTEMPTS):
        time.sleep(attempt)
        try:
            digest = _stream(session, url, part, received)
        except RequestException as error:
            reason = type(error).__name__
        else:
            if digest == jar.sha256:
                os.replace(part, folder / jar.filename)
                return
            reason = "what arrived is not the archive that is pinned"
        received(-part.stat().st_size if part.exists() else 0)
        part.unlink(missing_ok=True)
    raise DatabaseStartError(
        f"Neo4j could not be fetched: {jar.filename}: {reason}. Check the network (the archives "
        "come from Maven Central), or set NEO4J_URI to a server of your own."
    )


def _stream(session: Session, url: str, part: Path, received: Callable[[int], None]) -> str:
    """Write what ``url`` answers to ``part`` and return its SHA-256."""
    digest = hashlib.sha256()
    with session.get(url, stream=True, timeout=_TIMEOUT) as response, part.open("wb", 0) as file:
        response.raise_for_status()
        for chunk in response.iter_content(_CHUNK):
            file.write(chunk)
            digest.update(chunk)
            received(len(chunk))
    return digest.hexdigest()


class _Progress:
    """Says how far the fetching has come, at each tenth."""

    def __init__(self, jars: list[Jar], announce: Announce) -> None:
        self._total = sum(jar.size for jar in jars)
        self._announce = announce
        self._done = 0
        self._said = 0
        self._lock = threading.Lock()
        count = f"{len(jars)} file{'s' if len(jars) != 1 else ''}"
        announce(
            f"Fetching Neo4j Community {VERSION} (GPLv3): {count}, "
            f"{self._total / 1e6:.0f} MB; this happens once."
        )

    def add(self, count: int) -> None:
        """Count bytes received (or, when an attempt failed, taken back)."""
        with self._lock:
            self._done += count
            tenth = 10 * self._done // self._total
            if tenth > self._said:
                self._said = tenth
                self._announce(f"  {self._done / 1e6:.0f} of {self._total / 1e6:.0f} MB")


def resolve_jars(version: str, work_dir: Path) -> Iterator[Jar]:
    """Ask Maven which archives ``version`` consists of, and pin each.

    For whoever moves the service to another Neo4j, not for the service itself.

    Parameters
    ----------
    version : str
        A version of ``org.neo4j:neo4j``.
    work_dir : Path
        A folder for Maven's project files and the archives.
    """
    context = MavenContext(resolver=PythonResolver(), repo_cache=work_dir)
    inputs, others = context.resolver.resolve(
        [context.create_dependency(name) for name in (f"org.neo4j:neo4j:{version}", BROWSER)]
    )
    wanted = {
        (a.groupId, a.artifactId, a.version, a.classifier): a
        for a in (d.artifact for d in (*inputs, *others) if d.scope in (None, "compile", "runtime"))
    }
    for key in sorted(wanted):
        content = wanted[key].resolve().read_bytes()
        coordinate = ":".join(part for part in key if part)
        yield Jar(coordinate, len(content), hashlib.sha256(content).hexdigest())


def main(version: str) -> None:
    """Write the list for ``version`` to standard output, to be saved as ``jars.csv``."""
    write = csv.writer(sys.stdout, lineterminator="\n").writerow
    write(("coordinate", "bytes", "sha256"))
    with tempfile.TemporaryDirectory() as work_dir:
        for jar in resolve_jars(version, Path(work_dir)):
            write((jar.coordinate, jar.size, jar.sha256))


if __name__ == "__main__":
    main(sys.argv[1])
