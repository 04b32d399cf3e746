"""The brief of a need: the numbers of the matches, two pages, public words only."""

from __future__ import annotations

import re
from io import BytesIO

import pytest
from pypdf import PdfReader

from matchmaker.errors import MovedError, NotFoundError
from matchmaker.graph import Snapshot
from matchmaker.permissions import PUBLIC, SYSTEM
from matchmaker.printing.document import Link, Paragraph, Points, Table, text_of
from matchmaker.printing.pdf import pages_of, pdf
from matchmaker.schema import Schema
from matchmaker.seeds import SeedSet
from matchmaker.settings import Settings
from matchmaker.usecases.opening import service_from_seeds
from matchmaker.usecases.printing.briefs import (
    BEST,
    DETAILS,
    brief_document,
    need_brief,
    reasons,
)
from matchmaker.usecases.service import Service
from tests.factory import SCHEMA, make_need, make_partner, seed_set, small_world
from tests.planted import marks_of, planted_world

BASE = "https://network.example"
NEED = "phuket-scap2018-1"


@pytest.fixture(scope="module")
def service(schema: Schema, seeds: SeedSet) -> Service:
    return service_from_seeds(schema, Settings(), seeds=seeds)


def words_of(made: bytes) -> str:
    """Return the words of a PDF, hyphens and line ends left out."""
    text = " ".join(page.extract_text() for page in PdfReader(BytesIO(made)).pages)
    return " ".join(text.split())


def test_every_need_has_a_brief_of_two_pages_at_most(service: Service) -> None:
    needs = list(service.snapshot.of_type("need"))
    for need in needs[::6]:
        made = need_brief(service, PUBLIC, need, BASE)
        assert len(PdfReader(BytesIO(made)).pages) == pages_of(made) <= 2, need


def test_its_numbers_are_those_of_the_matches(service: Service) -> None:
    found = service.matcher.need_matches(NEED, BEST)
    document = brief_document(service.matcher, service.seen_by(PUBLIC), NEED)
    (table,) = [block for block in document if isinstance(block, Table)]
    rows = [[text_of(cell) for cell in row] for row in table.rows]
    assert [row[1:] for row in rows] == [
        [m["band"], f"{m['score']:.3f}", f"{m['city_fit']:.3f}", f"{m['partner_fit']:.3f}",
         f"{m['confidence']:.0%}"]
        for m in found["matches"]
    ]  # fmt: skip
    for row, match in zip(rows, found["matches"], strict=True):
        assert row[0].startswith(f"{match['rank']}. {match['partner']['name']}: ")
    lists = [block for block in document if isinstance(block, Points)]
    for points, match in zip(lists, found["matches"], strict=False):
        told = [text_of(item) for item in points.items]
        for line in reasons(match["contributions"])[:3]:
            amount = f"(+{line['amount']:.3f} for the {line['side']}): {line['detail']}"
            assert any(amount in item for item in told)
    assert f"snapshot {found['snapshot']['sequence']}" in document.footer
    assert found["snapshot"]["as_of"] in document.footer
    assert found["algorithm"]["version"] in document.footer


def test_what_is_printed_names_sources_what_is_documented_and_what_is_not_known(
    service: Service,
) -> None:
    text = words_of(need_brief(service, PUBLIC, NEED, BASE))
    need = service.snapshot.get("need", NEED)
    for words in (need.text("title"), need.text("description"), "Phuket, Thailand",
                  "Smart City Action Plans, p. 51", "Not known:", "Documented:", "How to go on",
                  "no published offer", "2 / 2"):  # fmt: skip
        assert " ".join(words.split()) in text, words


def test_reasons_are_what_adds_most_each_once_and_never_the_prior() -> None:
    def line(feature: str, amount: float, value: float | None) -> dict[str, object]:
        return {"feature": feature, "amount": amount, "value": value}

    lines = [
        line("prior", 0.9, 0.2), line("topics", 0.1, 1.0), line("text", 0.3, 0.5),
        line("topics", 0.2, 1.0), line("support", 0.0, 0.0), line("activity", 0.0, None),
    ]  # fmt: skip
    assert [(one["feature"], one["amount"]) for one in reasons(lines)] == [
        ("text", 0.3), ("topics", 0.2)]  # fmt: skip


def test_whoever_asks_gets_the_same_brief_and_asked_again_the_same_bytes(service: Service) -> None:
    assert need_brief(service, PUBLIC, NEED, BASE) == need_brief(service, SYSTEM, NEED, BASE)


def test_texts_of_any_length_are_cut_to_fit_two_pages() -> None:
    long = "Made-up words that go on and on " * 40
    entities = [
        *small_world(),
        make_need("long-need", title=long, description=long[:900], topics=("water", "buses"),
                  support_types=("finance", "technology")),
        *(make_partner(f"long-{n}", name=f"{n} {long}", profile="Long names.") for n in range(4)),
    ]  # fmt: skip
    service = service_from_seeds(SCHEMA, Settings(), seeds=seed_set(entities))
    made = need_brief(service, PUBLIC, "long-need", BASE)
    assert pages_of(made) <= 2
    first = brief_document(service.matcher, service.seen_by(PUBLIC), "long-need")
    assert pages_of(pdf(first, BASE, DETAILS[0].size)) > 2


def test_what_is_for_members_is_in_no_brief() -> None:
    entities = planted_world()
    service = service_from_seeds(SCHEMA, Settings(), seeds=seed_set(entities))
    for need in service.snapshot.of_type("need"):
        text = words_of(need_brief(service, SYSTEM, need, BASE))
        for entity in entities:
            for prop in SCHEMA.entities[entity.type].properties.values():
                if prop.visibility != "public":
                    assert not any(mark in text for mark in marks_of(entity, prop))


def test_a_need_without_a_match_has_a_brief_that_says_so() -> None:
    supply = ("partner", "offer", "collaboration")
    entities = [e for e in small_world() if e.type not in supply]
    service = service_from_seeds(SCHEMA, Settings(), seeds=seed_set(entities))
    text = words_of(need_brief(service, PUBLIC, "uptown-need-1", BASE))
    assert "No partner in the data is eligible" in text


def test_a_need_that_is_not_there_has_no_brief(service: Service, schema: Schema) -> None:
    with pytest.raises(NotFoundError):
        need_brief(service, PUBLIC, "phuket-scap2018-9", BASE)
    moved = Snapshot(schema, service.snapshot.entities, 1, "2026-01-01", redirects={"old": NEED})
    with pytest.raises(MovedError):
        brief_document(service.matcher, moved, "old")


def test_links_lead_to_what_is_named(service: Service) -> None:
    document = brief_document(service.matcher, service.seen_by(PUBLIC), NEED)
    plurals = {k.plural: k.name for k in service.schema.entities.values()}
    checked = 0
    for block in document:
        words = [block.words] if isinstance(block, Paragraph) else []
        words += list(block.items) if isinstance(block, Points) else []
        words += [cell for row in block.rows for cell in row] if isinstance(block, Table) else []
        for link in (piece for run in words for piece in run if isinstance(piece, Link)):
            found = re.fullmatch(r"/([a-z-]+)/([a-z0-9-]+)(?:/([a-z0-9-]+))?", link.url)
            assert found, link
            if found[1] == "matches":
                assert service.matcher.pair(found[2], found[3])
            else:
                assert service.snapshot.get(plurals[found[1]], found[2])
            checked += 1
    assert checked > 20
