"""The baselines on a handful of made-up events, checked by hand and against networkx."""

from __future__ import annotations

import math

import networkx as nx
import numpy as np
import pytest
from scipy import sparse

from matchmaker.evaluation.baselines import als, baselines, popularity, rrf, topic_popularity
from matchmaker.evaluation.events import Query
from matchmaker.evaluation.lexical import (
    K1,
    B,
    bm25,
    bm25_knn,
    bm25_profile,
    rarity,
    tfidf_profile,
)
from matchmaker.evaluation.metrics import FloatArray
from matchmaker.evaluation.protocol import Method, Split, evaluate, one_by_one, split
from matchmaker.evaluation.terms import count_matrix, terms
from matchmaker.evaluation.training import incidence, prepare
from matchmaker.evaluation.walks import DAMPING, SEEKER_SHARE, Walk, ppr_links, ppr_terms
from tests.evaluation.made_up import CUT, UNTIL, dataset, event

AGENCIES = dataset(
    event("1", "2022-01-01", "parks", "acme bolt", "water pumps garden"),
    event("2", "2022-02-01", "parks", "acme", "water pumps"),
    event("3", "2022-03-01", "roads", "crane", "asphalt road works"),
    event("4", "2022-04-01", "roads", "crane dove", "asphalt paint"),
    event("5", "2022-05-01", "ports", "elf", "harbour paint"),
    event("6", "2023-08-01", "roads", "acme", "water pumps"),
)
PROJECTS = dataset(
    event("1", "2022-01-01", "a", "b c", "clean water", own_kind=True, programmes=("SC1",)),
    event("2", "2022-02-01", "b", "d", "clean energy", own_kind=True, programmes=("SC1", "SC2")),
    event("3", "2022-03-01", "e", "f", "quiet roads", own_kind=True, programmes=("SC3",)),
    event("4", "2023-08-01", "a", "d", "clean water", own_kind=True, programmes=("SC2",)),
)


@pytest.fixture
def agencies() -> Split:
    return split(AGENCIES, CUT, UNTIL)


@pytest.fixture
def projects() -> Split:
    return split(PROJECTS, CUT, UNTIL)


def scores(cut: Split, method: Method, query: Query | None = None) -> dict[str, float]:
    """Return each candidate's score for a query, by default the first of the window."""
    (row,) = method([query or cut.queries[0]])
    return dict(zip(cut.candidates, row.tolist(), strict=True))


def asking(seeker: str, text: str, programmes: tuple[str, ...] = ()) -> Query:
    return Query("q", CUT, seeker, text, programmes=programmes)


def test_terms_are_words_and_pairs_without_stop_words() -> None:
    assert terms("The Pumps of a WATER garden") == [
        "pumps",
        "water",
        "garden",
        "pumps water",
        "water garden",
    ]


def test_a_term_of_one_event_with_two_partners_is_kept_and_of_one_with_one_is_not(
    agencies: Split,
) -> None:
    training = prepare(agencies)
    assert "garden" in training.columns
    assert "harbour" not in training.columns


def test_popularity_is_the_number_of_events(agencies: Split) -> None:
    found = scores(agencies, popularity(prepare(agencies)))
    assert found == {"acme": 2, "crane": 2, "bolt": 1, "dove": 1, "elf": 1}


def test_popularity_within_topics_comes_before_popularity(projects: Split) -> None:
    found = scores(projects, topic_popularity(prepare(projects)))
    assert {name: math.floor(score) for name, score in found.items()} == {
        **dict.fromkeys("bd", 1),
        **dict.fromkeys("acef", 0),
    }
    assert found["b"] > found["d"]


def test_rarity_is_that_of_the_formula_and_never_negative() -> None:
    counts = sparse.csr_array(np.array([[1.0, 2.0], [0.0, 1.0], [0.0, 1.0]]))
    assert rarity(counts) == pytest.approx([math.log(2.5 / 1.5), 0.0])
    assert rarity(counts, floor=False) == pytest.approx(
        [math.log(1 + 2.5 / 1.5), math.log(1 + 0.5 / 3.5)]
    )


def test_bm25_is_that_of_the_formula() -> None:
    counts = sparse.csr_array(np.array([[2.0, 0.0], [0.0, 1.0], [0.0, 1.0], [0.0, 2.0]]))
    weight = math.log(3.5 / 1.5)
    length = K1 * (1 - B + B * 2 / 1.5)
    assert bm25(counts).toarray()[0, 0] == pytest.approx(weight * 2 * (K1 + 1) / (2 + length))


