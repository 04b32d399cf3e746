"""One operation of the API as it is declared; route, document, security and cost derive from it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, Final

from werkzeug.wrappers import Response

from matchmaker.permissions import OPERATIONS, Role, Way
from matchmaker.web.http import API_PREFIX

_VARIABLE = re.compile(r"<(?:\w+:)?(\w+)>")
JSON: Final = "application/json"
NOTICE: Final = timedelta(days=365)
"""Least time between the deprecation of an operation and its end."""


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation of the API.

    Parameters
    ----------
    rule : str
        Address behind the prefix, with variable parts in angle brackets.
    query : tuple of str
        Names of the query parameters.
    answer, body : str
        Names of the schemas of a good answer (``""``: it has no body) and of what is sent.
    entity : str
        Name of the entity type that the operation is about, if it is about one.
    problems : tuple of str
        Slugs of the problems that may be answered, beside those that any operation of its permission
        may answer (sign-in, refusal, rate limit, defect).
    permission : str
        Name in :data:`matchmaker.permissions.OPERATIONS`: who may, and what an API key needs.
    statuses : tuple of int
        Statuses of a good answer, the usual one first; ``()`` means 200, and for a ``PUT`` with a
        body 201 too.
    media, takes : tuple of str
        Media types of a good answer and of what is sent, the usual one first.
    parameters : mapping
        Parameter objects of OpenAPI for names in ``query`` or in the address that are not described
        elsewhere, without ``name`` and ``in``.
    schemas : mapping
        Schemas by name that the operation brings along for ``answer`` and ``body``.
    example : optional
        An example of what is sent.
    description : str
        More than the summary says.
    conditional : bool
        Whether ``If-Match`` and ``If-None-Match`` are taken with a write.
    idempotent : bool
        Whether ``Idempotency-Key`` is taken (views decorated by ``web.idempotency.once``).
    cost : int
        What a request takes from the rate limit; 0 means what is usual (see :attr:`charge`).
    deprecated_on, sunset_on : date, optional
        From when on the operation is to be avoided, and when it goes away: at least ``NOTICE``
        later, as ``docs/api-stability.md`` promises.
    successor : str
        Name of the operation that takes the place of a deprecated one.

    Raises
    ------
    ValueError
        If the operation would go away without the notice that is promised.
    """

    method: str
    rule: str
    name: str
    view: Callable[..., Response]
    summary: str
    answer: str
    tag: str
    query: tuple[str, ...] = ()
    entity: str = ""
    body: str = ""
    problems: tuple[str, ...] = ()
    permission: str = "graph.read"
    statuses: tuple[int, ...] = ()
    media: tuple[str, ...] = (JSON,)
    takes: tuple[str, ...] = (JSON,)
    parameters: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    schemas: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    example: Any = None
    description: str = ""
    conditional: bool = False
    idempotent: bool = False
    cost: int = 0
    deprecated_on: date | None = None
    sunset_on: date | None = None
    successor: str = ""

    def __post_init__(self) -> None:
        """Refuse a sunset without notice."""
        if self.sunset_on and (
            not self.deprecated_on or self.sunset_on - self.deprecated_on < NOTICE
        ):
            raise ValueError(f"{self.name}: a sunset comes {NOTICE.days} days after a deprecation")

    @property
    def charge(self) -> int:
        """What a request takes from the rate limit: what is scored or written costs more."""
        usual = 1 if self.reads else 5
        return self.cost or (5 if self.tag == "matches" else usual)

    @property
    def path(self) -> str:
        """The address in OpenAPI's notation."""
        return (API_PREFIX + _VARIABLE.sub(r"{\1}", self.rule)).rstrip("/")

    @property
    def variables(self) -> tuple[str, ...]:
        """Names of the variable parts of the address."""
        return tuple(_VARIABLE.findall(self.rule))

    @property
    def reads(self) -> bool:
        """Whether the operation changes nothing, by its method."""
        return self.method == "GET"

    @property
    def good(self) -> tuple[int, ...]:
        """Statuses of a good answer, the usual one first."""
        if self.statuses:
            return self.statuses
        return (200, 201) if self.method == "PUT" and self.body else (200,)

    @property
    def public(self) -> bool:
        """Whether somebody who has not signed in may, be it through the review queue."""
        grant = OPERATIONS[self.permission].grant(Role.PUBLIC)
        return grant.others is not Way.NO

    @property
    def scope(self) -> str:
        """The scope that an API key needs."""
        return OPERATIONS[self.permission].scope.value
