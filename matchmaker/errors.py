"""Domain errors: what can go wrong, in the service's own words.

No HTTP here: the web layer maps these to problem details in one table, the command line to one line.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


class MatchmakerError(Exception):
    """Base of every error that the service raises on purpose."""


class NotFoundError(MatchmakerError):
    """No entity has the identifier asked for.

    Parameters
    ----------
    kind : str
        What was looked for, in the words of the schema (``"need"``, ``"city"``).
    identifier : str
        The identifier as given.
    suggestions : sequence of str
        Identifiers that look alike, best first.
    """

    def __init__(self, kind: str, identifier: str, suggestions: Sequence[str] = ()) -> None:
        self.kind = kind
        self.identifier = identifier
        self.suggestions = tuple(suggestions)
        hint = f" Did you mean {', '.join(self.suggestions)}?" if self.suggestions else ""
        super().__init__(f"There is no {kind} with the id {identifier!r}.{hint}")


class BadRequestError(MatchmakerError):
    """A parameter has a value that cannot be used; ``parameter`` names it."""

    def __init__(self, parameter: str, message: str) -> None:
        self.parameter = parameter
        super().__init__(f"{parameter}: {message}")


@dataclass(frozen=True, slots=True, order=True)
class Fault:
    """One thing wrong with data: where it stands and what to do about it.

    ``row`` counts lines of the file from 1 (the header is row 1); 0 means the whole file.
    """

    file: str
    row: int
    column: str
    message: str

    def __str__(self) -> str:
        """Return ``file:row:column: message``, leaving out what is not known."""
        place = ":".join(part for part in (self.file, str(self.row or ""), self.column) if part)
        return f"{place}: {self.message}"


class InvalidDataError(MatchmakerError):
    """Data that does not fit the schema; carries every fault found, not only the first."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        self.faults = tuple(sorted(faults))
        count = len(self.faults)
        head = f"{count} fault{'s' if count != 1 else ''} found; nothing was changed."
        super().__init__("\n".join([head, *map(str, self.faults)]))


class SchemaError(MatchmakerError):
    """The graph schema itself is wrong: unknown keys, duplicates or dangling references."""


class ConflictError(MatchmakerError):
    """The write would undo somebody else's change, or a name is taken."""


class NotAllowedError(MatchmakerError):
    """The caller may not do this."""


class SignInNeededError(NotAllowedError):
    """Only somebody who has signed in, or whose API key is known, may do this."""


class SignInRefusedError(SignInNeededError):
    """A sign-in failed; the message does not tell whether there is such an account."""


class KeyRefusedError(SignInNeededError):
    """An API key is unknown, expired or revoked, or its account is not active."""


class LinkRefusedError(NotAllowedError):
    """A one-time link is unknown, used or too old."""


class MailError(MatchmakerError):
    """A message could not be sent; nothing that depends on it was done."""


class VersionConflictError(ConflictError):
    """What is to be changed is no longer as the caller saw it; ``version`` is how it is now."""

    def __init__(self, message: str, version: int) -> None:
        self.version = version
        super().__init__(message)


class TooManyRequestsError(MatchmakerError):
    """The caller has asked too often; ``seconds`` says how long to wait."""

    def __init__(self, message: str, seconds: int) -> None:
        self.seconds = seconds
        super().__init__(message)


class MovedError(MatchmakerError):
    """The entity was merged into another one, whose identifier is ``target``."""

    def __init__(self, kind: str, identifier: str, target: str) -> None:
        self.kind = kind
        self.identifier = identifier
        self.target = target
        super().__init__(f"The {kind} {identifier!r} was merged into {target!r}.")


class StoreUnavailableError(MatchmakerError):
    """The database cannot be reached now; reads go on from the snapshot, writes must wait."""


class DatabaseStartError(StoreUnavailableError):
    """The local database could not be started; the message says why and what to do."""


class SettingsError(MatchmakerError):
    """A setting in the environment has a value that cannot be used."""


class OpenAlreadyError(ConflictError):
    """There is an open engagement for the same need and partner; ``engagement`` is its identifier."""

    def __init__(self, engagement: str) -> None:
        self.engagement = engagement
        super().__init__(
            f"There is an open engagement for this need and this partner already: {engagement}."
        )


class MoveNotPossibleError(ConflictError):
    """A move is not possible from where the engagement stands: ``stage``, and what is ``possible``."""

    def __init__(self, message: str, stage: str, possible: Sequence[str]) -> None:
        self.stage = stage
        self.possible = tuple(possible)
        super().__init__(message)


class NotYourMoveError(NotAllowedError):
    """A move is not for the caller; ``parties`` says whose it is."""

    def __init__(self, message: str, parties: Sequence[str]) -> None:
        self.parties = tuple(parties)
        super().__init__(message)
