"""Leave-one-out: whether the matching would have named a documented collaboration's partner.

Each collaboration in turn is taken out of the graph with all that rests on it; then its need (or,
where none is linked, the project's title) is asked and the partners are ranked.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from matchmaker.graph import Snapshot
from matchmaker.matching.embedding import FloatArray, text_key
from matchmaker.matching.index import Index
from matchmaker.matching.lexical import LexicalIndex
from matchmaker.matching.profiles import NeedProfile, text_of
from matchmaker.matching.question import Question
from matchmaker.model import Change, Entity

METHODS = ("matchmaker", "matchmaker (same graph)", "popularity", "text")
"""``matchmaker`` is the product as it is, which also leaves out what else serves the same need; the
others, ``matchmaker (same graph)`` among them, see all of the graph that is left."""
PERMUTATIONS = 1000
_TOP = 10


@dataclass(frozen=True, slots=True)
class Quality:
    """Mean reciprocal rank and recall among the first ten over some queries."""

    mrr: float
    recall_at_10: float
    queries: int


@dataclass(frozen=True, slots=True)
class LeftOut:
    """One collaboration's turn: the rank of its partner by each method, None if unanswerable."""

    collaboration: str
    query: str
    by_need: bool
    partner: str
    candidates: int
    ranks: Mapping[str, int] | None
    rankings: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class LeaveOneOut:
    """Result over all collaborations.

    ``answerable`` holds each method's quality over the queries whose partner is still known without
    the row; ``everything`` counts the others as failures.  ``permuted`` is the quality of the same
    rankings against truths dealt out at random, ``chance`` that of random rankings.
    """

    turns: tuple[LeftOut, ...]
    answerable: Mapping[str, Quality]
    everything: Mapping[str, Quality]
    permuted: Quality
    chance: Quality


def without(snapshot: Snapshot, collaboration: str) -> tuple[Snapshot, bool]:
    """Return the graph without one collaboration, and whether its partner is still known.

    An offer that rests on this collaboration alone goes too; one that rests on others keeps only
    those.  A partner with no other collaboration or offer, whose every citation is of a page that the
    row cites too, is known from nowhere else and goes as well.
    """
    row = snapshot.get("collaboration", collaboration)
    changes = [_change(snapshot, row, None)]
    for offer in snapshot.sources_of(collaboration, "DOCUMENTED_BY"):
        rest = tuple(c for c in offer.refs("documented_by") if c != collaboration)
        kept = Entity(offer.type, offer.id, {**offer.values, "documented_by": rest})
        changes.append(_change(snapshot, offer, kept if rest else None))
    partner = snapshot.get("partner", row.text("partner"))
    smaller = snapshot.moved_forward(changes)
    known = bool(
        smaller.sources_of(partner.id, "WITH_PARTNER")
        or smaller.sources_of(partner.id, "OFFERED_BY")
        or _pages(partner) - _pages(row)
    )
    return smaller if known else smaller.moved_forward([_change(snapshot, partner, None)]), known


def _pages(entity: Entity) -> set[tuple[str, str]]:
    """Return the pages that an entity cites, apart from the maintainers' own judgements."""
    cited = ((c.source, c.locator.partition(",")[0]) for c in entity.citations)
    return {page for page in cited if page[0] != "house"}


def leave_one_out(
    snapshot: Snapshot,
    vectors: Mapping[str, FloatArray],
    embed: Callable[[Sequence[str]], FloatArray],
    *,
    seed: int = 2019,
    progress: Callable[[int, int], None] | None = None,
) -> LeaveOneOut:
    """Run the whole test.

    Parameters
    ----------
    vectors : mapping of str to array
        Stored text vectors.
    embed : callable
        Embeds the titles of collaborations without a need.
    seed : int
        Of the random permutations.

    Notes
    -----
    One index per collaboration: O(collaborations x (entities + relationships)).
    """
    rows = list(snapshot.of_type("collaboration").values())
    titles = [r.text("title") for r in rows if not r.text("need")]
    extra = {text_key(t): v for t, v in zip(titles, embed(titles), strict=True)}
    known_vectors = {**vectors, **extra}
    turns = []
    for done, row in enumerate(rows, 1):
        turns.append(_turn(snapshot, row, known_vectors))
        if progress:
            progress(done, len(rows))
    return LeaveOneOut(
        tuple(turns),
        {m: _quality([t.ranks[m] for t in turns if t.ranks]) for m in METHODS},
        {m: _quality([t.ranks[m] if t.ranks else None for t in turns]) for m in METHODS},
        _permuted(turns, random.Random(seed)),  # noqa: S311  # a test, not a secret
        _chance([t.candidates for t in turns if t.ranks]),
    )


