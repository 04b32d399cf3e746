"""Generated requests: whatever is asked of whichever operation by whomever, the contract holds.

Schemathesis makes requests from the OpenAPI document, well-formed ones and faulty ones, and compares
every answer with what the document says: no defect (5xx), no status, header or body beyond it, and
nothing faulty taken.
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from flask import Flask
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from schemathesis import Case, GenerationMode
from schemathesis.schemas import APIOperation
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.schemas import OpenApiSchema

from matchmaker.permissions import SYSTEM
from matchmaker.usecases import accounts
from matchmaker.usecases.service import Service
from matchmaker.web.app import create_app
from tests.cast import ROLES, Cast, everybody

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    negative_data_rejection,
]
DAILY, PROVE = 8, 80
HEAVY = {"dump", "graph_jsonld", "graph_turtle", "graph_graphml", "stream_changes", "exposure"}
"""Operations that answer with the whole graph, or take a second at least: fewer requests."""
SHORT = {"stream_changes": {"seconds": 1}, "list_changes": {"wait": 0}}
"""What keeps a request from waiting for changes that nobody makes."""
KNOWN = {
    "city": "phuket", "need": "phuket-scap2018-1", "offer": "adb-finance", "partner": "adb",
    "project": "bandar-seri-begawan-p1", "topic": "air-quality", "country": "country-thailand",
}  # fmt: skip


@pytest.fixture(scope="module")
def cast(live: Service) -> Cast:
    """Return somebody of each role."""
    return everybody(live)


@pytest.fixture(scope="module")
def site(live: Service) -> Flask:
    return create_app(live)


@pytest.fixture(scope="module")
def contract(site: Flask) -> OpenApiSchema:
    return schemathesis.openapi.from_wsgi("/api/v1/openapi.json", site)


def names(contract: OpenApiSchema) -> Iterator[APIOperation]:
    for found in contract.get_all_operations():
        yield found.ok()


def test_x(contract, cast, request):
    import time
    prove = request.config.getoption("--prove")
    tally = Counter()
    faults = {}
    for op in names(contract):
        name = op.definition.raw["operationId"]
        t=time.time()
        heavy = name in HEAVY
        count = (PROVE if prove else DAILY)
        if heavy: count//=4
        turn = itertools.cycle(cast.values())
        query = SHORT.get(name)
        kind = name.partition("_")[2]
        strategies = [op.as_strategy(m, query=query) for m in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)]
        if "{id}" in op.path and kind in KNOWN:
            strategies.append(op.as_strategy(GenerationMode.POSITIVE, query=query, path_parameters={"id": KNOWN[kind]}))
        @seed(5)
        @settings(max_examples=count, phases=[Phase.generate], deadline=None, database=None, suppress_health_check=list(HealthCheck))
        @given(case=st.one_of(strategies))
        def go(case):
            member = next(turn)
            headers = {**member.bearer(), "Accept-Encoding": "identity"}
            r = case.call(headers=headers)
            tally[r.status_code]+=1
            try:
                case.validate_response(r, checks=CHECKS, headers=headers)
            except BaseException as e:
                for sub in getattr(e,"exceptions",[e]):
                    faults.setdefault((name, type(sub).__name__, r.status_code), (member.name, str(e)[:1500]))
        try:
            go()
        except BaseException as e:
            faults[(name, type(e).__name__, 0)] = ("", str(e)[:1000])
        print(f"{name} {time.time()-t:.1f}", flush=True)
    print(tally)
    for k,v in faults.items(): print("=====",k,v[0]); print(v[1])
