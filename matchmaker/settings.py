"""Settings: the only reader of the environment.

Every variable is listed in ``docs/settings.md``; a test keeps the two in step.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from matchmaker.errors import SettingsError
from matchmaker.schema import DEFAULT_FOLDER
from matchmaker.seeds import SEEDS_FOLDER


@dataclass(frozen=True, slots=True)
class Settings:
    """What the environment may set.

    ``neo4j_uri`` None means: start and own a local database.  ``write_token`` None means: the web
    service takes no writes.  ``no_database`` is the reason why no database is to be used, if any.
    ``model_file`` is a learned ranking model; None means the stated weights.
    ``server_pid`` is set by ``matchmaker serve`` for its workers, which end with it.
    """

    neo4j_uri: str | None = None
    neo4j_user: str = "neo4j"
    neo4j_password: str = field(default="", repr=False)
    neo4j_database: str | None = None
    data_dir: Path = Path("data")
    cache_dir: Path = Path.home() / ".cache" / "matchmaker"
    seeds_dir: Path = SEEDS_FOLDER
    schema_dir: Path = DEFAULT_FOLDER
    host: str = "127.0.0.1"
    port: int = 8000
    workers: int = 1
    write_token: str | None = field(default=None, repr=False)
    no_database: str = ""
    server_pid: int = 0
    model_file: Path | None = None

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] | None = None) -> Settings:
        """Read the settings.

        Raises
        ------
        SettingsError
            If a value cannot be used; the message names the variable.

        Examples
        --------
        >>> Settings.from_environment({"MATCHMAKER_PORT": "8080"}).port
        8080
        >>> Settings.from_environment({"MATCHMAKER_PORT": "no"})
        Traceback (most recent call last):
        matchmaker.errors.SettingsError: MATCHMAKER_PORT: 'no' is not a port from 0 to 65535
        """
        env = os.environ if environment is None else environment
        usual = cls()

        def number(name: str, default: int, low: int, high: int, what: str) -> int:
            text = env.get(name, "")
            if not text:
                return default
            digits = text.isascii() and text.isdigit() and len(text) <= 9
            if not digits or not low <= int(text) <= high:
                raise SettingsError(f"{name}: {text!r} is not {what} from {low} to {high}")
            return int(text)

        def folder(name: str, default: Path) -> Path:
            return Path(env[name]).expanduser().absolute() if env.get(name) else default.absolute()

        def file_of(name: str) -> Path | None:
            return Path(env[name]).expanduser().absolute() if env.get(name) else None

        uri = env.get("NEO4J_URI") or None
        schemes = ("neo4j", "neo4j+s", "neo4j+ssc", "bolt", "bolt+s", "bolt+ssc")
        scheme, _, host = (uri or "").partition("://")
        if uri is not None and (scheme not in schemes or not host):
            raise SettingsError(f"NEO4J_URI: must start with one of {', '.join(schemes)} and ://")
        token = env.get("MATCHMAKER_WRITE_TOKEN") or None
        if token is not None and len(token) < 16:
            raise SettingsError("MATCHMAKER_WRITE_TOKEN: must have at least 16 characters")
        return cls(
            neo4j_uri=uri,
            neo4j_user=env.get("NEO4J_USER") or "neo4j",
            neo4j_password=env.get("NEO4J_PASSWORD", ""),
            neo4j_database=env.get("NEO4J_DATABASE") or None,
            data_dir=folder("MATCHMAKER_DATA", usual.data_dir),
            cache_dir=folder("MATCHMAKER_CACHE", usual.cache_dir),
            seeds_dir=folder("MATCHMAKER_SEEDS", usual.seeds_dir),
            schema_dir=folder("MATCHMAKER_SCHEMA", usual.schema_dir),
            host=env.get("MATCHMAKER_HOST") or "127.0.0.1",
            port=number("MATCHMAKER_PORT", 8000, 0, 65535, "a port"),
            workers=number("MATCHMAKER_WORKERS", 1, 1, 64, "a number of workers"),
            write_token=token,
            no_database=env.get("MATCHMAKER_NO_DATABASE", ""),
            model_file=file_of("MATCHMAKER_MODEL"),
            server_pid=number("MATCHMAKER_SERVER_PID", 0, 0, 1 << 22, "a process id"),
        )
