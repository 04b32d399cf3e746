"""The API's operations on contributions, as they are declared."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from matchmaker.schema import EntityType, Schema
from matchmaker.usecases.contributing.proposing import CONTRIBUTED
from matchmaker.usecases.contributing.writing import delete_operation, write_operation
from matchmaker.web.contract.operation import Operation
from matchmaker.web.contributing import queues, shapes
from matchmaker.web.contributing import writing as views
from matchmaker.web.contributing.bodies import MERGE_PATCH

_TAG: Final = "contributions"
_READ: Final = ("too-large", "unsupported-media-type", "invalid-data")
_OWN_WORD: Final = (
    "Officers of cities and countries, and partners, may leave out source, locator and date: then "
    "their own word of today is cited. What you do not see of it stays as it is."
)
_REVIEWED: Final = "What is not your own waits for review: 202, with the submission in 'Location'."
_REPORT_COST: Final = 30
_PATCHES: Final = {
    "need": {"status": "solved"},
    "offer": {"valid_until": "2030-12-31"},
    "partner": {"profile": "What we are and do, in a few sentences."},
    "project": {"status": "completed"},
}


def entity_operations(kind: EntityType) -> Iterator[Operation]:
    """Yield the writes to entities of one type, in the order of the documentation."""
    rule, tag, label = f"/{kind.plural}", kind.plural, kind.label
    one, contributed = kind.name.replace("_", " "), kind.name in CONTRIBUTED
    may = write_operation(kind.name)
    dry = {"validate": shapes.VALIDATE}
    told = f"{_REVIEWED} {_OWN_WORD}" if contributed else ""
    replaced = (200, 201, 202) if contributed else (200, 201)
    changed = (200, 202) if contributed else (200,)
    if contributed:
        yield Operation(
            "POST", rule, f"post_{kind.name}", views.post_view,
            f"Create a {one}; without 'id' it gets one of its title", "Written", tag,
            ("validate",), kind.name, f"{label}Input", (*_READ, "conflict", "precondition-failed"),
            permission=may, statuses=(201, 202, 200), parameters=dry, schemas=shapes.ALL,
            description=f"Create a {one}. {told}", idempotent=True,
        )  # fmt: skip
    yield Operation(
        "PUT", f"{rule}/<id>", f"put_{kind.name}", views.put_view, f"Create or replace a {one}",
        "Written", tag, ("validate",), kind.name, f"{label}Input", (*_READ, "conflict"),
        permission=may, statuses=replaced, parameters=dry, schemas=shapes.ALL,
        description=f"Create or replace a {one}. {told}".strip(), conditional=True,
        idempotent=True,
    )  # fmt: skip
    patch = {f"{label}Patch": {
        "type": "object",
        "description": f"Properties of {label}Input as they shall be; null takes one away.",
    }}  # fmt: skip
    yield Operation(
        "PATCH", f"{rule}/<id>", f"patch_{kind.name}", views.patch_view,
        f"Change some properties of a {one} (RFC 7396)", "Written", tag, ("validate",), kind.name,
        f"{label}Patch", (*_READ, "not-found", "conflict"), permission=may, statuses=changed,
        takes=(MERGE_PATCH,), parameters=dry, schemas={**shapes.ALL, **patch},
        example=_PATCHES.get(kind.name, {}), conditional=True, idempotent=True,
        description=f"Change some properties of a {one}; null takes one away. {told}".strip(),
    )  # fmt: skip
    yield Operation(
        "DELETE", f"{rule}/<id>", f"delete_{kind.name}", views.delete_view,
        f"Delete a {one} that nothing refers to", "Written", tag, ("validate",), kind.name,
        problems=("not-found", "conflict"), permission=delete_operation(kind.name),
        parameters=dry, schemas=shapes.ALL, conditional=True, idempotent=True,
    )  # fmt: skip
    if contributed:
        stays = kind.name in ("need", "offer")
        yield Operation(
            "POST", f"{rule}/<id>:withdraw", f"withdraw_{kind.name}", views.withdraw_view,
            f"Withdraw a {one}", "Written", tag, ("validate",), kind.name,
            problems=("not-found", "conflict"), permission=write_operation(kind.name, "withdraw"),
            statuses=(200, 202), parameters=dry, schemas=shapes.ALL, conditional=True,
            description=(
                f"Withdraw a {one}. "
                + ("It stays, with the status 'withdrawn'. " if stays
                   else "It is deleted, unless others refer to it. ") + _REVIEWED
            ),
            idempotent=True,
        )  # fmt: skip
    yield Operation(
        "POST", f"{rule}/<id>:merge", f"merge_{kind.name}", views.merge_view,
        f"Merge a duplicate {one} into the one that stays", "Merged", tag, ("validate",),
        kind.name, "MergeInput", (*_READ, "not-found", "conflict"), permission="entity.merge",
        statuses=(200,), parameters=dry, schemas=shapes.ALL, idempotent=True,
        example={"into": "identifier-that-stays"},
        description=f"Merge a duplicate {one}: what refers to it refers to the one that stays, and "
        "its identifier leads there for ever.",
    )  # fmt: skip
    if kind.name == "partner":
        yield Operation(
            "POST", f"{rule}/<id>:claim", "create_claim", queues.create_claim,
            "Claim the profile of a partner", "Claim", tag, (), kind.name, "ClaimInput",
            (*_READ, "not-found", "conflict"), permission="claims.create", statuses=(201,),
            schemas=shapes.ALL, example={"note": "Our office is named on our website."},
            idempotent=True,
        )  # fmt: skip


def operations(schema: Schema) -> Iterator[Operation]:
    """Yield the operations on the review queue, claims and reports."""
    paging = {"cursor": shapes.CURSOR, "limit": shapes.LIMIT}
    named = {"id": shapes.RECORD_ID}
    yield Operation(
        "GET", "/submissions", "list_submissions", queues.list_submissions,
        "What waits for review and what became of it: your own, what is about your own, and for "
        "staff all", "SubmissionList", _TAG, ("state", "type", "cursor", "limit"),
        permission="submissions.list", schemas=shapes.ALL,
        parameters={"state": shapes.BY_STATE, "type": shapes.BY_TYPE, **paging},
    )  # fmt: skip
    yield Operation(
        "GET", "/submissions/<id>", "get_submission", queues.get_submission,
        "One submission, with what it would change", "SubmissionDetail", _TAG,
        permission="submissions.list", problems=("not-found",), parameters=named,
    )  # fmt: skip
    yield Operation(
        "POST", "/submissions/<id>:decide", "decide_submission", queues.decide_submission,
        "Publish or refuse a submission", "SubmissionDetail", _TAG, (), "", "DecisionInput",
        (*_READ, "not-found", "conflict", "precondition-failed"),
        permission="submissions.decide", parameters=named, idempotent=True,
        example={"decision": "refuse", "reason": "The same need is published already."},
        description="Publish or refuse a submission. If its entity was changed after it was "
        "submitted, it is published only with 'rebase'.",
    )  # fmt: skip
    yield Operation(
        "POST", "/submissions/<id>:withdraw", "withdraw_submission", queues.withdraw_submission,
        "Take your own submission back", "SubmissionDetail", _TAG,
        permission="submissions.withdraw", problems=("not-found", "conflict"), parameters=named,
        idempotent=True,
    )  # fmt: skip
    yield Operation(
        "GET", "/claims", "list_claims", queues.list_claims,
        "Claims of partners' profiles: your own, for staff all", "ClaimList", _TAG,
        ("state", "cursor", "limit"), permission="claims.list", schemas=shapes.ALL,
        parameters={"state": shapes.BY_CLAIM_STATE, **paging},
    )  # fmt: skip
    yield Operation(
        "GET", "/claims/<id>", "get_claim", queues.get_claim, "One claim", "Claim", _TAG,
        permission="claims.list", problems=("not-found",), parameters=named,
    )  # fmt: skip
    yield Operation(
        "POST", "/claims/<id>:decide", "decide_claim", queues.decide_claim,
        "Grant or refuse a claim; granted, the account speaks for the partner", "Claim", _TAG, (),
        "", "ClaimDecisionInput", (*_READ, "not-found", "conflict"), permission="claims.decide",
        parameters=named, idempotent=True, example={"decision": "grant"},
    )  # fmt: skip
    yield Operation(
        "POST", "/reports", "create_report", queues.create_report,
        "Report an error in a published fact", "Report", _TAG, (), "", "ReportInput",
        (*_READ, "not-found", "conflict"), permission="reports.create", statuses=(201,),
        schemas=shapes.ALL, idempotent=True, cost=_REPORT_COST,
        example={"entity": "phuket", "property": "population", "message": "It is out of date."},
    )  # fmt: skip
    yield Operation(
        "GET", "/reports", "list_reports", queues.list_reports,
        "Reported errors: about what is yours, for staff all", "ReportList", _TAG,
        ("state", "cursor", "limit"), permission="reports.list",
        parameters={"state": shapes.BY_REPORT_STATE, **paging},
    )  # fmt: skip
    yield Operation(
        "GET", "/reports/<id>", "get_report", queues.get_report, "One reported error", "Report",
        _TAG, permission="reports.list", problems=("not-found",), parameters=named,
    )  # fmt: skip
    yield Operation(
        "POST", "/reports/<id>:decide", "decide_report", queues.decide_report,
        "Close a report: corrected or dismissed", "Report", _TAG, (), "", "ReportDecisionInput",
        (*_READ, "not-found", "conflict"), permission="reports.decide", parameters=named,
        idempotent=True, example={"state": "corrected"},
    )  # fmt: skip
