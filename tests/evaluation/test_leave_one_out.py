"""Leave-one-out: no trace of the row is left, chance is chance, and the result is always the same."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import replace

import pytest

from matchmaker.evaluation.leave_one_out import LeaveOneOut, leave_one_out, without
from matchmaker.graph import Snapshot
from matchmaker.matching.index import Index
from matchmaker.matching.lexical import tokens
from matchmaker.matching.profiles import text_of
from matchmaker.model import Entity
from tests.factory import SCHEMA, make_collaboration, make_offer, make_partner, small_world
from tests.matching.conftest import Embed

TEXT_TYPES = ("offer", "partner", "collaboration")


@pytest.fixture(scope="session")
def result(seed_index: Index, embed: Embed) -> LeaveOneOut:
    """Return the whole test over the real seeds."""
    return leave_one_out(seed_index.snapshot, seed_index.vectors, embed)


def words_of(snapshot: Snapshot) -> Counter[str]:
    """Count in how many texts about supplies each word stands."""
    texts = (text_of(e) or "" for k in TEXT_TYPES for e in snapshot.of_type(k).values())
    return Counter(word for text in texts for word in set(tokens(text)))


def test_nothing_of_a_row_is_left_in_the_graph_or_in_the_index(seed_index: Index) -> None:
    whole = seed_index.snapshot
    counts, checked = words_of(whole), 0
    for row in whole.of_type("collaboration").values():
        smaller, _ = without(whole, row.id)
        assert row.id not in smaller.entities
        assert not smaller.links_to(row.id)
        assert not smaller.links_from(row.id)
        for entity in smaller.entities.values():
            assert row.id not in entity.refs("documented_by")
        index = Index.build(smaller, seed_index.vectors)
        assert row.id not in index.columns.nodes
        assert row.id not in index.works.row
        assert row.id not in index.walk
        assert row.id not in index.profiles.involvements
        own = {w for w in tokens(text_of(row) or "") if counts[w] == 1}
        checked += len(own)
        left = words_of(smaller)
        for word in own:
            assert left[word] == 0, (row.id, word)
            if " " not in word:  # two words together would also be looked up one by one
                assert not index.lexical.values(word).any(), (row.id, word)
                assert word not in index.likeness.words.terms
        assert all(row.id not in s.statements for s in index.profiles.supplies.values())
    assert checked > 100


def test_taking_a_row_out_leaves_the_whole_graph_as_it_was(seed_index: Index) -> None:
    whole = seed_index.snapshot
    before = dict(whole.entities), whole.relationship_count
    for row in list(whole.of_type("collaboration"))[:5]:
        without(whole, row)
    assert (dict(whole.entities), whole.relationship_count) == before


def world(*more: Entity) -> Snapshot:
    replaced = {e.id for e in more}
    return Snapshot.build(SCHEMA, [*(e for e in small_world() if e.id not in replaced), *more])


def test_an_offer_that_rests_on_the_row_alone_goes_with_it() -> None:
    smaller, known = without(world(), "bank-uptown")
    assert "bank-finance" not in smaller.entities
    assert "bank" not in smaller.entities  # every citation of it is of the page the row cites
    assert not known


def test_an_offer_that_rests_on_others_too_keeps_those() -> None:
    second = make_collaboration("bank-midtown", city="midtown")
    offer = make_offer(documented_by=("bank-uptown", "bank-midtown"))
    smaller, known = without(world(second, offer), "bank-uptown")
    assert smaller.get("offer", "bank-finance").refs("documented_by") == ("bank-midtown",)
    assert known


def test_a_partner_that_another_page_tells_of_is_still_known() -> None:
    bank = make_partner("bank", locator=("p. 2",))
    smaller, known = without(world(bank), "bank-uptown")
    assert known
    assert "bank" in smaller.of_type("partner")
    house = make_partner("bank", source=("house",), locator=("judgement",))
    assert not without(world(house), "bank-uptown")[1]


def test_every_documented_collaboration_has_its_turn(
    result: LeaveOneOut, seed_snapshot: Snapshot
) -> None:
    rows = seed_snapshot.of_type("collaboration")
    assert [t.collaboration for t in result.turns] == list(rows)
    asked = [t for t in result.turns if t.ranks]
    for name in ("matchmaker", "popularity", "text"):
        assert result.answerable[name].queries == len(asked)
        assert result.everything[name].queries == len(rows) == 40
    assert {t.by_need for t in result.turns} == {True, False}
    for turn in result.turns:
        row = rows[turn.collaboration]
        assert turn.partner == row.text("partner")
        assert turn.by_need == bool(row.text("need"))


def test_the_partner_of_an_unanswerable_row_is_nowhere_in_its_rankings(
    result: LeaveOneOut,
) -> None:
    lost = [t for t in result.turns if t.ranks is None]
    assert lost
    for turn in lost:
        assert all(turn.partner not in ranking for ranking in turn.rankings.values())
    for turn in result.turns:
        if turn.ranks:
            assert turn.partner in turn.rankings["popularity"]
            assert min(turn.ranks.values()) >= 1
            assert max(turn.ranks.values()) <= turn.candidates + 1


def test_the_qualities_follow_from_the_ranks(result: LeaveOneOut) -> None:
    for name in ("matchmaker", "popularity", "text"):
        ranks = [t.ranks[name] for t in result.turns if t.ranks]
        quality = result.answerable[name]
        assert quality.mrr == pytest.approx(sum(1 / r for r in ranks) / len(ranks))
        assert quality.recall_at_10 == pytest.approx(sum(r <= 10 for r in ranks) / len(ranks))
        assert result.everything[name].mrr == pytest.approx(sum(1 / r for r in ranks) / 40)


def test_with_the_truth_permuted_quality_falls_to_chance(result: LeaveOneOut) -> None:
    """The permuted quality lies where random rankings would, by a bootstrap of the queries."""
    rng = random.Random(7)
    sizes = [t.candidates for t in result.turns if t.ranks]
    mrrs, recalls = [], []
    for _ in range(2000):
        ranks = [rng.randint(1, rng.choice(sizes)) for _ in sizes]
        mrrs.append(sum(1 / r for r in ranks) / len(ranks))
        recalls.append(sum(r <= 10 for r in ranks) / len(ranks))
    for found, chance, draws in (
        (result.permuted.mrr, result.chance.mrr, sorted(mrrs)),
        (result.permuted.recall_at_10, result.chance.recall_at_10, sorted(recalls)),
    ):
        assert draws[50] <= found <= draws[-51]  # 95 of 100 draws lie between
        assert found == pytest.approx(chance, abs=0.02)  # and it is a mean of many permutations
    assert result.answerable["matchmaker"].mrr > sorted(mrrs)[-51]


def test_the_result_is_the_same_every_time_and_in_any_order_of_the_data(
    result: LeaveOneOut, seed_index: Index, embed: Embed
) -> None:
    snapshot = seed_index.snapshot
    entities = list(snapshot.entities.values())
    random.Random(3).shuffle(entities)
    again = leave_one_out(
        Snapshot.build(SCHEMA, entities, 0, snapshot.as_of), seed_index.vectors, embed
    )
    assert again == result


def test_progress_is_told_after_each_row(embed: Embed) -> None:
    told: list[tuple[int, int]] = []

    def tell(done: int, total: int) -> None:
        told.append((done, total))

    found = leave_one_out(world(), {}, embed, progress=tell)
    assert told == [(1, 2), (2, 2)]
    assert all(t.ranks is None for t in found.turns)
    assert found.answerable["matchmaker"].queries == 0
    assert found.chance == replace(found.chance, mrr=0.0, recall_at_10=0.0, queries=0)
