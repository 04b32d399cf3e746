"""What can be asked of a portfolio: limits by name, with their ranges and what they are unless told."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from matchmaker.checking import closest
from matchmaker.errors import BadRequestError
from matchmaker.portfolio.problem import Limits

_LONGEST = 20
_WHOLE = re.compile(r"[0-9]+")
_NUMBER = re.compile(r"[0-9]+(\.[0-9]+)?")


@dataclass(frozen=True, slots=True)
class Dial:
    """One number that can be set.

    Parameters
    ----------
    label, hint : str
        What it is, for people.
    usual : float
        Its value unless told otherwise.
    least, most : float
        What it may be.
    slides_to : float
        How far its slider goes.
    step : float
        1 for whole numbers.
    """

    label: str
    hint: str
    usual: float
    least: float
    most: float
    slides_to: float
    step: float = 1


DIALS: Final[Mapping[str, Dial]] = {
    "per_need": Dial("Introductions of one need, at most", "", 1, 1, 20, 5),
    "per_city": Dial("Introductions of one city, at most", "0 is no limit.", 3, 0, 1000, 10),
    "per_partner": Dial("Introductions of one partner, at most", "0 is no limit.", 4, 0, 1000, 20),
    "ceiling_country": Dial(
        "Introductions of all partners of one home country, at most",
        "0 is no limit. Partners without a home country are not bound by it.", 12, 0, 1000, 40),
    "floor_city": Dial(
        "Introductions of each under-served city, at least",
        "A city is under-served where no collaboration with it is documented.", 1, 0, 100, 5),
    "floor_country": Dial("Introductions of each member state, at least", "", 2, 0, 100, 10),
    "minimum_fit": Dial(
        "Fit of either side, at least", "Between 0 and 1.", 0.15, 0, 1, 1, 0.05),
}  # fmt: skip
"""Every limit that is a number, in the order of pages and documentation."""
MAX_MIN: Final = "max_min"
FIRST: Final = "first"
DEFAULT_FIRST: Final = 3
MOST_FIRST: Final = 20
PARAMETERS: Final = (*DIALS, MAX_MIN, FIRST)
"""Names of all that can be set."""
_UNBOUND_AT_ZERO: Final = ("per_city", "per_partner", "ceiling_country")


@dataclass(frozen=True, slots=True)
class Asked:
    """What a caller asked for.

    Parameters
    ----------
    values : mapping of str to float
        Of each dial.
    max_min : bool
        Whether the smallest number of introductions of a city is to be as large as it can be.
    first : int
        Down to which rank of each need it is told why a pair was not chosen.
    """

    values: Mapping[str, float]
    max_min: bool = False
    first: int = DEFAULT_FIRST

    @property
    def limits(self) -> Limits:
        """The limits, with None where there is none."""
        whole = {name: int(value) for name, value in self.values.items() if name != "minimum_fit"}
        bounds = {name: whole[name] or None for name in _UNBOUND_AT_ZERO}
        return Limits(
            per_need=whole["per_need"],
            per_city=bounds["per_city"],
            per_partner=bounds["per_partner"],
            ceiling_country=bounds["ceiling_country"],
            floor_city=whole["floor_city"],
            floor_country=whole["floor_country"],
            minimum_fit=self.values["minimum_fit"],
            max_min=self.max_min,
        )


def parse_asked(given: Mapping[str, str | None]) -> Asked:
    """Return what a caller asks for; what is left out is as usual.

    Parameters
    ----------
    given : mapping of str to str or None
        Texts by names of :data:`PARAMETERS`.

    Raises
    ------
    BadRequestError
        If a name is unknown or a value out of its range.

    Examples
    --------
    >>> asked = parse_asked({"per_partner": "2", "per_city": "0"})
    >>> asked.limits.per_partner, asked.limits.per_city, asked.limits.per_need
    (2, None, 1)
    >>> parse_asked({"per_need": "none"})
    Traceback (most recent call last):
    matchmaker.errors.BadRequestError: per_need: must be a whole number from 1 to 20, not 'none'
    """
    for name in given:
        if name not in PARAMETERS:
            raise BadRequestError(name[:100], f"is no limit{closest(name[:100], PARAMETERS)}")
    values = {}
    for name, dial in DIALS.items():
        raw = given.get(name)
        values[name] = dial.usual if raw is None else _number(name, raw, dial)
    wish = given.get(MAX_MIN)
    if wish not in (None, "yes", "no"):
        raise BadRequestError(MAX_MIN, f"must be 'yes' or 'no', not {str(wish)[:100]!r}")
    raw = given.get(FIRST)
    dial = Dial("", "", DEFAULT_FIRST, 0, MOST_FIRST, MOST_FIRST)
    first = DEFAULT_FIRST if raw is None else int(_number(FIRST, raw, dial))
    return Asked(values, wish == "yes", first)


def _number(name: str, raw: str, dial: Dial) -> float:
    whole = dial.step == 1
    form = _WHOLE if whole else _NUMBER
    if len(raw) <= _LONGEST and raw.isascii() and form.fullmatch(raw):
        value = float(raw)
        if dial.least <= value <= dial.most:
            return value
    kind = "whole number" if whole else "number"
    message = f"must be a {kind} from {dial.least:g} to {dial.most:g}, not {raw[:100]!r}"
    raise BadRequestError(name, message)
