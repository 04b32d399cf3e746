"""The rules of brokering as data: complete as shipped, and refused with every fault where wrong."""

from __future__ import annotations

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from matchmaker.brokering.rules import FILE, load_rules
from matchmaker.errors import InvalidDataError, SchemaError
from matchmaker.schema import DEFAULT_FOLDER, Schema, read_yaml
from tests.brokering.cases import RULES

SHIPPED = read_yaml(DEFAULT_FOLDER / FILE)
Spoil = Callable[[dict[str, Any]], object]


def faults(tmp_path: Path, document: Any, **options: Any) -> str:
    path = tmp_path / FILE
    path.write_text(yaml.safe_dump(document, sort_keys=False), "utf-8")
    with pytest.raises(InvalidDataError) as caught:
        load_rules(path, **options)
    return str(caught.value)


def test_the_shipped_rules_have_the_stages_of_a_brokered_case_in_their_order():
    assert list(RULES.stages) == [
        "proposed", "consented", "introduced", "in_discussion", "agreed", "in_delivery",
        "completed", "declined", "stalled", "withdrawn",
    ]  # fmt: skip
    assert [s.name for s in RULES.stages.values() if s.is_end] == [
        "completed", "declined", "withdrawn",
    ]  # fmt: skip


def test_every_rule_states_its_origin_and_a_clause_names_its_paragraph():
    for rule in RULES.rules.values():
        assert rule.origin in ("clause", "source", "house")
        if rule.origin == "clause":
            assert rule.cites.startswith("Terms of Reference 2019, para. ")
        if rule.origin == "house":
            assert rule.cites.startswith("house")
    assert RULES.rules["no_objection"].origin == "house"
    assert RULES.rules["city_level"].origin == "source"
    assert "17c" in RULES.rules["city_consents"].cites


def test_firms_work_with_one_city_and_the_rule_says_so():
    assert [rule.name for rule in RULES.of_partner_kind("company")] == ["city_level"]
    assert RULES.of_partner_kind("development_bank") == ()


def test_every_ending_move_has_reasons_and_every_form_is_known_to_the_graph(schema: Schema):
    for name in ("decline", "object", "withdraw", "stall"):
        assert "reason" in RULES.moves[name].needs
        assert len(RULES.reasons_of(name)) >= 5
    roles = schema.vocabularies["collaboration_role"]
    assert {form.role for form in RULES.forms.values()} - {""} <= roles.keys()
    assert [*RULES.forms] == [
        "white_paper", "technology_support", "finance", "feasibility_study", "capacity_building",
        "pilot", "other",
    ]  # fmt: skip


def test_the_period_without_objection_differs_by_country_and_can_be_switched_off(tmp_path: Path):
    document = copy.deepcopy(SHIPPED)
    document["rules"]["no_objection"]["switch"]["except"] = {
        "upland": {"days": 15},
        "lowland": False,
    }
    path = tmp_path / FILE
    path.write_text(yaml.safe_dump(document, sort_keys=False), "utf-8")
    rules = load_rules(path, {"upland", "lowland"})
    assert rules.days_in("upland")["country_objects"] == 15
    assert rules.days_in("farland")["country_objects"] == 10
    assert "country_objects" not in rules.days_in("lowland")
    assert rules.asked_in("lowland", "consent") == ("partner", "city")
    assert "there is no 'lowland'" in faults(tmp_path, document, countries={"upland"})


SPOILED: list[tuple[str, Spoil, str]] = [
    ("unknown section", lambda d: d.update(more={}), "more: unknown section"),
    ("missing section", lambda d: d.pop("clocks"), "clocks: is missing"),
    ("unknown key", lambda d: d["moves"]["decline"].update(too="x"), "unknown key 'too'"),
    ("missing key", lambda d: d["rules"]["forms"].pop("says"), "rules.forms: key 'says' is missing"),
    ("wrong kind", lambda d: d["stages"]["agreed"].update(kind="x"), "stages.agreed.kind: must be"),
    ("wrong origin", lambda d: d["rules"]["forms"].update(origin="x"), "origin: must be one of clause"),
    ("wrong role", lambda d: d["parties"]["city"].update(roles=["mayor"]), "must be a list of roles"),
    ("no days", lambda d: d["clocks"]["city_answers"].update(days=0), "must be a number of days"),
    ("days as text", lambda d: d["clocks"]["city_answers"].update(days="14"), "number of days"),
    ("late reminder", lambda d: d["clocks"]["city_answers"].update(reminders=[14]), "before it is due"),
    ("twice", lambda d: d["moves"]["note"].update(by=["city", "city"]), "names something twice"),
    ("wrong switch", lambda d: d["rules"]["no_objection"].update(switch=5), "must have days"),
    ("wrong exception", lambda d: d["rules"]["no_objection"]["switch"].update({"except": {"x": 3}}),
     "except: x: must be off"),
    ("not a mapping", lambda d: d["forms"].update(pilot="Pilot"), "forms.pilot: must be a name"),
    ("dangling stage", lambda d: d["moves"]["introduce"].update({"from": ["met"]}), "no 'met'"),
    ("dangling target", lambda d: d["moves"]["introduce"].update(to="met"), "there is no 'met'"),
    ("dangling party", lambda d: d["moves"]["introduce"].update(by=["mayor"]), "no 'mayor'"),
    ("dangling rule", lambda d: d["clocks"]["city_answers"].update(rule="x"), "there is no 'x'"),
    ("dangling consent", lambda d: d["moves"]["agree"].update(gives="x"), "there is no 'x'"),
    ("dangling move", lambda d: d["reasons"]["terms"].update(moves=["x"]), "there is no 'x'"),
    ("clock by people", lambda d: d["clocks"]["city_answers"].update(then="decline"), "no 'decline'"),
    ("clock about nobody", lambda d: d["clocks"]["city_answers"].update(then="silence"),
     "'silence' is not about 'city'"),
    ("two openings", lambda d: d["moves"]["ask"].update(opens="interest"), "opens 'interest'"),
    ("from nowhere", lambda d: d["moves"]["decline"].pop("from"), "opens a route or has stages"),
    ("out of an end", lambda d: d["moves"]["resume"].update({"from": ["declined"]}), "leads out"),
    ("back from a path", lambda d: d["moves"]["resume"].update({"from": ["agreed"]}), "no pause"),
    ("no reason to give", lambda d: d["moves"]["resume"].update(needs=["reason"]), "there is none"),
    ("half a consent", lambda d: d["consents"]["agreement"].pop("then"), "has a stage without"),
    ("no clock", lambda d: d["parties"].pop("clock"), "parties: 'clock' is missing"),
    ("mute clock", lambda d: d["moves"]["silence"].pop("about"), "does not say whom it can be about"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "spoil", "told"), SPOILED, ids=[case[0] for case in SPOILED])
def test_what_is_wrong_with_the_rules_is_refused_and_named(
    tmp_path: Path, name: str, spoil: Spoil, told: str
):
    document = copy.deepcopy(SHIPPED)
    spoil(document)
    assert told in faults(tmp_path, document)


def test_all_faults_are_told_at_once(tmp_path: Path):
    document = copy.deepcopy(SHIPPED)
    document["moves"]["introduce"] |= {"by": ["mayor"], "rule": "x", "to": "met"}
    assert "3 faults found" in faults(tmp_path, document)


def test_what_is_no_mapping_and_what_cannot_be_read_is_refused(tmp_path: Path):
    assert "must be a mapping of sections" in faults(tmp_path, ["stages"])
    with pytest.raises(SchemaError, match="cannot be read"):
        load_rules(tmp_path / "nowhere.yaml")
