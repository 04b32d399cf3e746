"""An engagement as a fold over its moves: what is possible, for whom, and what follows."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matchmaker.brokering.engagement import (
    apply,
    is_open,
    is_published,
    party_for,
    possible,
    state_of,
)
from matchmaker.brokering.history import Move, Opening, State
from matchmaker.errors import BadRequestError, ConflictError, MatchmakerError, NotAllowedError
from tests.brokering.cases import OPENERS, RULES, Played, after_days, first, opening

PEOPLE = ("partner", "city", "country", "secretariat")


@pytest.fixture
def discussed() -> Played:
    """Return an engagement in discussion."""
    one = Played()
    one.play("city", "consent")
    one.play("country", "no_objection")
    one.play("secretariat", "introduce")
    one.play("partner", "discuss")
    return one


@pytest.mark.parametrize(
    ("route", "given", "waited_for"),
    [
        ("interest", {"partner"}, ["city", "country"]),
        ("request", {"city"}, ["country", "partner"]),
        ("proposal", set(), ["city", "country", "partner"]),
    ],
)
def test_whoever_opens_it_has_consented_by_that_and_the_others_are_waited_for(
    route: str, given: set[str], waited_for: list[str]
):
    one = Played(route)
    assert one.state.stage == "proposed"
    assert set(one.state.gathered.get("consent", {})) == given
    assert one.waited_for == waited_for


def test_the_last_consent_makes_it_consented_in_the_same_move():
    one = Played("proposal")
    one.play("partner", "consent")
    one.play("country", "no_objection")
    assert one.state.stage == "proposed"
    assert one.play("city", "consent").stage == "consented"
    assert one.waited_for == ["secretariat"]


def test_silence_of_the_country_counts_after_its_days_and_not_before():
    one = Played()
    one.play("city", "consent")
    with pytest.raises(ConflictError, match="still time"):
        one.play("clock", "silence", 9.9, about="country")
    assert one.play("clock", "silence", 10, about="country").stage == "consented"
    assert one.state.has_given("consent", "country")


def test_silence_does_not_count_for_the_city_or_after_an_answer():
    one = Played()
    with pytest.raises(BadRequestError, match="about"):
        one.play("clock", "silence", 30, about="city")
    one.play("country", "no_objection")
    with pytest.raises(ConflictError):
        one.play("clock", "silence", 30, about="country")


def test_an_objection_ends_it_with_a_reason():
    one = Played()
    with pytest.raises(BadRequestError, match="reason: is needed"):
        one.play("country", "object")
    with pytest.raises(BadRequestError, match="reason: must be one of"):
        one.play("country", "object", reason="does_not_fit")
    state = one.play("country", "object", 3, reason="national_policy")
    assert (state.stage, state.reason, state.waits) == ("declined", "national_policy", ())
    assert state.ended_at == after_days(3)


def test_where_the_rule_is_switched_off_the_country_is_not_asked():
    asked = Opening(
        "interest", "n", "c", "upland", "p", "", "company", ("partner", "city"),
        {"city_answers": 14},
    )  # fmt: skip
    state = apply(RULES, asked, None, first())
    assert [wait.party for wait in state.waits] == ["city"]
    consent = Move("1", "consent", "city", "a1", after_days(1))
    assert apply(RULES, asked, state, consent).stage == "consented"
    with pytest.raises(ConflictError, match="country is not asked"):
        apply(RULES, asked, state, Move("1", "no_objection", "country", "a1", after_days(1)))


def test_the_secretariat_writes_down_a_consent_given_elsewhere_and_says_where():
    one = Played("proposal")
    with pytest.raises(BadRequestError, match="about: is needed"):
        one.play("secretariat", "record_consent", note="By letter.")
    with pytest.raises(BadRequestError, match="note"):
        one.play("secretariat", "record_consent", about="partner")
    one.play("secretariat", "record_consent", about="partner", note="By letter of 3 May.")
    assert one.waited_for == ["city", "country"]


def test_a_move_of_another_party_is_refused_and_says_whose_it_is():
    one = Played()
    with pytest.raises(NotAllowedError, match="for the city or the partner"):
        one.play("country", "consent")
    with pytest.raises(NotAllowedError, match="secretariat"):
        one.play("city", "introduce")
    with pytest.raises(NotAllowedError, match="clock"):
        one.play("secretariat", "silence", 30, about="country")


def test_a_move_from_another_stage_is_refused_and_says_what_is_possible():
    one = Played()
    with pytest.raises(ConflictError, match=r"is proposed; possible now: record_consent, withdraw"):
        one.play("secretariat", "introduce")
    with pytest.raises(ConflictError, match="has given it already"):
        one.play("partner", "consent")


def test_a_move_that_is_not_known_and_a_second_opening_are_refused():
    one = Played()
    with pytest.raises(BadRequestError, match="move: must be one of consent"):
        one.play("partner", "marry")
    with pytest.raises(BadRequestError, match="move"):
        one.play("partner", "express_interest")
    with pytest.raises(BadRequestError, match="express_interest, ask, propose"):
        apply(RULES, opening(), None, Move("0", "consent", "city", "a", after_days(0)))
    with pytest.raises(NotAllowedError):
        apply(RULES, opening(), None, Move("0", "ask", "partner", "a", after_days(0)))
    with pytest.raises(ValueError, match="begins with a move"):
        state_of(RULES, opening(), [])


def test_what_a_move_cannot_have_is_refused():
    one = Played()
    for name, value in (("reason", "terms"), ("form", "pilot"), ("about", "city")):
        with pytest.raises(BadRequestError, match=f"{name}: is not for 'consent'"):
            one.play("city", "consent", **{name: value})
    with pytest.raises(BadRequestError, match="note: is needed where"):
        one.play("city", "decline", reason="other")
    assert one.play("city", "decline", reason="other", note="See the letter.").stage == "declined"


def test_it_is_agreed_once_both_sides_name_the_same_form(discussed: Played):
    discussed.play("partner", "agree", form="pilot")
    assert discussed.state.stage == "in_discussion"
    assert discussed.waited_for == ["city"]
    with pytest.raises(ConflictError, match="has given it already"):
        discussed.play("partner", "agree", form="pilot")
    state = discussed.play("city", "agree", form="pilot")
    assert (state.stage, state.form) == ("agreed", "pilot")


def test_another_form_is_a_proposal_of_ones_own_to_which_the_other_side_has_not_agreed(
    discussed: Played,
):
    discussed.play("partner", "agree", form="pilot")
    state = discussed.play("city", "agree", form="white_paper")
    assert state.stage == "in_discussion"
    assert discussed.waited_for == ["partner"]
    assert discussed.play("partner", "agree", form="white_paper").stage == "agreed"


def test_an_agreement_made_elsewhere_is_written_down_with_its_place(discussed: Played):
    with pytest.raises(BadRequestError, match="note"):
        discussed.play("secretariat", "record_agreement", form="finance")
    state = discussed.play("secretariat", "record_agreement", form="finance", note="Signed.")
    assert (state.stage, state.form) == ("agreed", "finance")


def test_what_stalled_is_resumed_where_it_was_with_its_consents(discussed: Played):
    discussed.play("partner", "agree", form="pilot")
    state = discussed.play("city", "stall", 5, reason="no_funds")
    assert (state.stage, state.before) == ("stalled", "in_discussion")
    assert discussed.waited_for == ["secretariat"]
    state = discussed.play("secretariat", "resume", 50)
    assert (state.stage, state.before) == ("in_discussion", "")
    assert discussed.waited_for == ["city"]
    assert state.waits[0].since == after_days(50)
    assert discussed.play("city", "agree", 51, form="pilot").stage == "agreed"


def test_only_the_side_that_opened_it_and_the_secretariat_withdraw():
    for route, opener in OPENERS.items():
        for party in PEOPLE:
            one = Played(route)
            if party in (opener, "secretariat"):
                assert one.play(party, "withdraw", reason="no_capacity").stage == "withdrawn"
            else:
                with pytest.raises(NotAllowedError):
                    one.play(party, "withdraw", reason="no_capacity")


def test_no_answer_is_taken_to_the_secretariat_once_and_rests_if_that_does_nothing():
    one = Played()
    one.play("country", "no_objection", 1)
    one.play("clock", "escalate", 14, about="city")
    assert one.waited_for == ["city", "secretariat"]
    with pytest.raises(ConflictError, match="already"):
        one.play("clock", "escalate", 28, about="city")
    with pytest.raises(ConflictError):
        one.play("clock", "run_out", 43.9, about="secretariat")
    assert one.play("clock", "run_out", 44, about="secretariat").stage == "stalled"


def test_when_the_secretariat_takes_it_up_the_time_of_who_is_late_begins_anew():
    one = Played()
    one.play("clock", "escalate", 14, about="city")
    one.play("country", "no_objection", 15)
    assert one.waited_for == ["city", "secretariat"]
    state = one.play("secretariat", "note", 20, note="Called them.")
    assert one.waited_for == ["city"]
    assert state.waits[0].due_at == after_days(34)


def test_a_note_of_the_late_party_takes_it_from_the_secretariat_but_not_the_silence_of_the_country():
    one = Played()
    one.play("city", "note", 5, note="We are looking at it.")
    assert {w.party: w.since for w in one.state.waits} == {
        "city": after_days(0), "country": after_days(0),
    }  # fmt: skip
    one.play("clock", "escalate", 14, about="city")
    one.play("city", "note", 16, note="Soon.")
    assert "secretariat" not in one.waited_for


def test_in_discussion_any_sign_of_life_sets_the_clock_back(discussed: Played):
    state = discussed.play("city", "note", 40, note="Met twice.")
    assert {wait.since for wait in state.waits} == {after_days(40)}


def test_the_outcome_is_published_only_when_both_sides_agree_also_after_the_end(discussed: Played):
    discussed.play("secretariat", "record_agreement", form="pilot", note="Signed.")
    discussed.play("city", "deliver", 10)
    discussed.play("city", "publish", 11)
    assert not is_published(RULES, discussed.state)
    ended = discussed.play("secretariat", "complete", 90, note="It runs.")
    state = discussed.play("partner", "publish", 95)
    assert is_published(RULES, state)
    assert (state.stage, state.ended_at) == ("completed", ended.at)


def test_whoever_speaks_for_several_parties_moves_as_one_that_may():
    one = Played()
    assert (
        party_for(RULES.moves["no_objection"], one.state, ["secretariat", "country"]) == "country"
    )
    assert party_for(RULES.moves["withdraw"], one.state, ["country", "partner"]) == "partner"


# Any sequence of attempts


NAMES = st.sampled_from(sorted(RULES.moves))
ATTEMPTS = st.tuples(
    NAMES,
    st.sampled_from((*PEOPLE, "clock")),
    st.sampled_from(("", "partner", "city", "country", "secretariat")),
    st.sampled_from(("", *RULES.reasons)),
    st.sampled_from(("", "pilot", "finance")),
    st.sampled_from(("", "A note.")),
    st.integers(0, 40),
)
SENSIBLE = st.tuples(st.integers(0, 10**6), st.integers(0, 40), st.sampled_from((*PEOPLE, "clock")))
"""A choice among what is possible, so that sequences get far."""


def offered(one: Played, party: str, choice: int) -> tuple[str, dict[str, str]]:
    """Return one of the moves that are possible for a party, with all that it needs."""
    found = possible(RULES, one.opening, one.state, [party])
    if not found:
        return "note", {}
    rule = found[choice % len(found)]
    given = {"note": "A note."}
    reasons = RULES.reasons_of(rule.name)
    if reasons:
        given["reason"] = reasons[choice % len(reasons)].name
    if "form" in rule.needs:
        given["form"] = ("pilot", "finance")[choice % 2]
    if rule.about:
        given["about"] = rule.about[choice % len(rule.about)]
    return rule.name, given


def guards_hold(one: Played, before: State, after: State) -> None:
    """Check what must be true of every move that went through."""
    assert is_open(RULES, before) or before.stage == after.stage
    if after.stage != before.stage and after.stage == "consented":
        assert {*after.gathered["consent"]} >= {*one.opening.asked} or before.stage == "stalled"
    if after.stage == "agreed" and before.stage == "in_discussion":
        both = {*after.gathered.get("agreement", {})} == {"partner", "city"}
        assert both or one.moves[-1].name == "record_agreement"
        assert after.form
    if after.stage in ("declined", "withdrawn"):
        assert after.reason
    assert bool(after.waits) == is_open(RULES, after), "somebody is waited for until the end"
    assert bool(after.ended_at) != is_open(RULES, after)
    assert after.number == before.number + 1 == len(one.moves)


@given(st.sampled_from(sorted(OPENERS)), st.lists(ATTEMPTS | SENSIBLE, max_size=25))
def test_for_any_attempts_the_fold_of_the_moves_is_what_they_led_to_step_by_step(
    route: str, attempts: list[tuple[object, ...]]
):
    one, day = Played(route), 0
    for attempt in attempts:
        before = one.state
        if len(attempt) == 3:
            choice, days, party = attempt
            name, given = offered(one, party, choice)
        else:
            name, party, about, reason, form, note, days = attempt
            given = {"about": about, "reason": reason, "form": form, "note": note}
        day += days
        try:
            after = one.play(party, name, day, **given)
        except (BadRequestError, ConflictError, NotAllowedError):
            assert one.state is before
            continue
        guards_hold(one, before, after)
    assert state_of(RULES, one.opening, one.moves) == one.state
    again = [Move.from_json(move.as_json()) for move in one.moves]
    assert again == one.moves
    assert State.from_json(one.state.as_json()) == one.state
    kept = Opening.from_json(one.opening.as_json())
    assert state_of(RULES, kept, again).as_json() == one.state.as_json()


@given(st.sampled_from(sorted(OPENERS)), st.lists(SENSIBLE, max_size=20), st.integers(0, 99))
def test_what_is_offered_goes_through_and_what_is_not_offered_is_refused(
    route: str, choices: list[tuple[int, int, str]], last: int
):
    one, day = Played(route), 0
    for choice, days, party in choices:
        name, given = offered(one, party, choice)
        day += days
        try:
            one.play(party, name, day, **given)
        except (BadRequestError, ConflictError, NotAllowedError):
            continue
    for party in PEOPLE:
        offers = {rule.name for rule in possible(RULES, one.opening, one.state, [party])}
        for rule in RULES.moves.values():
            reasons = RULES.reasons_of(rule.name)
            given = {"note": "A note."}
            if reasons:
                given["reason"] = reasons[0].name
            went = False
            for form in ("pilot", "finance") if "form" in rule.needs else ("",):
                for about in rule.about or ("",):
                    made = Move("x", rule.name, party, "a", after_days(day), "", about, form=form,
                                **given)  # fmt: skip
                    try:
                        apply(RULES, one.opening, one.state, made)
                    except MatchmakerError:
                        continue
                    went = True
            assert went == (rule.name in offers), (party, rule.name, one.state.stage)