@pytest.mark.parametrize("profile", [tfidf_profile, bm25_profile])
def test_profiles_prefer_who_did_the_like_and_give_nothing_to_the_others(
    agencies: Split, profile: object
) -> None:
    found = scores(agencies, profile(prepare(agencies)))  # type: ignore[operator]
    assert min(found["acme"], found["bolt"]) > 0
    assert found["crane"] == found["dove"] == found["elf"] == 0


def test_tfidf_is_the_cosine_of_query_and_profile(agencies: Split) -> None:
    found = scores(agencies, tfidf_profile(prepare(agencies)))
    # Of five events two hold "water", "pumps" and "water pumps", one "garden" and "pumps garden".
    common, rare = math.log(6 / 3) + 1, math.log(6 / 2) + 1
    length = math.sqrt(3 * common**2 + 2 * rare**2)
    shared, other = common / length + 1 / math.sqrt(3), rare / length
    expected = math.sqrt(3) * shared / math.sqrt(3 * shared**2 + 2 * other**2)
    assert found["acme"] == pytest.approx(expected)


def test_neighbours_vote_for_all_who_took_part(agencies: Split) -> None:
    found = scores(agencies, bm25_knn(prepare(agencies)))
    assert found["acme"] > found["bolt"] > 0
    assert found["crane"] == found["dove"] == found["elf"] == 0


def test_of_equally_similar_events_the_later_vote() -> None:
    events = [
        event(f"{day:02}", f"2022-01-{day:02}", "parks", f"p{day:02} q{day:02}", "water pumps")
        for day in range(1, 32)
    ]
    events += [
        event(f"2{day:02}", f"2022-03-{day:02}", "parks", f"r{day:02} s{day:02}", "water pumps")
        for day in range(1, 32)
    ]
    others = [
        event(f"3{day:02}", f"2021-{month:02}-{day:02}", "roads", "crane", f"road {month}")
        for month in range(1, 4)
        for day in range(1, 28)
    ]
    cut = split(dataset(*events, *others), CUT, UNTIL)
    found = scores(cut, bm25_knn(prepare(cut)), asking("ports", "water pumps"))
    voted = {name for name, score in found.items() if score > 0}
    assert len(voted) == 100
    assert "r01" in voted
    assert "p12" not in voted
    assert "p13" in voted


def test_the_walk_is_the_pagerank_of_networkx() -> None:
    rng = np.random.default_rng(3)
    links = (rng.uniform(size=(30, 12)) < 0.2).astype(float)
    links[:, 0] = 1.0  # no event without a link
    graph = nx.Graph()
    graph.add_nodes_from(("thing", j) for j in range(12))
    graph.add_edges_from((("event", i), ("thing", j)) for i, j in np.argwhere(links).tolist())
    restart = np.zeros((12, 2))
    restart[[2, 5], 0] = 0.25, 0.75
    restart[7, 1] = 1.0
    found = Walk([sparse.csr_array(links[:, :5]), sparse.csr_array(links[:, 5:])]).masses(restart)
    for column in range(2):
        start = {("thing", j): restart[j, column] for j in range(12)}
        oracle = nx.pagerank(graph, DAMPING, start, tol=1e-14, max_iter=1000)
        exact = np.array([oracle["thing", j] for j in range(12)])
        mass = found[:, column]
        assert mass / mass.sum() == pytest.approx(exact / exact.sum(), abs=1e-4)


def test_links_lead_from_the_seeker_to_partners_of_partners() -> None:
    cut = split(
        dataset(
            event("1", "2022-01-01", "parks", "acme bolt"),
            event("2", "2022-01-02", "roads", "bolt crane"),
            event("3", "2022-01-03", "ports", "dove"),
        ),
        CUT,
        UNTIL,
    )
    found = scores(cut, ppr_links(prepare(cut)), asking("parks", ""))
    assert found["bolt"] > found["acme"] > found["crane"] > found["dove"] == 0


def test_an_agency_of_the_name_of_a_supplier_is_another_node() -> None:
    cut = split(
        dataset(
            event("1", "2022-01-01", "acme", "bolt"), event("2", "2022-01-02", "roads", "acme")
        ),
        CUT,
        UNTIL,
    )
    found = scores(cut, ppr_links(prepare(cut)), asking("acme", ""))
    assert found["bolt"] > found["acme"] == 0


