"""The client: one object for one service and one key."""

from __future__ import annotations

from collections.abc import Iterator
from types import TracebackType
from typing import Any, Self

from matchmaker_client.cache import Cache
from matchmaker_client.collections import Matches, once, segment
from matchmaker_client.resources import Submissions, Uploads, Webhooks
from matchmaker_client.transport import Retry, Transport
from matchmaker_client.types.collections import Collections
from matchmaker_client.types.common import GraphSchema, Relationship, SnapshotState
from matchmaker_client.types.feed import FeedPage
from matchmaker_client.types.graph import Node, SearchResult
from matchmaker_client.types.matches import Algorithm, Exposure
from matchmaker_client.types.writing import Claim, Report


class Client(Collections):
    """One service as one account sees it; for one thread at a time.

    Parameters
    ----------
    base_url : str
        Address of the service, such as ``https://match.example``.
    key : str, optional
        API key; without it what is public.
    language : str, optional
        Languages wished for, as in ``Accept-Language``, such as ``th``.
    timeout : float
        Seconds without a byte after which a request is given up (and, where it may be, repeated).
    retry : Retry, optional
        How often and when a request is tried again.
    cache_bytes : int
        Most bytes of answers to keep, so that what has not changed is not sent again; 0 for none.

    Attributes
    ----------
    needs, cities, partners, offers, projects, ... : Collection
        One for each type, as listed by ``/api/v1``.
    matches, submissions, uploads, webhooks
        Everything else by its subject.
    """

    def __init__(
        self, base_url: str, key: str | None = None, language: str | None = None,
        timeout: float = 30.0, *, retry: Retry | None = None, cache_bytes: int = 16 << 20,
    ) -> None:  # fmt: skip
        transport = Transport(
            base_url, key, language, timeout, retry or Retry(), Cache(cache_bytes)
        )
        super().__init__(transport)
        self._transport = transport
        self.base_url = transport.base_url
        self.matches = Matches(transport)
        self.submissions = Submissions(transport)
        self.uploads = Uploads(transport)
        self.webhooks = Webhooks(transport)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:  # fmt: skip
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._transport.close()

    @property
    def cache_hits(self) -> int:
        """How often the service said that what is held still holds."""
        return self._transport.cache.hits

    def search(self, q: str, *, limit: int = 20) -> SearchResult:
        """Return entities of all types whose texts hold some words."""
        found: SearchResult = self._transport.get("/search", {"q": q, "limit": limit})
        return found

    def node(self, id: str) -> Node:
        """Return any entity by its identifier."""
        found: Node = self._transport.get(f"/nodes/{segment(id)}")
        return found

    def relationship(self, start: str, type: str, end: str) -> Relationship:
        """Return the relationship that joins two entities."""
        path = f"/relationships/{segment(start)}/{segment(type)}/{segment(end)}"
        found: Relationship = self._transport.get(path)
        return found

    def snapshot(self) -> SnapshotState:
        """Return which state of the data is served."""
        found: SnapshotState = self._transport.get("/snapshot")
        return found

    def schema(self) -> GraphSchema:
        """Return entity types, relationship types and vocabularies."""
        found: GraphSchema = self._transport.get("/schema")
        return found

    def algorithm(self) -> Algorithm:
        """Return how matches are scored."""
        found: Algorithm = self._transport.get("/algorithm")
        return found

    def exposure(self, *, limit: int = 10, diversity: float = 0) -> Exposure:
        """Return how the first matches of all open needs spread."""
        asked = {"limit": limit, "diversity": diversity or None}
        found: Exposure = self._transport.get("/exposure", asked)
        return found

    def changes(
        self, since: str, *, limit: int = 200, wait: int = 0, log: str | None = None
    ) -> FeedPage:
        """Return what changed after a position; with ``wait`` seconds also what is about to.

        Raises
        ------
        PositionGoneError
            If the position cannot be gone on from, or is not of the ``log`` that is named.

        Notes
        -----
        :class:`Mirror` does all that is needed to keep a copy.
        """
        asked = {"since": since, "limit": limit, "wait": wait or None, "log": log}
        found: FeedPage = self._transport.get("/changes", asked, patience=wait)
        return found

    def dump(self) -> Iterator[dict[str, Any]]:
        """Return the lines of a dump as they come: the state, the entities, and the end.

        Raises
        ------
        UnreachableError
            While it is used, if the connection breaks.
        """
        return self._transport.lines("/dump")

    def claim(self, partner: str, note: str, *, idempotency_key: str | None = None) -> Claim:
        """Claim the profile of a partner."""
        made: Claim = self._transport.write(
            "POST", f"/partners/{segment(partner)}:claim", {"note": note},
            headers=once(idempotency_key),
        )  # fmt: skip
        return made

    def report(
        self, entity: str, message: str, *, property: str | None = None,
        idempotency_key: str | None = None,
    ) -> Report:  # fmt: skip
        """Report an error in a published fact."""
        sent = {"entity": entity, "message": message}
        if property is not None:
            sent["property"] = property
        made: Report = self._transport.write(
            "POST", "/reports", sent, headers=once(idempotency_key)
        )
        return made
