"""The collections of the service: what is found, read and written in each alike."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Generic, TypeVar, overload
from urllib.parse import quote
from uuid import uuid4

from matchmaker_client.transport import Transport
from matchmaker_client.types.matches import (
    CityMatches,
    NeedMatches,
    OfferMatches,
    Pair,
    PairChanges,
    PartnerMatches,
    UnsavedNeed,
    UnsavedOffer,
)
from matchmaker_client.types.writing import Merged, Written

Listed = TypeVar("Listed")
Detail = TypeVar("Detail")
Part = TypeVar("Part")
Filters = TypeVar("Filters", bound=Mapping[str, Any])
Input = TypeVar("Input")
Patch = TypeVar("Patch")

LARGEST_PAGE = 200
MERGE_PATCH = "application/merge-patch+json"


def segment(text: str) -> str:
    """Return an identifier as a part of an address."""
    return quote(text, safe="")


def pages(transport: Transport, path: str, parameters: Mapping[str, Any]) -> Iterator[Any]:
    """Yield the items of a list, page after page as they are asked for."""
    cursor: str | None = None
    while True:
        page = transport.get(path, {**parameters, "cursor": cursor})
        yield from page["items"]
        cursor = page["next"]
        if cursor is None:
            return


class Collection(Generic[Listed, Detail, Part, Filters]):
    """Entities of one type, read."""

    def __init__(self, transport: Transport, plural: str) -> None:
        self._transport, self._plural = transport, plural

    @overload
    def find(
        self, filters: Filters | None = None, *, q: str | None = None, sort: str | None = None,
        fields: None = None, page_size: int = LARGEST_PAGE,
    ) -> Iterator[Listed]: ...  # fmt: skip

    @overload
    def find(
        self, filters: Filters | None = None, *, q: str | None = None, sort: str | None = None,
        fields: Sequence[str], page_size: int = LARGEST_PAGE,
    ) -> Iterator[Part]: ...  # fmt: skip

    def find(
        self, filters: Filters | None = None, *, q: str | None = None, sort: str | None = None,
        fields: Sequence[str] | None = None, page_size: int = LARGEST_PAGE,
    ) -> Iterator[Listed] | Iterator[Part]:  # fmt: skip
        """Return all entities that pass, asked for page by page while the iterator is used.

        Parameters
        ----------
        filters : mapping, optional
            Values by property; several of one are alternatives, several properties must all fit.
        q : str, optional
            Words that must occur.
        sort : str, optional
            Names with commas between, ``-`` for the largest first; by identifier without it.
        fields : sequence of str, optional
            What is wanted of each entity; all without it.
        page_size : int
            How many are asked for at a time, up to 200.
        """
        asked = dict(filters or {}) | {
            "q": q, "sort": sort, "fields": ",".join(fields) if fields else None,
            "limit": page_size,
        }  # fmt: skip
        return pages(self._transport, f"/{self._plural}", asked)

    def count(self, filters: Filters | None = None, *, q: str | None = None) -> int:
        """Return how many entities pass."""
        asked = dict(filters or {}) | {"q": q, "limit": 1, "fields": "id"}
        return int(self._transport.get(f"/{self._plural}", asked)["total"])

    @overload
    def get(self, id: str, *, fields: None = None) -> Detail: ...

    @overload
    def get(self, id: str, *, fields: Sequence[str]) -> Part: ...

    def get(self, id: str, *, fields: Sequence[str] | None = None) -> Detail | Part:
        """Return one entity; of one that was merged, what it was merged into.

        Raises
        ------
        NotFoundError
            If there is none.
        """
        asked = {"fields": ",".join(fields) if fields else None}
        found: Detail | Part = self._transport.get(self._path(id), asked)
        return found

    def _path(self, id: str, action: str = "") -> str:
        return f"/{self._plural}/{segment(id)}{action}"


class Editable(
    Collection[Listed, Detail, Part, Filters],
    Generic[Listed, Detail, Part, Filters, Input, Patch],
):
    """Entities of one type, read and written.

    All writes take ``dry_run``: everything is checked and nothing is written.  Those with
    ``if_version`` write only if that is still the ``version`` of the entity, so that nobody's change
    is lost unseen; else :class:`PreconditionFailedError`.
    """

    def put(
        self, id: str, document: Input | Listed | Detail, *, if_version: int | None = None,
        create_only: bool = False, dry_run: bool = False,
    ) -> Written:  # fmt: skip
        """Create or replace an entity; what was read may be changed and sent as it is."""
        headers = {"If-None-Match": "*"} if create_only else _condition(if_version)
        return self._write("PUT", self._path(id), document, headers, dry_run)

    def patch(
        self, id: str, changes: Patch, *, if_version: int | None = None, dry_run: bool = False
    ) -> Written:
        """Change some properties of an entity; None takes one away."""
        headers = _condition(if_version)
        return self._write("PATCH", self._path(id), changes, headers, dry_run, MERGE_PATCH)

    def delete(self, id: str, *, if_version: int | None = None, dry_run: bool = False) -> Written:
        """Delete an entity that nothing refers to."""
        return self._write("DELETE", self._path(id), None, _condition(if_version), dry_run)

    def merge(
        self, id: str, into: str, *, idempotency_key: str | None = None, dry_run: bool = False
    ) -> Merged:
        """Merge a duplicate into the entity that stays; its identifier leads there for ever."""
        done: Merged = self._transport.write(
            "POST", self._path(id, ":merge"), {"into": into}, parameters=_checks(dry_run),
            headers=once(idempotency_key),
        )  # fmt: skip
        return done

    def _write(
        self, method: str, path: str, document: object, headers: Mapping[str, str], dry_run: bool,
        media: str = "application/json",
    ) -> Written:  # fmt: skip
        done: Written = self._transport.write(
            method, path, document, parameters=_checks(dry_run), headers=headers, media=media
        )
        return done


class Contributed(Editable[Listed, Detail, Part, Filters, Input, Patch]):
    """What others contribute: needs, offers, partners and projects.

    A write to what is not one's own waits for review: ``outcome`` is then ``queued``, and
    ``submission`` names what :class:`Submissions` tells more of.
    """

    def post(
        self, document: Input, *, idempotency_key: str | None = None, dry_run: bool = False
    ) -> Written:
        """Create an entity; without ``id`` it gets one.

        Parameters
        ----------
        idempotency_key : str, optional
            The same for the same wish, so that it is carried out once even if this program is
            started anew in between; a new one without it.
        """
        path, headers = f"/{self._plural}", once(idempotency_key)
        return self._write("POST", path, document, headers, dry_run)

    def withdraw(
        self, id: str, *, if_version: int | None = None, idempotency_key: str | None = None,
        dry_run: bool = False,
    ) -> Written:  # fmt: skip
        """Withdraw an entity."""
        headers = {**_condition(if_version), **once(idempotency_key)}
        return self._write("POST", self._path(id, ":withdraw"), None, headers, dry_run)


def once(key: str | None) -> dict[str, str]:
    """Return the header that has a request carried out once, however often it is sent."""
    return {"Idempotency-Key": key or str(uuid4())}


def _condition(version: int | None) -> dict[str, str]:
    return {} if version is None else {"If-Match": f'"{version}"'}


def _checks(dry_run: bool) -> dict[str, str]:
    return {"validate": "only"} if dry_run else {}


class Matches:
    """Matches, best first and explained."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def of_need(self, id: str, *, limit: int = 20, diversity: float = 0) -> NeedMatches:
        """Return offers and partners for a need; ``diversity`` from 0 to 1 bounds repetition."""
        asked = {"limit": limit, "diversity": diversity or None}
        found: NeedMatches = self._transport.get(f"/needs/{segment(id)}/matches", asked)
        return found

    def of_city(self, id: str, *, limit: int = 20) -> CityMatches:
        """Return the best matches over all needs of a city."""
        found: CityMatches = self._of("cities", id, limit)
        return found

    def of_offer(self, id: str, *, limit: int = 20) -> OfferMatches:
        """Return the needs that an offer would serve."""
        found: OfferMatches = self._of("offers", id, limit)
        return found

    def of_partner(self, id: str, *, limit: int = 20) -> PartnerMatches:
        """Return the needs that a partner could serve."""
        found: PartnerMatches = self._of("partners", id, limit)
        return found

    def _of(self, plural: str, id: str, limit: int) -> Any:
        return self._transport.get(f"/{plural}/{segment(id)}/matches", {"limit": limit})

    def pair(self, need: str, target: str) -> Pair:
        """Return the full explanation of a need with an offer, or a partner that has none."""
        found: Pair = self._transport.get(f"/matches/{segment(need)}/{segment(target)}")
        return found

    def pair_changes(self, need: str, target: str) -> PairChanges:
        """Return what would raise a pair or make it eligible, each change computed."""
        path = f"/matches/{segment(need)}/{segment(target)}/changes"
        found: PairChanges = self._transport.get(path)
        return found

    def query_need(
        self, need: UnsavedNeed, *, limit: int = 20, diversity: float = 0
    ) -> NeedMatches:
        """Return the matches of a need that is not saved; nothing is kept."""
        found: NeedMatches = self._query({"need": need}, limit, diversity)
        return found

    def query_offer(self, offer: UnsavedOffer, *, limit: int = 20) -> OfferMatches:
        """Return the matches of an offer that is not saved; nothing is kept."""
        found: OfferMatches = self._query({"offer": offer}, limit, 0)
        return found

    def _query(self, document: Mapping[str, object], limit: int, diversity: float) -> Any:
        asked = {"limit": limit, "diversity": diversity or None}
        return self._transport.write("POST", "/matches:query", document, parameters=asked)
