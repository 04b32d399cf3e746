"""What many answers have in common.

Written by scripts/make_client_types.py from the OpenAPI document; do not change it by hand.
"""

from __future__ import annotations

from typing import Any, NotRequired, TypedDict


class Reference(TypedDict):
    """An entity named by another."""

    id: str
    caption: str
    type: str


class Named(TypedDict):
    """A reference as read; only the identifier counts."""

    id: str


class Links(TypedDict):
    """Addresses."""

    self: str
    page: str
    matches: NotRequired[str]


class Citation(TypedDict):
    """Where a statement rests."""

    source: str
    title: str
    locator: str
    held: bool


class RelationshipGroup(TypedDict):
    """All relationships of one type in one direction."""

    type: str
    caption: str
    direction: str
    total: int
    items: list[Reference]


class Snapshot(TypedDict):
    """State of the data."""

    sequence: int
    as_of: str


class SnapshotState(TypedDict):
    """The shape 'SnapshotState' of the contract."""

    sequence: int
    as_of: str
    mode: str
    read_only: bool
    message: str
    texts_waiting: int
    entities: dict[str, int]
    relationships: int


class Relationship(TypedDict):
    """The shape 'Relationship' of the contract."""

    type: str
    caption: str
    description: str
    start: Reference
    end: Reference


class GraphSchema(TypedDict):
    """The shape 'GraphSchema' of the contract."""

    entities: list[dict[str, Any]]
    relationships: list[dict[str, Any]]
    vocabularies: dict[str, dict[str, str]]


class IndexCollectionsItem(TypedDict):
    """The shape 'IndexCollectionsItem' of the contract."""

    type: str
    plural: str
    description: str
    total: int
    link: str


class Index(TypedDict):
    """The shape 'Index' of the contract."""

    title: str
    snapshot: Snapshot
    links: dict[str, str]
    collections: list[IndexCollectionsItem]
