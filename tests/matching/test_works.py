"""Works: past cases as columns, and what is joined to one work."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given

from matchmaker.graph import Snapshot
from matchmaker.matching.index import Index
from matchmaker.matching.works import Works
from tests.factory import SCHEMA, make_collaboration, small_world
from tests.matching.worlds import indexes


def works(*more: dict) -> Works:
    cases = [make_collaboration(f"extra-{n}", **values) for n, values in enumerate(more)]
    return Index.build(Snapshot.build(SCHEMA, [*small_world(), *cases]), {}).works


def test_each_case_of_the_seeds_has_its_partner_city_country_text_and_size(
    seed_index: Index,
) -> None:
    found, cities = seed_index.works, seed_index.profiles.cities
    assert [case.id for case in found.cases] == sorted(seed_index.profiles.involvements)
    for row, case in enumerate(found.cases):
        assert found.row[case.id] == row
        assert found.partners[found.case_partner[row]] == case.partner
        assert found.cities[found.case_city[row]] == case.city.id
        assert found.countries[found.case_country[row]] == cities[case.city.id].country
        work = found.case_work[row]
        assert found.texts[work] == case.text
        assert found.cities[found.work_city[work]] == case.city.id
        assert found.did[[work]].toarray()[0, found.case_partner[row]] == 1.0
        assert bool(found.sized[row]) == (case.amount is not None)
        stated = found.topic[found.stating.owner == row].tolist()
        assert [list(found.topics)[topic] for topic in stated] == list(case.topics)
        assert (row in found.serving.get(case.need, ())) == bool(case.need)
    assert "" not in found.serving
    pairs = zip(found.case_work.tolist(), found.case_partner.tolist(), strict=True)
    assert found.did.sum() == len(set(pairs))


def test_what_partners_did_together_in_one_project_is_one_work() -> None:
    same = {"title": "Pipes", "project": "uptown-project-1"}
    together = works(same, {**same, "partner": "college"})
    alone = works({"title": "Pipes"}, {"title": "Pipes", "partner": "college"})
    other_words = works(same, {**same, "title": "Pumps"})
    other_city = works(same, {**same, "city": "midtown"})
    assert len(together.texts) + 1 == len(alone.texts) == len(other_words.texts)
    assert len(other_city.texts) == len(alone.texts)
    work = together.case_work[together.row["extra-0"]]
    assert work == together.case_work[together.row["extra-1"]]
    assert together.did[[work]].sum() == 2.0


def test_a_partner_with_two_cases_in_one_work_did_it_once() -> None:
    same = {"title": "Pipes", "project": "uptown-project-1"}
    found = works(same, same)
    work = found.case_work[found.row["extra-0"]]
    assert found.did[[work]].toarray().max() == 1.0
    assert found.in_common(int(work))[work] == 1.0


def test_the_size_of_work_is_the_power_of_ten_of_one_more_than_the_amount() -> None:
    found = works({"amount": 99.0, "currency": "THB"}, {})
    assert found.power[found.row["extra-0"]] == pytest.approx(2.0)
    assert math.isnan(found.power[found.row["extra-1"]])


@given(indexes())
def test_sums_flags_and_common_partners_agree_with_loops_over_the_cases(index: Index) -> None:
    found = index.works
    values = np.arange(len(found.cases), dtype=np.float64)
    odd = values % 2 == 1
    for number, partner in enumerate(found.partners):
        rows = [row for row, case in enumerate(found.cases) if case.partner == partner]
        assert found.per_partner(values)[number] == sum(rows)
        assert bool(found.any_of_partner(odd)[number]) == any(row % 2 for row in rows)
    who = [set[str]() for _ in found.texts]
    for case, work in zip(found.cases, found.case_work.tolist(), strict=True):
        who[work].add(case.partner)
    for work, partners in enumerate(who):
        assert found.in_common(work).tolist() == [len(partners & others) for others in who]


def test_works_with_other_words_partners_or_cities_are_not_the_same() -> None:
    one = {"title": "Pipes"}
    assert works(one).same_texts(works({**one, "amount": 5.0, "currency": "THB"}))
    for other in ({"title": "Pumps"}, {**one, "partner": "college"}, {**one, "city": "midtown"}):
        assert not works(one).same_texts(works(other))
    assert not works(one).same_texts(works(one, one))


def test_without_cases_there_are_no_works() -> None:
    found = Works.build([], ["bank"])
    assert found.texts == ()
    assert found.per_partner(np.zeros(0)).tolist() == [0.0]
    assert found.any_of_partner(np.zeros(0, dtype=bool)).tolist() == [False]
