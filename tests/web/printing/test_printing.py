"""Annual reports and briefs on the web: every number followed to its list, every form read back."""

from __future__ import annotations

import re
from html import unescape
from io import BytesIO
from typing import Any

import jsonschema
import pytest
from docx import Document as read_docx
from flask.testing import FlaskClient
from pypdf import PdfReader

from tests.annual.test_counting import figures

API = "/api/v1"
YEARS = (2025, 2024, 2023, 2022)


@pytest.fixture(scope="module")
def openapi(app: Any) -> dict[str, Any]:
    document: dict[str, Any] = app.test_client().get(f"{API}/openapi.json").json
    return document


def test_the_years_that_have_a_report_are_listed_with_their_files(client: FlaskClient) -> None:
    listed = client.get(f"{API}/annual-reports").json
    assert listed is not None
    assert [(one["year"], one["projects"]) for one in listed["items"]] == [
        (2025, 134), (2024, 108), (2023, 86), (2022, 77),
    ]  # fmt: skip
    for address in listed["items"][0]["links"].values():
        assert client.get(address).status_code == 200, address
    page = client.get("/annual-reports").get_data(as_text=True)
    assert all(f'href="/annual-reports/{year}"' in page for year in YEARS)


@pytest.mark.parametrize("year", YEARS)
def test_the_answer_is_as_the_contract_says(
    client: FlaskClient, openapi: dict[str, Any], year: int
) -> None:
    schema = {"$ref": "#/components/schemas/AnnualReport", "components": openapi["components"]}
    answer = client.get(f"{API}/annual-reports/{year}")
    jsonschema.Draft202012Validator(schema).validate(answer.json)
    assert answer.data == client.get(f"{API}/annual-reports/{year}").data


@pytest.mark.parametrize("year", [2025, 2022])
def test_every_number_leads_to_a_list_that_has_as_many_as_data_and_on_the_page(
    client: FlaskClient, year: int
) -> None:
    found = {
        f["list"]: f["value"] for f in figures(client.get(f"{API}/annual-reports/{year}").json)
    }
    followed = {address: value for address, value in found.items() if address.startswith("/")}
    assert len(followed) > 60
    for address, value in followed.items():
        listed = client.get(f"{API}{address}&limit=1").json
        assert listed is not None
        assert listed["total"] == value, address
    page = client.get(f"/annual-reports/{year}").get_data(as_text=True)
    linked = re.findall(r'<a href="(/project-listings\?[^"]+)">(\d+)</a>', page)
    assert {unescape(address) for address, _ in linked} <= followed.keys()
    for address, text in linked:
        assert int(text) == followed[unescape(address)], address
    ids = set(re.findall(r' id="([^"]+)"', page))
    assert {a[1:] for a in re.findall(r'href="(#[^"]+)"', page)} <= ids
    # One filtered list as people see it: its rows are the projects counted.
    address = f"/project-listings?year={year}&country=country-thailand"
    rows = client.get(address).get_data(as_text=True).partition("<tbody>")[2].count("<tr>")
    assert rows == followed[address]


def test_every_place_of_the_site_that_the_report_links_to_is_there(client: FlaskClient) -> None:
    page = client.get("/annual-reports/2025").get_data(as_text=True)
    links = {unescape(a) for a in re.findall(r'href="(/(?!static)[^"?#]+)"', page)}
    kinds: dict[str, str] = {}
    for address in sorted(links):
        kinds.setdefault(address.split("/")[1], address)
    assert {"cities", "collaborations", "countries", "observations", "partners", "projects",
            "project-listings", "sources", "topics", "annual-totals"} <= kinds.keys()  # fmt: skip
    for address in kinds.values():
        assert client.get(address).status_code == 200, address


def test_the_page_sets_the_published_figures_beside_the_counted_ones(client: FlaskClient) -> None:
    page = client.get("/annual-reports/2025").get_data(as_text=True)
    assert "Published and counted" in page
    assert "Not equal. 25 of 134 are 18.66 percent; 18 percent would be 24 projects." in page
    assert page.count(">equal<") == 7


def test_the_forms_say_what_the_page_says(client: FlaskClient) -> None:
    paper = client.get(f"{API}/annual-reports/2025.pdf")
    assert paper.headers["Content-Disposition"].startswith("inline; filename=")
    read = PdfReader(BytesIO(paper.data))
    assert read.metadata is not None
    assert read.metadata.title == "Monitoring and evaluation report 2025"
    text = " ".join(" ".join(p.extract_text() for p in read.pages).split())
    word = client.get(f"{API}/annual-reports/2025.docx")
    assert word.headers["Content-Disposition"].startswith("attachment")
    written = read_docx(BytesIO(word.data))
    told = " ".join(p.text for p in written.paragraphs)
    alone = client.get(f"{API}/annual-reports/2025.html")
    assert alone.headers["Content-Disposition"].startswith("attachment")
    for words in ("134 projects in 35 cities of 10 member states", "Published and counted",
                  "Appendix C: register of partnerships"):  # fmt: skip
        assert words in text
        assert words in told
        assert words in re.sub("<[^>]+>", "", alone.get_data(as_text=True))
    assert sum(len(table.rows) - 1 for table in written.tables) > 134 + 40 + 35
    assert paper.data == client.get(f"{API}/annual-reports/2025.pdf").data


@pytest.mark.parametrize("ending", ["", ".pdf", ".docx", ".html"])
def test_a_year_without_a_list_is_not_found_and_the_answer_names_those_that_have_one(
    client: FlaskClient, ending: str
) -> None:
    answer = client.get(f"{API}/annual-reports/2021{ending}")
    assert answer.status_code == 404
    assert answer.mimetype == "application/problem+json"
    assert "2022, 2023, 2024, 2025" in answer.get_data(as_text=True)
    assert client.get("/annual-reports/2021").status_code == 404


def test_nothing_else_is_taken_in_the_address(client: FlaskClient) -> None:
    for path in ("annual-reports", "annual-reports/2025", "annual-reports/2025.pdf",
                 "needs/phuket-scap2018-1/brief.pdf"):  # fmt: skip
        assert client.get(f"{API}/{path}?format=pdf").status_code == 400, path


def test_a_need_has_its_brief_on_its_page(client: FlaskClient) -> None:
    address = f"{API}/needs/phuket-scap2018-1/brief.pdf"
    assert f'href="{address}"' in client.get("/needs/phuket-scap2018-1").get_data(as_text=True)
    answer = client.get(address)
    assert answer.mimetype == "application/pdf"
    read = PdfReader(BytesIO(answer.data))
    assert len(read.pages) == 2
    matches = client.get(f"{API}/needs/phuket-scap2018-1/matches?limit=5").json
    assert matches is not None
    text = read.pages[0].extract_text()
    for match in matches["matches"]:
        assert f"{match['score']:.3f}" in text
    again = client.get(address, headers={"If-None-Match": answer.headers["ETag"]})
    assert again.status_code == 304
    assert client.get(f"{API}/needs/nowhere/brief.pdf").status_code == 404
