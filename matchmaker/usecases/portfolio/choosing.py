"""The use case: the best set of introductions now, for those who make introductions."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np

from matchmaker.permissions import Caller, Role
from matchmaker.portfolio.checking import Claim, faults
from matchmaker.portfolio.explaining import Explainer, shortfalls
from matchmaker.portfolio.greedy import greedy
from matchmaker.portfolio.pricing import price
from matchmaker.portfolio.problem import MILLION, Ints, Limits, Problem, city_floors
from matchmaker.portfolio.solving import solve
from matchmaker.usecases.brokering.listing import pairs_under_way
from matchmaker.usecases.matches import Document, Matcher, algorithm_document
from matchmaker.usecases.permitting import permit
from matchmaker.usecases.portfolio.asking import Asked
from matchmaker.usecases.portfolio.posing import Posed, pose
from matchmaker.usecases.portfolio.telling import Teller, limits_document, price_document
from matchmaker.usecases.service import Service


def portfolio(
    service: Service, caller: Caller, asked: Asked, keep: Collection[tuple[str, str]] = ()
) -> Document:
    """Return the best set of introductions under limits, explained, checked and priced.

    Parameters
    ----------
    service : Service
        Gives the current snapshot, prepared for matching.
    caller : Caller
        Who asks.  A National Representative is shown the introductions of his countries' cities;
        totals and counts are the whole network's for everybody.
    asked : Asked
        The limits.
    keep : collection of (str, str)
        Need and target of introductions chosen last time, to stay near them.

    Raises
    ------
    NotAllowedError
        If the caller may not see portfolios.
    """
    permit(service, caller, "portfolio.read", caller.subjects)
    document = portfolio_document(service.matcher, asked, keep, pairs_under_way(service))
    if caller.role is Role.NATIONAL_REPRESENTATIVE:
        return _of_countries(document, caller.subjects)
    return document


def portfolio_document(
    matcher: Matcher, asked: Asked, keep: Collection[tuple[str, str]] = (),
    brokered: Collection[tuple[str, str]] = (),
) -> Document:  # fmt: skip
    """Return the best set of introductions of a prepared snapshot.

    Parameters
    ----------
    brokered : collection of (str, str)
        Needs and partners between whom an engagement is under way; they are left out.

    Raises
    ------
    ArithmeticError
        If the verifier finds a fault in what was chosen: a defect, never an answer.

    Notes
    -----
    One solution and, for the price of limits, two more for each limit in force.
    """
    posed, limits = pose(matcher, brokered), asked.limits
    problem = posed.problem
    solution = solve(problem, limits, keep)
    by_hand = greedy(problem, limits, solution.level)
    short = shortfalls(problem, limits, solution)
    missed = {
        kind: {one.identifier: one.floor - one.got for one in short if one.kind == kind}
        for kind in ("city", "country")
    }
    rows = tuple(solution.rows.tolist())
    claim = Claim(rows, solution.total, missed["city"], missed["country"], solution.level)
    if found := faults(problem, limits, claim):
        raise ArithmeticError(f"the portfolio breaks its limits: {'; '.join(found)}")
    explainer = Explainer(problem, limits, solution)
    teller = Teller(matcher, posed, limits, solution)
    priced = price(problem, limits, solution.total)
    snapshot = matcher.index.snapshot
    return {
        "algorithm": algorithm_document(matcher.model),
        "snapshot": {"sequence": snapshot.sequence, "as_of": snapshot.as_of},
        "limits": limits_document(limits),
        "needs": len(problem.needs),
        "pairs": len(problem),
        "total": solution.total / MILLION,
        "level": solution.level if limits.max_min else None,
        "of_countries": None,
        "introductions": [
            teller.introduction(place, one) for place, one in enumerate(explainer.chosen(), 1)
        ],
        "excluded": _excluded(posed, explainer, teller, asked.first),
        "unmet": [teller.shortfall(one) for one in short],
        "compared": {
            "best": _compared(problem, limits, solution.rows),
            "greedy": _compared(problem, limits, by_hand),
            "unconstrained": _compared(
                problem, limits, solve(problem, Limits(per_need=limits.per_need)).rows
            ),
        },
        "price": price_document(priced),
        "counts": teller.counts(),
    }


def _excluded(posed: Posed, explainer: Explainer, teller: Teller, first: int) -> list[Document]:
    """Return the pairs among the first ranks of each need that were not chosen, need by need."""
    told = [
        *(teller.exclusion(one) for one in explainer.excluded(first)),
        *(teller.left_out(*pair) for pair in posed.left_out if posed.rank[pair] <= first),
    ]
    return sorted(told, key=lambda one: (one["need"]["id"], one["rank"]))


def _compared(problem: Problem, limits: Limits, rows: Ints) -> Document:
    """Return what a set of introductions comes to, and how far it meets the floors asked for."""
    city = np.bincount(problem.city[rows], minlength=len(problem.cities))
    country = np.bincount(
        problem.city_country[problem.city[rows]], minlength=len(problem.countries)
    )
    floors = city_floors(problem, limits)
    states = np.full(len(problem.countries), limits.floor_country)
    return {
        "total": int(problem.score[rows].sum()) / MILLION,
        "introductions": len(rows),
        "cities": int((city > 0).sum()),
        "partners": len(np.unique(problem.partner[rows])),
        "floors": int(floors.sum() + states.sum()),
        "floors_met": int(np.minimum(city, floors).sum() + np.minimum(country, states).sum()),
    }


def _of_countries(document: Document, countries: Collection[str]) -> Document:
    """Return a portfolio with only the lines that concern some member states."""
    cities = {c["id"] for c in document["counts"]["cities"] if c["country"] in countries}
    return document | {
        "of_countries": sorted(countries),
        "unmet": [u for u in document["unmet"] if u["id"] in countries or u["id"] in cities],
        **{
            name: [one for one in document[name] if one["need"]["country"]["id"] in countries]
            for name in ("introductions", "excluded")
        },
    }
