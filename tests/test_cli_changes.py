"""``matchmaker explain --changes``: the document of the API, and the same in words."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import orjson
import pytest

from matchmaker.seeds import SEEDS_FOLDER

NEED, OFFER = "da-nang-scap2018-1", "depa-technical-assistance"


@pytest.fixture(scope="module")
def outputs(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str]:
    """Return what the command prints as JSON and for people."""
    command = [
        str(Path(sys.executable).with_name("matchmaker")), "explain", NEED, OFFER, "--changes",
        "--seeds", str(SEEDS_FOLDER),
    ]  # fmt: skip
    folder = tmp_path_factory.mktemp("cli")
    done = [
        subprocess.run(
            [*command, *more], capture_output=True, encoding="utf-8", cwd=folder, check=True
        ).stdout
        for more in (["--json"], [])
    ]
    return done[0], done[1]


def test_explain_with_changes_tells_what_would_raise_the_pair(outputs: tuple[str, str]) -> None:
    told = orjson.loads(outputs[0])
    assert (told["need"]["id"], told["offer"]["id"]) == (NEED, OFFER)
    assert told["first_failing"]["rule"] == "partner_mandate"
    assert told["changes"]


def test_the_text_names_each_change_with_its_gain_and_reason(outputs: tuple[str, str]) -> None:
    told = orjson.loads(outputs[0])
    assert told["first_failing"]["message"] in outputs[1]
    assert f"rank {told['would_be_rank']}" in outputs[1]
    for change in told["changes"]:
        assert f"{change['gain']:+.4f} to {change['score']:.4f}" in outputs[1]
        assert change["reason"] in outputs[1]
