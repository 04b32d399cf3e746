"""Made-up needs of made-up cities, with made-up vectors of their texts."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import strategies as st

from matchmaker.bundles.likeness import NeedLikeness
from matchmaker.matching.profiles import CityProfile, NeedProfile
from matchmaker.model import Entity
from matchmaker.topics import TopicScheme
from tests.matching.worlds import sentences, vector_of

SCHEME = TopicScheme(
    [
        Entity("topic", "environment", {}),
        Entity("topic", "floods", {"broader": ("environment",)}),
        Entity("topic", "drains", {"broader": ("environment",)}),
        Entity("topic", "buses", {}),
    ]
)
TOPICS = ("floods", "drains", "buses")
SUPPORT = ("finance", "technology", "advisory")


def need(
    identifier: str, city: str, text: str, topics: Sequence[str] = (), support: Sequence[str] = ()
) -> NeedProfile:
    """Return a need of a city."""
    of = CityProfile(city, city.title(), "country", None, frozenset())
    return NeedProfile(identifier, text, of, tuple(topics), frozenset(support), text, "")


def prepared(needs: Sequence[NeedProfile], *, silent: int = 0) -> NeedLikeness:
    """Prepare needs; of ``silent`` texts one has no vector (0: all have)."""
    kept = {n.text for place, n in enumerate(sorted(needs, key=lambda n: n.id))
            if not silent or place % silent}  # fmt: skip
    return NeedLikeness.build(needs, SCHEME, lambda t: vector_of(t) if t in kept else None)


@st.composite
def some_needs(draw: st.DrawFn, most: int = 14) -> list[NeedProfile]:
    """Draw some needs of up to four cities."""
    return [
        need(
            f"need-{number:02}",
            draw(st.sampled_from(["alpha", "beta", "gamma", "delta"])),
            draw(sentences),
            draw(st.lists(st.sampled_from(TOPICS), unique=True, max_size=2)),
            draw(st.lists(st.sampled_from(SUPPORT), unique=True, max_size=2)),
        )
        for number in range(draw(st.integers(0, most)))
    ]
