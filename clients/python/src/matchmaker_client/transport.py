"""Requests to the service: credentials, repeating what may be repeated, problems, and a cache."""

from __future__ import annotations

import email.utils
import itertools
import json
import logging
import random
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import urlencode, urljoin, urlsplit

import requests
from requests.auth import AuthBase

from matchmaker_client.cache import Cache
from matchmaker_client.errors import BadAnswerError, UnreachableError, problem

VERSION: Final = "0.1.0"
PREFIX: Final = "/api/v1"
_MOST_MOVES: Final = 5
_MOVED: Final = frozenset({301, 302, 307, 308})
_PROXY_TROUBLE: Final = frozenset({502, 504})
_PIECE: Final = 1 << 16
_log = logging.getLogger("matchmaker_client")

Parameters = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Retry:
    """How often and when a request is tried again.

    Parameters
    ----------
    attempts : int
        How often in all; 1 never repeats.
    first : float
        Seconds before the first repeat; doubled each time, up to half of it taken off by chance.
    longest : float
        Most seconds to wait at a time.  A ``Retry-After`` beyond it is not waited for: the problem is
        raised at once and tells it.
    """

    attempts: int = 6
    first: float = 0.5
    longest: float = 60.0

    def pause(self, attempt: int) -> float:
        """Return how long to wait after an attempt."""
        usual = min(self.first * 2.0 ** min(attempt - 1, 30), self.longest)
        return usual * random.uniform(0.5, 1)  # noqa: S311  # spreads clients, hides nothing


@dataclass(frozen=True, slots=True)
class Call:
    """One request; ``repeatable`` says that to carry it out twice does no harm."""

    method: str
    path: str
    parameters: Parameters = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = None
    repeatable: bool = True
    patience: float = 0.0


class _Bearer(AuthBase):
    """Sends the key and nothing else: without it, requests would look for passwords in ~/.netrc."""

    def __init__(self, key: str | None) -> None:
        self._key = key

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        if self._key:
            request.headers["Authorization"] = f"Bearer {self._key}"
        return request


