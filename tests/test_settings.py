"""Settings: what the environment may set, and what it may not."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matchmaker import settings as module
from matchmaker.errors import SettingsError
from matchmaker.settings import Settings

ROOT = Path(module.__file__).resolve().parent.parent


def test_an_empty_environment_means_a_local_database_on_the_loopback() -> None:
    found = Settings.from_environment({})
    assert found.neo4j_uri is None
    assert (found.host, found.port, found.workers) == ("127.0.0.1", 8000, 1)
    assert found.data_dir.is_absolute()


def test_empty_variables_are_as_good_as_none() -> None:
    names = [
        "NEO4J_URI", "NEO4J_USER", "NEO4J_DATABASE", "MATCHMAKER_DATA", "MATCHMAKER_HOST",
        "MATCHMAKER_PORT", "MATCHMAKER_WORKERS",
    ]  # fmt: skip
    assert Settings.from_environment(dict.fromkeys(names, "")) == Settings.from_environment({})


def test_every_variable_finds_its_place(tmp_path: Path) -> None:
    found = Settings.from_environment({
        "NEO4J_URI": "neo4j+s://graph.example:7687",
        "NEO4J_USER": "reader",
        "NEO4J_PASSWORD": "a-password-for-tests",
        "NEO4J_DATABASE": "cities",
        "MATCHMAKER_DATA": str(tmp_path / "data"),
        "MATCHMAKER_CACHE": "~/cache",
        "MATCHMAKER_SEEDS": "seeds",
        "MATCHMAKER_SCHEMA": "graph_schema",
        "MATCHMAKER_HOST": "0.0.0.0",
        "MATCHMAKER_PORT": "0",
        "MATCHMAKER_WORKERS": "4",
        "MATCHMAKER_NO_DATABASE": "none is wanted",
        "MATCHMAKER_MODEL": str(tmp_path / "model.json"),
        "MATCHMAKER_RATE_LIMIT": "10",
        "MATCHMAKER_RATE_LIMIT_KEYED": "0",
        "MATCHMAKER_TRUSTED_PROXIES": "127.0.0.1, 10.0.0.0/8",
        "MATCHMAKER_PUBLIC_URL": "https://match.example/",
        "MATCHMAKER_OIDC_ISSUER": "https://sign-in.example/realm",
        "MATCHMAKER_OIDC_CLIENT_ID": "matchmaker",
        "MATCHMAKER_OIDC_CLIENT_SECRET": "a-secret-for-tests",
        "MATCHMAKER_OIDC_NAME": "The ministry",
        "MATCHMAKER_CORS_ORIGINS": "https://portal.example/, http://localhost:3000",
    })  # fmt: skip
    assert found == Settings(
        "neo4j+s://graph.example:7687", "reader", "a-password-for-tests", "cities",
        tmp_path / "data", Path.home() / "cache", Path("seeds").absolute(),
        Path("graph_schema").absolute(), "0.0.0.0", 0, 4, "none is wanted",
        model_file=tmp_path / "model.json",
        rate_limit=10, trusted_proxies=("127.0.0.1", "10.0.0.0/8"),
        cors_origins=("https://portal.example", "http://localhost:3000"),
        public_url="https://match.example",
        oidc_issuer="https://sign-in.example/realm", oidc_client_id="matchmaker",
        oidc_client_secret="a-secret-for-tests", oidc_name="The ministry",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("MATCHMAKER_PORT", "65536"),
        ("MATCHMAKER_PORT", "-1"),
        ("MATCHMAKER_PORT", "80.0"),
        ("MATCHMAKER_PORT", "²"),
        ("MATCHMAKER_PORT", "٨٠"),
        ("MATCHMAKER_PORT", "9" * 5000),
        ("MATCHMAKER_WORKERS", "0"),
        ("MATCHMAKER_WORKERS", "65"),
        ("MATCHMAKER_PUBLIC_URL", "match.example"),
        ("MATCHMAKER_PUBLIC_URL", "https://match.example/under/a/path"),
        ("MATCHMAKER_OIDC_ISSUER", "http://sign-in.example"),
        ("MATCHMAKER_OIDC_ISSUER", "https://sign-in.example"),  # no name of this service there
        ("NEO4J_URI", "http://127.0.0.1:7474"),
        ("NEO4J_URI", "127.0.0.1:7687"),
        ("NEO4J_URI", "bolt"),
        ("MATCHMAKER_RATE_LIMIT", "-1"),
        ("MATCHMAKER_RATE_LIMIT_KEYED", "many"),
        ("MATCHMAKER_TRUSTED_PROXIES", "10.0.0.1, proxy.example"),
        ("MATCHMAKER_CORS_ORIGINS", "portal.example"),
        ("MATCHMAKER_CORS_ORIGINS", "https://portal.example/path"),
    ],
)
def test_a_value_that_cannot_be_used_is_refused_by_name(name: str, value: str) -> None:
    with pytest.raises(SettingsError, match=name):
        Settings.from_environment({name: value})


@given(st.text())
def test_no_text_whatever_is_a_port_but_a_number_in_range(text: str) -> None:
    try:
        port = Settings.from_environment({"MATCHMAKER_PORT": text}).port
    except SettingsError:
        return
    assert 0 <= port <= 65535
    assert text == "" or int(text) == port


def test_the_scanner_is_a_command_with_its_arguments_as_a_shell_parts_them() -> None:
    read = Settings.from_environment
    assert read({}).scan_command == ()
    found = read({"MATCHMAKER_SCAN_COMMAND": "clamdscan --fdpass 'a b'"})
    assert found.scan_command == ("clamdscan", "--fdpass", "a b")
    with pytest.raises(SettingsError, match="MATCHMAKER_SCAN_COMMAND"):
        read({"MATCHMAKER_SCAN_COMMAND": "scan 'unclosed"})


def test_secrets_do_not_show_where_settings_are_printed() -> None:
    found = Settings(neo4j_password="a-password-for-tests", oidc_client_secret="one-for-tests")
    assert "for-tests" not in repr(found)


def test_every_variable_is_described_and_no_other() -> None:
    source = Path(module.__file__).read_text("utf-8")
    used = set(re.findall(r'"((?:MATCHMAKER|NEO4J)_[A-Z0-9_]+)"', source))
    text = (ROOT / "docs" / "settings.md").read_text("utf-8")
    assert set(re.findall(r"\b(?:MATCHMAKER|NEO4J)_[A-Z0-9_]+\b", text)) == used


def test_only_the_settings_read_the_environment() -> None:
    # To set a variable for a child process is not to read one.
    reading = re.compile(r"os\.getenv|os\.environ\.get|os\.environ\[[^]]+\](?! = )")
    readers = [
        path.relative_to(ROOT).as_posix()
        for path in sorted((ROOT / "matchmaker").rglob("*.py"))
        if reading.search(path.read_text("utf-8"))
    ]
    assert readers == []
    assert "os.environ if environment is None" in Path(module.__file__).read_text("utf-8")
