"""Offers for one need side by side: every number is that of the pair's own explanation."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final

from matchmaker.errors import BadRequestError
from matchmaker.matching.features import FEATURES
from matchmaker.matching.profiles import Supply
from matchmaker.usecases.matches import Document, Matcher
from matchmaker.usecases.reading.seeing import follow_merged

FEWEST: Final = 2
MOST: Final = 4
_LONGEST: Final = 500
_KEPT: Final = (
    "rank", "score", "city_fit", "partner_fit", "confidence", "band", "probability", "label",
    "already", "contributions",
)  # fmt: skip
_NUMBERS: Final = (
    ("score", "Score"),
    ("city_fit", "Fit for the city"),
    ("partner_fit", "Fit for the partner"),
    ("confidence", "Confidence"),
)
_PRIOR: Final = "prior"
_LABELS: Final = {_PRIOR: "Starting value", **{f.name: f.label for f in FEATURES}}


def parse_with(raw: str | None) -> tuple[str, ...]:
    """Return the supplies to be compared, each once, in the order given.

    Raises
    ------
    BadRequestError
        If they are too few or too many.

    Examples
    --------
    >>> parse_with("adb-finance,jica")
    ('adb-finance', 'jica')
    >>> parse_with("adb-finance")
    Traceback (most recent call last):
    matchmaker.errors.BadRequestError: with: must name 2 to 4 offers or partners without one
    """
    names = tuple(dict.fromkeys(name for name in (raw or "")[: _LONGEST + 1].split(",") if name))
    if len(raw or "") > _LONGEST or not FEWEST <= len(names) <= MOST:
        raise BadRequestError(
            "with", f"must name {FEWEST} to {MOST} offers or partners without one"
        )
    return names


def compare(matcher: Matcher, need_id: str, targets: Sequence[str]) -> Document:
    """Return some supplies for a need, one column each, and what differs, one row each.

    Parameters
    ----------
    targets : sequence of str
        Offers, or partners without one; see :func:`parse_with`.

    Returns
    -------
    Document
        ``rows`` hold the numbers that can be compared: for a feature what it adds to the fit of a
        side (None where it is unknown).  ``best`` names the supplies with the best value, none where
        all have the same or fewer than two are known.

    Raises
    ------
    NotFoundError, MovedError
        If there is no such need or supply.
    """
    snapshot = matcher.index.snapshot
    follow_merged(snapshot, need_id, *targets)
    pairs = [matcher.pair(need_id, target) for target in targets]
    supplies = matcher.index.profiles.supplies
    columns = [
        _column(target, pair, supplies[target]) for target, pair in zip(targets, pairs, strict=True)
    ]
    head = {name: pairs[0][name] for name in ("need", "algorithm", "snapshot", "total")}
    return {**head, "columns": columns, "rows": list(_rows(columns))}


def _column(target: str, pair: Document, supply: Supply) -> Document:
    match = pair["match"]
    return {
        "target": target,
        "offer": pair["offer"],
        "partner": pair["partner"],
        "eligible": pair["eligible"],
        "recommended": pair["recommended"],
        "reasons": pair["reasons"],
        **{name: match[name] for name in _KEPT},
        "evidence": len(match["evidence"]),
        "cautions": list(match.get("cautions", ())),
        "support_types": sorted(supply.support),
        "topics": list(supply.topics),
        "limits": {
            "limited_to": list(supply.limited_to),
            "mandate": list(supply.mandate),
            "valid_until": supply.valid_until or None,
        },
        "countries": sorted({case.city.country for case in supply.involvements}),
    }


def _rows(columns: Sequence[Document]) -> Iterable[Document]:
    names = [column["target"] for column in columns]
    for name, label in _NUMBERS:
        yield _row(name, label, None, names, [column[name] for column in columns])
    lines = [
        {(line["side"], line["feature"]): line for line in column["contributions"]}
        for column in columns
    ]
    for side, feature in lines[0]:
        amounts = [
            held["amount"] if held["value"] is not None else None
            for held in (of_column[side, feature] for of_column in lines)
        ]
        yield _row(feature, _LABELS[feature], side, names, amounts)
    yield _row("evidence", "Paths of evidence", None, names, [c["evidence"] for c in columns])


def _row(
    name: str, label: str, side: str | None, names: Sequence[str], values: Sequence[Any]
) -> Document:
    known = [value for value in values if value is not None]
    differ = len(known) > 1 and min(known) < max(known) and name != _PRIOR
    best = [n for n, v in zip(names, values, strict=True) if differ and v == max(known)]
    return {"name": name, "label": label, "side": side, "values": list(values), "best": best}
