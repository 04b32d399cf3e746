"""The explanation of one match."""

from __future__ import annotations

from typing import Any

from matchmaker.web.evidence_picture import evidence_picture
from matchmaker.web.viewmodels import Document, Evidence, Side, View, sides, words


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
    evidence = view.evidence(match)
    return {
        "card": view.card(match, pair["need"]),
        "eligible": pair["eligible"],
        "recommended": pair["recommended"],
        "rank": pair["rank"],
        "total": pair["total"],
        "reasons": pair["reasons"],
        "sides": both,
        "unknown": unknown_lines(both),
        "evidence": by_label(evidence, labels),
        "picture": evidence_picture([e.steps for found in evidence.values() for e in found]),
        "algorithm": algorithm,
        "snapshot": pair["snapshot"],
    }


def unknown_lines(both: tuple[Side, Side]) -> list[Any]:
    """Return the lines without data, one for each feature."""
    found = {line.feature: line for side in both for line in side.unknown}
    return list(found.values())


def by_label(
    evidence: dict[str, list[Evidence]], labels: dict[str, str]
) -> dict[str, list[Evidence]]:
    """Return evidence by what its feature is called, in the order of the features."""
    order = [*labels, *(name for name in evidence if name not in labels)]
    return {labels.get(n, words(n)): evidence[n] for n in order if n in evidence}
