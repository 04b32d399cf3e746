"""The evaluation as people run it: one document, the same each time, and what the service answers."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from matchmaker.cli import cli
from matchmaker.errors import BadRequestError
from matchmaker.evaluation.datasets import read_gebiz
from matchmaker.evaluation.helping import helping
from matchmaker.evaluation.product import learn_from, past_outcomes
from matchmaker.evaluation.protocol import split
from matchmaker.matching.models import read_model
from matchmaker.settings import Settings
from matchmaker.usecases.evaluation import run_time_split
from matchmaker.usecases.opening import service_from_seeds
from matchmaker.web.app import create_app
from tests.evaluation.made_up import AWARD, CUT, PROJECT, UNTIL, write, write_h2020
from tests.factory import SCHEMA

SUBJECTS = {
    "DRAINCO": "drain pipes and pumps for low streets",
    "LAMPCO": "street lamps with light sensors",
    "BUSCO": "buses and drivers on night routes",
    "TREECO": "planting and care of trees in parks",
}


def awards() -> list[dict[str, str]]:
    """Return made-up awards of three years in which each supplier keeps to its subject."""
    rows = []
    for number in range(240):
        supplier, text = list(SUBJECTS.items())[number % 4]
        day = date.fromordinal(date(2021, 1, 4).toordinal() + number * 4)
        agency = f"Agency {'ABCDEFG'[number % 7]}"
        rows.append(
            AWARD
            | {"tender_no": f"T{number}", "supplier_id": supplier, "date": day.isoformat(),
               "supplier_name": f"{supplier} PTE LTD", "agency": agency, "text": text,
               "awarded_amt": str(1000 * (number % 9))}
        )  # fmt: skip
        if number % 6 == 0:
            rows.append(rows[-1] | {"supplier_id": "HELPCO", "supplier_name": "HELPCO"})
    return rows


@dataclass(frozen=True)
class Run:
    """One run of the evaluation over the made-up awards, with what it wrote."""

    folder: Path
    settings: Settings
    document: Mapping[str, Any]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    folder = tmp_path_factory.mktemp("evaluation")
    write(folder, "gebiz_awards", awards())
    settings = replace(Settings(), cache_dir=folder / "cache")
    document = run_time_split(
        "gebiz", folder, CUT, UNTIL, settings, SCHEMA,
        save_model=folder / "model.json", save_graph=folder / "graph",
    )  # fmt: skip
    return Run(folder, settings, document)


def test_the_document_has_what_other_programs_rely_on(run: Run) -> None:
    found = json.loads(json.dumps(run.document))
    assert {"dataset", "cut", "until", "modes", "seconds", "peak_mib"} <= found.keys()
    for mode in ("new", "all"):
        told = found["modes"][mode]
        assert {"queries", "answerable", "methods"} <= told.keys()
        others = {"popularity", "tfidf_profile", "bm25_profile", "bm25_knn", "ppr_links",
                  "ppr_terms", "als", "rrf"}  # fmt: skip
        assert {"matchmaker", *others} <= told["methods"].keys()
        for quality in told["methods"].values():
            low, high = quality["ndcg_at_10_ci95"]
            assert 0 <= low <= quality["ndcg_at_10"] <= high <= 1


def test_who_keeps_to_a_subject_is_found(run: Run) -> None:
    """So plain a world that the right supplier must nearly always be first."""
    assert run.document["modes"]["all"]["methods"]["matchmaker"]["mrr"] > 0.9
    assert run.document["modes"]["all"]["methods"]["popularity"]["mrr"] < 0.7


def test_the_same_run_gives_the_same_document_but_for_the_time_it_took(run: Run) -> None:
    again = run_time_split("gebiz", run.folder, CUT, UNTIL, run.settings, SCHEMA)
    passing = ("seconds", "peak_mib")
    assert {k: v for k, v in again.items() if k not in passing} == {
        k: v for k, v in run.document.items() if k not in passing
    }


def test_the_model_was_learned_from_past_outcomes_and_can_be_read_again(run: Run) -> None:
    model = read_model(run.folder / "model.json")
    assert model.as_json() == run.document["model"]
    assert model.outcomes >= 50
    assert run.document["calibration"]["reliability"]


def test_windows_asked_by_several_processes_teach_the_same_as_by_one(run: Run) -> None:
    cut = split(read_gebiz(run.folder), CUT, UNTIL)
    found = []
    for processes in (1, 2):
        with helping(processes) as helpers:
            found.append(learn_from(cut, past_outcomes(cut, SCHEMA, {}, helpers)))
    assert found[0].name == "learned"
    assert found[0] == found[1]


def test_the_service_lists_for_the_same_graph_what_the_evaluation_ranked(run: Run) -> None:
    """Loaded as seeds, under the learned model, over the API; and every score can be recomputed."""
    settings = replace(
        run.settings, seeds_dir=run.folder / "graph", model_file=run.folder / "model.json"
    )
    with service_from_seeds(SCHEMA, settings) as service:
        client = create_app(service).test_client()
        assert len(run.document["rankings"]) >= 10
        for need, ranking in run.document["rankings"].items():
            answer = client.get(f"/api/v1/needs/{need}/matches?limit=10").get_json()
            assert [m["partner"]["id"] for m in answer["matches"]] == list(ranking)
            assert answer["algorithm"]["model"]["name"] == "learned"
            for match in answer["matches"]:
                check_sum(match, answer["algorithm"])


def check_sum(match: Mapping[str, Any], algorithm: Mapping[str, Any]) -> None:
    """Recompute amounts, fits and score from the answer alone."""
    k, m = algorithm["prior"]["k"], algorithm["prior"]["m"]
    fits = {}
    for side in ("city", "partner"):
        lines = [line for line in match["contributions"] if line["side"] == side]
        known = [li for li in lines if li["feature"] != "prior" and li["value"] is not None]
        whole = sum(algorithm["weights"][side][li["feature"]] for li in known) + k
        for line in lines:
            weight = (
                k if line["feature"] == "prior" else algorithm["weights"][side][line["feature"]]
            )
            value = m if line["feature"] == "prior" else line["value"]
            amount = 0.0 if value is None else weight * value / whole
            assert line["amount"] == pytest.approx(amount, abs=1e-9)
        fits[side] = sum(line["amount"] for line in lines)
    assert match["city_fit"] == pytest.approx(fits["city"], abs=1e-9)
    assert match["partner_fit"] == pytest.approx(fits["partner"], abs=1e-9)
    both = fits["city"] + fits["partner"]
    score = 2 * fits["city"] * fits["partner"] / both if both else 0.0
    assert match["score"] == pytest.approx(score, abs=1e-9)
    steps = [s for s in algorithm.get("calibration", []) if s["score"] <= match["score"]]
    assert match["probability"] is None or 0 <= match["probability"] <= 1
    assert not steps or match["probability"] == steps[-1]["probability"]


def test_research_projects_are_judged_too_with_too_few_outcomes_to_learn_from(
    tmp_path: Path,
) -> None:
    days = ["2015-01-02", "2015-03-02", "2015-06-02", "2015-09-02"]
    projects = [PROJECT | {"rcn": str(n), "start_date": day} for n, day in enumerate(days)]
    people = []
    for n in map(str, range(4)):
        people += [(n, "a", "coordinator"), (n, "b", "participant"), (n, f"c{n}", "participant")]
    write_h2020(tmp_path, projects, people)
    settings = replace(Settings(), cache_dir=tmp_path / "cache")
    found = run_time_split(
        "h2020", tmp_path, date(2015, 9, 1), date(2015, 12, 31), settings, SCHEMA
    )
    assert found["model"]["name"] == "stated"
    assert found["calibration"] is None
    assert "topic_popularity" in found["modes"]["all"]["methods"]


def test_a_window_without_events_is_refused(run: Run) -> None:
    with pytest.raises(BadRequestError, match="no event"):
        run_time_split(
            "gebiz", run.folder, date(2030, 1, 1), date(2030, 6, 30), run.settings, SCHEMA
        )


def test_the_command_prints_tables_and_refuses_broken_files_in_one_line(run: Run) -> None:
    command = ["evaluate", "gebiz", "--cut", str(CUT), "--until", str(UNTIL), "--no-ablation"]
    environment = {"MATCHMAKER_CACHE": str(run.settings.cache_dir)}
    told = CliRunner().invoke(cli, [*command, "--data", str(run.folder)], env=environment)
    assert told.exit_code == 0
    assert "mode new" in told.output
    assert "times the best of the others" in told.output
    empty = run.folder / "empty"
    empty.mkdir(exist_ok=True)
    refused = CliRunner().invoke(cli, [*command, "--data", str(empty)], env=environment)
    assert refused.exit_code != 0
    assert "gebiz_awards.csv.gz" in str(refused.output) + str(refused.exception)
