"""Past work as columns: which partner did what, in which city.

A *case* is a documented collaboration.  A *work* joins the cases of one project (or one case outside
of any) that share their text: what several partners did together is one work.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp

from matchmaker.matching.features import day_number
from matchmaker.matching.groups import Flags, Floats, Groups, Numbers
from matchmaker.matching.profiles import Involvement


@dataclass(frozen=True, slots=True, eq=False)
class Works:
    """All cases of a snapshot, in order of identifier, as columns.

    Attributes
    ----------
    cases : tuple of Involvement
        The cases; ``row`` gives the position of each by identifier.
    serving : mapping of str to tuple of int
        Rows of the cases that serve a need, by its identifier.
    partners, cities, countries : tuple of str
        Identifiers, in the order that the columns' numbers count.
    case_partner, case_city, case_country, case_work : array of int, shape (cases,)
        Number of each case's partner, city, country and work.
    texts : tuple of str
        The text of each work.
    work_city : array of int, shape (works,)
        Number of each work's city.
    did : sparse array, shape (works, partners)
        1 where a partner did a work.
    power : array, shape (cases,)
        ``log10(1 + amount)``; NaN where no amount is documented.
    sized : array of bool, shape (cases,)
        Whether an amount is documented.
    day : array, shape (cases,)
        Number of the day on which each case began; NaN where it is not documented.
    topics : mapping of str to int
        Topics that cases state, and their numbers.
    topic : array of int, shape (links,)
        Topics that cases state; ``stating`` groups them by case.
    """

    cases: tuple[Involvement, ...]
    row: Mapping[str, int]
    serving: Mapping[str, tuple[int, ...]]
    partners: tuple[str, ...]
    cities: tuple[str, ...]
    countries: tuple[str, ...]
    case_partner: Numbers
    case_city: Numbers
    case_country: Numbers
    case_work: Numbers
    texts: tuple[str, ...]
    work_city: Numbers
    did: sp.csr_array
    power: Floats
    sized: Flags
    day: Floats
    topics: Mapping[str, int]
    topic: Numbers
    stating: Groups

    @classmethod
    def build(cls, cases: Sequence[Involvement], partners: Iterable[str]) -> Works:
        """Lay out the cases of a snapshot.  O(cases)."""
        everyone = tuple(partners)
        partner_number = numbered(everyone)
        city_number = numbered(i.city.id for i in cases)
        country_number = numbered(i.city.country for i in cases)
        topic_number = numbered(topic for i in cases for topic in i.topics)
        keys = [(i.project or i.id, i.text, i.city.id) for i in cases]
        work_number = {key: n for n, key in enumerate(dict.fromkeys(keys))}
        serving: dict[str, list[int]] = defaultdict(list)
        for row, case in enumerate(cases):
            if case.need:
                serving[case.need].append(row)
        case_partner = _column(partner_number[i.partner] for i in cases)
        case_work = _column(work_number[key] for key in keys)
        shape = (len(work_number), len(everyone))
        did = sp.csr_array((np.ones(len(cases)), (case_work, case_partner)), shape=shape)
        did.data[:] = 1.0  # a partner with two cases in one work did it once
        amounts = np.array([np.nan if i.amount is None else i.amount for i in cases], np.float64)
        return cls(
            cases=tuple(cases),
            row={case.id: n for n, case in enumerate(cases)},
            serving={need: tuple(rows) for need, rows in serving.items()},
            partners=everyone,
            cities=tuple(city_number),
            countries=tuple(country_number),
            case_partner=case_partner,
            case_city=_column(city_number[i.city.id] for i in cases),
            case_country=_column(country_number[i.city.country] for i in cases),
            case_work=case_work,
            texts=tuple(text for _, text, _ in work_number),
            work_city=_column(city_number[city] for *_, city in work_number),
            did=did,
            power=np.log10(1.0 + amounts),
            sized=~np.isnan(amounts),
            day=np.array([day_number(i.since) if i.since else np.nan for i in cases], np.float64),
            topics=topic_number,
            topic=_column(topic_number[t] for i in cases for t in i.topics),
            stating=Groups.build([n for n, i in enumerate(cases) for _ in i.topics], len(cases)),
        )

    def in_common(self, work: int) -> Floats:
        """Return for each work the number of partners that it has in common with one of them."""
        start, end = self.did.indptr[work : work + 2]
        partners = np.zeros(len(self.partners))
        partners[self.did.indices[start:end]] = 1.0
        return np.asarray(self.did @ partners)

    def same_texts(self, other: Works) -> bool:
        """Tell whether other works have these texts, done by the same partners in the same cities."""
        return (
            self.texts == other.texts
            and self.partners == other.partners
            and self.cities == other.cities
            and np.array_equal(self.work_city, other.work_city)
            and np.array_equal(self.case_work, other.case_work)
            and np.array_equal(self.case_partner, other.case_partner)
        )

    def per_partner(self, values: Floats) -> Floats:
        """Return the sum over each partner's cases of some values, one for each case."""
        # Without cases, bincount gives whole numbers.
        return np.bincount(self.case_partner, values, len(self.partners)).astype(float, copy=False)

    def any_of_partner(self, chosen: Flags) -> Flags:
        """Return for each partner whether one of its cases is chosen."""
        found = np.zeros(len(self.partners), dtype=bool)
        found[self.case_partner[chosen]] = True
        return found


def numbered(names: Iterable[str]) -> dict[str, int]:
    """Return the number of each name, in the order in which they first come.

    Examples
    --------
    >>> numbered(["b", "a", "b"])
    {'b': 0, 'a': 1}
    """
    return {name: number for number, name in enumerate(dict.fromkeys(names))}


def _column(numbers: Iterable[int]) -> Numbers:
    return np.fromiter(numbers, dtype=np.intp)
