"""The rules of brokering, read from ``graph_schema/brokering.yaml`` into checked types.

Stages, moves, consents, clocks, reasons and forms are data, each resting on a rule that states its
origin: a clause of the Terms of Reference, another source, or the house.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from matchmaker.brokering.specification import faults_of
from matchmaker.errors import InvalidDataError
from matchmaker.instruments.citing import pieces
from matchmaker.permissions import Role
from matchmaker.schema import DEFAULT_FOLDER, read_yaml

FILE: Final = "brokering.yaml"
STAYS: Final = "stays"
BACK: Final = "back"
CLOCK: Final = "clock"
OPENER: Final = "opener"
SECRETARIAT: Final = "secretariat"
REMIND: Final = "remind"
SILENCE: Final = "silence"
ESCALATE: Final = "escalate"


@dataclass(frozen=True, slots=True)
class Stage:
    """Where an engagement may stand; ``kind`` is ``path``, ``pause`` or ``end``."""

    name: str
    label: str
    kind: str
    says: str

    @property
    def is_end(self) -> bool:
        """Whether nothing leads out of it."""
        return self.kind == "end"


@dataclass(frozen=True, slots=True)
class Party:
    """Who may move: accounts of some roles, whose subject is the engagement's own ``subject``."""

    name: str
    label: str
    roles: frozenset[Role]
    subject: str = ""


@dataclass(frozen=True, slots=True)
class Switch:
    """A period that differs by country, or does not apply there (None)."""

    days: int
    exceptions: Mapping[str, int | None] = field(hash=False)

    def days_in(self, country: str) -> int | None:
        """Return the days for a country, None where the rule is switched off."""
        return self.exceptions.get(country, self.days)


@dataclass(frozen=True, slots=True)
class Rule:
    """Why something is as it is: ``origin`` is ``clause``, ``source`` or ``house``.

    Parameters
    ----------
    guards : frozenset of str
        Moves before which the partner's due diligence is looked at.
    requires_due_diligence : bool
        Whether those moves are refused while it is not complete; otherwise there is a warning.
    """

    name: str
    origin: str
    says: str
    cites: str
    switch: Switch | None = None
    partner_kinds: frozenset[str] = frozenset()
    guards: frozenset[str] = frozenset()
    requires_due_diligence: bool = False

    def as_json(self) -> dict[str, Any]:
        """Return what is shown of it; ``clauses`` are the addresses of those that it cites."""
        told = {"name": self.name, "origin": self.origin, "says": self.says, "cites": self.cites}
        return {**told, "clauses": [piece.url for piece in pieces(self.cites) if piece.url]}


@dataclass(frozen=True, slots=True)
class Consent:
    """What several parties give; ``of`` names each with its rule.

    While an engagement stands in ``stage`` it goes on to ``then`` once all have given it.
    """

    name: str
    label: str
    of: Mapping[str, str] = field(hash=False)
    stage: str = ""
    then: str = ""


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a move is made; ``lasting`` reasons do not pass by themselves."""

    name: str
    label: str
    moves: frozenset[str]
    lasting: bool


@dataclass(frozen=True, slots=True)
class Form:
    """What parties agree on, and how the work is recorded in the graph."""

    name: str
    label: str
    role: str = ""
    support_type: str = ""


@dataclass(frozen=True, slots=True)
class MoveRule:
    """A move: from which stages, to which, by whom, and what it needs.

    Parameters
    ----------
    opens : str
        The route that it opens, ``""`` for a move within an engagement.
    to : str
        A stage, ``stays`` or ``back``.
    by : tuple of str
        Parties, or ``opener`` for the side that opened the engagement.
    about : tuple of str
        Parties that it can be about; empty if it is about none.
    gives : str
        The consent that it gives, for the mover or for whom it is about.
    when : str
        ``lasting`` for a move that only follows a lasting reason, ``""`` for all others.
    """

    name: str
    label: str
    says: str
    to: str
    by: tuple[str, ...]
    rule: str
    sources: frozenset[str] = frozenset()
    opens: str = ""
    about: tuple[str, ...] = ()
    needs: frozenset[str] = frozenset()
    gives: str = ""
    when: str = ""


@dataclass(frozen=True, slots=True)
class ClockRule:
    """Who is waited for, how long, when reminded, and what then.

    ``stages`` is empty for the clock that runs while something is escalated.
    """

    name: str
    stages: frozenset[str]
    party: str
    days: int
    reminders: tuple[int, ...]
    then: str
    rule: str
    from_last_move: bool = False

    @property
    def of_escalation(self) -> bool:
        """Whether it runs while something has been taken to the secretariat."""
        return not self.stages


@dataclass(frozen=True, slots=True)
class Rules:
    """All of them, by name."""

    stages: Mapping[str, Stage] = field(hash=False)
    parties: Mapping[str, Party] = field(hash=False)
    rules: Mapping[str, Rule] = field(hash=False)
    consents: Mapping[str, Consent] = field(hash=False)
    reasons: Mapping[str, Reason] = field(hash=False)
    forms: Mapping[str, Form] = field(hash=False)
    moves: Mapping[str, MoveRule] = field(hash=False)
    clocks: Mapping[str, ClockRule] = field(hash=False)

    def reasons_of(self, move: str) -> tuple[Reason, ...]:
        """Return the reasons that a move can be given."""
        return tuple(one for one in self.reasons.values() if move in one.moves)

    def consent_at(self, stage: str) -> Consent | None:
        """Return what is gathered in a stage, if anything."""
        return next((one for one in self.consents.values() if one.stage == stage), None)

    def opening_move(self, route: str) -> MoveRule:
        """Return the move that opens a route (``interest``, ``request``, ``proposal``)."""
        return next(one for one in self.moves.values() if one.opens == route)

    def asked_in(self, country: str, consent: str) -> tuple[str, ...]:
        """Return whose consent is needed for an engagement in a country."""
        of = self.consents[consent].of
        return tuple(party for party, rule in of.items() if self._applies(rule, country))

    def days_in(self, country: str) -> dict[str, int]:
        """Return how long each clock runs in a country; clocks that do not run there are left out."""
        found = {}
        for clock in self.clocks.values():
            switch = self.rules[clock.rule].switch
            days = clock.days if switch is None else switch.days_in(country)
            if days is not None:
                found[clock.name] = days
        return found

    def days_kept_apart(self, country: str) -> int | None:
        """Return how long a decline that both sides keep counts, None where none is kept."""
        switch = self.rules["declines"].switch
        return None if switch is None else switch.days_in(country)

    def of_partner_kind(self, kind: str) -> tuple[Rule, ...]:
        """Return the rules that hold for engagements with a kind of partner in particular."""
        return tuple(one for one in self.rules.values() if kind in one.partner_kinds)

    def guards_of(self, move: str) -> tuple[Rule, ...]:
        """Return the rules that look at the partner's due diligence before a move."""
        return tuple(one for one in self.rules.values() if move in one.guards)

    def _applies(self, rule: str, country: str) -> bool:
        switch = self.rules[rule].switch
        return switch is None or switch.days_in(country) is not None


