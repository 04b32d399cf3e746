"""The language that the current request wishes for."""

from __future__ import annotations

from typing import Final

from flask import Response, request

from matchmaker.graph import Snapshot
from matchmaker.usecases.reading import languages

_LANGUAGE: Final = "matchmaker.language"


def current_language() -> str:
    """Return the language of ours that ``Accept-Language`` prefers, English if it names none.

    The answer then tells its language and that it depends on the header.
    """
    best = request.accept_languages.best_match(languages.LANGUAGES, languages.USUAL)
    language: str = request.environ.setdefault(_LANGUAGE, best)
    return language


def in_language(snapshot: Snapshot) -> Snapshot:
    """Return a snapshot whose captions are in the language of the current request."""
    return languages.in_language(snapshot, current_language())


def tell(response: Response) -> Response:
    """Name the language of an answer that was made for one."""
    language = request.environ.get(_LANGUAGE)
    if language is not None:
        response.vary.add("Accept-Language")
        if response.status_code < 300:
            response.headers.setdefault("Content-Language", language)
    return response
