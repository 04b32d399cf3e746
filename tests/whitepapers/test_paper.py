"""White papers as a fold over moves: what may be done, by whom, and where it leads."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matchmaker.errors import (
    BadRequestError,
    ConflictError,
    InvalidDataError,
    MatchmakerError,
    MoveNotPossibleError,
    NotYourMoveError,
    SchemaError,
)
from matchmaker.permissions import Role
from matchmaker.schema import DEFAULT_FOLDER
from matchmaker.whitepapers.history import Details, Move, State, Version
from matchmaker.whitepapers.paper import (
    apply,
    details_faults,
    fold,
    possible,
    standing_of,
    standing_of_version,
)
from matchmaker.whitepapers.rules import FILE, load_rules

RULES = load_rules()
DETAILS = Details("Drains", "How drains are paid for.", "english", ("uptown", "lowtown"), ("bank",))
WHO = {
    "uptown": (Role.CITY_OFFICER, {"uptown"}),
    "lowtown": (Role.CITY_OFFICER, {"lowtown"}),
    "both cities": (Role.CITY_OFFICER, {"uptown", "lowtown"}),
    "bank": (Role.PARTNER, {"bank"}),
    "stranger": (Role.PARTNER, {"busmaker"}),
    "country": (Role.NATIONAL_REPRESENTATIVE, {"upland", "uptown"}),
    "staff": (Role.SECRETARIAT, set[str]()),
}
WHOLE = (("bank", "add_version"), ("bank", "submit"), ("uptown", "agree"), ("lowtown", "agree"),
         ("staff", "publish"))  # fmt: skip
_BEGIN = Move("0", "begin", "partner", "a-bank", "2026-03-01", ("bank",), details=DETAILS)


def made(state: State, who: str, name: str, note: str = "", about: str = "") -> Move:
    """Return a move as somebody would make it, with what it carries."""
    role, subjects = WHO[who]
    party, theirs = standing_of(RULES, role, subjects, state.details)
    carries = RULES.moves[name].carries
    number = len(state.versions) + 1
    return Move(
        str(state.number), name, party, f"a-{who}", f"2026-03-{state.number:02}", theirs, about, note,
        state.details if carries == "details" else None,
        Version(number, f"d{number}", "p.pdf", "application/pdf", 9, f"{number:064x}")
        if carries == "version" else None,
    )  # fmt: skip


def after(*steps: tuple[str, str] | tuple[str, str, str]) -> State:
    state = apply(RULES, None, _BEGIN)
    for who, name, *note in steps:
        state = apply(RULES, state, made(state, who, name, *note))
    return state


def test_a_white_paper_is_published_once_every_co_author_has_agreed():
    state = after(*WHOLE[:3])
    assert (state.stage, state.missing) == ("in_review", ("lowtown",))
    state = after(*WHOLE)
    assert state.stage == "published"
    (edition,) = state.editions
    assert edition.agreed == {"bank": 3, "uptown": 4, "lowtown": 5}
    assert (edition.version, edition.details) == (state.versions[0], DETAILS)
    assert standing_of_version(state, 1) == "published"


def test_one_account_may_speak_for_several_co_authors():
    assert after(*WHOLE[:2], ("both cities", "agree")).stage == "agreed"


def test_the_secretariat_writes_down_an_agreement_given_elsewhere_and_that_is_told():
    state = after(*WHOLE[:3])
    with pytest.raises(BadRequestError, match="note"):
        apply(RULES, state, made(state, "staff", "record_agreement", about="lowtown"))
    for about in ("", "phuket"):
        with pytest.raises(BadRequestError, match="about"):
            apply(RULES, state, made(state, "staff", "record_agreement", "By letter.", about))
    state = apply(RULES, state, made(state, "staff", "record_agreement", "By letter.", "lowtown"))
    assert state.stage == "agreed"


@pytest.mark.parametrize("name", ["describe", "add_version"])
def test_whatever_changes_the_paper_asks_everybody_again(name: str):
    for steps in (WHOLE[:3], WHOLE[:4]):
        state = after(*steps, ("lowtown", name))
        assert (state.stage, state.agreed) == ("draft", {})


def test_a_new_edition_takes_the_place_of_the_old_one_which_never_changes():
    first = after(*WHOLE)
    state = after(*WHOLE, ("uptown", "add_version"))
    assert (state.stage, state.editions) == ("draft", first.editions)
    assert standing_of_version(state, 1) == "published"
    assert standing_of_version(state, 2) == "draft"
    gone = apply(RULES, state, made(state, "bank", "give_up", "Not now."))
    assert (gone.stage, gone.editions) == ("published", first.editions)
    assert standing_of_version(gone, 2) == "replaced"
    second = after(*WHOLE, ("uptown", "add_version"), *WHOLE[1:])
    assert second.editions[0] == first.editions[0]
    assert [standing_of_version(second, n) for n in (1, 2)] == ["superseded", "published"]
    down = apply(RULES, second, made(second, "staff", "take_down", "An error."))
    assert [standing_of_version(down, n) for n in (1, 2)] == ["withdrawn", "withdrawn"]
    assert possible(RULES, down, "secretariat", ()) == []


def test_a_draft_that_is_given_up_ends():
    assert after(*WHOLE[:2], ("uptown", "give_up", "No.")).stage == "withdrawn"


def test_without_a_version_nobody_is_asked():
    with pytest.raises(ConflictError, match="add a version"):
        after(("bank", "submit"))


def test_nobody_agrees_twice_and_only_co_authors_agree():
    with pytest.raises(ConflictError, match="already"):
        after(*WHOLE[:3], ("uptown", "agree"))
    for who in ("stranger", "country", "staff"):
        with pytest.raises(NotYourMoveError):
            after(*WHOLE[:2], (who, "agree"))
    state = after(*WHOLE[:2])
    forged = replace(made(state, "uptown", "agree"), subjects=("uptown", "lowtown", "midtown"))
    with pytest.raises(NotYourMoveError):
        apply(RULES, state, forged)


def test_only_the_secretariat_publishes_and_only_what_all_have_agreed_to():
    with pytest.raises(NotYourMoveError):
        after(*WHOLE[:4], ("bank", "publish"))
    with pytest.raises(MoveNotPossibleError) as refused:
        after(*WHOLE[:3], ("staff", "publish"))
    assert refused.value.stage == "in_review"
    assert "record_agreement" in refused.value.possible


def test_every_fault_of_a_description_is_told():
    wrong = replace(DETAILS, title=" ", summary="x" * 4000, cities=(), partners=("bank", "bank"))
    assert [name for name, _ in details_faults(wrong)] == ["title", "summary", "cities", "partners"]
    with pytest.raises(InvalidDataError):
        apply(RULES, None, replace(_BEGIN, details=wrong))
    with pytest.raises(BadRequestError, match="details"):
        apply(RULES, None, replace(_BEGIN, details=None))
    with pytest.raises(ValueError, match="at least one"):
        fold(RULES, [])


STEPS = st.lists(
    st.tuples(
        st.sampled_from(sorted(WHO)), st.sampled_from(sorted(RULES.moves)),
        st.sampled_from(["", "Because."]), st.sampled_from(["", "uptown", "lowtown", "bank"]),
    ),
    max_size=40,
)  # fmt: skip
LIKELY = st.lists(st.sampled_from([*WHOLE, ("uptown", "add_version"), ("staff", "take_down")]))


@given(STEPS, LIKELY, st.randoms(use_true_random=False))
def test_whatever_is_tried_what_was_published_was_agreed_to_by_all_and_stays(
    odd: list[tuple[str, str, str, str]], likely: list[tuple[str, str]], chance
):
    moves, state = [_BEGIN], apply(RULES, None, _BEGIN)
    tried = [*odd, *((who, name, "So.", "") for who, name in likely * 3)]
    chance.shuffle(tried)
    for who, name, note, about in tried:
        move = made(state, who, name, note, about)
        offered = {r.name for r in possible(RULES, state, move.party, move.subjects)}
        try:
            later = apply(RULES, state, move)
        except MatchmakerError:
            complete = (note or "note" not in RULES.moves[name].needs) and not RULES.moves[
                name
            ].about
            assert not complete or name not in offered or about
            continue
        assert name in offered
        assert later.number == state.number + 1
        assert later.editions[: len(state.editions)] == state.editions
        assert later.versions[: len(state.versions)] == state.versions
        if len(later.editions) > len(state.editions):
            assert who == "staff"
            edition = later.editions[-1]
            assert set(edition.agreed) == set(edition.details.authors)
            agreed_after = [
                n for n, m in enumerate(moves, 1) if m.name in ("add_version", "describe")
            ]
            assert min(edition.agreed.values()) > agreed_after[-1]
        moves.append(move)
        state = later
    assert fold(RULES, moves) == state
    assert State.from_json(state.as_json()) == state
    assert [Move.from_json(move.as_json()) for move in moves] == moves


FAULTS = [
    ("roles: [partner]", "roles: [baker]", "parties.partner: roles must be of"),
    ("from: [agreed], to: published", "from: [agreed], to: print", "there is no 'print'"),
    ("by: [city, partner], gives", "by: [city, baker], gives", "by: there is no 'baker'"),
    ("opens: true, to: draft", "to: draft", "begin, and nothing else, opens"),
    ("says: \"It was given up", "say: \"It was given up", "stages.withdrawn"),
    ("engagement_stages: [agreed", "engagement_stages: [1", "must be a list of stages"),
    ("carries: version, says", "carries: pigeon, says", "carries must be"),
    ("gives: agreement, then: agreed, says: \"Yes", "gives: agreement, says: \"Yes", "then names"),
    ("from: [published], to: withdrawn", "from: [withdrawn], to: withdrawn", "nothing leads out"),
    ("stages:  #", "steps:  #", "and nothing else"),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "told"), FAULTS)
def test_faulty_rules_are_refused_with_the_place(tmp_path: Path, old: str, new: str, told: str):
    text = (DEFAULT_FOLDER / FILE).read_text("utf-8")
    assert text.count(old) == 1
    (tmp_path / FILE).write_text(text.replace(old, new), "utf-8")
    with pytest.raises((InvalidDataError, SchemaError), match=told):
        load_rules(tmp_path / FILE)
