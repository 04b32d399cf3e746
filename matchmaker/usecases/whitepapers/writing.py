"""White papers: begun out of an engagement, described, given versions, agreed to and published."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, Final, Literal, TypeAlias
from uuid import NAMESPACE_URL, uuid4, uuid5

from matchmaker.errors import (
    BadRequestError,
    ConflictError,
    NotFoundError,
    StoreUnavailableError,
    VersionConflictError,
)
from matchmaker.permissions import Caller
from matchmaker.usecases.brokering import papers
from matchmaker.usecases.brokering.standing import own
from matchmaker.usecases.contributing.claims import bounded
from matchmaker.usecases.permitting import permit
from matchmaker.usecases.service import Service
from matchmaker.usecases.whitepapers.describing import described
from matchmaker.usecases.whitepapers.keeping import (
    KIND,
    Paper,
    alter,
    fields_of,
    holder_of,
    paper_of,
    rules_of,
    seen,
)
from matchmaker.usecases.whitepapers.publishing import edition_document
from matchmaker.usecases.whitepapers.settling import settle
from matchmaker.usecases.whitepapers.showing import shown
from matchmaker.whitepapers.history import Move, Version
from matchmaker.whitepapers.paper import apply, possible, standing_of
from matchmaker.whitepapers.rules import BEGIN, Rules

Expected: TypeAlias = int | Literal["any"]
LONGEST_NOTE: Final = 5000
LONGEST_TEXT: Final = 400_000
"""Characters of a version that is sent as a text."""
_DESCRIBE: Final = "describe"
_ADD: Final = "add_version"
_PUBLISH: Final = "publish"


def begin(
    service: Service, caller: Caller, given: Mapping[str, Any], *, uuid: str | None = None
) -> dict[str, Any]:
    """Begin a white paper.

    Parameters
    ----------
    given : mapping
        ``engagements`` that it comes out of (the secretariat may leave them out), and of ``title``,
        ``summary``, ``language``, ``cities``, ``partners``, ``needs``, ``topics`` what is not to
        follow from the engagements.
    uuid : str, optional
        Names this very white paper, and becomes its identifier: a repeat is no second one.

    Returns
    -------
    dict
        As :func:`get_paper` does.

    Raises
    ------
    BadRequestError, InvalidDataError
        If what is given cannot be.
    NotAllowedError
        If the caller is none of the co-authors.
    """
    permit(service, caller, "papers.write", own(caller))
    rules = rules_of(service)
    details = described(service, rules, caller, given)
    identifier = uuid or str(uuid4())
    party, subjects = standing_of(rules, caller.role, caller.subjects, details)
    made = Move(identifier, BEGIN, party, caller.account, service.now(), subjects, details=details)
    one = Paper(identifier, (made,), apply(rules, None, made))
    try:
        service.records.create(KIND, identifier, fields_of(one))
    except ConflictError:
        known = service.records.get(KIND, identifier)
        if known is None or paper_of(known).moves[0].account != caller.account:
            raise
        one = paper_of(known)
    return shown(service, rules, caller, _settled(service, rules, one))


def describe(
    service: Service, caller: Caller, paper_id: str, given: Mapping[str, Any], *,
    note: str = "", expected: Expected = "any", uuid: str | None = None,
) -> dict[str, Any]:  # fmt: skip
    """Change what a white paper says of itself; whoever had agreed is asked again.

    Raises
    ------
    NotFoundError
        If there is none, or it is not the caller's.
    BadRequestError, InvalidDataError
        If what is given cannot be.
    NotAllowedError, VersionConflictError, ConflictError
        As :func:`move` does.
    """
    rules, one = _begun(service, caller, paper_id)
    details = described(service, rules, caller, given, one.details)
    made = _prepared(service, rules, caller, one, _DESCRIBE, uuid, note)
    return _moved(service, rules, caller, one, replace(made, details=details), expected)


def add_version(
    service: Service, caller: Caller, paper_id: str, name: str, pieces: Iterable[bytes], *,
    note: str = "", expected: Expected = "any", uuid: str | None = None,
) -> dict[str, Any]:  # fmt: skip
    """Add a version as a file; whoever had agreed is asked again.

    Parameters
    ----------
    name : str
        Of the file.
    pieces : iterable of bytes
        The file, piece by piece.
    note : str
        What has changed.
    uuid : str, optional
        Names this very version: a repeat is no second one.

    Raises
    ------
    NotFoundError
        If there is no such white paper, or it is not the caller's.
    BadRequestError
        If the file is empty, too large, of a type that is not taken, or refused by the scanner.
    NotAllowedError, VersionConflictError, ConflictError
        As :func:`move` does.
    """
    rules, one = _begun(service, caller, paper_id)
    made = _prepared(service, rules, caller, one, _ADD, uuid, note)
    if one.move_of(made.uuid) is None:
        _check_expected(one, expected)
        _check_can(rules, one, made)
    stored = papers.receive(
        service, caller, holder_of(one.id), name, pieces, str(uuid5(NAMESPACE_URL, made.uuid))
    )
    number = len(one.state.versions) + 1
    version = Version(
        number, stored["id"], stored["name"], stored["media_type"], stored["size"], stored["sha256"]
    )
    return _moved(service, rules, caller, one, replace(made, version=version), expected)


def add_text(
    service: Service, caller: Caller, paper_id: str, text: str, *, note: str = "",
    expected: Expected = "any", uuid: str | None = None,
) -> dict[str, Any]:  # fmt: skip
    """Add a version as a text in Markdown, which is kept as a file; see :func:`add_version`."""
    if len(text) > LONGEST_TEXT:
        raise BadRequestError("text", f"must have at most {LONGEST_TEXT} characters")
    if not text.strip():
        raise BadRequestError("text", "is needed")
    content = text.replace("\r\n", "\n").encode("utf-8", "replace")
    try:
        return add_version(
            service, caller, paper_id, "white-paper.md", [content], note=note, expected=expected,
            uuid=uuid,
        )  # fmt: skip
    except BadRequestError as error:
        if error.parameter != "file":
            raise
        told = str(error).removeprefix("file: ")
        if told.startswith("must be one of"):
            told = "must be plain text in Markdown that does not begin like a page of HTML"
        raise BadRequestError("text", told) from None


def move(
    service: Service, caller: Caller, paper_id: str, name: str, *, note: str = "",
    about: str = "", expected: Expected = "any", uuid: str | None = None,
) -> dict[str, Any]:  # fmt: skip
    """Make a move that carries nothing: ask for agreement, agree, publish, and so on.

    Parameters
    ----------
    name : str
        The move, one of those that the white paper shows as possible for the caller.
    about : str
        The co-author that it is about, where it is about one.
    expected : int or "any"
        The version (number of moves) that the caller has before him.
    uuid : str, optional
        Names this very move: a repeat under the same one changes nothing.

    Returns
    -------
    dict
        As :func:`get_paper` does.

    Raises
    ------
    NotFoundError
        If there is no such white paper, or it is not the caller's.
    BadRequestError
        If there is no such move or something that it needs is missing; names the field.
    NotAllowedError
        If the move is not for the caller.
    VersionConflictError
        If somebody else has moved meanwhile.
    ConflictError
        If it is not possible from this stage, or its file cannot be published.
    """
    rules, one = _begun(service, caller, paper_id)
    known = [rule.name for rule in rules.moves.values() if not (rule.opens or rule.carries)]
    if name not in known:
        raise BadRequestError("move", f"must be one of {', '.join(known)}")
    made = replace(_prepared(service, rules, caller, one, name, uuid, note), about=about[:200])
    if name == _PUBLISH and one.move_of(made.uuid) is None and one.state.newest:
        papers.opened(service, holder_of(one.id), one.state.newest.document)  # scanned, and there
    return _moved(service, rules, caller, one, made, expected)


def get_paper(service: Service, caller: Caller, paper_id: str) -> dict[str, Any]:
    """Return a white paper with its versions, its history, and what the caller can do.

    Raises
    ------
    NotFoundError
        If there is none, or it is not the caller's: which of the two is not told.
    """
    permit(service, caller, "papers.read", own(caller))
    return shown(service, rules_of(service), caller, seen(service, caller, paper_id))


def open_version(service: Service, caller: Caller, paper_id: str, number: int) -> papers.Paper:
    """Return the file of a version, to be sent as an attachment.

    Raises
    ------
    NotFoundError
        If there is none, or the white paper is not the caller's.
    ConflictError
        If it is held back because it could not be looked through.
    """
    permit(service, caller, "papers.read", own(caller))
    one = seen(service, caller, paper_id)
    if not 1 <= number <= len(one.state.versions):
        raise NotFoundError("version", str(number)[:20])
    return papers.opened(service, holder_of(one.id), one.state.versions[number - 1].document)


def _begun(service: Service, caller: Caller, paper_id: str) -> tuple[Rules, Paper]:
    permit(service, caller, "papers.write", own(caller))
    return rules_of(service), seen(service, caller, paper_id)


def _prepared(
    service: Service, rules: Rules, caller: Caller, one: Paper, name: str, uuid: str | None,
    note: str,
) -> Move:  # fmt: skip
    text = bounded("note", note, LONGEST_NOTE, least=0)
    party, subjects = standing_of(rules, caller.role, caller.subjects, one.details)
    now = max(service.now(), one.state.at)
    return Move(uuid or str(uuid4()), name, party, caller.account, now, subjects, note=text)


def _check_can(rules: Rules, one: Paper, made: Move) -> None:
    """Refuse a version that could not be added, before its file is taken in."""
    if made.name not in {r.name for r in possible(rules, one.state, made.party, made.subjects)}:
        version = Version(len(one.state.versions) + 1, "", "", "", 0, "")
        apply(rules, one.state, replace(made, version=version))


def _check_publishable(service: Service, one: Paper) -> None:
    """Refuse what the repository would not take: its co-authors are no longer in the network."""
    document = edition_document(service.snapshot, one, len(one.state.editions) - 1)
    if gone := [name for name in ("cities", "partners") if name not in document]:
        raise ConflictError(f"None of its {gone[0]} is in the network any more; change them first.")


def _check_expected(one: Paper, expected: Expected) -> None:
    if expected not in ("any", one.version):
        raise VersionConflictError(
            f"Somebody else has moved meanwhile: the white paper has {one.version} moves, not "
            f"{expected}.",
            one.version,
        )


def _moved(
    service: Service, rules: Rules, caller: Caller, one: Paper, made: Move, expected: Expected
) -> dict[str, Any]:
    """Make a move under the lock of the white paper; return it as it is then."""

    def change(held: Paper) -> Paper | None:
        if known := held.move_of(made.uuid):
            if (known.account, known.name) != (made.account, made.name):
                raise ConflictError("Another move was made under the same uuid.")
            return None
        _check_expected(held, expected)
        now = max(made.at, held.state.at)
        version = made.version
        if version is not None:
            version = replace(version, number=len(held.state.versions) + 1)
        after = held.after(rules, replace(made, at=now, version=version))
        if made.name == _PUBLISH:
            _check_publishable(service, after)
        return after

    after = _settled(service, rules, alter(service, one.id, change))
    return shown(service, rules, caller, after)


def _settled(service: Service, rules: Rules, one: Paper) -> Paper:
    """Do at once what follows from a move; what cannot be done now is done by the clock."""
    with contextlib.suppress(StoreUnavailableError, NotFoundError):
        return settle(service, rules, one.id)
    return one
