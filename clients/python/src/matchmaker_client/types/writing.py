"""What is sent and answered about writing.

Written by scripts/make_client_types.py from the OpenAPI document; do not change it by hand.
"""

from __future__ import annotations

from typing import Any, NotRequired, TypedDict


class Written(TypedDict):
    """What a write did.

    'published': it stands and has a sequence number; 'unchanged': nothing differs; 'queued': it
    waits for review as the submission named; 'checked': a dry run, which 'would_be' published,
    queued or unchanged.
    """

    id: str
    outcome: str
    changed: bool
    sequence: NotRequired[int]
    at: NotRequired[str]
    submission: NotRequired[str]
    would_be: NotRequired[str]
    sandbox: NotRequired[bool]
    before: NotRequired[dict[str, Any] | None]
    after: NotRequired[dict[str, Any] | None]


class Merged(TypedDict):
    """What a merge did, or would do ('checked')."""

    sandbox: NotRequired[bool]
    outcome: str
    id: str
    into: str
    type: str
    referring: list[str]
    sequence: int | None


class SubmissionLinks(TypedDict):
    """The shape 'SubmissionLinks' of the contract."""

    self: str
    page: str
    entity: str


class Submission(TypedDict):
    """One proposed write."""

    id: str
    at: str
    state: str
    action: str
    type: str
    entity: str
    caption: str
    account: str
    base: int | None
    current: int | None
    stale: bool
    reason: str
    decided_at: str
    sequence: int | None
    links: SubmissionLinks


class SubmissionList(TypedDict):
    """The shape 'SubmissionList' of the contract."""

    items: list[Submission]
    next: str | None


class SubmissionDetailLinks(TypedDict):
    """The shape 'SubmissionDetailLinks' of the contract."""

    self: str
    page: str
    entity: str


SubmissionDetailDifferencesItem = TypedDict(
    "SubmissionDetailDifferencesItem",
    {
        "property": str,
        "from": Any,
        "to": Any,
    },
)


class SubmissionDetail(TypedDict):
    """One proposed write in full."""

    id: str
    at: str
    state: str
    action: str
    type: str
    entity: str
    caption: str
    account: str
    base: int | None
    current: int | None
    stale: bool
    reason: str
    decided_at: str
    sequence: int | None
    links: SubmissionDetailLinks
    document: dict[str, Any] | None
    differences: list[SubmissionDetailDifferencesItem]


class Report(TypedDict):
    """A reported error."""

    id: str
    at: str
    state: str
    entity: str
    type: str
    caption: str
    property: str
    message: str
    reason: str
    decided_at: str


class ClaimLinks(TypedDict):
    """The shape 'ClaimLinks' of the contract."""

    self: str
    page: str


class Claim(TypedDict):
    """That an account speaks for a partner."""

    id: str
    at: str
    state: str
    partner: str
    caption: str
    account: str
    note: str
    reason: str
    decided_at: str
    links: ClaimLinks


class UploadLinks(TypedDict):
    """The shape 'UploadLinks' of the contract."""

    self: str
    page: str


class Upload(TypedDict):
    """Many rows sent at once."""

    id: str
    at: str
    state: str
    type: str
    format: str
    mode: str
    validate: bool
    account: str
    bytes: int
    step: str
    done: int
    total: int
    rows: int
    fault_count: int
    created: int
    updated: int
    unchanged: int
    message: str
    sequence: int | None
    ended_at: str
    links: UploadLinks


class UploadDetailLinks(TypedDict):
    """The shape 'UploadDetailLinks' of the contract."""

    self: str
    page: str


class UploadDetailFaultsItem(TypedDict):
    """What is wrong with a row; rows are lines of the file from 1, 0 is the file as a whole."""

    row: int
    column: str
    message: str


class UploadDetail(TypedDict):
    """Many rows sent at once."""

    id: str
    at: str
    state: str
    type: str
    format: str
    mode: str
    validate: bool
    account: str
    bytes: int
    step: str
    done: int
    total: int
    rows: int
    fault_count: int
    created: int
    updated: int
    unchanged: int
    message: str
    sequence: int | None
    ended_at: str
    links: UploadDetailLinks
    faults: list[UploadDetailFaultsItem]
