"""Lists under a bound: the bound holds, scores stay, and the cost is told as it is."""

from __future__ import annotations

from collections import Counter

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matchmaker.errors import BadRequestError
from matchmaker.matching.index import Index
from matchmaker.matching.profiles import Supply
from matchmaker.matching.question import Question
from matchmaker.schema import Schema
from matchmaker.seeds import SeedSet
from matchmaker.settings import Settings
from matchmaker.usecases.diversity import parse_diversity, shortlist
from matchmaker.usecases.opening import service_from_seeds
from matchmaker.usecases.service import Service
from tests.matching.worlds import NEEDS, indexes

NEED = "phuket-scap2018-1"


@pytest.fixture(scope="module")
def service(schema: Schema, seeds: SeedSet) -> Service:
    """Return a service over the real seeds."""
    return service_from_seeds(schema, Settings(), seeds=seeds)


def groups_of(supply: Supply) -> list[str]:
    return [part for part in (supply.partner, supply.home) if part]


@given(indexes(), st.sampled_from(NEEDS), st.integers(1, 6), st.floats(0, 1))
def test_in_any_world_the_bound_holds_scores_stay_and_the_cost_is_never_negative(
    index: Index, need: str, limit: int, diversity: float
) -> None:
    question = Question(index, index.profiles.needs[need])
    found = shortlist(question, limit, diversity)
    counts = Counter(group for s in found.ranking for group in groups_of(s.supply))
    assert len(found.ranking) <= limit
    assert all(count <= found.most for count in counts.values())
    assert found.ranking == [question.score(s.supply) for s in found.ranking]
    assert found.plain_ranks == [question.rank(s.supply) for s in found.ranking]
    assert found.plain_ranks == sorted(found.plain_ranks)
    assert found.plain == question.ranking(limit=limit)
    assert all(given_up >= 0 for given_up in found.given_up)
    assert found.cost >= 0
    assert found.unfilled >= 0
    if len(found.ranking) < limit:
        for scored in question.ranking():
            if scored not in found.ranking:
                assert any(counts[g] == found.most for g in groups_of(scored.supply))


@given(indexes(), st.sampled_from(NEEDS), st.integers(1, 6))
def test_without_diversity_the_list_is_the_plain_one(index: Index, need: str, limit: int) -> None:
    found = shortlist(Question(index, index.profiles.needs[need]), limit)
    assert found.ranking == found.plain
    assert (found.cost, found.unfilled, found.left_out) == (0, 0, [])


def test_no_diversity_gives_the_very_bytes_of_the_plain_list(service: Service) -> None:
    for need in service.snapshot.of_type("need"):
        plain = service.need_matches(need, 20)
        assert orjson.dumps(plain) == orjson.dumps(service.need_matches(need, 20, 0.0))
        assert "diversity" not in plain
        assert not any("plain_rank" in match for match in plain["matches"])


def test_a_match_under_a_bound_is_the_plain_match_with_both_ranks(service: Service) -> None:
    plain = {m["rank"]: m for m in service.need_matches(NEED, 200)["matches"]}
    document = service.need_matches(NEED, 10, 0.9)
    assert [m["rank"] for m in document["matches"]] == list(range(1, 11))
    for match in document["matches"]:
        bare = {k: v for k, v in match.items() if k != "plain_rank"}
        assert bare == plain[match["plain_rank"]] | {"rank": match["rank"]}


def test_the_cost_and_those_left_out_can_be_recomputed_from_the_answers(service: Service) -> None:
    plain, diverse = service.need_matches(NEED, 10), service.need_matches(NEED, 10, 0.9)
    told = diverse["diversity"]
    means = [sum(m["score"] for m in d["matches"]) / 10 for d in (plain, diverse)]
    assert told["cost"] == pytest.approx(means[0] - means[1])
    assert told["cost"] > 0
    kept = {m["plain_rank"] for m in diverse["matches"]}
    assert [m["plain_rank"] for m in told["left_out"]] == [
        m["rank"] for m in plain["matches"] if m["rank"] not in kept
    ]
    for out in told["left_out"]:
        match = plain["matches"][out["plain_rank"] - 1]
        assert out == {"plain_rank": match["rank"], **{k: match[k] for k in out if k in match}}
    assert (told["value"], told["most"], told["unfilled"]) == (0.9, 1, 0)


def test_a_list_that_the_bound_leaves_short_says_how_many_places_stay_empty(
    service: Service,
) -> None:
    plain, diverse = service.need_matches(NEED, 200), service.need_matches(NEED, 200, 1.0)
    told = diverse["diversity"]
    assert told["unfilled"] == len(plain["matches"]) - len(diverse["matches"]) > 0
    assert told["unfilled"] == len(told["left_out"])
    assert "at most 1 for one partner" in told["bound"]


@pytest.mark.parametrize("raw", ["0", "0.0", "1", "1.0", "0.25", "00.5"])
def test_a_number_from_nought_to_one_is_taken(raw: str) -> None:
    assert parse_diversity(raw) == float(raw)


@pytest.mark.parametrize(
    "raw",
    ["", "-0.1", "1.01", "nan", "inf", "1e-1", "0_1", " 0.5", "0.5\n", "½", "٠.٥", ".5", "0." * 40],
)
def test_anything_else_is_refused(raw: str) -> None:
    with pytest.raises(BadRequestError, match="diversity: must be a number from 0 to 1"):
        parse_diversity(raw)
