"""The explanation of one match."""

from __future__ import annotations

from typing import Any

from matchmaker.web.evidence_picture import evidence_picture
from matchmaker.web.matchviews import Evidence, Side, card, evidence, sides
from matchmaker.web.viewmodels import Document, View, words


def match_page(view: View, pair: Document, algorithm: Document) -> dict[str, Any]:
    """Return what the page of a pair shows.

    Parameters
    ----------
    view : View
        The snapshot that the pair was scored in.
    pair : mapping
        The document of the pair.
    algorithm : mapping
        The algorithm with its features in words.
    """
    match = pair["match"]
    labels = {f["name"]: f["label"] for f in algorithm["features"]}
    both = sides(match, labels)
    paths = evidence(view, match)
    return {
        "card": card(view, match, pair["need"]),
        "eligible": pair["eligible"],
        "recommended": pair["recommended"],
        "rank": pair["rank"],
        "total": pair["total"],
        "reasons": pair["reasons"],
        "sides": both,
        "unknown": unknown_lines(both),
        "evidence": by_label(paths, labels),
        "picture": evidence_picture([e.steps for found in paths.values() for e in found]),
        "algorithm": algorithm,
        "snapshot": pair["snapshot"],
    }


def unknown_lines(both: tuple[Side, Side]) -> list[Any]:
    """Return the lines without data, one for each feature."""
    found = {line.feature: line for side in both for line in side.unknown}
    return list(found.values())


def by_label(found: dict[str, list[Evidence]], labels: dict[str, str]) -> dict[str, list[Evidence]]:
    """Return evidence by what its feature is called, in the order of the features."""
    order = [*labels, *(name for name in found if name not in labels)]
    return {labels.get(n, words(n)): found[n] for n in order if n in found}
