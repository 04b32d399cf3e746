"""Published figures beside counted ones: equal, or where they part and what would make them fit."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from matchmaker.annual.reading import COMPLETED, Lists, figure
from matchmaker.annual.report import AreaLine, Check, Figure, Listed
from matchmaker.model import Entity

SHARES: Final = {
    "pct_civic_social": "civic-and-social",
    "pct_health_wellbeing": "health-and-well-being",
    "pct_safety_security": "safety-and-security",
    "pct_quality_environment": "quality-environment",
    "pct_built_infrastructure": "built-infrastructure",
    "pct_industry_innovation": "industry-and-innovation",
}
"""Properties of the published totals that hold a share, with the focus area each is of."""


def percent(count: int, total: int) -> int:
    """Return a share in whole percent, a half rounded up as in print.

    Examples
    --------
    >>> percent(34, 134), percent(1, 8)
    (25, 13)
    """
    return (200 * count + total) // (2 * total)


def nearest(share: float, total: int, counted: int) -> int | None:
    """Return the number of projects nearest to a counted one that prints as a share.

    Examples
    --------
    >>> nearest(18, 134, 25), nearest(25, 134, 32), nearest(3, 10, 2)
    (24, 33, None)
    """
    fitting = [n for n in range(total + 1) if percent(n, total) == share]
    return min(fitting, key=lambda n: (abs(n - counted), n), default=None)


def checks(
    year: int, listed: Sequence[Listed], told: bool, areas: Sequence[AreaLine], total: Entity
) -> Iterator[Check]:
    """Yield each published figure with the counted one.

    Parameters
    ----------
    year : int
        The year.
    listed : sequence of Listed
        Its list.
    told : bool
        Whether the list tells the status of single projects.
    areas : sequence of AreaLine
        The list by focus area.
    total : Entity
        What the published report prints.
    """
    whole = figure(len(listed), year=year)
    yield _count("projects_total", "Projects", total.integer("projects_total"), whole)
    parts = {name: total.integer(name) for name in ("ongoing", "planning", "completed")}
    if told:
        done = sum(one.status == COMPLETED for one in listed)
        under_way = figure(len(listed) - done, year=year, status="ongoing_or_planning")
        yield _count("ongoing_and_planning", "Ongoing or in planning",
                     parts["ongoing"] + parts["planning"], under_way)  # fmt: skip
        yield _count("completed", "Completed", parts["completed"],
                     figure(done, year=year, status=COMPLETED))  # fmt: skip
    for name, area in SHARES.items():
        line = next((one for one in areas if one.area.id == area), None)
        if line is not None and listed:
            yield _share(name, line, float(total.number(name) or 0), len(listed))


def _count(name: str, label: str, published: int, count: Figure) -> Check:
    equal = published == count.value
    says = (
        ""
        if equal
        else f"The list has {count.value}, {abs(count.value - published)} "
        + ("more than published." if count.value > published else "fewer than published.")
    )
    return Check(name, label, "projects", published, count.value, count, equal, says)


def _share(name: str, line: AreaLine, published: float, total: int) -> Check:
    counted = percent(line.count.value, total)
    equal, says = counted == published, ""
    if not equal:
        exact = f"{line.count.value} of {total} are {100 * line.count.value / total:.2f} percent"
        fitting = nearest(published, total, line.count.value)
        would = (
            f"no number of projects prints as {published:g} percent"
            if fitting is None
            else f"{published:g} percent would be {fitting} projects"
        )
        says = f"{exact}; {would}."
    label = f"Share of {line.area.name}"
    return Check(name, label, "percent", published, counted, line.count, equal, says)


def remarks(
    lists: Lists, year: int, total: Entity, areas: Sequence[AreaLine], told: bool
) -> Iterator[str]:
    """Yield what there is to say of published figures that do not add up or do not fit the list."""
    parts = [total.integer(name) for name in ("ongoing", "planning", "completed")]
    whole = total.integer("projects_total")
    if sum(parts) != whole:
        yield f"The published parts add up to {sum(parts)}, not to the published total of {whole}."
    shares = sum(float(total.number(name) or 0) for name in SHARES)
    if shares != 100:
        yield f"The published shares of the focus areas add up to {shares:g} percent."
    if not told:
        yield (
            f"The list of {year} does not tell the status of single projects; the published "
            f"{parts[0]} ongoing, {parts[1]} planned and {parts[2]} completed cannot be counted."
        )
    else:
        yield (
            "The lists put ongoing and planned projects into one; the published "
            f"{parts[0]} ongoing and {parts[1]} planned can be counted together only."
        )
    off = _off(total, areas, len(lists.by_year.get(year, ())))
    if off:
        yield from _fitting(off, {line.area.id: line.area.name for line in areas})
        yield from _stated_otherwise(lists, year, off)


def _off(total: Entity, areas: Sequence[AreaLine], listed: int) -> dict[str, int]:
    """Return how many projects focus areas have too many (or too few) for the published shares.

    Of the numbers that print as the published shares those are taken that are nearest to the counted
    ones; where they miss the total, areas give or take while their share still prints the same.
    """
    share = {area: float(total.number(name) or 0) for name, area in SHARES.items()}
    lines = {line.area.id: line.count.value for line in areas if line.area.id in share}
    near = {area: nearest(share[area], listed, count) for area, count in lines.items()}
    fitting = {area: count for area, count in near.items() if count is not None}
    if len(fitting) < len(lines):
        return {area: lines[area] - count for area, count in fitting.items()}
    for area in sorted(fitting):
        step = 1 if sum(fitting.values()) < listed else -1
        while (
            sum(fitting.values()) != listed and percent(fitting[area] + step, listed) == share[area]
        ):
            fitting[area] += step
    return {area: lines[area] - count for area, count in fitting.items() if count != lines[area]}


def _fitting(off: Mapping[str, int], names: Mapping[str, str]) -> Iterator[str]:
    """Say which shift between focus areas would give the published shares."""
    if sum(off.values()):
        yield "No shift of projects between focus areas gives all the published shares."
        return
    told = [
        f"{abs(count)} {'fewer' if count > 0 else 'more'} under {names[area]}"
        for area, count in sorted(off.items(), key=lambda item: (-item[1], item[0]))
    ]
    yield (
        f"The published shares fit a list with {', '.join(told[:-1])} and {told[-1]}; which projects "
        "were counted elsewhere, no source tells."
    )


def _stated_otherwise(lists: Lists, year: int, off: Mapping[str, int]) -> Iterator[str]:
    """Name projects of the areas concerned that the list of a year beside has in another area."""
    here = {one.project: one for one in lists.by_year.get(year, ())}
    for beside in (year - 1, year + 1):
        for other in lists.by_year.get(beside, ()):
            one = here.get(other.project)
            if one is None or other.area == one.area or not {one.area.id, other.area.id} & {*off}:
                continue
            yield (
                f"{one.title} ({one.city.name}) is listed under {one.area.name} in {year} and under "
                f"{other.area.name} in {beside}."
            )
