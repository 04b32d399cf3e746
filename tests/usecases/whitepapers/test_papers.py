"""White papers in a real database: begun, agreed to, published; together, again, and after a kill."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from matchmaker.errors import (
    BadRequestError,
    ConflictError,
    InvalidDataError,
    NotAllowedError,
    NotFoundError,
    VersionConflictError,
)
from matchmaker.usecases.accounts.privacy import export_personal_data
from matchmaker.usecases.brokering import engaging, notices
from matchmaker.usecases.brokering.checking import check
from matchmaker.usecases.brokering.clock import run_due
from matchmaker.usecases.brokering.documents import open_document
from matchmaker.usecases.service import Service
from matchmaker.usecases.whitepapers import keeping, listing, publishing, settling, writing
from tests.conftest import Ask
from tests.usecases.brokering.worker import ACCOUNTS as WHO

PDF = b"%PDF-1.7\nDrains and who pays for them.\n"
AGREED = (
    ("city", "consent", {}), ("country", "no_objection", {}), ("secretariat", "introduce", {}),
    ("partner", "discuss", {}), ("city", "agree", {"form": "white_paper"}),
    ("partner", "agree", {"form": "white_paper"}),
)  # fmt: skip
Document = dict[str, Any]


@pytest.fixture
def engagement(service: Service) -> str:
    """Return the identifier of an engagement that was agreed in the form of a white paper."""
    one = engaging.open_engagement(service, WHO["partner"], "uptown-need-1", partner="bank")
    for who, name, given in AGREED:
        engaging.move(service, WHO[who], one["id"], name, **given)
    return str(one["id"])


@pytest.fixture
def draft(service: Service, engagement: str) -> Document:
    """Return a white paper with a version."""
    one = writing.begin(service, WHO["partner"], {"engagements": [engagement]})
    return writing.add_version(service, WHO["partner"], one["id"], "Drains.pdf", [PDF])


def go(service: Service, one: Document, *steps: tuple[str, str]) -> Document:
    for who, name in steps:
        one = writing.move(service, WHO[who], one["id"], name, note="So.")
    return one


def notices_of(service: Service, who: str) -> list[Document]:
    """Return somebody's notices about white papers."""
    found = notices.list_notices(service, WHO[who], unseen=True).items
    return [one for one in found if one["kind"] == "paper"]


def faults(service: Service) -> list[str]:
    """Return what the check finds; the snapshot of the small service does not follow its database."""
    return [fault for fault in check(service).faults if "is not published" not in fault]


ALL_AGREE = (("partner", "submit"), ("city", "agree"))
ALL = (*ALL_AGREE, ("secretariat", "publish"))


def entities(ask: Ask) -> list[Document]:
    return [row["p"] for row in ask("MATCH (p:WhitePaper) RETURN p ORDER BY p.edition")]


@pytest.fixture(autouse=True)
def emptied(service: Service, ask: Ask) -> None:
    """Delete what an earlier test has published."""
    ask("MATCH (p:WhitePaper) DETACH DELETE p")


def test_a_paper_begins_with_what_its_engagement_tells(service: Service, engagement: str):
    one = writing.begin(service, WHO["city"], {"engagements": [engagement]}, uuid="paper-1")
    assert [a["id"] for a in (*one["cities"], *one["partners"])] == ["uptown", "bank"]
    assert [need["id"] for need in one["needs"]] == ["uptown-need-1"]
    assert [topic["id"] for topic in one["topics"]] == ["water"]
    assert (one["stage"], one["version"], one["language"]) == ("draft", 1, "english")
    assert one["engagements"] == [engagement]
    again = writing.begin(service, WHO["city"], {"engagements": [engagement]}, uuid="paper-1")
    assert again == one
    (told,) = notices_of(service, "partner")
    assert told["page"] == "/desk/papers/paper-1"
    assert one["title"] not in told["title"] + told["about"]
    page = listing.list_papers(service, WHO["partner"], engagement=engagement)
    assert [item["id"] for item in page.items] == ["paper-1"]


