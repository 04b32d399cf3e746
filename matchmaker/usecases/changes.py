"""What would raise a match, as a document that the API, the pages and the command line share."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from matchmaker.graph import Snapshot
from matchmaker.matching import counterfactual
from matchmaker.matching.counterfactual import Outcome
from matchmaker.permissions import PUBLIC, Caller
from matchmaker.usecases.matches import Document, Matcher
from matchmaker.visibility import as_seen


def changes_document(
    matcher: Matcher, need_id: str, target_id: str, day: str, caller: Caller = PUBLIC
) -> Document:
    """Return what would raise a pair, or make it eligible, with what is to be sent for it.

    Parameters
    ----------
    matcher : Matcher
        Prepared for the snapshot asked about.
    need_id, target_id : str
        The need, and the offer or the partner without one.
    day : str
        Day on which the changes are to be written; see
        :func:`~matchmaker.matching.counterfactual.outcomes`.
    caller : Caller
        Who asks.  What is to be sent holds what he sees of the entity; a write by him leaves the
        rest as it is (see :func:`~matchmaker.visibility.as_written`).

    Raises
    ------
    NotFoundError
        If there is no such pair.
    """
    pair = matcher.pair(need_id, target_id)
    question = matcher.question(need_id)
    supply = matcher.index.profiles.supplies[target_id]
    failing = counterfactual.first_failing(question, supply)
    found = counterfactual.outcomes(question, supply, day)
    snapshot = matcher.index.snapshot
    return {
        **{name: pair[name] for name in ("need", "offer", "partner", "algorithm", "snapshot")},
        "total": pair["total"],
        "score": pair["match"]["score"],
        "rank": pair["rank"],
        "first_failing": asdict(failing) if failing else None,
        "would_be_rank": counterfactual.would_be_rank(question, supply) if failing else None,
        "applied_on": max(day, snapshot.as_of),
        "unchanged_score": counterfactual.unchanged_score(question, supply, day),
        "changes": [_change(outcome, snapshot, caller) for outcome in found],
    }


def _change(found: Outcome, snapshot: Snapshot, caller: Caller) -> Document:
    edit = found.edit
    sent = edit.kind != "hypothetical"
    return {
        "entity": edit.entity.id,
        "type": edit.after.type,
        "property": edit.name,
        "from": _plain(edit.old),
        "to": _plain(edit.new),
        "reason": edit.reason,
        "kind": edit.kind,
        "hypothetical": not sent,
        "lifts": edit.lifts or None,
        "score": found.score,
        "gain": found.gain,
        "rank": found.rank,
        "moved": [
            {"feature": m.feature, "side": m.side, "from": m.before, "to": m.after}
            for m in found.moved
        ],
        "document": as_seen(snapshot, edit.after, caller).as_json() if sent else None,
    }


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value
