"""White papers as they are kept: the moves are the truth, what they add up to stands beside them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, TypeAlias
from uuid import NAMESPACE_URL, uuid5

from matchmaker.errors import NotFoundError
from matchmaker.permissions import Caller
from matchmaker.records import Record
from matchmaker.usecases.brokering.keeping import SECRETARIAT_KEY
from matchmaker.usecases.brokering.papers import Holder
from matchmaker.usecases.brokering.standing import lent_to
from matchmaker.usecases.contributing.submissions import lists_all
from matchmaker.usecases.rereading import reread
from matchmaker.usecases.service import Service
from matchmaker.whitepapers.history import Details, Move, State
from matchmaker.whitepapers.paper import apply, fold
from matchmaker.whitepapers.rules import FILE, Rules, load_rules

KIND: Final = "white_paper"
Fields: TypeAlias = Mapping[str, Any]
_rules_at = reread(load_rules)


@dataclass(frozen=True, slots=True)
class Paper:
    """One white paper as it stands; ``told`` counts the moves of which all that follows is done."""

    id: str
    moves: tuple[Move, ...]
    state: State
    told: int = 0

    @property
    def version(self) -> int:
        """The number of its moves: what ``If-Match`` compares."""
        return len(self.moves)

    @property
    def details(self) -> Details:
        """What it says of itself."""
        return self.state.details

    def move_of(self, uuid: str) -> Move | None:
        """Return the move with an identifier, None if it was not made."""
        return next((move for move in self.moves if move.uuid == uuid), None)

    def after(self, rules: Rules, move: Move) -> Paper:
        """Return the paper after one more move; raises as :func:`apply` does."""
        state = apply(rules, self.state, move)
        return replace(self, moves=(*self.moves, move), state=state)


def rules_of(service: Service) -> Rules:
    """Return the rules in force, read anew where their file has changed.

    Raises
    ------
    SchemaError, InvalidDataError
        If they cannot be read, or are wrong.
    """
    return _rules_at(service.settings.schema_dir / FILE)


def entity_id(paper_id: str, number: int) -> str:
    """Return the identifier of an edition in the repository; it does not betray the draft's.

    Examples
    --------
    >>> entity_id("1f3c", 1)
    'white-paper-ce904e976afe-1'
    """
    return f"white-paper-{uuid5(NAMESPACE_URL, f'white paper of {paper_id}').hex[:12]}-{number}"


def holder_of(paper_id: str) -> Holder:
    """Return a white paper as the holder of documents."""
    return Holder("paper", paper_id)


def paper_of(record: Record) -> Paper:
    """Read a white paper from its record."""
    return _read(record.id, record.fields)


def _read(identifier: str, fields: Fields) -> Paper:
    moves = tuple(map(Move.from_json, fields["moves"]))
    return Paper(identifier, moves, State.from_json(fields["state"]), fields["told"])


def fields_of(one: Paper) -> dict[str, Any]:
    """Return the fields of a white paper's record."""
    return {
        "moves": [move.as_json() for move in one.moves],
        "at": one.moves[0].at,
        "told": one.told,
        **derived(one.id, one.state),
        "next_at": one.state.at if one.told < one.version else None,
    }


def derived(paper_id: str, state: State) -> dict[str, Any]:
    """Return what follows from the moves and is kept beside them so that papers are found."""
    waits = {"in_review": state.missing, "agreed": (SECRETARIAT_KEY,)}.get(state.stage, ())
    return {
        "state": state.as_json(),
        "stage": state.stage,
        "owners": sorted(state.details.owners),
        "waits_for": sorted(waits),
        "engagements": sorted(state.details.engagements),
        "editions": [entity_id(paper_id, e.version.number) for e in state.editions],
    }


def found(service: Service, paper_id: str) -> Paper:
    """Return a white paper, whoever asks.

    Raises
    ------
    NotFoundError
        If there is none.
    """
    record = service.records.get(KIND, paper_id[:100])
    if record is None:
        raise missing(paper_id)
    return paper_of(record)


def seen(service: Service, caller: Caller, paper_id: str) -> Paper:
    """Return a white paper that a caller may read; asks for no permission.

    Raises
    ------
    NotFoundError
        If there is none, or it is not his: which of the two is not told.
    """
    one = found(service, paper_id)
    if not lists_all(caller, "papers.read") and one.details.owners.isdisjoint(
        keys(service, caller)
    ):
        raise missing(paper_id)
    return one


def keys(service: Service, caller: Caller) -> list[str]:
    """Return as what a caller reads white papers: his subjects, and countries lent to him."""
    return sorted(caller.subjects | lent_to(service, caller).keys())


def missing(paper_id: str) -> NotFoundError:
    """Return what is raised where there is no white paper, or none for this caller."""
    return NotFoundError("white paper", paper_id[:100])


def alter(service: Service, paper_id: str, change: Callable[[Paper], Paper | None]) -> Paper:
    """Change a white paper under its lock; what ``change`` raises leaves it as it is.

    Raises
    ------
    NotFoundError
        If there is none.
    """

    def work(fields: Fields) -> Fields | None:
        after = change(_read(paper_id, fields))
        return None if after is None else fields_of(after)

    record = service.records.change(KIND, paper_id, work)
    if record is None:
        raise missing(paper_id)
    return paper_of(record)


def faults_of(rules: Rules, record: Record) -> list[str]:
    """Return where what is kept differs from what the moves add up to; empty if nowhere."""
    try:
        state = fold(rules, map(Move.from_json, record["moves"]))
    except Exception as error:  # noqa: BLE001  # whatever is wrong with one, the others are checked
        return [f"its moves do not fold: {error}"]
    return [
        f"{name}: kept {record.get(name)!r}, by its moves {value!r}"
        for name, value in derived(record.id, state).items()
        if record.get(name) != value
    ]
