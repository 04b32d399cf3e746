"""Events as entities: nothing of an outcome reaches a need, and the graph is valid by the schema."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from matchmaker.checking import entity_from_json
from matchmaker.evaluation.events import Dataset, Event, Link
from matchmaker.evaluation.mapping import map_split, slug
from matchmaker.evaluation.product import Asked, leave_out
from matchmaker.evaluation.protocol import Split, split
from matchmaker.matching.scoring import STATED
from tests.evaluation.made_up import CUT, UNTIL, event
from tests.factory import SCHEMA

SUBJECTS = ("drain pipes and pumps", "street lamps with sensors", "buses that run on time")
NAMES = ("acme", "bolt", "crane", "dove", "eagle")


def history() -> list[Event]:
    """Return a made-up history in which each partner keeps to a subject."""
    found = []
    for number in range(30):
        subject = number % 3
        day = f"2023-{1 + number % 6:02}-{1 + number % 27:02}"
        partners = f"{NAMES[subject]} {NAMES[subject + 2]}" if number % 5 == 0 else NAMES[subject]
        found.append(event(f"t{number}", day, f"agency {number % 4}", partners, SUBJECTS[subject]))
    return found


def later(*partners: str) -> list[Event]:
    """Return made-up events after the cut, with outcomes that a test chooses."""
    chosen = " ".join(partners)
    return [
        event(f"q{n}", f"2023-08-{n + 1:02}", f"agency {n}", chosen, SUBJECTS[n]) for n in range(3)
    ]


def made(*more: Event) -> Split:
    events = sorted([*history(), *more], key=lambda e: (e.date, e.id))
    return split(Dataset("gebiz", tuple(events)), CUT, UNTIL)


def test_every_entity_of_a_mapped_split_is_valid_by_the_schema() -> None:
    mapped = map_split(made(*later("acme")))
    for entity in mapped.entities:
        assert entity_from_json(SCHEMA, entity.as_json()) == (entity, [])
    kinds = {e.type for e in mapped.entities}
    assert kinds == {"source", "country", "city", "partner", "project", "collaboration", "need"}


def test_a_need_is_made_of_what_was_known_before_its_outcome_and_of_nothing_else() -> None:
    """Change who won later, and not one entity moves."""
    one, other = map_split(made(*later("acme"))), map_split(made(*later("bolt", "unheard-of")))
    assert one.entities == other.entities
    assert one.partner_of == other.partner_of


def test_no_score_moves_when_a_marker_is_planted_in_later_events() -> None:
    """The leak test: an outcome's partner, name and amount are marked; the answers stay the same."""
    plain = made(*later("acme"))
    marked = [
        replace(e, links=(Link("acme", "LATER MARKER drain pipes street lamps buses", amount=1e9),))
        for e in later("acme")
    ]
    planted = made(*marked, event("z", "2024-03-01", "agency 1", "acme", "MARKER drain pipes"))
    answers = [Asked.load(each, SCHEMA, {}) for each in (plain, planted)]
    for query in plain.queries:
        scores = [a.question(query).scores.score[a.rows] for a in answers]
        assert scores[0].tolist() == scores[1].tolist()


def test_awards_that_a_past_event_made_after_the_cut_are_not_in_the_graph() -> None:
    late = Link("crane", day=date(2023, 9, 1))
    early = Link("acme", day=date(2023, 5, 1))
    past = replace(event("t99", "2023-05-01", "agency 0", ""), links=(early, late))
    mapped = map_split(made(past, *later("acme")))
    found = [e for e in mapped.entities if e.id.startswith("case-t99")]
    assert [e.text("partner") for e in found] == [slug("partner", "acme")]


def test_each_candidate_is_found_at_its_own_row() -> None:
    asked = Asked.load(made(*later("acme")), SCHEMA, {})
    supplies = asked.index.columns.supplies
    names = [supplies[row].partner_name for row in asked.rows]
    assert names == list(asked.split.candidates)


def test_who_did_the_like_before_is_ranked_before_who_did_not() -> None:
    asked = Asked.load(made(*later("acme")), SCHEMA, {})
    for query, best in zip(asked.split.queries, NAMES, strict=False):
        scores = asked.question(query).scores.score[asked.rows]
        place = asked.split.position
        others = [scores[place[n]] for n in NAMES[:3] if n != best]
        assert scores[place[best]] > max(others)


def test_a_feature_left_out_weighs_nothing_on_either_side() -> None:
    less = leave_out(STATED, "text")
    assert less.city["text"] == less.partner["text"] == 0.0
    assert less.city["topics"] == STATED.city["topics"]


@pytest.mark.parametrize(("one", "other"), [("A & B", "A B"), ("ACME", "acme")])
def test_names_that_read_alike_have_different_identifiers(one: str, other: str) -> None:
    assert slug("partner", one) != slug("partner", other)
