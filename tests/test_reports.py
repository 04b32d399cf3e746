"""Exposure in the terminal: the same figures as the document's, and the command that prints them."""

from __future__ import annotations

import subprocess
import sys

import orjson
import pytest

from matchmaker.reports import exposure_text, matches_text
from matchmaker.schema import Schema
from matchmaker.seeds import SEEDS_FOLDER, SeedSet
from matchmaker.settings import Settings
from matchmaker.usecases.opening import service_from_seeds
from matchmaker.usecases.service import Service

NEED = "phuket-scap2018-1"


@pytest.fixture(scope="module")
def service(schema: Schema, seeds: SeedSet) -> Service:
    """Return a service over the real seeds."""
    return service_from_seeds(schema, Settings(), seeds=seeds)


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "matchmaker", *arguments, "--seeds", str(SEEDS_FOLDER)],
        capture_output=True, encoding="utf-8", check=False, timeout=120,
    )  # fmt: skip


@pytest.mark.parametrize("diversity", [0.0, 0.8])
def test_the_report_names_every_partner_country_and_city_that_matters(
    service: Service, diversity: float
) -> None:
    report = service.exposure(10, diversity)
    text = exposure_text(report)
    for item in (*report["partners"]["items"], *report["countries"]["items"]):
        assert item["name"] in text
    for city in report["under_served"]["items"]:
        assert city["name"] in text
    for name in ("partners", "countries"):
        assert f"Gini {report[name]['gini']:.3f}" in text
    assert (f"{report['diversity']['cost']:.4f}" in text) == (diversity > 0)


def test_a_list_under_a_bound_says_so_and_what_it_costs(service: Service) -> None:
    document = service.need_matches(NEED, 10, 0.9)
    text = matches_text(document)
    assert f"{document['diversity']['bound']} Mean score given up: " in text
    for match in document["matches"]:
        assert f"(rank {match['plain_rank']} without the bound)" in text
    assert "without the bound" not in matches_text(service.need_matches(NEED, 10))
    assert "places left empty" in matches_text(service.need_matches(NEED, 200, 1.0))


def test_the_command_prints_the_very_document_of_the_api(service: Service) -> None:
    done = run("exposure", "--limit", "5", "--diversity", "0.8", "--json")
    assert (done.returncode, orjson.loads(done.stdout)) == (
        0, orjson.loads(orjson.dumps(service.exposure(5, 0.8))),
    )  # fmt: skip
    assert run("exposure").stdout == exposure_text(service.exposure()) + "\n"


def test_match_takes_diversity(service: Service) -> None:
    done = run("match", NEED, "--diversity", "0.9", "--json")
    assert orjson.loads(done.stdout) == orjson.loads(
        orjson.dumps(service.need_matches(NEED, 20, 0.9))
    )
    refused = run("match", NEED, "--diversity", "nan")
    assert (refused.returncode, refused.stdout) == (2, "")
    assert "diversity: must be a number from 0 to 1, not 'nan'" in refused.stderr
