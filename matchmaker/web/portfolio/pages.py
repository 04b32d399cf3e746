"""The desk's page on the best set of introductions: limits as sliders, reasons, and the price."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode

from flask import Blueprint, current_app, render_template

from matchmaker.permissions import Caller
from matchmaker.usecases.contributing.submissions import lists_all
from matchmaker.usecases.portfolio.asking import DIALS, FIRST, MAX_MIN, Asked, Dial
from matchmaker.usecases.portfolio.choosing import portfolio
from matchmaker.web.accounts.calling import current_caller
from matchmaker.web.contributing.desk import sections_of
from matchmaker.web.http import check_encoding, current_service, keep_nowhere
from matchmaker.web.portfolio.api import asked_for

ENGAGEMENTS: Final = "/desk/engagements"
"""Where an introduction is proposed."""
portfolio_pages = Blueprint("portfolio_pages", __name__, url_prefix="/desk")
portfolio_pages.before_request(check_encoding)
portfolio_pages.after_request(keep_nowhere)


@dataclass(frozen=True, slots=True)
class Slider:
    """One limit as a slider; its range reaches as far as the value that is set."""

    name: str
    dial: Dial
    value: str
    most: str

    @property
    def least(self) -> str:
        """The least value."""
        return f"{self.dial.least:g}"


@dataclass(frozen=True, slots=True)
class Slice:
    """One limit's share of the price, where it begins and how long it is of 1."""

    words: str
    given_up: float
    alone: float
    start: float
    length: float


def sliders(asked: Asked) -> list[Slider]:
    """Return the sliders as they stand."""
    return [
        Slider(name, dial, f"{asked.values[name]:g}",
               f"{max(dial.slides_to, asked.values[name]):g}")
        for name, dial in DIALS.items()
    ]  # fmt: skip


def slices(price: Mapping[str, Any]) -> list[Slice]:
    """Return what each limit costs, one after the other along the whole price."""
    whole = price["given_up"]
    found, start = [], 0.0
    for step in price["steps"]:
        length = step["given_up"] / whole if whole > 0 else 0.0
        found.append(Slice(step["words"], step["given_up"], step["alone"], start, length))
        start += length
    return found


@portfolio_pages.get("/portfolio")
def portfolio_page() -> str:
    """Show the best set of introductions under the limits set."""
    asked, caller = asked_for(), current_caller()
    document = portfolio(current_service(), caller, asked)
    query = {name: f"{value:g}" for name, value in asked.values.items()}
    query |= {MAX_MIN: "yes" if asked.max_min else "no", FIRST: str(asked.first)}
    return render_template(
        "portfolio/portfolio.html",
        found=document,
        sliders=sliders(asked),
        asked=asked,
        as_data=urlencode(query),
        silent=[one["name"] for one in document["unmet"] if one["why"] == "no_need"],
        slices=slices(document["price"]),
        compared=[
            (words, document["compared"][name])
            for name, words in (
                ("best", "This portfolio"),
                ("greedy", "Best pair first, under the same limits"),
                ("unconstrained", "Without limits"),
            )
        ],
        proposes=_proposes(caller),
        sections=sections_of(caller),
    )


def _proposes(caller: Caller) -> bool:
    """Tell whether introductions can be proposed here, and by this caller."""
    takes = any(
        rule.rule == ENGAGEMENTS and "POST" in (rule.methods or ())
        for rule in current_app.url_map.iter_rules()
    )
    return takes and lists_all(caller, "engagements.open")
