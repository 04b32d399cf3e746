"""The brief of a need: its best matches on two pages, for a mayor or a board."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from matchmaker.graph import Snapshot
from matchmaker.matching.features import FEATURES
from matchmaker.model import Entity
from matchmaker.permissions import PUBLIC, Caller
from matchmaker.printing.document import (
    Block,
    Column,
    Document,
    Heading,
    Link,
    Paragraph,
    Piece,
    Points,
    Table,
    Words,
)
from matchmaker.printing.pdf import pages_of, pdf
from matchmaker.usecases.matches import NO_OFFER, Matcher
from matchmaker.usecases.permitting import permit
from matchmaker.usecases.reading.details import citations
from matchmaker.usecases.reading.seeing import seen_matches
from matchmaker.usecases.service import Service

BEST: Final = 5
"""How many matches a brief tells of."""
MOST_PAGES: Final = 2
_LABELS: Final[Mapping[str, str]] = {feature.name: feature.label for feature in FEATURES}
Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Detail:
    """How much a brief tells: size of print, reasons and cases of each match, length of a text."""

    size: float
    reasons: int
    cases: int
    sources: int
    longest: int


DETAILS: Final = (
    Detail(10.0, 3, 2, 2, 900),
    Detail(9.5, 3, 2, 2, 900),
    Detail(9.0, 3, 2, 2, 700),
    Detail(8.5, 3, 1, 1, 500),
    Detail(8.0, 2, 1, 1, 300),
    Detail(8.0, 2, 0, 1, 160),
    Detail(8.0, 1, 0, 1, 80),
)
"""Tried one after the other until a brief fits its pages."""


def need_brief(service: Service, caller: Caller, need_id: str, base: str) -> bytes:
    """Return the brief of a need as PDF, of two pages at most.

    Parameters
    ----------
    service : Service
        Gives the graph and the matches.
    caller : Caller
        Who asks; a brief goes from hand to hand, so it holds what everybody sees, whoever asks.
    need_id : str
        Which need.
    base : str
        Where people reach the site.

    Raises
    ------
    NotFoundError, MovedError
        If there is no such need, or it was merged into another one.
    NotAllowedError
        If the caller may not read.
    """
    permit(service, caller, "graph.read")
    matcher, snapshot = seen_matches(service, PUBLIC)
    made = b""
    for detail in DETAILS:
        made = pdf(brief_document(matcher, snapshot, need_id, detail), base, detail.size)
        if pages_of(made) <= MOST_PAGES:
            break
    return made


def brief_document(
    matcher: Matcher, snapshot: Snapshot, need_id: str, detail: Detail = DETAILS[0]
) -> Document:
    """Return the brief of a need, as detailed as told."""
    need = snapshot.get("need", need_id)
    found = matcher.need_matches(need_id, BEST)
    algorithm, state = found["algorithm"], found["snapshot"]
    return Document(
        _cut(need.text("title"), 2 * detail.longest),
        f"Brief on a need of {found['need']['city']['name']}",
        f"/needs/{need_id}",
        state["as_of"] or "2000-01-01",
        f"Data as of {state['as_of']}, snapshot {state['sequence']}. Matching "
        f"{algorithm['name']} {algorithm['version']}, weights {algorithm['model']['name']} "
        f"{algorithm['model']['version']}.",
        tuple(_Writer(snapshot, detail).blocks(need, found)),
    )


class _Writer:
    def __init__(self, snapshot: Snapshot, detail: Detail) -> None:
        self._snapshot, self._detail = snapshot, detail

    def blocks(self, need: Entity, found: Json) -> Iterator[Block]:
        yield from self._asked(need)
        yield Heading("Who could help")
        matches = found["matches"]
        if not matches:
            yield Paragraph(("No partner in the data is eligible; the need’s page says why.",))
            yield from self._onward(need)
            return
        yield Paragraph((
            f"{found['total']} {'is' if found['total'] == 1 else 'are'} eligible; these are the "
            f"best {len(matches)}. A match is scored apart for the city and for the partner; the "
            "score is the harmonic mean, so that one weak side pulls it down.",
        ))  # fmt: skip
        yield Table(
            "Best matches, each from 0 to 1",
            (Column("Partner and offer", share=5), Column("Band", share=1.3),
             Column("Score", True), Column("For the city", True, 1.2),
             Column("For the partner", True, 1.4), Column("Known", True)),
            tuple((
                (f"{match['rank']}. ", self._to("partner", match["partner"]["id"]), ": ",
                 self._offer(match)),
                (match["band"],), (Link(f"{match['score']:.3f}", _pair(need, match)),),
                (f"{match['city_fit']:.3f}",), (f"{match['partner_fit']:.3f}",),
                (f"{match['confidence']:.0%}",),
            ) for match in matches),
        )  # fmt: skip
        bands = found["algorithm"]["bands"]
        told = ", ".join(f"{b['band']} from {b['score']:g} with {b['confidence']:.0%} known"
                         for b in reversed(bands) if b["score"])  # fmt: skip
        yield Paragraph((
            f"Known: share of the weights on which there are data. Bands: {told}; without a "
            "published offer speculative at most.",
        ), "small")  # fmt: skip
        for match in matches:
            yield from self._match(match)
        yield from self._onward(need)

    def _asked(self, need: Entity) -> Iterator[Block]:
        city = self._snapshot.entities.get(need.text("city"))
        place: list[Piece] = [self._to("city", need.text("city"))]
        if city is not None and city.text("country"):
            place += [", ", self._to("country", city.text("country"))]
        text = need.text("description")
        yield Paragraph((self._cut(text) if text else "The source tells no more than the title.",),
                        "lead")  # fmt: skip
        support = [self._caption(i) for i in need.refs("support_types")]
        topics = [self._caption(i) for i in need.refs("topics")]
        yield Paragraph((
            *place, ". Support sought: ", self._cut(", ".join(support)) or "not told", ". Topics: ",
            self._cut(", ".join(topics)) or "none", ". Source: ",
            *self._cited(citations(self._snapshot, need)), ".",
        ))  # fmt: skip

    def _match(self, match: Json) -> Iterator[Block]:
        partner = match["partner"]
        yield Heading(f"{match['rank']}. {self._cut(partner['name'])}", 2)
        points: list[Words] = [
            (f"{_label(line)} (+{line['amount']:.3f} for the {line['side']}): ",
             self._cut(line["detail"]), *self._because(match, line["feature"]))
            for line in reasons(match["contributions"])[: self._detail.reasons]
        ]  # fmt: skip
        points += self._cases(partner["id"])
        points += [
            (f"Caution, {one['label']}: ", self._cut(one["says"]),
             *((" (", self._to("source", one["source"]["id"]), ")") if one["source"] else ()))
            for one in match.get("cautions", ())
        ]  # fmt: skip
        unknown = dict.fromkeys(_label(x) for x in match["contributions"] if x["value"] is None)
        if unknown:
            points.append((f"Not known: {', '.join(unknown).lower()}.",))
        if match["label"]:
            points.append((f"Not known either: terms, for there is {match['label']}.",))
        yield Points(tuple(points))

    def _because(self, match: Json, feature: str) -> Iterator[Piece]:
        """Yield the sources of a reason, in brackets; what is judgement only is left out."""
        cited = [s for e in match["evidence"] if e["feature"] == feature for s in e["sources"]]
        found = list(self._cited(cited))
        if found:
            yield from (" (", *found, ")")

    def _cases(self, partner: str) -> Iterator[Words]:
        """Yield what is documented of a partner, the latest first."""
        cases = [e for e in self._snapshot.sources_of(partner, "WITH_PARTNER")
                 if e.type == "collaboration"]  # fmt: skip
        cases.sort(key=lambda one: (-(one.number("first_year") or 0), one.id))
        for case in cases[: self._detail.cases]:
            stage, year = case.text("stage"), case.number("first_year")
            told = ", ".join(filter(None, [stage, f"documented in {year:g}" if year else ""]))
            yield (
                "Documented: ", Link(self._cut(case.text("title")), f"/collaborations/{case.id}"),
                ", ", self._to("city", case.text("city")), f" ({told}; ",
                *self._cited(citations(self._snapshot, case)), ")",
            )  # fmt: skip
        if self._detail.cases and not cases:
            yield ("Documented: no collaboration with a city of the network.",)

    def _onward(self, need: Entity) -> Iterator[Block]:
        page = f"/needs/{need.id}"
        yield Heading("How to go on")
        yield Points((
            ("See all matches, with each line of the sum: ", Link("page of the need", page), "."),
            ("Signed in, the city asks for an introduction from the page of a match, and a partner "
             "tells its interest; the ASCN Secretariat brokers it with the consent that the "
             "network’s Terms of Reference ask for.",),
            ("What is not known, the partner or the city can fill in; the page of a match says what "
             "would settle it.",),
        ))  # fmt: skip

    def _offer(self, match: Json) -> Piece:
        if not match["offer"]:
            return NO_OFFER
        return Link(self._cut(match["offer"]["title"]), f"/offers/{match['offer']['id']}")

    def _cited(self, found: list[dict[str, Any]]) -> Iterator[Piece]:
        """Yield the first documents cited, each once with its places."""
        places: dict[str, list[str]] = {}
        titles = {one["source"]: one["title"] for one in found}
        for one in found:
            if one["source"] != "house":
                places.setdefault(one["source"], []).append(one["locator"])
        for place, (source, where) in enumerate(list(places.items())[: self._detail.sources]):
            yield "; " if place else ""
            yield Link(self._cut(titles[source]), f"/sources/{source}")
            yield f", {self._cut('; '.join(dict.fromkeys(where)))}"

    def _to(self, kind: str, identifier: str) -> Piece:
        plural = self._snapshot.schema.entities[kind].plural
        return Link(self._cut(self._caption(identifier)), f"/{plural}/{identifier}")

    def _caption(self, identifier: str) -> str:
        entity = self._snapshot.entities.get(identifier)
        return self._snapshot.schema.caption(entity) if entity else identifier

    def _cut(self, text: str) -> str:
        return _cut(text, self._detail.longest)


def _label(line: Json) -> str:
    return _LABELS.get(line["feature"], str(line["feature"]))


def reasons(contributions: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the contributions that add most, one for each feature, the strongest first.

    What is assumed is no reason, nor is what is nought or not known.
    """
    ranked = sorted(
        (line for line in contributions if line["feature"] != "prior" and line["value"]),
        key=lambda line: -line["amount"],
    )
    found: dict[str, dict[str, Any]] = {}
    for line in ranked:
        found.setdefault(line["feature"], line)
    return list(found.values())


def _pair(need: Entity, match: Json) -> str:
    return f"/matches/{need.id}/{(match['offer'] or match['partner'])['id']}"


def _cut(text: str, longest: int) -> str:
    """Shorten a text at a space, with an ellipsis.

    Examples
    --------
    >>> _cut("Pool real-time data for planning", 20)
    'Pool real-time …'
    """
    if len(text) <= longest:
        return text
    whole, space, _ = text[: longest - 1].rpartition(" ")
    return f"{whole} …" if space else f"{text[: longest - 1]}…"
