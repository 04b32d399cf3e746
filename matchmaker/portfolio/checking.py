"""An independent verifier: it counts for itself and shares nothing with what solves."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction

from matchmaker.portfolio.problem import Limits, Problem


@dataclass(frozen=True, slots=True)
class Claim:
    """What a portfolio says of itself.

    Parameters
    ----------
    rows : tuple of int
        The pairs chosen.
    total : int
        Their total score in millionths.
    unmet_cities, unmet_countries : mapping of str to int
        By how many introductions floors are missed; those that are met are left out.
    level : int
        What every city that has a pair gets at least, under ``max_min``.
    """

    rows: tuple[int, ...]
    total: int
    unmet_cities: Mapping[str, int] = field(default_factory=dict)
    unmet_countries: Mapping[str, int] = field(default_factory=dict)
    level: int = 0


def faults(problem: Problem, limits: Limits, claim: Claim) -> list[str]:
    """Return everything about a portfolio that is not as it must be or not as it says.

    Notes
    -----
    O(pairs chosen), and O(pairs) under ``max_min``.

    Examples
    --------
    >>> from matchmaker.portfolio.problem import Pair, problem_of
    >>> pair = Pair("n", "o", "c", "k", "p", "h", 0.5, 0.2, 0.3)
    >>> faults(problem_of([pair], {"c": "k"}), Limits(minimum_fit=0.4), Claim((0,), 300_000))
    ['n with o: a fit of 0.2 is under 0.4']
    """
    pairs = [problem.pair(row) for row in claim.rows]
    met = Counter((pair.need, pair.partner) for pair in pairs)
    found = [f"{need} meets {partner} {n} times" for (need, partner), n in met.items() if n > 1]
    for pair in pairs:
        lower = min(pair.city_fit, pair.partner_fit)
        if lower < limits.minimum_fit:
            found.append(
                f"{pair.need} with {pair.supply}: a fit of {lower} is under {limits.minimum_fit}"
            )
    cities = Counter(pair.city for pair in pairs)
    countries = Counter(pair.country for pair in pairs)
    found += _over("need", Counter(pair.need for pair in pairs), limits.per_need)
    found += _over("city", cities, limits.per_city)
    found += _over("partner", Counter(pair.partner for pair in pairs), limits.per_partner)
    homes = Counter(pair.home for pair in pairs if pair.home)
    found += _over("home country", homes, limits.ceiling_country)
    favoured = [c for c, yes in zip(problem.cities, problem.under_served, strict=True) if yes]
    found += _short("city", favoured, cities, limits.floor_city, claim.unmet_cities)
    found += _short(
        "member state", problem.countries, countries, limits.floor_country, claim.unmet_countries
    )
    if limits.max_min:
        found += _below(problem, limits, cities, claim.level)
    total = sum(Fraction(str(pair.score)) for pair in pairs) * 1_000_000
    if total != claim.total:
        found.append(f"the total is {total}, not {claim.total}")
    return found


def _over(what: str, counts: Mapping[str, int], limit: int | None) -> list[str]:
    if limit is None:
        return []
    return [f"{what} {name} has {n}, over {limit}" for name, n in counts.items() if n > limit]


def _short(
    what: str, names: Iterable[str], counts: Mapping[str, int], floor: int,
    told: Mapping[str, int],
) -> list[str]:  # fmt: skip
    missing = {name: floor - counts.get(name, 0) for name in names}
    missing = {name: n for name, n in missing.items() if n > 0}
    return [
        f"{what} {name} misses its floor by {missing.get(name, 0)}, not {told.get(name, 0)}"
        for name in sorted(missing.keys() | told.keys())
        if missing.get(name, 0) != told.get(name, 0)
    ]


def _below(problem: Problem, limits: Limits, counts: Mapping[str, int], level: int) -> list[str]:
    fits = zip(problem.city.tolist(), problem.city_fit.tolist(), problem.partner_fit.tolist(),
               strict=True)  # fmt: skip
    having = {
        problem.cities[city]
        for city, of_city, of_partner in fits
        if of_city >= limits.minimum_fit and of_partner >= limits.minimum_fit
    }
    return [f"city {c} has under {level}" for c in sorted(having) if counts.get(c, 0) < level]
