"""Random small worlds: made-up cities, partners and cases with made-up vectors of their texts."""

from __future__ import annotations

import hashlib

import numpy as np
from hypothesis import strategies as st

from matchmaker.graph import Snapshot
from matchmaker.matching.embedding import GRID, FloatArray, text_key
from matchmaker.matching.index import Index, texts_to_embed
from matchmaker.model import Entity
from tests.factory import SCHEMA, make_collaboration, make_need, make_offer, small_world

DIMENSIONS = 8
CITIES = ("uptown", "midtown", "lowtown")
NEEDS = ("uptown-need-1", "uptown-need-2", "midtown-need-1", "lowtown-need-1")
PARTNERS = ("bank", "busmaker", "college")
SUPPORT = ("finance", "technology")
TOPICS = ("water", "buses")
WORDS = ("pipe", "pump", "bus", "ticket", "river", "gauge", "ท่อน้ำ", "รถเมล์", "the")

sentences = st.lists(st.sampled_from(WORDS), min_size=1, max_size=6).map(" ".join)
subjects = st.sets(st.sampled_from(TOPICS)).map(lambda found: tuple(sorted(found)) or None)


def vector_of(text: str) -> FloatArray:
    """Return a made-up unit vector of a text, on the same grid as real ones."""
    seed = int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "big")
    raw = np.random.default_rng(seed).normal(0.3, 1.0, DIMENSIONS)
    return (np.rint(raw / np.linalg.norm(raw) * GRID) / GRID).astype(np.float32)


@st.composite
def cases(draw: st.DrawFn) -> list[Entity]:
    """Draw some collaborations."""
    found = []
    for number in range(draw(st.integers(0, 8))):
        city = draw(st.sampled_from(CITIES))
        amount = draw(st.none() | st.floats(1, 1e10))
        found.append(
            make_collaboration(
                f"case-{number}",
                city=city,
                partner=draw(st.sampled_from(PARTNERS)),
                topics=draw(subjects),
                title=draw(sentences),
                summary=draw(sentences),
                support_type=draw(st.sampled_from(SUPPORT)),
                need=draw(st.none() | st.sampled_from([n for n in NEEDS if n.startswith(city)])),
                amount=amount,
                currency=None if amount is None else "THB",
            )
        )
    return found


@st.composite
def indexes(draw: st.DrawFn) -> Index:
    """Draw a small world, prepared for matching; some texts have no vector."""
    more = draw(cases())
    for number, (need, city) in enumerate(zip(NEEDS, ("uptown", *CITIES), strict=True)):
        more.append(
            make_need(
                need,
                city=city,
                title=draw(sentences),
                description=draw(sentences),
                topics=draw(subjects),
                support_types=draw(st.sampled_from([None, ("finance",), SUPPORT])),
                year=2010 + number,
            )
        )
    for number in range(draw(st.integers(0, 3))):
        partner = draw(st.sampled_from(PARTNERS))
        proof = tuple(
            e.id for e in more if e.type == "collaboration" and e.text("partner") == partner
        )
        more.append(
            make_offer(
                f"offer-{number}",
                partner=partner,
                title=draw(sentences),
                support_type=draw(st.sampled_from(SUPPORT)),
                documented_by=proof or None,
                limited_to=draw(st.sampled_from([None, ("upland",)])),
            )
        )
    replaced = {entity.id for entity in more}
    entities = [*(e for e in small_world() if e.id not in replaced), *more]
    snapshot = Snapshot.build(SCHEMA, entities, 0, "2024-06-30")
    silent = draw(st.sampled_from([0, 3, 1]))  # of how many texts one has no vector; 0: all have
    vectors = {
        text_key(text): vector_of(text)
        for number, text in enumerate(texts_to_embed(snapshot))
        if not silent or number % silent
    }
    return Index.build(snapshot, vectors)
