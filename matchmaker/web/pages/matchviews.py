"""What pages show of matches: cards in lists, sums line by line, paths of evidence in words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from matchmaker.model import Relationship
from matchmaker.web.pages.viewmodels import Cited, Document, Link, View, words

_MAIN_REASONS = 3


@dataclass(frozen=True, slots=True)
class Step:
    """A node of a path of evidence with the words that lead on to the next one.

    ``forward`` tells whether the relationship runs along the path or against it.
    """

    node: Link
    kind: str
    words: str = ""
    forward: bool = True


@dataclass(frozen=True, slots=True)
class Evidence:
    """One path of evidence with the sources behind it."""

    steps: tuple[Step, ...]
    sources: tuple[Cited, ...]


@dataclass(frozen=True, slots=True)
class Line:
    """One contribution to a fit; ``start`` is the sum of those before it."""

    feature: str
    label: str
    value: float | None
    weight: float
    amount: float
    detail: str
    start: float
    share: float


@dataclass(frozen=True, slots=True)
class Side:
    """One side's fit with its lines and the divisor S that turns weights into shares."""

    name: str
    title: str
    fit: float
    lines: tuple[Line, ...]
    divisor: float

    @property
    def unknown(self) -> tuple[Line, ...]:
        """Lines without data."""
        return tuple(line for line in self.lines if line.value is None)


@dataclass(frozen=True, slots=True)
class Caution:
    """What to keep in mind about an offer, with the document that says so."""

    label: str
    says: str
    source: Link | None


@dataclass(frozen=True, slots=True)
class Card:
    """A match as lists show it."""

    rank: int | None
    score: float
    band: str
    probability: float | None
    confidence: float
    label: str
    need: Link
    city: Link
    partner: Link
    offer: Link | None
    city_fit: float
    partner_fit: float
    reasons: tuple[str, ...]
    already: tuple[Link, ...]
    cautions: tuple[Caution, ...]
    url: str


def evidence(view: View, match: Document) -> dict[str, list[Evidence]]:
    """Return the evidence of a match by feature."""
    found: dict[str, list[Evidence]] = {}
    for item in match["evidence"]:
        sources = tuple(
            Cited(view.link(s["source"]), s["locator"], s["held"], view.link(s["node"]))
            for s in item["sources"]
        )
        found.setdefault(item["feature"], []).append(Evidence(steps(view, item["path"]), sources))
    return found


def steps(view: View, path: Sequence[str]) -> tuple[Step, ...]:
    """Turn a path of node ids and relationship types in turn into steps with words."""
    found = []
    for place in range(0, len(path), 2):
        node = view.link(path[place])
        kind = view.schema.entities[node.type].label if node.type else ""
        if place + 1 == len(path):
            found.append(Step(node, _spaced(kind)))
            continue
        name, after = path[place + 1], path[place + 2]
        forward = Relationship(node.id, name, after) in view.snapshot.links_from(node.id, name)
        known = view.schema.relationships.get(name)
        caption = known.caption if known else name.replace("_", " ").lower()
        start = node if forward else view.link(after)
        found.append(Step(node, _spaced(kind), _one_caption(caption, start.type), forward))
    return tuple(found)


def card(view: View, match: Document, need: Document) -> Card:
    """Return a match for a list."""
    offer = match["offer"]
    target = (offer or match["partner"])["id"]
    return Card(
        rank=match["rank"],
        score=match["score"],
        band=match["band"],
        probability=match["probability"],
        confidence=match["confidence"],
        label=match["label"] or "",
        need=view.link(need["id"]),
        city=view.link(need["city"]["id"]),
        partner=view.link(match["partner"]["id"]),
        offer=view.link(offer["id"]) if offer else None,
        city_fit=match["city_fit"],
        partner_fit=match["partner_fit"],
        reasons=main_reasons(match["contributions"]),
        already=view.links(match.get("already", ())),
        cautions=cautions(view, match.get("cautions", ())),
        url=f"/matches/{need['id']}/{target}",
    )


def cautions(view: View, found: Iterable[Document]) -> tuple[Caution, ...]:
    """Return cautions about an offer as a page shows them."""
    return tuple(
        Caution(
            one["label"], one["says"], view.link(one["source"]["id"]) if one["source"] else None
        )
        for one in found
    )


def cards(view: View, document: Document) -> list[Card]:
    """Return all matches of a list of matches."""
    return [card(view, m, m.get("need") or document["need"]) for m in document["matches"]]


def main_reasons(contributions: Iterable[Document]) -> tuple[str, ...]:
    """Return what was found by the features that add most, one text for each feature.

    Features whose value is nought or not known are no reasons.
    """
    ranked = sorted(
        (c for c in contributions if c["feature"] != "prior" and c["value"]),
        key=lambda c: -c["amount"],
    )
    found: dict[str, str] = {}
    for line in ranked:
        found.setdefault(line["feature"], line["detail"])
    return tuple(list(dict.fromkeys(found.values()))[:_MAIN_REASONS])


def sides(match: Document, labels: Mapping[str, str]) -> tuple[Side, Side]:
    """Return both sides' fits, each line with where its bar starts."""
    titles = {"city": "For the city", "partner": "For the partner"}
    return _side(match, "city", titles, labels), _side(match, "partner", titles, labels)


def _side(match: Document, name: str, titles: Document, labels: Mapping[str, str]) -> Side:
    own = [c for c in match["contributions"] if c["side"] == name]
    divisor = sum(c["weight"] for c in own if c["value"] is not None)
    lines = []
    start = 0.0
    for c in own:
        label = labels.get(c["feature"], words(c["feature"]))
        share = c["weight"] / divisor if c["value"] is not None and divisor else 0.0
        lines.append(
            Line(c["feature"], label, c["value"], c["weight"], c["amount"], c["detail"], start, share)
        )  # fmt: skip
        start += c["amount"]
    return Side(name, titles[name], match[f"{name}_fit"], tuple(lines), divisor)


def _spaced(label: str) -> str:
    """Return a label such as ``SupportType`` as words."""
    return "".join(f" {c.lower()}" if c.isupper() and i else c for i, c in enumerate(label))


def _one_caption(caption: str, start: str) -> str:
    """Choose the wording that fits where a caption has one for cities and one for partners."""
    parts = [part.strip() for part in caption.split("/")]
    return parts[-1] if start == "partner" else parts[0]
