"""Generated requests: whatever is asked of whichever operation by whomever, the contract holds.

Schemathesis makes requests from the OpenAPI document, well-formed ones and faulty ones, and compares
every answer with what the document says: no defect (5xx), no status, header or body beyond it, and
nothing faulty taken.  The roles take turns.  In daily work each operation is asked a few times, under
``--prove`` more than 10,000 requests are made in all.
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
import schemathesis
from flask import Flask
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from schemathesis import Case, GenerationMode
from schemathesis.checks import CheckFunction, not_a_server_error
from schemathesis.config import SchemathesisConfig
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from schemathesis.specs.openapi.schemas import OpenApiSchema

from matchmaker.permissions import Role
from matchmaker.schema import load_schema
from matchmaker.usecases.service import Service
from matchmaker.web.api import operations
from matchmaker.web.app import create_app
from tests.cast import Member, everybody

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    negative_data_rejection,
]
REFUSALS = ["400", "401", "403", "404", "405", "409", "410", "412", "413", "415", "422", "428"]
API = {operation.name: operation for operation in operations(load_schema())}
DAILY, PROVE = 3, 80
HEAVY = {"dump", "graph_jsonld", "graph_turtle", "graph_graphml", "stream_changes", "exposure"}
"""Operations that answer with the whole graph, or take a second at least: fewer requests."""
SHORT = {"stream_changes": {"seconds": 1}, "list_changes": {"wait": 0}}
"""What keeps a request from waiting for changes that nobody makes."""
KNOWN = {
    "city": "phuket", "need": "phuket-scap2018-1", "offer": "adb-finance", "partner": "adb",
    "project": "phuket-p1", "topic": "air-quality", "country": "country-thailand",
}  # fmt: skip
"""Things that exist, so that not all that is asked for is missing."""


@dataclass
class Asking:
    """The contract, who asks next, and what has been answered so far."""

    contract: OpenApiSchema
    turn: Iterator[Member]
    statuses: Counter[int] = field(default_factory=Counter)
    by_role: Counter[str] = field(default_factory=Counter)

    def __call__(self, case: Case) -> None:
        """Send a request as whoever is next, and check the answer."""
        member = next(self.turn)
        headers = {**member.bearer(), "Accept-Encoding": "identity"}
        response = case.call(headers=headers)
        self.statuses[response.status_code] += 1
        self.by_role[member.caller.role] += 1
        # The document describes a stream as one text; Schemathesis would compare event by event.
        leave: list[CheckFunction] = []
        if "/stream" in case.path:
            leave.append(response_schema_conformance)
        # Any text is a table; its rows are judged when they are checked, after the answer.
        if case.media_type == "text/csv":
            leave.append(negative_data_rejection)
        case.validate_response(response, checks=CHECKS, excluded_checks=leave, headers=headers)


@pytest.fixture(scope="module")
def site(live: Service) -> Flask:
    """Return the site."""
    return create_app(live)


@pytest.fixture(scope="module")
def asking(live: Service, site: Flask) -> Asking:
    """Return what asks and keeps count."""
    config = SchemathesisConfig.from_dict(
        {"checks": {"negative_data_rejection": {"expected-statuses": REFUSALS}}}
    )
    contract = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", site, config=config)
    cast = {member.caller.role: member for member in everybody(live).values()}
    return Asking(contract, itertools.cycle(cast.values()))


@pytest.mark.parametrize("name", API)
def test_every_answer_is_one_that_the_contract_promises(
    asking: Asking, name: str, request: pytest.FixtureRequest
) -> None:
    operation = asking.contract.find_operation_by_id(name)
    prove = request.config.getoption("--prove")
    usual = PROVE if prove else DAILY
    query = SHORT.get(name)
    made = [operation.as_strategy(mode, query=query) for mode in GenerationMode]
    if "{id}" in operation.path and API[name].entity in KNOWN:
        known = {"id": KNOWN[API[name].entity]}
        made.append(operation.as_strategy(query=query, path_parameters=known))

    @seed(20261122)
    @settings(
        max_examples=max(2, usual // 4) if name in HEAVY else usual,
        phases=[Phase.generate],  # what is written stays: an example cannot be tried again smaller
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(st.one_of(made))
    def ask(case: Case) -> None:
        asking(case)

    ask()


def test_all_roles_were_heard_and_enough_was_asked(
    asking: Asking, request: pytest.FixtureRequest
) -> None:
    total = asking.statuses.total()
    if total < 2 * len(API):
        pytest.fail("run the whole module: this counts what the other tests have asked")
    assert set(asking.by_role) == set(Role)
    assert asking.statuses[200] > total // 20
    if request.config.getoption("--prove"):
        assert total >= 10_000, asking.statuses
