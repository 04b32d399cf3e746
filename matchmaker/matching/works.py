"""Past work as columns: which partner did what, in which city.

A *case* is a documented collaboration.  A *work* joins the cases of one project (or one case outside
of any) that share their text: what several partners did together is one work.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from matchmaker.matching.profiles import Involvement

Numbers = NDArray[np.intp]
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Works:
    """All cases of a snapshot, in order of identifier, as columns.

    Attributes
    ----------
    cases : tuple of Involvement
        The cases; ``row`` gives the position of each by identifier.
    partners, cities : tuple of str
        Identifiers, in the order that the columns' numbers count.
    case_partner, case_city, case_work : array of int, shape (cases,)
        Number of each case's partner, city and work.
    texts : tuple of str
        The text of each work.
    work_city : array of int, shape (works,)
        Number of each work's city.
    power : array, shape (cases,)
        ``log10(1 + amount)``; NaN where no amount is documented.
    topics : tuple of str
        Topics that cases state.
    topic_case, topic : arrays of int, shape (links,)
        Which case states which of them.
    """

    cases: tuple[Involvement, ...]
    row: Mapping[str, int]
    partners: tuple[str, ...]
    cities: tuple[str, ...]
    case_partner: Numbers
    case_city: Numbers
    case_work: Numbers
    texts: tuple[str, ...]
    work_city: Numbers
    power: Floats
    topics: tuple[str, ...]
    topic_case: Numbers
    topic: Numbers

    @classmethod
    def build(cls, cases: Sequence[Involvement], partners: Iterable[str]) -> Works:
        """Lay out the cases of a snapshot.  O(cases)."""
        everyone = tuple(partners)
        partner_number = {p: n for n, p in enumerate(everyone)}
        city_number = {c: n for n, c in enumerate(dict.fromkeys(i.city.id for i in cases))}
        keys = [(i.project or i.id, i.text, i.city.id) for i in cases]
        work_number = {key: n for n, key in enumerate(dict.fromkeys(keys))}
        topic_number = {
            t: n for n, t in enumerate(dict.fromkeys(t for i in cases for t in i.topics))
        }
        amounts = [np.nan if i.amount is None else i.amount for i in cases]
        return cls(
            cases=tuple(cases),
            row={case.id: n for n, case in enumerate(cases)},
            partners=everyone,
            cities=tuple(city_number),
            case_partner=_numbers(partner_number[i.partner] for i in cases),
            case_city=_numbers(city_number[i.city.id] for i in cases),
            case_work=_numbers(work_number[key] for key in keys),
            texts=tuple(text for _, text, _ in work_number),
            work_city=_numbers(city_number[city] for *_, city in work_number),
            power=np.log10(1.0 + np.array(amounts, dtype=np.float64)),
            topics=tuple(topic_number),
            topic_case=_numbers(n for n, i in enumerate(cases) for _ in i.topics),
            topic=_numbers(topic_number[t] for i in cases for t in i.topics),
        )

    def partners_of_works(self) -> sp.csr_array:
        """Return the matrix that tells which partners did each work, shape (works, partners)."""
        ones = np.ones(len(self.cases))
        shape = (len(self.texts), len(self.partners))
        found = sp.csr_array((ones, (self.case_work, self.case_partner)), shape=shape)
        found.data[:] = 1.0  # a partner with two cases in one work did it once
        return found

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

    def kept(self, left_out: Collection[str]) -> NDArray[np.bool_]:
        """Return for each case whether it stays when some are left out."""
        keep = np.ones(len(self.cases), dtype=bool)
        keep[[self.row[i] for i in left_out if i in self.row]] = False
        return keep

    def per_partner(self, values: Floats, cases: Numbers | slice = slice(None)) -> Floats:
        """Return the sum over each partner's cases of some values, one for each of ``cases``."""
        owners = self.case_partner[cases]
        return np.bincount(owners, values, len(self.partners)).astype(np.float64, copy=False)


def largest_of(values: Floats, owner: Numbers, owners: int) -> Floats:
    """Return the largest value of each owner, minus infinity for one without any.

    Examples
    --------
    >>> largest_of(np.array([0.5, 0.25, 1.0]), np.array([0, 0, 2]), 3).tolist()
    [0.5, -inf, 1.0]
    """
    found = np.full(owners, -np.inf)
    np.maximum.at(found, owner, values)
    return found


def _numbers(values: Iterable[int]) -> Numbers:
    return np.fromiter(values, dtype=np.intp)
