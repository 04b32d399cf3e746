"""``matchmaker bundles``: the document of the API, and the same in words."""

from __future__ import annotations

import orjson
from click.testing import CliRunner

from matchmaker.cli import cli
from matchmaker.seeds import SEEDS_FOLDER

COMMAND = ["bundles", "--seeds", str(SEEDS_FOLDER)]


def test_it_prints_what_is_suggested_as_data_and_in_words() -> None:
    done = CliRunner().invoke(cli, [*COMMAND, "--json"], catch_exceptions=False)
    told = orjson.loads(done.stdout_bytes)
    assert done.exit_code == 0
    text = CliRunner().invoke(cli, COMMAND, catch_exceptions=False).stdout
    for one in told["suggestions"]:
        assert one["title"] in text
        assert all(need["id"] in text for need in one["needs"])
        assert f"{one['pairs'][0]['score']:.3f}" in text
