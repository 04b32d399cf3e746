"""What can go wrong when a service is asked, as exceptions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final


class ClientError(Exception):
    """Anything that this library raises."""


class UnreachableError(ClientError):
    """No answer came, also not when it was tried again.

    Attributes
    ----------
    maybe_done : bool
        Whether the service may have carried the request out all the same.
    """

    def __init__(self, message: str, *, maybe_done: bool = False) -> None:
        super().__init__(message)
        self.maybe_done = maybe_done


class BadAnswerError(ClientError):
    """An answer came that this service does not give: another program answers at the address."""


class MirrorError(ClientError):
    """A copy cannot be kept as asked."""


class WebhookError(ClientError):
    """A message is not one that the service signed, or is too old."""


class ProblemError(ClientError):
    """The service refused a request, and said why (RFC 9457).

    Attributes
    ----------
    status : int
        Status of the answer.
    type : str
        Kind of problem: stable, such as ``/problems/not-found``.
    title, detail, instance : str
        In words: the kind, this occurrence, and the address asked for.
    members : mapping
        All members of the document, those of the kind included.
    retry_after : float or None
        Seconds after which the service asked to be tried again.
    repeated : bool
        Whether the request had been sent before without an answer.  Then an earlier attempt may be
        what this one collided with: a deletion answered "not found", or a write answered
        "precondition failed", may have been carried out.

    Examples
    --------
    >>> error = problem(404, {"type": "/problems/not-found", "title": "No", "detail": "No 'x'."})
    >>> type(error).__name__, error.slug, str(error)
    ('NotFoundError', 'not-found', "404 not-found: No 'x'.")
    """

    def __init__(
        self, status: int, members: Mapping[str, Any], *, retry_after: float | None = None,
        repeated: bool = False,
    ) -> None:  # fmt: skip
        self.status = status
        self.members = dict(members)
        self.type = str(members.get("type") or "about:blank")
        self.title = str(members.get("title") or "")
        self.detail = str(members.get("detail") or "")
        self.instance = str(members.get("instance") or "")
        self.retry_after = retry_after
        self.repeated = repeated
        super().__init__(f"{status} {self.slug}: {self.detail or self.title}")

    @property
    def slug(self) -> str:
        """Last part of the type, such as ``not-found``."""
        return self.type.rpartition("/")[2]


class BadParameterError(ProblemError):
    """A parameter cannot be used."""

    @property
    def parameter(self) -> str:
        """Name of the parameter."""
        return str(self.members.get("parameter") or "")


class NotSignedInError(ProblemError):
    """A key is needed, or the key given is not taken."""


class NotAllowedError(ProblemError):
    """The account, or the key's scopes, do not allow it."""


class NotFoundError(ProblemError):
    """There is nothing of the kind."""

    @property
    def suggestions(self) -> list[str]:
        """What looks alike."""
        return [str(text) for text in self.members.get("suggestions", ())]


class ConflictError(ProblemError):
    """The write conflicts with the data."""


class PositionGoneError(ProblemError):
    """The feed no longer goes back to a position."""


class PreconditionFailedError(ProblemError):
    """Somebody has changed the entity since it was read."""

    @property
    def version(self) -> int:
        """Version of the entity now; 0 if there is none."""
        return int(self.members.get("version") or 0)


class InvalidDataError(ProblemError):
    """The data do not fit the schema."""

    @property
    def faults(self) -> list[Mapping[str, str]]:
        """Every fault, with ``property`` and ``message``."""
        return list(self.members.get("faults", ()))


class TooManyRequestsError(ProblemError):
    """The quota is used up."""


class UnavailableError(ProblemError):
    """The service cannot do it now."""


_BY_SLUG: Final[Mapping[str, type[ProblemError]]] = {
    "position-gone": PositionGoneError,
    "bad-parameter": BadParameterError,
    "invalid-data": InvalidDataError,
}
_BY_STATUS: Final[Mapping[int, type[ProblemError]]] = {
    401: NotSignedInError,
    403: NotAllowedError,
    404: NotFoundError,
    409: ConflictError,
    412: PreconditionFailedError,
    429: TooManyRequestsError,
    503: UnavailableError,
}


def problem(
    status: int, members: Mapping[str, Any], *, retry_after: float | None = None,
    repeated: bool = False,
) -> ProblemError:  # fmt: skip
    """Return the exception that a problem document stands for."""
    slug = str(members.get("type") or "").rpartition("/")[2]
    kind = _BY_SLUG.get(slug) or _BY_STATUS.get(status) or ProblemError
    return kind(status, members, retry_after=retry_after, repeated=repeated)
