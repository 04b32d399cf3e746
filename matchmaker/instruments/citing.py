"""Citations of paragraphs: from the words of a rule to the addresses of clauses."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

TERMS: Final = "terms-of-reference"
"""The instrument that engagements begin under."""
CITED_AS: Final = "Terms of Reference 2019"
PAGES: Final = "/instruments"
_CITATION: Final = re.compile(
    rf"{CITED_AS}, para\. ([0-9]{{1,2}}[a-z]?(?:(?:,| and) [0-9]{{1,2}}[a-z]?)*)"
)
_PARAGRAPH: Final = re.compile(r"[0-9]{1,2}[a-z]?")


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of a citation: words, and where they lead (``""`` for words alone)."""

    text: str
    url: str = ""


def page_of(instrument: str, clause: str = "") -> str:
    """Return the address of an instrument, or of one of its clauses.

    Examples
    --------
    >>> page_of("terms-of-reference", "p3c")
    '/instruments/terms-of-reference#p3c'
    """
    return f"{PAGES}/{instrument}" + (f"#{clause}" if clause else "")


def paragraphs_in(cites: str) -> tuple[str, ...]:
    """Return the paragraphs of the Terms of Reference that a text cites.

    Examples
    --------
    >>> paragraphs_in("house, after Terms of Reference 2019, para. 18b, 18g")
    ('18b', '18g')
    >>> paragraphs_in("news of the 2019 annual meeting")
    ()
    """
    return tuple(
        found for whole in _CITATION.finditer(cites) for found in _PARAGRAPH.findall(whole[1])
    )


def pieces(cites: str) -> tuple[Piece, ...]:
    """Return a citation in pieces, each paragraph with the address of its clause.

    Examples
    --------
    >>> [piece.url for piece in pieces("Terms of Reference 2019, para. 4, 16c") if piece.url]
    ['/instruments/terms-of-reference#p4', '/instruments/terms-of-reference#p16c']
    >>> "".join(piece.text for piece in pieces("Terms of Reference 2019, para. 4, 16c"))
    'Terms of Reference 2019, para. 4, 16c'
    """
    made: list[Piece] = []
    place = 0
    for whole in _CITATION.finditer(cites):
        for found in _PARAGRAPH.finditer(cites, whole.start(1), whole.end(1)):
            made.append(Piece(cites[place : found.start()]))
            made.append(Piece(found[0], page_of(TERMS, f"p{found[0]}")))
            place = found.end()
    made.append(Piece(cites[place:]))
    return tuple(piece for piece in made if piece.text)