def test_only_who_is_party_to_an_agreed_engagement_begins_one_with_its_parties(
    service: Service,
    engagement: str,
):
    mine = {"engagements": [engagement]}
    with pytest.raises(BadRequestError, match="no engagement"):
        writing.begin(service, WHO["other partner"], mine)
    with pytest.raises(BadRequestError, match="at least one"):
        writing.begin(service, WHO["partner"], {"title": "X", "cities": ["uptown"]})
    with pytest.raises(InvalidDataError, match="no party"):
        writing.begin(service, WHO["partner"], {**mine, "cities": ["uptown", "midtown"]})
    with pytest.raises(NotAllowedError):
        writing.begin(service, WHO["country"], mine)
    fresh = engaging.open_engagement(service, WHO["partner"], "uptown-need-2", partner="bank")
    with pytest.raises(BadRequestError, match="comes out of an engagement that is"):
        writing.begin(service, WHO["partner"], {"engagements": [fresh["id"]]})
    wrong = {**mine, "language": "latin", "needs": ["nothing"], "title": ""}
    with pytest.raises(InvalidDataError) as refused:
        writing.begin(service, WHO["partner"], wrong)
    assert {fault.column for fault in refused.value.faults} == {"language", "needs", "title"}
    wide = {"title": "Wide", "cities": ["uptown", "midtown"], "partners": ["college"]}
    assert writing.begin(service, WHO["secretariat"], wide)["your"]["party"] == "secretariat"


def test_drafts_are_for_the_parties_and_staff_only(service: Service, draft: Document):
    for name in ("partner", "city", "country", "secretariat", "administrator"):
        assert writing.get_paper(service, WHO[name], draft["id"])["id"] == draft["id"]
        assert writing.open_version(service, WHO[name], draft["id"], 1).path.read_bytes() == PDF
    for name in ("other partner", "other city", "other country"):
        for attempt in (
            lambda who: writing.get_paper(service, who, draft["id"]),
            lambda who: writing.open_version(service, who, draft["id"], 1),
        ):
            with pytest.raises(NotFoundError):
                attempt(WHO[name])
        assert listing.list_papers(service, WHO[name]).items == ()
    for name in ("other partner", "other city"):
        with pytest.raises(NotFoundError):
            writing.move(service, WHO[name], draft["id"], "note", note="Hello.")
    with pytest.raises(NotAllowedError):
        writing.get_paper(service, WHO["portal"], draft["id"])
    (document,) = service.records.find("document", {"paper": draft["id"]})
    with pytest.raises(NotFoundError):
        open_document(service, WHO["partner"], draft["engagements"][0], document.id)


def test_an_engagement_of_others_is_not_told_to_a_co_author(service: Service, draft: Document):
    given = {"cities": ["uptown", "midtown"]}
    one = writing.describe(service, WHO["secretariat"], draft["id"], given)
    assert one["engagements"] == draft["engagements"]
    assert writing.get_paper(service, WHO["other city"], one["id"])["engagements"] == []


def test_what_all_have_agreed_to_is_published_and_is_the_file_that_was_agreed_to(
    service: Service,
    draft: Document,
    ask: Ask,
):
    one = go(service, draft, *ALL_AGREE)
    assert one["stage"] == "agreed"
    assert entities(ask) == []
    (told,) = notices_of(service, "secretariat")
    assert "to be published" in told["title"]
    titles = {told["title"] for told in notices_of(service, "city")}
    assert "Your agreement is awaited" in titles
    waiting = listing.list_papers(service, WHO["secretariat"], whose="me").items
    assert [item["id"] for item in waiting] == [one["id"]]
    one = go(service, one, ("secretariat", "publish"))
    (entity,) = entities(ask)
    assert entity["id"] == one["white_paper"]
    assert entity["sha256"] == one["versions"][0]["sha256"] == draft["versions"][0]["sha256"]
    assert (entity["status"], entity["edition"], entity["cities"]) == ("published", 1, ["uptown"])
    assert one["id"] not in str(entity)
    assert faults(service) == []


def test_a_later_edition_supersedes_the_first_and_both_go_when_it_is_taken_down(
    service: Service,
    draft: Document,
    ask: Ask,
):
    one = go(service, draft, *ALL)
    one = writing.add_text(
        service, WHO["city"], one["id"], "# Drains\n\nNow in colour.\n", note="Colour."
    )
    assert one["versions"][0]["media_type"] == "text/markdown"
    assert [v["state"] for v in one["versions"]] == ["draft", "published"]
    go(service, one, *ALL)
    first, second = entities(ask)
    assert (first["status"], second["status"]) == ("superseded", "published")
    assert second["supersedes"] == first["id"]
    go(service, one, ("secretariat", "take_down"))
    assert [e["status"] for e in entities(ask)] == ["withdrawn", "withdrawn"]


