"""What stands for a white paper.

Written by scripts/make_client_types.py from the OpenAPI document; do not change it by hand.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NotRequired, TypedDict

from matchmaker_client.types.common import Citation, Links, Named, Reference, RelationshipGroup


class WhitePaper(TypedDict):
    """The shape 'WhitePaper' of the contract.

    A white paper that cities and partners have written together and agreed to publish; an
    edition never changes.
    """

    id: str
    type: Literal["white_paper"]
    caption: str
    version: int
    title: str
    summary: str | None
    cities: list[Reference]
    partners: list[Reference]
    needs: list[Reference]
    topics: list[Reference]
    language: str
    edition: int
    status: str
    published_on: str
    supersedes: Reference | None
    file_name: str
    media_type: str
    size: int
    sha256: str
    source: list[Reference]
    locator: list[str]
    date: str
    source_held: bool
    citations: list[Citation]
    links: Links


class WhitePaperDetail(WhitePaper):
    """The shape 'WhitePaperDetail' of the contract.

    A white paper that cities and partners have written together and agreed to publish; an
    edition never changes.
    """

    relationships: list[RelationshipGroup]


class WhitePaperPart(TypedDict):
    """What was chosen by 'fields'."""

    id: str
    type: Literal["white_paper"]
    caption: NotRequired[str]
    version: NotRequired[int]
    title: NotRequired[str]
    summary: NotRequired[str | None]
    cities: NotRequired[list[Reference]]
    partners: NotRequired[list[Reference]]
    needs: NotRequired[list[Reference]]
    topics: NotRequired[list[Reference]]
    language: NotRequired[str]
    edition: NotRequired[int]
    status: NotRequired[str]
    published_on: NotRequired[str]
    supersedes: NotRequired[Reference | None]
    file_name: NotRequired[str]
    media_type: NotRequired[str]
    size: NotRequired[int]
    sha256: NotRequired[str]
    source: NotRequired[list[Reference]]
    locator: NotRequired[list[str]]
    date: NotRequired[str]
    source_held: NotRequired[bool]
    citations: NotRequired[list[Citation]]
    relationships: NotRequired[list[RelationshipGroup]]
    links: NotRequired[Links]


WhitePaperFilters = TypedDict(
    "WhitePaperFilters",
    {
        "cities": str | Sequence[str],
        "partners": str | Sequence[str],
        "needs": str | Sequence[str],
        "topics": str | Sequence[str],
        "language": Literal[
            "english",
            "burmese",
            "chinese",
            "filipino",
            "indonesian",
            "khmer",
            "lao",
            "malay",
            "portuguese",
            "tamil",
            "tetum",
            "thai",
            "vietnamese",
        ]
        | Sequence[
            Literal[
                "english",
                "burmese",
                "chinese",
                "filipino",
                "indonesian",
                "khmer",
                "lao",
                "malay",
                "portuguese",
                "tamil",
                "tetum",
                "thai",
                "vietnamese",
            ]
        ],
        "edition": int | Sequence[int],
        "edition.gte": int,
        "edition.lte": int,
        "status": Literal["published", "superseded", "withdrawn"]
        | Sequence[Literal["published", "superseded", "withdrawn"]],
        "published_on.gte": str,
        "published_on.lte": str,
        "supersedes": str | Sequence[str],
        "size": int | Sequence[int],
        "size.gte": int,
        "size.lte": int,
        "source": str | Sequence[str],
        "date.gte": str,
        "date.lte": str,
        "source_held": bool | Sequence[bool],
        "topic": str | Sequence[str],
    },
    total=False,
)


class WhitePaperInput(TypedDict):
    """As read, or with identifiers in the place of references.

    Whoever states what is his own may leave out 'source', 'locator', 'date' and 'source_held';
    all others must give them.
    """

    id: NotRequired[str]
    type: NotRequired[Literal["white_paper"]]
    title: str
    summary: NotRequired[str | None]
    cities: Sequence[str | Named]
    partners: Sequence[str | Named]
    needs: NotRequired[Sequence[str | Named] | None]
    topics: NotRequired[Sequence[str | Named] | None]
    language: Literal[
        "english",
        "burmese",
        "chinese",
        "filipino",
        "indonesian",
        "khmer",
        "lao",
        "malay",
        "portuguese",
        "tamil",
        "tetum",
        "thai",
        "vietnamese",
    ]
    edition: int
    status: NotRequired[Literal["published", "superseded", "withdrawn"] | None]
    published_on: str
    supersedes: NotRequired[str | Named | None]
    file_name: str
    media_type: str
    size: int
    sha256: str
    source: NotRequired[Sequence[str | Named] | None]
    locator: NotRequired[Sequence[str] | None]
    date: NotRequired[str | None]
    source_held: NotRequired[bool | None]


class WhitePaperPatch(TypedDict, total=False):
    """Properties of a white paper as they shall be; None removes one."""

    id: str
    type: Literal["white_paper"]
    title: str
    summary: str | None
    cities: Sequence[str | Named]
    partners: Sequence[str | Named]
    needs: Sequence[str | Named] | None
    topics: Sequence[str | Named] | None
    language: Literal[
        "english",
        "burmese",
        "chinese",
        "filipino",
        "indonesian",
        "khmer",
        "lao",
        "malay",
        "portuguese",
        "tamil",
        "tetum",
        "thai",
        "vietnamese",
    ]
    edition: int
    status: Literal["published", "superseded", "withdrawn"] | None
    published_on: str
    supersedes: str | Named | None
    file_name: str
    media_type: str
    size: int
    sha256: str
    source: Sequence[str | Named] | None
    locator: Sequence[str] | None
    date: str | None
    source_held: bool | None
