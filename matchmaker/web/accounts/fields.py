"""What a form holds and what is wrong with it, and where a page may lead onward to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from matchmaker.errors import BadRequestError, InvalidDataError, MatchmakerError

_LONGEST_PATH: Final = 500


@dataclass(frozen=True, slots=True)
class Form:
    """What was filled in, and what is wrong with it by field; ``message`` is about the whole."""

    values: Mapping[str, Any] = field(default_factory=dict)
    faults: Mapping[str, str] = field(default_factory=dict)
    message: str = ""

    def refused(self, error: MatchmakerError) -> Form:
        """Return the form with what an error says about it."""
        if isinstance(error, InvalidDataError):
            told = {fault.column: _sentence(fault.message) for fault in error.faults}
            general = told.pop("", "")
            return Form(self.values, told, general)
        if isinstance(error, BadRequestError):
            text = str(error).removeprefix(f"{error.parameter}: ")
            return Form(self.values, {error.parameter: _sentence(text)})
        return Form(self.values, {}, str(error))


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}" + ("" if text.endswith((".", "?", "!")) else ".")


def local_path(text: str | None) -> str:
    """Return a path of this service to go on to, ``/`` without one.

    Raises
    ------
    BadRequestError
        If it might lead to another site.

    Examples
    --------
    >>> local_path("/needs/phuket-scap2018-1?limit=5")
    '/needs/phuket-scap2018-1?limit=5'
    >>> local_path(None)
    '/'
    >>> local_path("//elsewhere.example")
    Traceback (most recent call last):
    matchmaker.errors.BadRequestError: next: must be a path of this service, such as /needs
    """
    if not text:
        return "/"
    if not is_local(text):
        raise BadRequestError("next", "must be a path of this service, such as /needs")
    return text


def is_local(text: str) -> bool:
    r"""Tell whether a browser takes a text for a path of this service, and nothing else.

    Examples
    --------
    >>> [is_local(text) for text in ("/needs?q=a", "//b.example", "/\\b.example", "/\t/b.example")]
    [True, False, False, False]
    """
    if not text.startswith("/") or text.startswith("//") or "\\" in text:
        return False
    return len(text) <= _LONGEST_PATH and text.isascii() and text.isprintable()


def moment(text: str) -> str:
    """Write a time of a record for people.

    Examples
    --------
    >>> moment("2026-03-01T09:05:07.123Z")
    '1 March 2026, 09:05 UTC'
    """
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        return text
    return f"{time.day} {time:%B %Y, %H:%M} UTC"
