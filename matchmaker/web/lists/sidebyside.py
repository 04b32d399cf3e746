"""What the page of a comparison shows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from matchmaker.web.pages.viewmodels import Document, Link, View

_TITLES: Final = (("", "All in all"), ("city", "For the city"), ("partner", "For the partner"))


def comparison_page(view: View, document: Document) -> dict[str, Any]:
    """Return the comparison in words: numbers in groups, then facts, one column each."""
    need, columns = document["need"], document["columns"]
    targets = [column["target"] for column in columns]
    return {
        "need": view.link(need["id"]),
        "city": view.link(need["city"]["id"]),
        "total": document["total"],
        "snapshot": document["snapshot"],
        "with_": ",".join(targets),
        "columns": [
            {
                **column,
                "link": view.link(column["target"]),
                "partner": view.link(column["partner"]["id"]),
                "url": f"/matches/{need['id']}/{column['target']}",
            }
            for column in columns
        ],
        "groups": [
            (title, [_row(row, targets) for row in document["rows"] if (row["side"] or "") == side])
            for side, title in _TITLES
        ],
        "facts_": _facts(view, columns),
    }


def _row(row: Document, targets: Sequence[str]) -> dict[str, Any]:
    whole = row["name"] == "evidence"
    cells = [
        {
            "text": "unknown" if value is None else str(value) if whole else f"{value:.3f}",
            "best": target in row["best"],
        }
        for target, value in zip(targets, row["values"], strict=True)
    ]
    return {"label": row["label"], "cells": cells}


def _facts(view: View, columns: Sequence[Document]) -> list[tuple[str, list[list[Link] | str]]]:
    """Return rows of links or words; those that say nothing of any supply are left out."""
    rows: list[tuple[str, list[list[Link] | str]]] = []

    def links(label: str, values: Sequence[Sequence[str]], none: str) -> None:
        if any(values):
            rows.append((label, [list(view.links(of)) if of else none for of in values]))

    limits = [column["limits"] for column in columns]
    links("Support given", [c["support_types"] for c in columns], "not stated")
    links("Topics", [c["topics"] for c in columns], "not stated")
    links("Holds only in", [of["limited_to"] for of in limits], "no limit stated")
    links("Mandate of the partner", [of["mandate"] for of in limits], "no limit stated")
    if any(of["valid_until"] for of in limits):
        rows.append(("Stands until", [of["valid_until"] or "no end stated" for of in limits]))
    links("Documented work in", [c["countries"] for c in columns], "none documented")
    links("Already at work on this need", [c["already"] for c in columns], "no")
    if any(c["cautions"] for c in columns):
        told = [
            " ".join(str(one.get("says") or one.get("label", "")) for one in c["cautions"])
            for c in columns
        ]
        rows.append(("Look at", [text or "nothing known" for text in told]))
    if any(c["reasons"] for c in columns):
        told = [" ".join(reason["message"] for reason in c["reasons"]) for c in columns]
        rows.append(("What speaks against it", [text or "nothing" for text in told]))
    return rows
