"""``matchmaker portfolio``: the document of the API, the same in words, and staying near last time."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest
from click.testing import CliRunner

from matchmaker.cli import cli
from matchmaker.cli_portfolio import portfolio_text
from matchmaker.errors import BadRequestError
from matchmaker.seeds import SEEDS_FOLDER

COMMAND = ["portfolio", "--seeds", str(SEEDS_FOLDER), "--per-partner", "2"]


@pytest.fixture(scope="module")
def printed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a file with what the command prints as JSON."""
    file = tmp_path_factory.mktemp("portfolio") / "last.json"
    done = CliRunner().invoke(cli, [*COMMAND, "--json"], catch_exceptions=False)
    assert done.exit_code == 0
    file.write_bytes(done.stdout_bytes)
    return file


def test_it_prints_the_document(printed: Path) -> None:
    told = orjson.loads(printed.read_bytes())
    assert told["limits"]["per_partner"] == 2
    assert told["introductions"][0]["reason"]
    assert told["compared"]["greedy"]["total"] <= told["total"]


def test_for_people_it_names_each_introduction_with_its_reason_and_the_price(
    printed: Path,
) -> None:
    told = orjson.loads(printed.read_bytes())
    text = portfolio_text(told)
    assert text.startswith(f"{len(told['introductions'])} introductions for ")
    assert "Limits cost " in text
    assert "Floor missed: Timor-Leste gets 0 of 2: it has no open need." in text
    for one in told["introductions"]:
        assert one["need"]["id"] in text
        assert one["reason"] in text


def test_it_stays_where_it_was(printed: Path) -> None:
    again = [*COMMAND, "--keep", str(printed), "--json"]
    done = CliRunner().invoke(cli, again, catch_exceptions=False)
    before, after = orjson.loads(printed.read_bytes()), orjson.loads(done.stdout_bytes)
    pairs = [[(i["need"]["id"], i["target"]) for i in d["introductions"]] for d in (before, after)]
    assert pairs[0] == pairs[1]


@pytest.mark.parametrize("text", ["{", "[]", '{"introductions": [{}]}', "3"])
def test_a_file_that_is_no_portfolio_is_refused(tmp_path: Path, text: str) -> None:
    file = tmp_path / "other.json"
    file.write_text(text)
    with pytest.raises(BadRequestError, match="not what --json printed"):
        CliRunner().invoke(
            cli, [*COMMAND, "--keep", str(file)], catch_exceptions=False, standalone_mode=False
        )


def test_a_limit_out_of_range_is_refused_by_name() -> None:
    with pytest.raises(BadRequestError, match="per_partner"):
        CliRunner().invoke(
            cli, ["portfolio", "--per-partner", "x"], catch_exceptions=False, standalone_mode=False
        )
