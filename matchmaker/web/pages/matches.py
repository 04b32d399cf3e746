"""The explanation of one match."""

from __future__ import annotations

from typing import Any, Final

from matchmaker.web.pages.evidence_picture import evidence_picture
from matchmaker.web.pages.matchviews import Evidence, Side, card, evidence, sides
from matchmaker.web.pages.viewmodels import Document, View, words

BEST_CHANGES: Final = 5
_OF_CHANGES: Final = (
    "score", "rank", "total", "first_failing", "would_be_rank", "applied_on", "unchanged_score",
    "snapshot", "algorithm",
)  # fmt: skip


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


def changes_page(view: View, document: Document, algorithm: Document) -> dict[str, Any]:
    """Return what the page on what would raise a pair shows.

    Parameters
    ----------
    view : View
        The snapshot that the pair was scored in.
    document : mapping
        The document of the changes.
    algorithm : mapping
        The algorithm with its features in words.
    """
    labels = {f["name"]: f["label"] for f in algorithm["features"]}
    changes = [
        {
            **change,
            "link": view.link(change["entity"]),
            "kind": words(change["kind"]),
            "property": words(change["property"]),
            "to": _captions(view, change["to"], change["from"]),
            "moved": list(dict.fromkeys(labels[moved["feature"]] for moved in change["moved"])),
        }
        for change in document["changes"][:BEST_CHANGES]
    ]
    return {
        **{name: document[name] for name in _OF_CHANGES},
        "need": view.link(document["need"]["id"]),
        "city": view.link(document["need"]["city"]["id"]),
        "partner": view.link(document["partner"]["id"]),
        "offer": view.link(document["offer"]["id"]) if document["offer"] else None,
        "changes": changes,
        "more": len(document["changes"]) - len(changes),
    }


def _captions(view: View, new: Any, old: Any) -> str:
    """Return a value in words; of a list, only what is not in the old one."""
    if not isinstance(new, list):
        return view.link(str(new)).caption
    return ", ".join(view.link(part).caption for part in new if part not in (old or ()))


def unknown_lines(both: tuple[Side, Side]) -> list[Any]:
    """Return the lines without data, one for each feature."""
    found = {line.feature: line for side in both for line in side.unknown}
    return list(found.values())


def by_label(found: dict[str, list[Evidence]], labels: dict[str, str]) -> dict[str, list[Evidence]]:
    """Return evidence by what its feature is called, in the order of the features."""
    order = [*labels, *(name for name in found if name not in labels)]
    return {labels.get(n, words(n)): found[n] for n in order if n in found}
