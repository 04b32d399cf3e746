"""Hard conditions that a pair must meet before it is scored; each refusal has its reason."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from matchmaker.matching.declines import Decline
from matchmaker.matching.profiles import NeedProfile, Supply


@dataclass(frozen=True, slots=True)
class Refusal:
    """A condition that a pair fails: the rule's name and the reason in plain words."""

    rule: str
    message: str


RULES: Mapping[str, str] = {
    "need_open": "The need stands open.",
    "offer_active": "The offer has not been withdrawn.",
    "offer_valid": "The offer's last day is not before the snapshot's date.",
    "offer_place": "The offer holds in the city's country.",
    "partner_mandate": "The partner's mandate covers the city's country.",
    "declined": "Partner and city have not agreed that the pair does not fit.",
}


def refusals(
    need: NeedProfile, supply: Supply, as_of: str, country_names: Mapping[str, str],
    declines: Iterable[Decline] = (),
) -> list[Refusal]:  # fmt: skip
    """Return every condition that a pair fails; an eligible pair fails none.

    Parameters
    ----------
    as_of : str
        Day of the snapshot (YYYY-MM-DD).
    country_names : mapping of str to str
        Names of countries by identifier, for the messages.
    declines : iterable of Decline
        Those in force on the need, the latest first; the first that covers the supply is told.
    """
    found = []

    def names(countries: tuple[str, ...]) -> str:
        return ", ".join(country_names.get(c, c) for c in countries)

    if need.status != "open":
        found.append(Refusal("need_open", f"The need is marked as {need.status}."))
    if supply.status != "active":
        found.append(Refusal("offer_active", f"The offer is marked as {supply.status}."))
    # Compared over the length given: an offer valid until 2027 holds through all of 2027.
    end = supply.valid_until
    if end and end < as_of[: len(end)]:
        found.append(
            Refusal("offer_valid", f"The offer stood until {end}; the data are of {as_of}.")
        )
    country = need.city.country
    if supply.limited_to and country not in supply.limited_to:
        where = f"The offer holds only in {names(supply.limited_to)}"
        found.append(Refusal("offer_place", f"{where}, not in {names((country,))}."))
    if supply.mandate and country not in supply.mandate:
        where = f"{supply.partner_name} has its mandate in {names(supply.mandate)}"
        found.append(Refusal("partner_mandate", f"{where}, not in {names((country,))}."))
    for decline in declines:
        if decline.covers(supply):
            found.append(Refusal("declined", decline.message))
            break
    return found