def load_rules(
    path: Path = DEFAULT_FOLDER / FILE, countries: Collection[str] | None = None
) -> Rules:
    """Read and check the rules.

    Parameters
    ----------
    countries : collection of str, optional
        Identifiers of the countries that there are; without them exceptions for countries are not
        looked up.

    Raises
    ------
    SchemaError
        If the file cannot be read, or is not YAML.
    InvalidDataError
        With every unknown key, wrong value and dangling name.

    Examples
    --------
    >>> rules = load_rules()
    >>> rules.asked_in("country-thailand", "consent")
    ('partner', 'city', 'country')
    >>> rules.moves["object"].to
    'declined'
    """
    document = read_yaml(path)
    if faults := faults_of(path.name, document, countries):
        raise InvalidDataError(faults)
    return _built(document)


def _built(document: Mapping[str, Any]) -> Rules:
    stages = {name: Stage(name, **spec) for name, spec in document["stages"].items()}
    return Rules(
        stages,
        {name: _party(name, spec) for name, spec in document["parties"].items()},
        {name: _rule(name, spec) for name, spec in document["rules"].items()},
        {name: Consent(name, **spec) for name, spec in document["consents"].items()},
        {
            name: Reason(name, spec["label"], frozenset(spec["moves"]), spec["lasting"])
            for name, spec in document["reasons"].items()
        },
        {name: Form(name, **spec) for name, spec in document["forms"].items()},
        {name: _move(name, spec, stages) for name, spec in document["moves"].items()},
        {name: _clock(name, spec) for name, spec in document["clocks"].items()},
    )


def _party(name: str, spec: Mapping[str, Any]) -> Party:
    return Party(name, spec["label"], frozenset(map(Role, spec["roles"])), spec.get("subject", ""))


def _rule(name: str, spec: Mapping[str, Any]) -> Rule:
    switch = None
    if "switch" in spec:
        exceptions = {
            country: found["days"] if found else None
            for country, found in spec["switch"]["except"].items()
        }
        switch = Switch(spec["switch"]["days"], exceptions)
    kinds = frozenset(spec.get("partner_kinds", ()))
    return Rule(
        name,
        spec["origin"],
        spec["says"],
        spec["cites"],
        switch,
        kinds,
        frozenset(spec.get("guards", ())),
        spec.get("requires_due_diligence", False),
    )


def _move(name: str, spec: Mapping[str, Any], stages: Mapping[str, Stage]) -> MoveRule:
    return MoveRule(
        name,
        spec["label"],
        spec["says"],
        spec["to"],
        tuple(spec["by"]),
        spec["rule"],
        _sources(spec.get("from", []), stages),
        spec.get("opens", ""),
        tuple(spec.get("about", ())),
        frozenset(spec.get("needs", ())),
        spec.get("gives", ""),
        spec.get("when", ""),
    )


def _sources(named: str | list[str], stages: Mapping[str, Stage]) -> frozenset[str]:
    """Return the stages that a word or a list stands for."""
    if isinstance(named, list):
        return frozenset(named)
    kinds = {"path": {"path"}, "open": {"path", "pause"}, "any": {"path", "pause", "end"}}[named]
    return frozenset(stage.name for stage in stages.values() if stage.kind in kinds)


def _clock(name: str, spec: Mapping[str, Any]) -> ClockRule:
    escalation = spec["stages"] == "escalated"
    return ClockRule(
        name,
        frozenset() if escalation else frozenset(spec["stages"]),
        spec["party"],
        spec["days"],
        tuple(spec["reminders"]),
        spec["then"],
        spec["rule"],
        spec.get("counts_from") == "last_move",
    )