def test_two_co_authors_at_once_one_is_told_that_he_was_not_first(
    service: Service,
    draft: Document,
):
    one = go(service, draft, ("secretariat", "submit"))

    def act(job: tuple[str, str]) -> object:
        try:
            return writing.move(
                service, WHO[job[0]], one["id"], job[1], note="So.", expected=one["version"]
            )["version"]
        except (VersionConflictError, ConflictError) as error:
            return type(error)

    jobs = [("city", "agree"), ("partner", "ask_for_changes")]
    with ThreadPoolExecutor(2) as pool:
        done = list(pool.map(act, jobs))
    assert sorted(map(str, done)) == sorted(map(str, [one["version"] + 1, VersionConflictError]))


def test_the_same_move_and_the_same_file_sent_twice_count_once(service: Service, draft: Document):
    first = writing.move(service, WHO["partner"], draft["id"], "submit", uuid="m1")
    again = writing.move(
        service, WHO["partner"], draft["id"], "submit", uuid="m1", expected=draft["version"]
    )
    assert again == first
    with pytest.raises(ConflictError, match="same uuid"):
        writing.move(service, WHO["city"], draft["id"], "agree", uuid="m1")
    for _ in range(2):
        one = writing.add_version(
            service, WHO["city"], draft["id"], "b.pdf", [PDF, b"more"], uuid="v1"
        )
    assert len(one["versions"]) == 2
    assert service.records.count("document", {"paper": draft["id"]}) == 2


@pytest.mark.parametrize(
    ("text", "told"), [("  ", "is needed"), ("<html>", "Markdown"), ("x" * 400_001, "at most")]
)
def test_a_text_that_cannot_be_is_refused_by_its_field(
    service: Service,
    draft: Document,
    text: str,
    told: str,
):
    with pytest.raises(BadRequestError, match=f"text: .*{told}"):
        writing.add_text(service, WHO["city"], draft["id"], text)


def test_a_version_that_the_scanner_holds_back_is_not_published(
    service: Service,
    draft: Document,
    tmp_path: Path,
    ask: Ask,
):
    go(service, draft, *ALL_AGREE)
    document = service.records.find("document", {"paper": draft["id"]})[0]
    service.records.change("document", document.id, lambda held: {**held, "state": "held"})
    service.settings = replace(service.settings, scan_command=(str(tmp_path / "gone"),))
    with pytest.raises(ConflictError, match="held back"):
        go(service, draft, ("secretariat", "publish"))
    assert entities(ask) == []


def test_what_a_process_that_died_has_left_the_clock_does_and_only_once(
    service: Service,
    draft: Document,
    ask: Ask,
):
    one = go(service, draft, *ALL_AGREE)
    rules = keeping.rules_of(service)
    kept = keeping.found(service, one["id"])
    move = replace(kept.moves[-1], uuid="p", name="publish", party="secretariat", subjects=(),
                   account="acct_secretariat", note="")  # fmt: skip
    keeping.alter(service, one["id"], lambda held: held.after(rules, move))
    assert entities(ask) == []
    assert run_due(service) >= 1
    before = entities(ask), service.records.count("notice", {})
    assert [e["status"] for e in before[0]] == ["published"]
    assert settling.settle_due(service) == 0
    keeping.alter(service, one["id"], lambda held: replace(held, told=0))
    assert run_due(service) >= 1
    assert (entities(ask), service.records.count("notice", {})) == before
    assert not publishing.publish(service, keeping.found(service, one["id"]))
    assert faults(service) == []


def test_what_was_changed_behind_the_back_is_found(service: Service, draft: Document):
    service.records.change("white_paper", draft["id"], lambda held: {**held, "stage": "agreed"})
    assert any("stage: kept 'agreed'" in fault for fault in check(service).faults)


def test_ones_own_moves_are_in_the_export_of_ones_data(service: Service, draft: Document):
    told = export_personal_data(service, WHO["partner"])
    mine = [move for move in told["moves"] if move.get("white_paper") == draft["id"]]
    assert [move["name"] for move in mine] == ["begin", "add_version"]
