"""Evidence: paths of the graph that really carry the value, so that cutting them lowers it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from itertools import pairwise

import pytest

from matchmaker.graph import Snapshot
from matchmaker.matching.basis import Finder
from matchmaker.matching.evidence import Evidence, Prover
from matchmaker.matching.features import FEATURES
from matchmaker.matching.index import Index
from matchmaker.matching.question import Question, Scored
from matchmaker.matching.scoring import SIDES, STATED, Side, contributions
from matchmaker.model import Entity, Relationship
from tests.factory import SCHEMA, make_collaboration, make_offer, small_world

Cut = str | Relationship


def delete(snapshot: Snapshot, identifier: str) -> list[Entity]:
    """Return all entities but one, and without references to it."""
    kept = (e for e in snapshot.entities.values() if e.id != identifier)
    return [unlinked(entity, [identifier]) for entity in kept]


def unlinked(entity: Entity, targets: Iterable[str], relationship: str = "") -> Entity:
    """Return an entity without its references to some others."""
    values = dict(entity.values)
    for prop in SCHEMA.entities[entity.type].references:
        if relationship not in ("", prop.relationship):
            continue
        rest = tuple(t for t in entity.refs(prop.name) if t not in targets)
        if len(rest) < len(entity.refs(prop.name)):
            del values[prop.name]
            if rest:
                values[prop.name] = rest
    return Entity(entity.type, entity.id, values)


def cut_out(snapshot: Snapshot, cut: Cut) -> Snapshot:
    """Return a snapshot without a node, or without one relationship."""
    if isinstance(cut, str):
        entities = delete(snapshot, cut)
    else:
        assert snapshot.is_linked(cut.start, cut.type, cut.end)
        entities = [
            unlinked(e, [cut.end], cut.type) if e.id == cut.start else e
            for e in snapshot.entities.values()
        ]
    return Snapshot.build(snapshot.schema, entities, 0, snapshot.as_of)


def amount(scored: Scored, feature: str, side: Side) -> float:
    details = dict.fromkeys([f.name for f in FEATURES] + ["prior"], "")
    lines = contributions(getattr(scored, side), STATED, side, details)
    return next(line["amount"] for line in lines if line["feature"] == feature)


def evidence_for(question: Question, scored: Scored) -> list[Evidence]:
    """Return the evidence behind one pair."""
    (found,) = Prover(question).evidence(Finder(question).bases([scored]))
    return found


def cites(found: Iterable[Evidence], feature: str, cut: Cut) -> bool:
    """Tell whether some path of a feature goes through a node or relationship."""
    for path in (e["path"] for e in found if e["feature"] == feature):
        if isinstance(cut, str):
            if cut in path[::2]:
                return True
        else:
            steps = zip(pairwise(path[::2]), path[1::2], strict=True)
            if any(kind == cut.type and {a, b} == {cut.start, cut.end} for (a, b), kind in steps):
                return True
    return False


BRUNEI_1, BRUNEI_2 = "bandar-seri-begawan-scap2018-1", "bandar-seri-begawan-scap2018-2"
CEBU, SMARTJAMP = "cebu-city-scap2018-1", "mlit-japan-smartjamp-feasibility-study"
CUTS: list[tuple[str, Side, str, str, Cut]] = [
    (
        "support", "city", BRUNEI_1, "aadcp-australia-for-asean-finance",
        Relationship(BRUNEI_1, "SEEKS", "finance"),
    ),
    (
        "support", "partner", BRUNEI_1, "aadcp-australia-for-asean-finance",
        "aadcp-australia-for-asean-finance",
    ),
    ("topics", "city", BRUNEI_2, "keiti-feasibility-study", "vientiane-keiti-1"),
    (
        "topics", "partner", BRUNEI_1, "ur-japan",
        Relationship("ur-japan", "HAS_TOPIC", "district-development"),
    ),
    ("text", "city", BRUNEI_1, "amata-public-private-partnership", "chonburi-amata-2"),
    (
        "text", "partner", "banyuwangi-scap2018-1", "molit-korea-capacity-building",
        "molit-korea-capacity-building",
    ),
    ("similar_work", "city", BRUNEI_1, "jica-technical-assistance", "siem-reap-jica-1"),
    ("experience", "city", CEBU, SMARTJAMP, "davao-city-mlit-japan-smartjamp-1"),
    ("experience", "partner", CEBU, SMARTJAMP, "davao-city-mlit-japan-smartjamp-1"),
    ("kinship", "partner", BRUNEI_1, "ur-japan", "phnom-penh-city-of-paris-1"),
    ("track_record", "city", BRUNEI_1, "jica-technical-assistance", "yangon-jica-1"),
    ("activity", "city", BRUNEI_1, "jica-technical-assistance", "siem-reap-jica-1"),
    ("precedent", "city", "bangkok-scap2018-1", "jica-technical-assistance", "phnom-penh-jica-2"),
    ("presence", "partner", BRUNEI_2, "keiti-feasibility-study", "vientiane-keiti-1"),
    (
        "presence", "partner", "bangkok-scap2018-1", "uddc",
        Relationship("uddc", "IN_COUNTRY", "country-thailand"),
    ),
    ("freshness", "partner", BRUNEI_1, "ur-japan", "bandar-seri-begawan-p1-2025"),
    (
        "freshness", "partner", BRUNEI_1, "ur-japan",
        Relationship("bandar-seri-begawan-p1", "CONTINUES", BRUNEI_1),
    ),
]  # fmt: skip


@pytest.mark.parametrize(("feature", "side", "need", "target", "cut"), CUTS)
def test_deleting_the_evidence_that_a_feature_cites_lowers_its_amount(
    seed_index: Index, feature: str, side: Side, need: str, target: str, cut: Cut
) -> None:
    before = Question(seed_index, seed_index.profiles.needs[need])
    scored = before.score(seed_index.profiles.supplies[target])
    assert cites(evidence_for(before, scored), feature, cut)
    there = Index.build(cut_out(seed_index.snapshot, cut), seed_index.vectors)
    # Without its only offer a partner is matched on its profile.
    supply = there.profiles.supplies.get(target) or there.profiles.supplies[scored.supply.partner]
    after = Question(there, there.profiles.needs[need]).score(supply)
    assert amount(after, feature, side) < amount(scored, feature, side)


def test_deleting_the_larger_amount_that_the_size_of_work_cites_lowers_it() -> None:
    cases = [
        make_collaboration(f"bank-midtown-{n}", city="midtown", amount=amount, currency="THB")
        for n, amount in enumerate((1e3, 1e8))
    ]
    world = Snapshot.build(SCHEMA, [*small_world(), *cases], 0, "2024-06-30")
    index = Index.build(world, {})
    question = Question(index, index.profiles.needs["uptown-need-2"])
    scored = question.score(index.profiles.supplies["bank-finance"])
    assert cites(evidence_for(question, scored), "capacity", "bank-midtown-1")
    assert not cites(evidence_for(question, scored), "capacity", "bank-uptown")  # of no amount
    there = Index.build(cut_out(world, "bank-midtown-1"), {})
    after = Question(there, there.profiles.needs["uptown-need-2"])
    found = after.score(there.profiles.supplies["bank-finance"])
    assert 0 < amount(found, "capacity", "city") < amount(scored, "capacity", "city")


def test_the_cuts_show_every_feature_for_every_side_it_speaks_for() -> None:
    shown = {(feature, side) for feature, side, *_ in CUTS}
    shown.add(("capacity", "city"))  # by the test below: no amount is documented in the seeds
    assert shown == {(f.name, side) for f in FEATURES for side in f.sides}
    assert shown == {(name, side) for side in SIDES for name in STATED.of(side)}


def test_a_value_of_nought_or_unknown_has_no_evidence(index: Index) -> None:
    question = Question(index, index.profiles.needs["uptown-need-1"])
    for supply in index.profiles.supplies.values():
        scored = question.score(supply)
        proven = {e["feature"] for e in evidence_for(question, scored)}
        values = {**scored.city, **scored.partner}
        assert proven <= {name for name, value in values.items() if value}


def test_the_paths_of_a_need_that_is_not_stored_start_at_its_topics_or_its_city(
    index: Index,
) -> None:
    need = replace(index.profiles.needs["midtown-need-1"], id="")
    question = Question(index, need)
    scored = question.score(index.profiles.supplies["bank-finance"])
    paths = {e["feature"]: e["path"] for e in evidence_for(question, scored)}
    assert paths["topics"][0] == "water"
    assert paths["support"] == ("finance", "GIVES", "bank-finance")
    assert paths["track_record"][0] == "water"
    assert paths["presence"][0] == "midtown"
    assert "freshness" not in paths
    assert all("" not in path for path in paths.values())


def test_a_pairs_own_collaboration_is_in_none_of_its_paths(seed_index: Index) -> None:
    for need in seed_index.profiles.needs.values():
        question = Question(seed_index, need)
        for scored in question.ranking():
            if not question.own & set(scored.supply.statements):
                continue
            for found in evidence_for(question, scored):
                assert question.own.isdisjoint(found["path"][::2]), found


def test_an_offer_that_seeks_several_kinds_is_proven_for_each_that_it_gives(index: Index) -> None:
    question = Question(index, index.profiles.needs["midtown-need-1"])
    for offer, kind in (("bank-finance", "finance"), ("busmaker-technology", "technology")):
        found = evidence_for(question, question.score(index.profiles.supplies[offer]))
        paths = [e["path"] for e in found if e["feature"] == "support"]
        assert paths == [("midtown-need-1", "SEEKS", kind, "GIVES", offer)]


def test_a_path_through_facts_cites_the_facts_and_not_the_topic_scheme(index: Index) -> None:
    question = Question(index, index.profiles.needs["midtown-need-1"])
    scored = question.score(index.profiles.supplies["bank-finance"])
    for found in evidence_for(question, scored):
        kinds = {index.snapshot.entities[s["node"]].type for s in found["sources"]}
        assert kinds
        assert kinds.isdisjoint({"topic", "support_type", "country"}), found


def test_where_no_topic_is_shared_the_track_record_is_shown_by_the_case_in_the_city() -> None:
    world = [
        make_offer(documented_by=None, topics=("water",)) if e.id == "bank-finance"
        else replace(e, values={**e.values, "topics": ("mobility",)}) if e.id == "bank-uptown"
        else replace(e, values={k: v for k, v in e.values.items() if k != "related"})
        for e in small_world()
    ]  # fmt: skip
    index = Index.build(Snapshot.build(SCHEMA, world, 0, "2024-06-30"), {})
    need = replace(index.profiles.needs["uptown-need-1"], id="")
    question = Question(index, need)
    scored = question.score(index.profiles.supplies["bank-finance"])
    paths = {e["feature"]: e["path"] for e in evidence_for(question, scored)}
    assert paths["track_record"] == ("uptown", "OF_CITY", "bank-uptown", "WITH_PARTNER", "bank")
