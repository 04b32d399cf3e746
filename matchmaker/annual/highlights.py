"""One project for each city, picked by a rule that is told and not by taste."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Final

from matchmaker.annual.reading import Lists
from matchmaker.annual.report import Changes, Highlight, Listed, Observed, Partnership

RULE: Final = (
    "Of each city the project with most indicators measured in this year’s report; among equals the "
    "one newly listed as completed; then the one in most documented partnerships up to this "
    "year; then the one listed for most years; then the first by title."
)
"""The rule, as the report tells it."""


def highlights(
    lists: Lists, year: int, observed: Sequence[Observed], changes: Changes | None,
    partnerships: Sequence[Partnership],
) -> tuple[Highlight, ...]:  # fmt: skip
    """Return the highlighted project of each city on a year's list, in the order of the list."""
    measured: dict[str, list[Observed]] = {}
    for seen in observed:
        measured.setdefault(seen.project, []).append(seen)
    done = {one.project for one in changes.completed} if changes else set()
    known = {one.id for one in partnerships}
    cases = Counter(
        case.text("project")
        for case in lists.snapshot.of_type("collaboration").values()
        if case.id in known
    )
    years = Counter(
        one.project for listed, rows in lists.by_year.items() if listed <= year for one in rows
    )

    def rank(one: Listed) -> tuple[int, bool, int, int, str, str]:
        number = len(measured.get(one.project, ()))
        return (-number, one.project not in done, -cases[one.project], -years[one.project],
                one.title.casefold(), one.id)  # fmt: skip

    best: dict[str, Listed] = {}
    for one in lists.by_year[year]:
        held = best.get(one.city.id)
        if held is None or rank(one) < rank(held):
            best[one.city.id] = one
    return tuple(
        Highlight(
            one,
            _because(
                len(measured.get(one.project, ())),
                one.project in done,
                cases[one.project],
                years[one.project],
            ),
            tuple(measured.get(one.project, ())),
        )
        for one in best.values()
    )


def _because(measured: int, done: bool, cases: int, years: int) -> str:
    """Say what of the rule speaks for a project.

    Examples
    --------
    >>> _because(0, True, 2, 4)
    'Newly listed as completed, in 2 documented partnerships, listed for 4 years.'
    """
    parts = [
        f"{measured} indicator{'s' * (measured > 1)} measured" if measured else "",
        "newly listed as completed" if done else "",
        f"in {cases} documented partnership{'s' * (cases > 1)}" if cases else "",
        f"listed for {years} year{'s' * (years > 1)}",
    ]
    text = ", ".join(filter(None, parts))
    return f"{text[0].upper()}{text[1:]}."
