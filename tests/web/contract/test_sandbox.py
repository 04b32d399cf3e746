"""The API key of a sandbox: it may try what changes the graph, and change nothing else either."""

from __future__ import annotations

from dataclasses import replace

import pytest

from matchmaker.errors import NotAllowedError
from matchmaker.permissions import OPERATIONS, SANDBOX, Caller, Role, Way, authorise

ADMINISTRATOR = Caller(Role.ADMINISTRATOR, "a1")


def test_the_operations_of_a_sandbox_are_operations() -> None:
    assert OPERATIONS.keys() >= SANDBOX


@pytest.mark.parametrize("operation", sorted(SANDBOX))
def test_what_a_sandbox_may_try_is_judged_as_for_the_account_itself(operation: str) -> None:
    sandbox = replace(ADMINISTRATOR, sandbox=True)
    assert authorise(sandbox, operation) is authorise(ADMINISTRATOR, operation) is Way.YES


@pytest.mark.parametrize("operation", sorted(OPERATIONS.keys() - SANDBOX))
def test_all_else_is_refused_to_a_sandbox(operation: str) -> None:
    with pytest.raises(NotAllowedError):
        authorise(replace(ADMINISTRATOR, sandbox=True), operation, {"a1"})