class Transport:
    """A connection to one service; for one thread at a time."""

    def __init__(
        self, base_url: str, key: str | None, language: str | None, timeout: float, retry: Retry,
        cache: Cache,
    ) -> None:  # fmt: skip
        parts = urlsplit(base_url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError("base_url must be like https://match.example")
        if "@" in parts.netloc or parts.query or parts.fragment:
            raise ValueError("base_url must hold neither credentials nor a query")
        self.base_url = base_url.rstrip("/")
        self.cache = cache
        self._timeout, self._retry = timeout, retry
        self._session = requests.Session()
        self._session.auth = _Bearer(key)
        self._session.headers["User-Agent"] = f"matchmaker-client/{VERSION}"
        if language:
            self._session.headers["Accept-Language"] = language
        self._warned: set[str] = set()

    def close(self) -> None:
        """Close the connections."""
        self._session.close()

    def get(self, path: str, parameters: Parameters | None = None, patience: float = 0.0) -> Any:
        """Return what a path answers, from the cache if the service says that nothing changed."""
        given = parameters or {}
        key = f"{path}?{urlencode(_pairs(given))}"
        held = self.cache.get(key)
        headers = {"If-None-Match": held.tag} if held else {}
        call = Call("GET", path, given, headers, patience=patience)
        response = self.send(call)
        if response.status_code == HTTPStatus.NOT_MODIFIED and held:
            self.cache.hits += 1
            return _parsed(held.body)
        document = _parsed(response.content)
        tag = response.headers.get("ETag")
        if tag and "no-store" not in response.headers.get("Cache-Control", ""):
            self.cache.put(key, tag, response.content)
        return document

    def write(
        self, method: str, path: str, document: object = None, *,
        parameters: Parameters | None = None, headers: Mapping[str, str] | None = None,
        media: str = "application/json", repeatable: bool = True,
    ) -> Any:  # fmt: skip
        """Send a document and return what is answered; None if that is nothing."""
        sent = dict(headers or {})
        body = None
        if document is not None:
            body = document if isinstance(document, bytes) else json.dumps(document).encode()
            sent["Content-Type"] = media
        call = Call(method, path, parameters or {}, sent, body, repeatable)
        response = self.send(call)
        return _parsed(response.content) if response.content else None

    def lines(self, path: str) -> Iterator[Any]:
        """Yield the JSON documents that a path answers line by line, as they come.

        Raises
        ------
        UnreachableError
            If the connection breaks on the way; what came so far is not the whole.
        """
        come = 0
        with self.send(Call("GET", path), stream=True) as response:
            try:
                for line in response.iter_lines(_PIECE):
                    yield _parsed(line)
                    come += 1
            except requests.RequestException as error:
                raise UnreachableError(f"The answer broke off: {error}") from error
            except BadAnswerError as error:
                if not come:
                    raise
                raise UnreachableError("The answer broke off within a line.") from error

    def send(self, call: Call, *, stream: bool = False) -> requests.Response:
        """Return the good answer to a call, repeated where that does no harm.

        Raises
        ------
        ProblemError
            If the service refuses it.
        UnreachableError
            If no answer came.
        BadAnswerError
            If it leads to another service.
        """
        repeated = False
        for attempt in itertools.count(1):
            last = attempt >= self._retry.attempts
            try:
                response = self._follow(call, stream)
            except requests.RequestException as error:
                if last or not call.repeatable or not _may_pass(error):
                    done = call.method != "GET"
                    raise UnreachableError(f"{call.method} {call.path}: {error}",
                                           maybe_done=done) from error  # fmt: skip
                repeated = True
                time.sleep(self._retry.pause(attempt))
                continue
            if response.status_code < HTTPStatus.BAD_REQUEST:
                return response
            members = _members(response)
            wished = _seconds(response.headers.get("Retry-After"))
            pause = self._retry.pause(attempt) if wished is None else wished
            if last or pause > self._retry.longest or not _passes(call, response, members):
                raise problem(
                    response.status_code, members or {"title": response.reason},
                    retry_after=wished, repeated=repeated,
                )  # fmt: skip
            time.sleep(pause)
        raise AssertionError  # the loop ends by itself only

    def _follow(self, call: Call, stream: bool) -> requests.Response:
        """Send a call once, and go after an entity that was merged; never to another service."""
        url, parameters = f"{self.base_url}{PREFIX}{call.path}", _pairs(call.parameters)
        for _ in range(_MOST_MOVES):
            response = self._session.request(
                call.method, url, params=parameters, data=call.body, headers=dict(call.headers),
                timeout=self._timeout + call.patience, allow_redirects=False, stream=stream,
            )  # fmt: skip
            self._warn(call, response)
            if stream and response.status_code >= HTTPStatus.MULTIPLE_CHOICES:
                _ = response.content
            if response.status_code not in _MOVED:
                return response
            target = urljoin(url, response.headers.get("Location", ""))
            if call.method != "GET" or _origin(target) != _origin(self.base_url):
                raise BadAnswerError(f"{call.method} {call.path} is sent elsewhere, to {target}")
            url, parameters = target, []
        raise BadAnswerError(f"{call.method} {call.path} is sent round in a circle")

    def _warn(self, call: Call, response: requests.Response) -> None:
        """Log once that what is used will go away (RFC 9745, RFC 8594)."""
        since, until = response.headers.get("Deprecation"), response.headers.get("Sunset")
        kind = f"{call.method} {call.path.split('/')[1]}"
        if (since or until) and kind not in self._warned:
            self._warned.add(kind)
            _log.warning("%s %s is deprecated; it goes away on %s", call.method, call.path,
                         until or "a day not yet named")  # fmt: skip


def _pairs(parameters: Parameters) -> list[tuple[str, str]]:
    """Return parameters as they are sent: several values repeat the name, None leaves it out."""
    found = []
    for name, value in parameters.items():
        many = isinstance(value, (list, tuple, set, frozenset))
        values: Any = value if many else [value]
        found += [(name, _text(one)) for one in values if one is not None]
    return found


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _origin(url: str) -> tuple[str, str | None, int | None]:
    parts = urlsplit(url)
    usual = {"http": 80, "https": 443}.get(parts.scheme)
    return parts.scheme, parts.hostname, parts.port or usual


def _may_pass(error: requests.RequestException) -> bool:
    """Tell whether what went wrong on the way may go well the next time."""
    passing = (
        requests.ConnectionError,
        requests.Timeout,
        requests.exceptions.ChunkedEncodingError,
        requests.exceptions.ContentDecodingError,
    )
    lasting = (requests.exceptions.SSLError, requests.exceptions.InvalidProxyURL)
    return isinstance(error, passing) and not isinstance(error, lasting)


def _passes(call: Call, response: requests.Response, members: Mapping[str, Any]) -> bool:
    """Tell whether the service refuses only for the moment, and may be asked again."""
    status = response.status_code
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return True  # refused before anything was done
    if status == HTTPStatus.CONFLICT:
        return str(members.get("type", "")).endswith("/request-under-way")
    away = status == HTTPStatus.SERVICE_UNAVAILABLE
    return call.repeatable and (away or (status in _PROXY_TROUBLE and not members))


def _members(response: requests.Response) -> dict[str, Any]:
    if response.headers.get("Content-Type", "").startswith("application/problem+json"):
        try:
            found = response.json()
        except ValueError:
            return {}
        return found if isinstance(found, dict) else {}
    return {}


def _seconds(header: str | None) -> float | None:
    """Return the seconds that ``Retry-After`` asks to wait, however it says it."""
    if not header:
        return None
    if header.strip().isdigit():
        return float(header)
    try:
        when = email.utils.parsedate_to_datetime(header)
    except ValueError:
        return None
    return max(0.0, when.timestamp() - time.time())


def _parsed(body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError as error:
        raise BadAnswerError(f"This is not JSON: {body[:80]!r}") from error