def test_walks_from_topics_reach_who_worked_on_them(projects: Split) -> None:
    found = scores(projects, ppr_links(prepare(projects)), asking("stranger", "", ("SC3",)))
    assert min(found["e"], found["f"]) > 0
    assert found["a"] == found["b"] == found["c"] == found["d"] == 0


def test_walks_from_terms_and_the_seeker_reach_both(agencies: Split) -> None:
    found = scores(agencies, ppr_terms(prepare(agencies)), asking("roads", "water pumps"))
    assert found["acme"] > found["bolt"] > 0
    assert found["crane"] > found["dove"] > 0
    assert 0 < SEEKER_SHARE < 1


def test_a_query_with_nothing_known_gives_all_the_same(agencies: Split) -> None:
    training = prepare(agencies)
    for method in (ppr_links, ppr_terms, als, bm25_knn, bm25_profile, tfidf_profile):
        found = scores(agencies, method(training), asking("stranger", "unheard"))
        assert set(found.values()) == {0.0}


def test_factorisation_gives_back_who_worked_with_whom(agencies: Split) -> None:
    found = scores(agencies, als(prepare(agencies)), asking("parks", ""))
    assert found["acme"] > found["bolt"] > 0.5
    assert max(found["crane"], found["dove"], found["elf"]) < 0.1


def test_factorisation_takes_any_shared_event_where_seekers_are_organisations(
    projects: Split,
) -> None:
    found = scores(projects, als(prepare(projects)), asking("c", ""))
    assert min(found["a"], found["b"]) > 0.5
    assert max(found["e"], found["f"]) < 0.1


def test_fusion_adds_reciprocal_ranks(agencies: Split) -> None:
    def fixed(*row: float) -> Method:
        values: FloatArray = np.array(row)
        return one_by_one(lambda query: values)

    found = rrf([fixed(5, 4, 3, 2, 1), fixed(0, 0, 0, 0, 9)])([agencies.queries[0]])
    (row,) = found
    assert row == pytest.approx(
        [1 / 61 + 1 / 62, 1 / 62 + 1 / 63, 1 / 63 + 1 / 64, 1 / 64 + 1 / 65, 1 / 65 + 1 / 61]
    )


def test_all_baselines_are_there_and_the_topics_only_where_calls_have_any(
    agencies: Split, projects: Split
) -> None:
    assert list(baselines(agencies)) == [
        "popularity",
        "tfidf_profile",
        "bm25_profile",
        "bm25_knn",
        "ppr_links",
        "ppr_terms",
        "als",
        "rrf",
    ]
    assert set(baselines(projects)) - set(baselines(agencies)) == {"topic_popularity"}


def test_baselines_are_the_same_every_time(agencies: Split, projects: Split) -> None:
    for cut in (agencies, projects):
        one, other = baselines(cut), baselines(cut)
        for name, method in one.items():
            assert scores(cut, method) == scores(cut, other[name]), name


def test_what_comes_after_the_cut_moves_no_score(agencies: Split) -> None:
    later = [
        event("7", "2023-08-02", "roads", "acme crane marker", "water pumps marker"),
        event("8", "2023-09-02", "marker", "marker", "marker"),
    ]
    cut = split(dataset(*AGENCIES.events, *later), CUT, UNTIL)
    assert cut.candidates == agencies.candidates
    for name, method in baselines(cut).items():
        assert scores(cut, method) == scores(agencies, baselines(agencies)[name]), name


def test_every_baseline_finds_the_partner_of_a_query_like_a_past_one(agencies: Split) -> None:
    for name in ("tfidf_profile", "bm25_profile", "bm25_knn", "ppr_terms"):
        judged = evaluate(agencies, baselines(agencies)[name], modes=("new",))
        assert judged["new"].reciprocal_rank.tolist() == [1.0], name


def test_rows_without_labels_stay_empty() -> None:
    matrix, _ = incidence([(), ("a", "a"), ("b",)], ["a"])
    assert matrix.toarray().tolist() == [[0.0], [1.0], [0.0]]


def test_no_text_at_all_makes_an_empty_matrix() -> None:
    assert count_matrix([[], []], {"water": 0}).toarray().tolist() == [[0.0], [0.0]]
