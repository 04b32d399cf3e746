"""JSON Schemas of what the API answers about portfolios of introductions."""

from __future__ import annotations

from typing import Any, Final

from matchmaker.usecases.portfolio.asking import (
    DEFAULT_FIRST,
    DIALS,
    FIRST,
    MAX_MIN,
    MOST_FIRST,
    Dial,
)
from matchmaker.usecases.portfolio.telling import LIMIT_WORDS
from matchmaker.web.shapes.values import (
    COUNT,
    FLAG,
    NULL,
    NUMBER,
    SLUG,
    TEXT,
    UNIT,
    Json,
    either,
    listed,
    record,
    ref,
)


def _dial(dial: Dial) -> dict[str, Any]:
    whole = dial.step == 1
    kind, usual = ("integer", int(dial.usual)) if whole else ("number", dial.usual)
    bounds = {"minimum": int(dial.least), "maximum": int(dial.most)}
    return {
        "description": f"{dial.label}. {dial.hint}".strip(),
        "schema": {"type": kind, **bounds, "default": usual},
        "example": usual,
    }


PARAMETERS: Final[dict[str, dict[str, Any]]] = {
    **{name: _dial(dial) for name, dial in DIALS.items()},
    MAX_MIN: {
        "description": "'yes': first raise the smallest number of introductions of a city as far as "
        "it goes.",
        "schema": {"type": "string", "enum": ["yes", "no"], "default": "no"},
        "example": "no",
    },
    FIRST: {
        "description": "Down to which rank of each need it is told why a pair was not chosen.",
        "schema": {"type": "integer", "minimum": 0, "maximum": MOST_FIRST,
                   "default": DEFAULT_FIRST},
        "example": DEFAULT_FIRST,
    },
}  # fmt: skip
"""Parameter objects of OpenAPI."""

_NAMED: Final = record(id=SLUG, name=TEXT)
_PARTY: Final[Json] = {
    "need": record(
        id=SLUG, title=TEXT, city=record(id=SLUG, name=TEXT), country=record(id=SLUG, name=TEXT)
    ),
    "target": SLUG,
    "offer": either(record(id=SLUG, title=TEXT), NULL),
    "partner": record(id=SLUG, name=TEXT, country=either(_NAMED, NULL)),
}
_LINKS: Final = record("The pair explained: as data and as a page.", match=TEXT, page=TEXT)
_RANK: Final[Json] = {"type": "integer", "minimum": 1}
_SWAP: Final = either(ref("PortfolioSwap"), NULL)
_SET: Final = record(
    "What a set of introductions comes to; of 'floors' introductions wanted at least, 'floors_met'.",
    total=NUMBER, introductions=COUNT, cities=COUNT, partners=COUNT, floors=COUNT,
    floors_met=COUNT,
)  # fmt: skip

ALL: Final[dict[str, Json]] = {
    "Portfolio": record(
        "The best set of introductions under limits.  In turn: with 'max_min' the smallest number of "
        "a city is as large as it can be, as many introductions as can be count towards floors, and "
        "the total score is as high as can be.  'of_countries' names the member states that the "
        "lists are narrowed to; totals, counts and price are the whole network's.",
        algorithm=ref("AlgorithmInUse"), snapshot=ref("Snapshot"),
        limits=record(
            "The limits in force; null is no limit.",
            **{
                name: FLAG if name == MAX_MIN else UNIT if name == "minimum_fit"
                else either(COUNT, NULL)
                for name in LIMIT_WORDS
            },
        ),
        needs={**COUNT, "description": "Open needs."},
        pairs={**COUNT, "description": "Pairs considered."},
        total={**NUMBER, "description": "Sum of scores, each in whole millionths."},
        level={"description": "What 'max_min' came to.", **either(COUNT, NULL)},
        of_countries=either(listed(SLUG), NULL),
        introductions=listed(ref("PortfolioIntroduction")),
        excluded=listed(ref("PortfolioExclusion")),
        unmet=listed(ref("PortfolioShortfall")),
        compared=record(
            "Beside the best set, one taken greedily under the same limits, and one without any but "
            "'per_need'.",
            best=_SET, greedy=_SET, unconstrained=_SET,
        ),
        price=ref("PortfolioPrice"),
        counts=record(
            cities=listed(
                record(id=SLUG, name=TEXT, country=SLUG, needs=COUNT, introductions=COUNT,
                       under_served=FLAG)
            ),
            countries=listed(record(id=SLUG, name=TEXT, introductions=COUNT)),
            partners=listed(record(id=SLUG, name=TEXT, introductions=COUNT)),
            homes=listed(record(id=either(SLUG, NULL), name=TEXT, introductions=COUNT)),
        ),
    ),
    "PortfolioIntroduction": record(
        "A pair that is chosen.  'floors' names those that would be missed with one introduction "
        "less; 'without' tells what the best portfolio without the pair would have instead, null "
        "where a floor would be missed.",
        place=_RANK, **_PARTY, score=UNIT, city_fit=UNIT, partner_fit=UNIT,
        band={"enum": ["strong", "promising", "speculative"]}, rank=_RANK,
        floors=listed({"enum": ["floor_city", "floor_country", "max_min"]}), reason=TEXT,
        without=_SWAP, links=_LINKS,
    ),
    "PortfolioExclusion": record(
        "A pair of a need's first ranks that is not chosen.  'limits' names what keeps it out; "
        "'forced' tells what putting it in would do, null where it cannot be put in.",
        **_PARTY, score=UNIT, rank=_RANK,
        limits=listed({
            "enum": ["per_need", "per_city", "per_partner", "ceiling_country", "minimum_fit",
                     "same_partner", "floors", "already"],
        }),
        reason=TEXT, forced=_SWAP, links=_LINKS,
    ),
    "PortfolioSwap": record(
        "What else would change: introductions that go out and come in, and the score lost by it "
        "all.",
        lost=NUMBER, out=listed(ref("PortfolioPair")), **{"in": listed(ref("PortfolioPair"))},
    ),
    "PortfolioPair": record(
        need=record(id=SLUG, title=TEXT), target=SLUG, partner=record(id=SLUG, name=TEXT),
        score=UNIT,
    ),
    "PortfolioShortfall": record(
        "A floor that is missed: 'possible' is what it could have if nobody else had a floor.",
        kind={"enum": ["city", "country"]}, id=SLUG, name=TEXT, floor=COUNT, got=COUNT,
        possible=COUNT,
        why={"enum": ["no_need", "no_pair", "too_few", "capacity", "other_floors"]}, message=TEXT,
    ),
    "PortfolioPrice": record(
        "The score that limits cost.  'steps' take it apart: 'given_up' on top of the limits before, "
        "adding up to the whole with 'kept', which is given up to stay near last time; 'alone' is "
        "what would be won by dropping that limit only.",
        unconstrained=NUMBER, total=NUMBER, given_up=NUMBER, kept=NUMBER,
        steps=listed(
            record(limit={"enum": list(LIMIT_WORDS)}, words=TEXT, total=NUMBER, given_up=NUMBER,
                   alone=NUMBER)
        ),
    ),
}  # fmt: skip
"""Schemas by name."""
