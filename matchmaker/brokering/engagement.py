"""An engagement as a pure fold over its moves: stage, consents, whose move it is.

:func:`apply` is the only way from one state to the next.  It refuses what the rules do not allow, so
that a history that folds at all has kept every rule; :func:`state_of` folds a whole history.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import timedelta

from matchmaker.accounts.times import later
from matchmaker.brokering.history import Move, Opening, State, Wait
from matchmaker.brokering.rules import (
    BACK,
    CLOCK,
    ESCALATE,
    OPENER,
    SECRETARIAT,
    STAYS,
    ClockRule,
    Consent,
    MoveRule,
    Rules,
)
from matchmaker.errors import (
    BadRequestError,
    ConflictError,
    MoveNotPossibleError,
    NotYourMoveError,
)

NO_FIT = "no_fit"
"""The consent by which a decline is kept for matching."""


def is_open(rules: Rules, state: State) -> bool:
    """Tell whether an engagement has not ended."""
    return not rules.stages[state.stage].is_end


def is_published(rules: Rules, state: State) -> bool:
    """Tell whether all sides have agreed that the outcome is published."""
    return all(state.has_given("publication", party) for party in rules.consents["publication"].of)


def is_kept_apart(rules: Rules, state: State) -> bool:
    """Tell whether all sides have agreed that matching minds that the pair does not fit."""
    return all(state.has_given(NO_FIT, party) for party in rules.consents[NO_FIT].of)


def ended_lastingly(rules: Rules, opening: Opening, state: State) -> bool:
    """Tell whether an engagement ended for a lasting reason, in a country where that may be kept."""
    reason = rules.reasons.get(state.reason)
    lasting = reason is not None and reason.lasting and not is_open(rules, state)
    return lasting and rules.days_kept_apart(opening.country) is not None


def state_of(rules: Rules, opening: Opening, moves: Sequence[Move]) -> State:
    """Return the state after a history.

    Raises
    ------
    ConflictError, NotAllowedError, BadRequestError
        If a move of it breaks a rule.
    ValueError
        If there is no move.
    """
    state: State | None = None
    for move in moves:
        state = apply(rules, opening, state, move)
    if state is None:
        raise ValueError("an engagement begins with a move")
    return state


def possible(
    rules: Rules, opening: Opening, state: State, parties: Collection[str]
) -> tuple[MoveRule, ...]:
    """Return the moves open to whoever speaks for some parties, in the order of the rules."""
    return tuple(
        rule
        for rule in rules.moves.values()
        if state.stage in rule.sources
        and (not rule.when or ended_lastingly(rules, opening, state))
        and _movers(rule, state) & set(parties)
        and _subjects_left(rules, opening, state, rule, parties)
    )


def party_for(rule: MoveRule, state: State, parties: Collection[str]) -> str:
    """Return as whom somebody makes a move: the first of the parties that he speaks for that may.

    Raises
    ------
    NotAllowedError
        If the move is not for any of them.
    """
    movers = _movers(rule, state)
    found = next((party for party in parties if party in movers), "")
    if not found:
        raise NotYourMoveError(
            f"{rule.label}: this move is for the {_listed(sorted(movers))}.", sorted(movers)
        )
    return found


def apply(rules: Rules, opening: Opening, state: State | None, move: Move) -> State:
    """Return the state after one more move.

    Parameters
    ----------
    state : State or None
        The state before it, None for the move that opens the engagement.

    Raises
    ------
    BadRequestError
        If there is no such move, or something that it needs is missing; names the field.
    NotAllowedError
        If the party may not make it.
    ConflictError
        If it is not possible from this stage; says what is.
    """
    rule = rules.moves.get(move.name)
    if rule is None or (state is None) != bool(rule.opens):
        known = [m.name for m in rules.moves.values() if bool(m.opens) == (state is None)]
        raise BadRequestError("move", f"must be one of {', '.join(known)}")
    if state is None:
        if move.party not in rule.by:
            raise NotYourMoveError(
                f"{rule.label}: this move is for the {_listed(rule.by)}.", rule.by
            )
        _check_needs(rules, rule, None, move)
        start = State(rule.to, 0, move.party, move.at)
        return _settled(rules, opening, start, start, rule, move)
    party_for(rule, state, (move.party,))
    if state.stage not in rule.sources:
        can = [m.name for m in possible(rules, opening, state, (move.party,))]
        raise MoveNotPossibleError(
            f"{rule.label}: not possible while the engagement is "
            f"{rules.stages[state.stage].label.lower()}; possible now: "
            f"{', '.join(can) or 'nothing'}.",
            state.stage,
            can,
        )
    if rule.when and not ended_lastingly(rules, opening, state):
        raise MoveNotPossibleError(
            f"{rule.label}: only after a reason that lasts.", state.stage, []
        )
    _check_needs(rules, rule, state, move)
    if move.party == CLOCK:
        _check_due(rules, rule, state, move)
    stage = state.stage if rule.to == STAYS else state.before if rule.to == BACK else rule.to
    after = replace(
        state,
        stage=stage,
        form=move.form or state.form,
        reason=move.reason if stage != state.stage else state.reason,
        before=state.stage if rules.stages[stage].kind == "pause" else "",
        meetings=_meetings(state, move),
    )
    return _settled(rules, opening, state, after, rule, move)


def _meetings(state: State, move: Move) -> tuple[int, ...]:
    """Return the meetings that stand after a move."""
    if move.which and move.meeting is None:
        return tuple(number for number in state.meetings if number != move.which)
    if move.meeting is not None and not move.which:
        return (*state.meetings, state.number + 1)
    return state.meetings


def _settled(
    rules: Rules, opening: Opening, before: State, after: State, rule: MoveRule, move: Move
) -> State:
    """Return a state with what follows from a move: consents, the next stage, whose move it is."""
    if rule.gives:
        after = _given(rules, opening, before, after, rules.consents[rule.gives], move)
    escalated = _escalated(before, after, move)
    after = replace(after, number=before.number + 1, at=move.at, escalated=escalated)
    if rules.stages[after.stage].is_end:
        return replace(after, waits=(), ended_at=after.ended_at or move.at)
    return replace(after, waits=_waits(rules, opening, before, after, move))


def _given(
    rules: Rules, opening: Opening, before: State, after: State, consent: Consent, move: Move
) -> State:
    giver, needed = move.about or move.party, _needed(opening, consent)
    if giver not in needed:
        raise ConflictError(f"{consent.label}: the {giver} is not asked for it here.")
    held = dict(before.gathered.get(consent.name, {}))
    changed = move.form and move.form != before.form
    if giver in held and not changed:
        raise ConflictError(f"{consent.label}: the {giver} has given it already.")
    if changed:
        held.clear()  # what the others agreed to was another form
    held[giver] = before.number + 1
    stage = consent.then if consent.stage == after.stage and needed <= held.keys() else after.stage
    return replace(after, stage=stage, gathered={**before.gathered, consent.name: held})


def _needed(opening: Opening, consent: Consent) -> set[str]:
    """Return whose consent is needed."""
    return set(opening.asked) if consent.name == "consent" else set(consent.of)


def _escalated(before: State, after: State, move: Move) -> dict[str, str]:
    """Return what is with the secretariat, until that party or the secretariat moves or it goes on."""
    if after.stage != before.stage or move.party == SECRETARIAT:
        return {}
    held = {party: at for party, at in before.escalated.items() if party != move.party}
    if move.name == ESCALATE:
        held[move.about] = move.at
    return held


def _waits(
    rules: Rules, opening: Opening, before: State, after: State, move: Move
) -> tuple[Wait, ...]:
    """Return who is waited for, each since when it began or was last set back."""
    same_stage = {wait.clock: wait for wait in before.waits if before.stage == after.stage}
    set_back = {party for party in before.escalated if party not in after.escalated}
    found = []
    for clock in rules.clocks.values():
        if clock.name not in opening.days or not _runs(rules, opening, after, clock):
            continue
        known = same_stage.get(clock.name)
        begins = (
            known is None
            or clock.party in set_back
            or (clock.from_last_move and move.party != CLOCK)
        )
        since = move.at if begins or known is None else known.since
        due_at = later(since, timedelta(days=opening.days[clock.name]))
        found.append(Wait(clock.party, clock.name, since, due_at))
    return tuple(found)


def _runs(rules: Rules, opening: Opening, state: State, clock: ClockRule) -> bool:
    if clock.of_escalation:
        return bool(state.escalated)
    if state.stage not in clock.stages:
        return False
    consent = rules.consent_at(state.stage)
    if consent is None or clock.party not in consent.of:
        return True
    needed = clock.party in _needed(opening, consent)
    return needed and not state.has_given(consent.name, clock.party)


def _check_needs(rules: Rules, rule: MoveRule, state: State | None, move: Move) -> None:
    """Refuse a move that lacks what it needs, or names what it cannot have."""
    reasons = [one.name for one in rules.reasons_of(rule.name)]
    forms = list(rules.forms) if "form" in rule.needs else []
    for name, value, known in (
        ("reason", move.reason, reasons), ("form", move.form, forms), ("about", move.about, rule.about),
    ):  # fmt: skip
        if value and value not in known:
            told = f"must be one of {', '.join(known)}" if known else f"is not for '{rule.name}'"
            raise BadRequestError(name, told)
        if not value and (name in rule.needs or (name == "about" and rule.about)):
            raise BadRequestError(name, f"is needed: one of {', '.join(known)}")
    if "note" in rule.needs and not (move.note or move.documents):
        raise BadRequestError("note", "is needed")
    if move.reason == "other" and not move.note:
        raise BadRequestError("note", "is needed where the reason is 'other'")
    if "document" in rule.needs and not move.documents:
        raise BadRequestError("documents", "one is needed")
    if ("meeting" in rule.needs) != (move.meeting is not None):
        message = "is not for this move" if move.meeting else "is needed"
        raise BadRequestError("start", message)
    standing = state.meetings if state and "which" in rule.needs else ()
    if move.which not in standing and (move.which or "which" in rule.needs):
        choices = f"one of {', '.join(map(str, standing))}" if standing else "left out here"
        raise BadRequestError("which", f"must be {choices}")


def _check_due(rules: Rules, rule: MoveRule, state: State, move: Move) -> None:
    """Refuse a move of the clock before its time."""
    due = [
        wait
        for wait in state.waits
        if wait.party == move.about
        and rule.name in (rules.clocks[wait.clock].then, ESCALATE)
        and wait.due_at <= move.at
    ]
    if not due:
        raise ConflictError(f"{rule.label}: the {move.about} has still time, or is not waited for.")
    if rule.name == ESCALATE and move.about in state.escalated:
        raise ConflictError(f"{rule.label}: it is with the secretariat already.")


def _movers(rule: MoveRule, state: State) -> set[str]:
    """Return the parties that a move is for, in this engagement."""
    return {state.opener if party == OPENER else party for party in rule.by}


def _subjects_left(
    rules: Rules, opening: Opening, state: State, rule: MoveRule, parties: Collection[str]
) -> bool:
    """Tell whether a move has still what it is about: a meeting that stands, a consent to give."""
    if "which" in rule.needs and not state.meetings:
        return False
    if not rule.gives:
        return True
    consent = rules.consents[rule.gives]
    open_ = {p for p in _needed(opening, consent) if not state.has_given(consent.name, p)}
    if "form" in rule.needs:
        return True  # another form can be named at any time
    givers = set(rule.about) or (_movers(rule, state) & set(parties))
    return bool(open_ & givers)


def _listed(names: Collection[str]) -> str:
    return " or the ".join(name.replace("_", " ") for name in names)
