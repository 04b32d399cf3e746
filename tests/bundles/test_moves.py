"""A bundle's moves: a pure fold, possible only as things stand."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matchmaker.bundles.moves import MOVES, Move, Place, State, apply, fold
from matchmaker.errors import BadRequestError, ConflictError, MatchmakerError

PLACES = {
    "n1": Place("alpha", "one"), "n2": Place("beta", "one"), "n3": Place("gamma", "two"),
    "n4": Place("alpha", "one"),
}  # fmt: skip


def step(name: str, *needs: str, targets: tuple[str, ...] = ()) -> Move:
    return Move(f"{name}-{needs}", name, "somebody", "2026-01-01", {n: PLACES[n] for n in needs},
                targets)  # fmt: skip


BEGUN = (step("open", "n1", "n2"), step("invite"))


def test_two_cities_that_join_make_a_bundle_ready_to_be_proposed() -> None:
    state = fold([*BEGUN, step("accept", "n1")])
    assert not state.is_ready
    assert "propose" not in state.possible
    state = fold([*BEGUN, step("accept", "n1"), step("accept", "n2")])
    assert state.is_ready
    state = apply(state, step("propose", targets=("bank", "maker")))
    assert state.stage == "proposed"
    assert set(state.proposed) == {(n, t) for n in ("n1", "n2") for t in ("bank", "maker")}


def test_one_that_joins_late_is_proposed_too() -> None:
    moves = [step("open", "n1", "n2", "n3"), step("invite"), step("accept", "n1", "n2")]
    state = fold([*moves, step("propose", targets=("bank",)), step("accept", "n3")])
    state = apply(state, step("propose", targets=("bank",)))
    assert state.proposed[-1] == ("n3", "bank")
    with pytest.raises(ConflictError, match="already"):
        apply(state, step("propose", targets=("bank",)))


def test_who_is_proposed_cannot_decline_here_any_more() -> None:
    moves = [*BEGUN, step("accept", "n1", "n2"), step("propose", targets=("bank",))]
    with pytest.raises(ConflictError, match="withdraw the engagement"):
        fold([*moves, step("decline", "n1")])


def test_only_those_asked_see_it_and_answer() -> None:
    state = fold([step("open", "n1", "n2")])
    assert state.asked == frozenset()
    with pytest.raises(ConflictError, match="possible: add, invite, close"):
        apply(state, step("accept", "n1"))
    state = fold([*BEGUN, step("add", "n3")])
    assert {place.city for place in state.asked} == {"alpha", "beta"}
    with pytest.raises(ConflictError, match="not been asked"):
        apply(state, step("accept", "n3"))


@pytest.mark.parametrize(
    ("move", "field"),
    [
        (step("open", "n1", "n4"), "needs"),
        (step("open"), "needs"),
    ],
)
def test_a_bundle_is_of_two_cities_at_least(move: Move, field: str) -> None:
    with pytest.raises(BadRequestError, match="at least 2 cities") as error:
        apply(None, move)
    assert error.value.parameter == field


def test_what_would_leave_one_city_is_not_taken_out() -> None:
    state = fold([step("open", "n1", "n2", "n4")])
    with pytest.raises(BadRequestError, match="at least 2 cities"):
        apply(state, step("remove", "n2"))
    assert set(apply(state, step("remove", "n4")).places) == {"n1", "n2"}


def test_a_closed_bundle_takes_no_more_moves() -> None:
    state = fold([*BEGUN, step("close")])
    assert state.possible == ()
    with pytest.raises(ConflictError, match="nothing more"):
        apply(state, step("invite"))


moves = st.builds(
    step,
    st.sampled_from(MOVES),
    st.sampled_from(sorted(PLACES)),
    targets=st.sampled_from([(), ("bank",), ("bank", "maker")]),
)


def _holds(state: State) -> None:
    assert state.places.keys() == state.answers.keys()
    assert len({place.city for place in state.places.values()}) >= 2
    assert all(state.answers[need] == "accepted" for need, _ in state.proposed)
    assert (state.stage == "proposed") <= bool(state.proposed)


@given(st.lists(moves, max_size=25))
def test_whatever_is_moved_the_fold_keeps_its_promises(wanted: list[Move]) -> None:
    made = [step("open", "n1", "n2")]
    state = fold(made)
    for one in wanted:
        before: Mapping[str, str] = dict(state.answers)
        try:
            after = apply(state, one)
        except MatchmakerError:
            assert dict(state.answers) == before
            continue
        made.append(one)
        state = after
        _holds(state)
    assert fold([Move.from_json(move.as_json()) for move in made]) == state
