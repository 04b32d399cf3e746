"""The review queue: what waits, seen by those whom it concerns, published, refused or taken back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from matchmaker.errors import (
    BadRequestError,
    ConflictError,
    MatchmakerError,
    NotAllowedError,
    NotFoundError,
    StoreUnavailableError,
)
from matchmaker.model import Change
from matchmaker.permissions import Caller, authorise
from matchmaker.records import Plain
from matchmaker.usecases.contributing.paging import page_of
from matchmaker.usecases.contributing.proposing import CONTRIBUTED, owner_sets
from matchmaker.usecases.contributing.submissions import (
    KIND,
    LONGEST_REASON,
    State,
    Submission,
    as_owners,
    find_submission,
    hears,
    lists_all,
    shown,
)
from matchmaker.usecases.permitting import note, permit
from matchmaker.usecases.service import Service

DECISIONS: Final = ("publish", "refuse")


@dataclass(frozen=True, slots=True)
class SubmissionPage:
    """One page of submissions as a caller sees them."""

    items: tuple[dict[str, Any], ...]
    next: str


def list_submissions(
    service: Service, caller: Caller, *, state: str | None = None, kind: str | None = None,
    cursor: str = "", limit: int = 50,
) -> SubmissionPage:  # fmt: skip
    """List submissions: all of them for staff, for others their own and those about what is theirs.

    What waits is listed oldest first, all else newest first.

    Raises
    ------
    BadRequestError
        If a filter cannot be used.
    """
    permit(service, caller, "submissions.list", _self(caller))
    where: dict[str, Plain | Sequence[Plain]] = {}
    if state is not None:
        where["state"] = _state(state)
    if kind is not None:
        if kind not in CONTRIBUTED:
            raise BadRequestError("type", f"must be one of {', '.join(CONTRIBUTED)}")
        where["type"] = kind
    if not lists_all(caller, "submissions.list"):
        where["owners"] = hears(caller)
    newest_first = state != State.WAITING
    page = page_of(service, KIND, where, cursor, limit, newest_first=newest_first)
    found = (Submission.of(record) for record in page.items)
    return SubmissionPage(tuple(shown(service, caller, o, full=False) for o in found), page.next)


def _state(text: str) -> str:
    known = [state.value for state in State]
    if text not in known:
        raise BadRequestError("state", f"must be one of {', '.join(known)}")
    return text


def _self(caller: Caller) -> frozenset[str]:
    return frozenset({caller.account} - {""})


def get_submission(service: Service, caller: Caller, submission_id: str) -> dict[str, Any]:
    """Return a submission in full, with what would change and what the caller may do with it.

    Raises
    ------
    NotFoundError
        If there is none.
    NotAllowedError
        If it is none of the caller's business.
    """
    permit(service, caller, "submissions.list", _self(caller))
    one = find_submission(service, submission_id)
    permit(service, caller, "submissions.list", as_owners(one.owners))
    return shown(service, caller, one, full=True)


def may_decide(service: Service, caller: Caller, submission_id: str) -> bool:
    """Tell whether a caller may publish or refuse what waits."""
    try:
        _permit_decision(service, caller, find_submission(service, submission_id), quietly=True)
    except (NotAllowedError, NotFoundError):
        return False
    return True


def decide(
    service: Service, caller: Caller, submission_id: str, decision: str, *,
    reason: str = "", rebase: bool = False,
) -> dict[str, Any]:  # fmt: skip
    """Publish or refuse what waits.

    Parameters
    ----------
    decision : str
        ``publish`` or ``refuse``.
    reason : str
        For the submitter; a refusal needs one.
    rebase : bool
        Whether to publish it even if the entity was changed after it was submitted, so that it
        replaces what stands now.

    Returns
    -------
    dict
        The submission in full, as it stands then.

    Raises
    ------
    VersionConflictError
        If the entity was changed after it was submitted, and ``rebase`` is not said.
    ConflictError
        If it does not wait any more.
    InvalidDataError
        If it no longer fits the schema or what it refers to is gone.

    Notes
    -----
    The record first says that it is being published, then the graph is written under the
    submission's identifier as uuid, then the record says that it is published.  Whatever fails in
    between, publishing it again gives the same change and not a second one.
    """
    if decision not in DECISIONS:
        raise BadRequestError("decision", f"must be one of {', '.join(DECISIONS)}")
    reason = reason.strip()
    if len(reason) > LONGEST_REASON:
        raise BadRequestError("reason", f"must have at most {LONGEST_REASON} characters")
    if decision == "refuse" and not reason:
        raise BadRequestError("reason", "is needed: the submitter is told why")
    permit(service, caller, "submissions.decide", caller.subjects)
    one = find_submission(service, submission_id)
    _permit_decision(service, caller, one)
    told = {"decided_by": caller.account, "decided_at": service.now(), "reason": reason}
    if decision == "refuse":
        done = _move(service, one.id, (State.WAITING,), State.REFUSED, told)
        note(service, caller.account, "submission_refused", submission=one.id)
    else:
        _move(service, one.id, (State.WAITING, State.PUBLISHING), State.PUBLISHING, told)
        done = _publish(service, caller, one, rebase)
        note(service, caller.account, "submission_published", submission=one.id)
    return shown(service, caller, done, full=True)


def withdraw_submission(service: Service, caller: Caller, submission_id: str) -> dict[str, Any]:
    """Take back what waits; only who submitted it may.

    Raises
    ------
    ConflictError
        If it does not wait any more.
    """
    permit(service, caller, "submissions.withdraw", _self(caller))
    one = find_submission(service, submission_id)
    permit(service, caller, "submissions.withdraw", {one.account})
    done = _move(service, one.id, (State.WAITING,), State.WITHDRAWN, {"decided_at": service.now()})
    return shown(service, caller, done, full=True)


def _permit_decision(
    service: Service, caller: Caller, one: Submission, *, quietly: bool = False
) -> None:
    """Refuse whoever may not decide: an officer must own the entity as it is and as it would be."""
    snapshot = service.snapshot
    sides = owner_sets(snapshot, one.proposed(snapshot), one.entity_id)
    for owners in sides or [frozenset[str]()]:
        if quietly:
            authorise(caller, "submissions.decide", owners)
        else:
            permit(service, caller, "submissions.decide", owners)


def _publish(service: Service, caller: Caller, one: Submission, rebase: bool) -> Submission:
    snapshot = service.snapshot
    stands = one.entity_id in snapshot.entities
    expected = one.base
    if rebase:
        expected = snapshot.version(one.entity_id) if stands else None
    proposed = one.proposed(snapshot)
    change: Change | None
    try:
        if proposed is None:
            change = service.delete(one.entity_id, actor=one.actor, expected=expected, uuid=one.id)
        else:
            change = service.put(
                proposed.as_json(), actor=one.actor, expected=expected, uuid=one.id
            )
    except StoreUnavailableError:
        raise  # it may have been written: publishing it again will tell
    except MatchmakerError:
        _move(service, one.id, (State.PUBLISHING,), State.WAITING, _UNDECIDED)
        raise
    told = {"sequence": change.sequence if change else None}
    # Somebody else's attempt may have failed meanwhile, and have set the record back.
    passed = (State.PUBLISHING, State.PUBLISHED, State.WAITING)
    return _move(service, one.id, passed, State.PUBLISHED, told)


_UNDECIDED: Final[Mapping[str, Any]] = {"decided_by": "", "decided_at": "", "reason": ""}


def _move(
    service: Service, submission_id: str, expected: tuple[State, ...], state: State,
    told: Mapping[str, Any],
) -> Submission:  # fmt: skip
    """Move a submission on to another state, under the lock of its record.

    Raises
    ------
    ConflictError
        If it is not in one of the states expected.
    """

    def alter(fields: Mapping[str, Any]) -> Mapping[str, Any]:
        if fields["state"] not in expected:
            raise ConflictError(f"The submission does not wait any more: it is {fields['state']}.")
        return {**fields, **told, "state": state.value}

    record = service.records.change(KIND, submission_id, alter)
    if record is None:
        raise NotFoundError("submission", submission_id)
    return Submission.of(record)