def _change(snapshot: Snapshot, before: Entity, after: Entity | None) -> Change:
    return Change(snapshot.sequence, "", "leave-one-out", before.id, before, after)


def _turn(snapshot: Snapshot, row: Entity, vectors: Mapping[str, FloatArray]) -> LeftOut:
    smaller, known = without(snapshot, row.id)
    index = Index.build(smaller, vectors)
    stored = index.profiles.needs.get(row.text("need"))
    need = stored or NeedProfile(
        id="",
        title=row.text("title"),
        city=index.profiles.cities[row.text("city")],
        topics=(),
        support=frozenset(),
        text=row.text("title"),
        fresh_on=f"{year:.0f}" if (year := row.number("first_year")) else "",
    )
    rankings = {
        "matchmaker": _partners(Question(index, need)),
        # Without its id a need has no collaborations of its own to leave out.
        "matchmaker (same graph)": _partners(Question(index, replace(need, id=""))),
        "popularity": _by(smaller, _popularity(smaller)),
        "text": _by(smaller, _plain_text(smaller, need.text)),
    }
    partner = row.text("partner")
    ranks = {m: _rank(r, partner) for m, r in rankings.items()} if known else None
    candidates = len(smaller.of_type("partner"))
    return LeftOut(row.id, need.title, stored is not None, partner, candidates, ranks, rankings)


def _partners(question: Question) -> tuple[str, ...]:
    """Return the partners in the order of their best supply."""
    return tuple(dict.fromkeys(s.supply.partner for s in question.ranking()))


def _rank(ranking: Sequence[str], partner: str) -> int:
    """Return the rank; a partner refused by a hard condition stands behind all others."""
    return ranking.index(partner) + 1 if partner in ranking else len(ranking) + 1


def _by(snapshot: Snapshot, score: Mapping[str, float]) -> tuple[str, ...]:
    return tuple(sorted(snapshot.of_type("partner"), key=lambda p: (-score.get(p, 0.0), p)))


def _popularity(snapshot: Snapshot) -> Mapping[str, float]:
    rows = snapshot.of_type("collaboration").values()
    return {p: float(n) for p, n in Counter(r.text("partner") for r in rows).items()}


def _plain_text(snapshot: Snapshot, query: str) -> Mapping[str, float]:
    """Score partners by BM25 over all that is written about them, joined to one text each."""
    texts = {p.id: [text_of(p) or ""] for p in snapshot.of_type("partner").values()}
    for kind in ("offer", "collaboration"):
        for entity in snapshot.of_type(kind).values():
            texts[entity.text("partner")].append(text_of(entity) or "")
    return LexicalIndex({p: " ".join(parts) for p, parts in texts.items()}).score(query)


def _quality(ranks: Sequence[int | None]) -> Quality:
    count = len(ranks)
    if not count:
        return Quality(0.0, 0.0, 0)
    mrr = sum(1 / r for r in ranks if r) / count
    return Quality(mrr, sum(1 for r in ranks if r and r <= _TOP) / count, count)


def _permuted(turns: Sequence[LeftOut], rng: random.Random) -> Quality:
    """Deal each answerable query a partner drawn at random from its candidates."""
    asked = [t for t in turns if t.ranks]
    ranks = [
        rng.randint(1, turn.candidates) if not turn.rankings["matchmaker"]
        else _rank(turn.rankings["matchmaker"], rng.choice(sorted(turn.rankings["popularity"])))
        for _ in range(PERMUTATIONS)
        for turn in asked
    ]  # fmt: skip
    quality = _quality(ranks)
    return Quality(quality.mrr, quality.recall_at_10, len(asked))


def _chance(candidates: Sequence[int]) -> Quality:
    if not candidates:
        return Quality(0.0, 0.0, 0)
    mrr = sum(sum(1 / r for r in range(1, n + 1)) / n for n in candidates) / len(candidates)
    recall = sum(min(1.0, _TOP / n) for n in candidates) / len(candidates)
    return Quality(mrr, recall, len(candidates))
