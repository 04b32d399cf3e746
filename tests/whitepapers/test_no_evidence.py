"""White papers in the graph change no match."""

from __future__ import annotations

from pathlib import Path

from matchmaker.schema import load_schema
from matchmaker.settings import Settings
from matchmaker.usecases.opening import service_from_seeds
from matchmaker.usecases.service import Service
from tests.factory import make, seed_set, small_world

WHITE_PAPER = {
    "title": "Made-up drains and finance for buses and water", "cities": ("uptown",),
    "partners": ("college",), "needs": ("uptown-need-1",), "topics": ("water",),
    "summary": "Pipes, drains, water and who pays for them.", "language": "english", "edition": 1,
    "status": "published", "published_on": "2024-05-01", "file_name": "drains.pdf",
    "media_type": "application/pdf", "size": 9, "sha256": "0" * 64,
}  # fmt: skip


def opened(folder: Path, *more: object) -> Service:
    seeds = seed_set([*small_world(), *more])  # type: ignore[list-item]
    return service_from_seeds(load_schema(), Settings(data_dir=folder), seeds=seeds)


def test_a_white_paper_is_no_evidence_of_a_match(tmp_path: Path):
    without = opened(tmp_path)
    with_it = opened(tmp_path, make("white_paper", "white-paper-1", {}, dict(WHITE_PAPER)))
    assert len(with_it.snapshot.of_type("white_paper")) == 1
    for need in without.snapshot.of_type("need"):
        assert with_it.need_matches(need) == without.need_matches(need)
        for offer in without.snapshot.of_type("offer"):
            assert with_it.pair(need, offer)["match"] == without.pair(need, offer)["match"]
