"""Amendments as a fold over moves, and the texts that they make."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matchmaker.accounts.times import later
from matchmaker.errors import ConflictError, InvalidDataError, MatchmakerError, NotAllowedError
from matchmaker.instruments.amending import (
    ADOPTED,
    CITY,
    CLOCK,
    COUNTRY,
    MOVES,
    OBJECTED,
    OPEN,
    PARTIES,
    SECRETARIAT,
    WITHDRAWN,
    Change,
    Move,
    Opening,
    State,
    apply,
    missing,
    possible,
    state_of,
)
from matchmaker.instruments.comparing import diff, words_between
from matchmaker.instruments.model import Clause
from matchmaker.instruments.texts import amended

ASKED = ("a", "b", "c")
OPENING = Opening("terms-of-reference", 1, "a", ASKED, 30)
CHANGES = (Change("p2", "Other words."),)
TEXT = tuple(Clause(f"p{n}", str(n), "S", f"Clause {n} says this.") for n in range(1, 5))


def day(number: int) -> str:
    return later("2030-01-01T08:00:00.000Z", timedelta(days=number))


def made(name: str, who: str = "", at: int = 1, **more: object) -> Move:
    party = {"": SECRETARIAT, "clock": CLOCK, "city": CITY}.get(who, COUNTRY)
    country = who if party == COUNTRY else ""
    changes = CHANGES if name in ("propose", "revise") else ()
    return Move("u", name, party, country, "x", day(at), changes=changes, **more)  # type: ignore[arg-type]


def after(*moves: Move) -> State:
    return state_of(OPENING, (made("propose", "a", 0), *moves))


def test_who_proposes_has_consented_and_the_secretariat_has_no_say() -> None:
    assert missing(OPENING, after()) == ("b", "c")
    by_staff = state_of(replace(OPENING, proposer=""), [made("propose")])
    assert missing(OPENING, by_staff) == ASKED


def test_it_is_adopted_at_once_when_all_have_consented() -> None:
    done = after(made("consent", "b", 2), made("consent", "c", 3))
    assert (done.stage, done.adopted_at) == (ADOPTED, day(3))


def test_silence_counts_once_the_days_are_over_and_is_told_apart() -> None:
    with pytest.raises(ConflictError, match="not ended"):
        after(made("silence", "clock", 29, about=("b", "c")))
    done = after(made("consent", "b", 2), made("silence", "clock", 30, about=("c",)))
    assert done.stage == ADOPTED
    assert {country: word.how for country, word in done.words.items()} == {
        "a": "consent", "b": "consent", "c": "silence",
    }  # fmt: skip


def test_who_could_not_be_told_is_waited_for_after_the_days() -> None:
    waits = after(made("silence", "clock", 30, about=("b",)))
    assert (waits.stage, waits.closed, missing(OPENING, waits)) == (OPEN, True, ("c",))
    assert apply(OPENING, waits, made("record", "", 40, about=("c",))).stage == ADOPTED
    assert apply(OPENING, waits, made("object", "c", 40)).stage == OBJECTED


def test_an_objection_holds_it_until_it_is_revised_or_withdrawn() -> None:
    held = after(made("consent", "b", 2), made("object", "c", 3))
    assert held.stage == OBJECTED
    with pytest.raises(ConflictError):
        apply(OPENING, held, made("consent", "b", 4))
    anew = apply(OPENING, held, made("revise", "a", 5))
    assert (anew.stage, missing(OPENING, anew), anew.until) == (OPEN, ("b", "c"), day(35))
    assert apply(OPENING, held, made("withdraw", "", 5)).stage == WITHDRAWN


def test_an_objection_after_the_days_is_too_late() -> None:
    with pytest.raises(ConflictError, match="is over"):
        after(made("object", "b", 30))


def test_each_state_has_one_word_in_a_round() -> None:
    with pytest.raises(ConflictError, match="already"):
        after(made("consent", "b", 2), made("object", "b", 3))
    with pytest.raises(NotAllowedError):
        after(made("consent", "d", 2))


def test_a_move_is_for_those_whose_it_is() -> None:
    for name, who in (
        ("consent", "city"), ("consent", ""), ("record", "b"), ("withdraw", "b"), ("silence", "b"),
    ):  # fmt: skip
        with pytest.raises(NotAllowedError):
            after(made(name, who, 2, about=("b",)))
    assert after(made("comment", "city", 2)).number == 2


steps = st.lists(
    st.builds(
        made, st.sampled_from(list(MOVES)), st.sampled_from(["", "clock", "city", *ASKED, "d"]),
        st.integers(0, 80), about=st.lists(st.sampled_from(ASKED), max_size=2).map(tuple),
    ),
    max_size=25,
)  # fmt: skip


@given(steps)
def test_whatever_is_tried_in_whatever_order_the_invariants_hold(tried: list[Move]) -> None:
    moves = [made("propose", "a", 0)]
    state = state_of(OPENING, moves)
    for move in sorted(tried, key=lambda one: one.at):
        offered = possible(OPENING, state, move.party, move.country)
        try:
            then = apply(OPENING, state, move)
        except MatchmakerError:
            continue
        assert not state.is_over, "nothing leads on from an end"
        if move.name != "silence" and not (state.closed or move.at < state.until):
            assert move.name in ("comment", "revise", "withdraw")
        assert move.name in offered or move.party == CLOCK
        moves.append(move)
        state = then
        assert state == state_of(OPENING, moves)
        assert state.number == len(moves)
        words = [word.how for word in state.words.values()]
        assert set(state.words) <= set(ASKED)
        assert (state.stage == ADOPTED) == (len(words) == 3 and "objection" not in words)
        assert ("objection" in words) <= (state.stage in (OBJECTED, WITHDRAWN))
        assert ("silence" in words) <= state.closed
        assert all(state.proposal <= word.move <= len(moves) for word in state.words.values())
        assert moves[state.proposal - 1].changes
        assert [Move.from_json(one.as_json()) for one in moves] == moves
    assert Opening.from_json(OPENING.as_json()) == OPENING
    assert all(party in PARTIES for party in {one.party for one in moves})


def test_changes_make_the_next_text_in_the_order_of_its_paragraphs() -> None:
    changes = [Change("p3a", "More.", "T"), Change("p1", remove=True), Change("p4", "New.")]
    found = amended(TEXT, changes, 2)
    assert [(one.id, one.section, one.since) for one in found] == [
        ("p2", "S", 1), ("p3", "S", 1), ("p3a", "T", 2), ("p4", "S", 2),
    ]  # fmt: skip
    assert [(one.how, one.clause) for one in diff(TEXT, found)] == [
        ("removed", "p1"), ("added", "p3a"), ("changed", "p4"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ([], "at least one clause"),
        ([Change("p1", "Clause 1 says this.")], "has this text already"),
        ([Change("p1", "A"), Change("p1", "B")], "changed twice"),
        ([Change("p9", remove=True)], "no clause of this version"),
        ([Change("p1", "x", remove=True)], "no text where it is removed"),
        ([Change("c9", "A")], "a new clause is called p"),
        ([Change("ninth", "A")], "must be called such as"),
        ([Change("p1", " ")], "must have a text"),
        ([Change("p1", "a\0b")], "control character"),
        ([Change("p5", "A", "s" * 101)], "the section"),
        ([Change(f"p{n}", remove=True) for n in range(1, 5)], "something must be left"),
    ],
)
def test_changes_that_cannot_be_made_are_refused(changes: list[Change], message: str) -> None:
    with pytest.raises(InvalidDataError, match=message):
        amended(TEXT, changes, 2)


@given(st.text("ab .\n", max_size=40), st.text("ab .\n", max_size=40))
def test_the_words_of_a_difference_are_both_texts(old: str, new: str) -> None:
    words = words_between(old, new)
    assert "".join(one.text for one in words if one.how != "added") == old
    assert "".join(one.text for one in words if one.how != "removed") == new


@given(
    st.lists(st.sampled_from("abcdef"), unique=True),
    st.lists(st.sampled_from("abcdef"), unique=True),
)
def test_a_difference_names_every_clause_that_came_or_went_once(
    old: list[str], new: list[str]
) -> None:
    def text(names: list[str]) -> list[Clause]:
        return [Clause(name, name, "S", name) for name in names]

    found = diff(text(old), text(new))
    assert {one.clause for one in found if one.how == "added"} == set(new) - set(old)
    assert {one.clause for one in found if one.how == "removed"} == set(old) - set(new)
    assert len(found) == len(set(old) ^ set(new))
