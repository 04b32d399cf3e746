"""Settings: the only reader of the environment.

Every variable is listed in ``docs/settings.md``; a test keeps the two in step.
"""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import ip_network
from pathlib import Path
from urllib.parse import urlsplit

from matchmaker.errors import SettingsError
from matchmaker.schema import DEFAULT_FOLDER
from matchmaker.seeds import SEEDS_FOLDER

_ORIGIN = re.compile(r"https?://[A-Za-z0-9.\-\[\]:]+")
_MAIL_FROM = re.compile(r"[!-?A-~]+@[A-Za-z0-9.\-]+")
_ISSUER = re.compile(r"https://[^\s?#]+|http://(127\.0\.0\.1|localhost)(:\d+)?(/[^\s?#]*)?")


@dataclass(frozen=True, slots=True)
class Settings:
    """What the environment may set.

    ``neo4j_uri`` None means: start and own a local database.  ``no_database`` is the reason why no
    database is to be used, if any.
    ``model_file`` is a learned ranking model; None means the stated weights.
    ``public_url`` is the address under which people reach the service, empty for the one they used.
    ``smtp_url`` is the mail server, None for none; ``mail_from`` is the sender of messages.
    ``oidc_issuer`` names another provider that people may sign in with, empty for none.
    ``rate_limit`` and ``rate_limit_keyed`` are requests a minute for one address and one account; 0
    means no limit, which is the default of this class but not of the environment.
    ``trusted_proxies`` are addresses or networks of proxies whose ``X-Forwarded-For`` counts.
    ``cors_origins`` are the origins whose pages may use the API, ``*`` for all.
    ``embed_sites`` are the origins whose pages may show the service in a frame.
    ``publisher`` is who runs the service, as the catalogue of data sets names it.
    ``webhook_private`` lets webhooks go to this very machine: for tests and development.
    ``scan_command`` looks through documents that are added, empty for none.
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
    no_database: str = ""
    server_pid: int = 0
    model_file: Path | None = None
    public_url: str = ""
    smtp_url: str | None = field(default=None, repr=False)
    mail_from: str = ""
    oidc_issuer: str = ""
    oidc_client_id: str = ""
    oidc_client_secret: str = field(default="", repr=False)
    oidc_name: str = ""
    rate_limit: int = 0
    rate_limit_keyed: int = 0
    trusted_proxies: tuple[str, ...] = ()
    cors_origins: tuple[str, ...] = ("*",)
    embed_sites: tuple[str, ...] = ()
    publisher: str = "Partner–city matchmaking service"
    webhook_private: bool = False
    scan_command: tuple[str, ...] = ()

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

        def origin(name: str) -> str:
            text = env.get(name, "").rstrip("/")
            if text and not _ORIGIN.fullmatch(text):
                raise SettingsError(f"{name}: must be like https://host or http://host:port")
            return text

        def issuer(name: str) -> str:
            text = env.get(name, "")
            if text and not _ISSUER.fullmatch(text):
                raise SettingsError(
                    f"{name}: must be an https:// address (http:// on this machine only)"
                )
            if text and not env.get("MATCHMAKER_OIDC_CLIENT_ID"):
                raise SettingsError(f"{name}: needs MATCHMAKER_OIDC_CLIENT_ID beside it")
            return text

        mail_from = env.get("MATCHMAKER_MAIL_FROM", "")
        smtp_url = env.get("MATCHMAKER_SMTP_URL") or None
        if smtp_url is not None and not _is_mail_server(smtp_url):
            raise SettingsError(
                "MATCHMAKER_SMTP_URL: must be like smtp://user:password@host:587 or smtps://host:465"
            )
        if mail_from and not _MAIL_FROM.fullmatch(mail_from):
            raise SettingsError("MATCHMAKER_MAIL_FROM: must be one e-mail address")
        if smtp_url is not None and not mail_from:
            raise SettingsError("MATCHMAKER_SMTP_URL: needs MATCHMAKER_MAIL_FROM beside it")
        uri = env.get("NEO4J_URI") or None
        schemes = ("neo4j", "neo4j+s", "neo4j+ssc", "bolt", "bolt+s", "bolt+ssc")
        scheme, _, host = (uri or "").partition("://")
        if uri is not None and (scheme not in schemes or not host):
            raise SettingsError(f"NEO4J_URI: must start with one of {', '.join(schemes)} and ://")
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
            no_database=env.get("MATCHMAKER_NO_DATABASE", ""),
            model_file=file_of("MATCHMAKER_MODEL"),
            public_url=origin("MATCHMAKER_PUBLIC_URL"),
            smtp_url=smtp_url,
            mail_from=mail_from,
            oidc_issuer=issuer("MATCHMAKER_OIDC_ISSUER"),
            oidc_client_id=env.get("MATCHMAKER_OIDC_CLIENT_ID", ""),
            oidc_client_secret=env.get("MATCHMAKER_OIDC_CLIENT_SECRET", ""),
            oidc_name=env.get("MATCHMAKER_OIDC_NAME", ""),
            rate_limit=number("MATCHMAKER_RATE_LIMIT", 600, 0, 10**6, "requests a minute"),
            rate_limit_keyed=number(
                "MATCHMAKER_RATE_LIMIT_KEYED", 3000, 0, 10**6, "requests a minute"
            ),
            trusted_proxies=_networks(env.get("MATCHMAKER_TRUSTED_PROXIES", "")),
            cors_origins=_origins(env.get("MATCHMAKER_CORS_ORIGINS", "") or "*"),
            embed_sites=_sites(env.get("MATCHMAKER_EMBED_SITES", "")),
            publisher=env.get("MATCHMAKER_PUBLISHER") or usual.publisher,
            webhook_private=bool(number("MATCHMAKER_WEBHOOK_PRIVATE", 0, 0, 1, "0 or 1,")),
            scan_command=_command(
                "MATCHMAKER_SCAN_COMMAND", env.get("MATCHMAKER_SCAN_COMMAND", "")
            ),
            server_pid=number("MATCHMAKER_SERVER_PID", 0, 0, 1 << 22, "a process id"),
        )


def _command(name: str, text: str) -> tuple[str, ...]:
    """Read a command with its arguments, as a shell would part them."""
    try:
        return tuple(shlex.split(text))
    except ValueError as error:
        raise SettingsError(f"{name}: {str(error).lower()}") from None


def _networks(text: str) -> tuple[str, ...]:
    """Read addresses and networks, separated by commas."""
    found = tuple(part.strip() for part in text.split(",") if part.strip())
    for part in found:
        try:
            ip_network(part, strict=False)
        except ValueError:
            raise SettingsError(
                f"MATCHMAKER_TRUSTED_PROXIES: {part!r} is no address or network"
            ) from None
    return found


def _origins(text: str) -> tuple[str, ...]:
    """Read origins, separated by commas; ``none`` means that no other page may use the API."""
    if text == "none":
        return ()
    found = tuple(part.strip().rstrip("/") for part in text.split(",") if part.strip())
    for part in found:
        if part != "*" and not _ORIGIN.fullmatch(part):
            raise SettingsError(
                f"MATCHMAKER_CORS_ORIGINS: {part!r} is not *, none or like https://host"
            )
    return found


def _sites(text: str) -> tuple[str, ...]:
    """Read origins of sites, separated by commas or spaces; each is named in full."""
    found = tuple(part.rstrip("/") for part in text.replace(",", " ").split())
    for part in found:
        if not _ORIGIN.fullmatch(part):
            raise SettingsError(f"MATCHMAKER_EMBED_SITES: {part!r} is not like https://host")
    return found


def _is_mail_server(url: str) -> bool:
    """Tell whether an address names a mail server, and nothing that would be left unread."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return False
    rest = (parts.path.strip("/"), parts.query, parts.fragment)
    return (
        parts.scheme in ("smtp", "smtps") and bool(parts.hostname) and port != 0 and not any(rest)
    )
