"""The commands about accounts and keys, run in earnest on a real database."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson
import pytest

from matchmaker.cli import main
from matchmaker.store.connection import Connection

Run = Callable[..., tuple[int, str, str]]
EMAIL = "partner@cities.example"


@pytest.fixture(scope="module")
def folder(
    database: Connection,
    ask: Callable[..., list[dict[str, Any]]],
    tmp_path_factory: pytest.TempPathFactory,
) -> Path:
    ask("MATCH (n) CALL (n) {DETACH DELETE n} IN TRANSACTIONS OF 2000 ROWS")
    return tmp_path_factory.mktemp("data")


@pytest.fixture
def run(
    database: Connection,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> Run:
    """Return a function that runs a command and returns its exit code and what it printed."""
    environment = {
        "NEO4J_URI": database.uri, "NEO4J_USER": database.user,
        "NEO4J_PASSWORD": database.password, "MATCHMAKER_DATA": str(folder),
        "MATCHMAKER_PUBLIC_URL": "https://cities.example",
    }  # fmt: skip
    for name, value in environment.items():
        monkeypatch.setenv(name, value)

    def call(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["matchmaker", *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
        printed = capfd.readouterr()
        return int(ended.value.code or 0), printed.out, printed.err

    return call


def test_a_first_link_is_printed_as_long_as_nobody_administers(run: Run):
    for command in (["accounts", "first-link"], ["prepare"]):
        code, out, _ = run(*command)
        assert code == 0
        assert out.startswith("https://cities.example/account/first/")
        assert out.count("\n") == 1


def test_an_account_and_its_keys_from_invitation_to_suspension(run: Run):
    code, out, _ = run(
        "accounts", "invite", EMAIL, "--role", "partner", "--subject", "adb", "--json"
    )
    assert code == 0
    invited = orjson.loads(out)
    assert invited["link"].startswith("https://cities.example/account/invitation/")
    code, out, err = run("keys", "create", EMAIL, "sync", "--scope", "read")
    assert (code, out) == (2, "")
    assert err == "matchmaker: Only an active account can have keys.\n"
    _, out, _ = run("accounts", "suspend", EMAIL, "--json")
    assert orjson.loads(out)["state"] == "suspended"
    _, out, _ = run("accounts", "restore", invited["account"]["id"])
    assert "invited" in out
    _, out, _ = run("accounts", "list", "--role", "partner", "--json")
    assert [(a["email"], a["subjects"]) for a in orjson.loads(out)] == [(EMAIL, ["adb"])]


def test_keys_are_made_listed_and_revoked(run: Run, ask: Callable[..., Any]):
    run("accounts", "invite", "portal@cities.example", "--role", "portal")
    ask(
        "MATCH (a:Account {email: $email}) SET a.state = 'active', "
        "a.data = replace(a.data, '\"invited\"', '\"active\"')",
        email="portal@cities.example",
    )
    code, out, err = run("keys", "create", "portal@cities.example", "sync", "--scope", "read",
                         "--sandbox", "--json")  # fmt: skip
    assert code == 0, err
    made = orjson.loads(out)
    assert made["key"].startswith(f"{made['prefix']}_")
    assert made["sandbox"] is True
    _, out, _ = run("keys", "revoke", made["prefix"])
    assert "revoked" in out
    _, out, _ = run("keys", "list", "portal@cities.example", "--json")
    (listed,) = orjson.loads(out)
    assert listed["revoked_at"]
    assert "key" not in listed


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("accounts", "invite", "nobody", "--role", "partner"), "is not an e-mail address"),
        (("accounts", "suspend", "nobody@cities.example"), "There is no account"),
        (("keys", "revoke", "mk_000000000000"), "There is no key"),
    ],
)
def test_an_error_is_one_line(run: Run, arguments: tuple[str, ...], told: str):
    code, out, err = run(*arguments)
    assert (code, out) == (2, "")
    assert err.startswith("matchmaker: ")
    assert told in err
    assert err.count("\n") == 1
