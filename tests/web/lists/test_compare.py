"""Supplies side by side: in the API and on a page, by the numbers of each pair's explanation."""

from __future__ import annotations

import re

import pytest
from flask.testing import FlaskClient

from tests.web.wellformed import Page

NEED = "phuket-scap2018-1"
WITH = ("adb-finance", "jica-technical-assistance", "jica-finance")
NUMBERS = ("score", "city_fit", "partner_fit", "confidence")


@pytest.fixture
def chosen(client: FlaskClient) -> list[str]:
    """Return four supplies of the need's list: the first three and one further down."""
    found = client.get(f"/api/v1/needs/{NEED}/matches?limit=30").json or {}
    targets = [(m["offer"] or m["partner"])["id"] for m in found["matches"]]
    return [*targets[:3], targets[-1]]


def test_every_number_is_that_of_the_pairs_own_explanation(
    client: FlaskClient, chosen: list[str]
) -> None:
    told = client.get(f"/api/v1/needs/{NEED}/compare?with={','.join(chosen)}").json or {}
    assert [column["target"] for column in told["columns"]] == chosen
    rows = {(row["side"], row["name"]): row for row in told["rows"]}
    for place, column in enumerate(told["columns"]):
        pair = client.get(f"/api/v1/matches/{NEED}/{column['target']}").json or {}
        match = pair["match"]
        assert column["rank"] == pair["rank"]
        assert column["contributions"] == match["contributions"]
        assert column["evidence"] == len(match["evidence"])
        for name in NUMBERS:
            assert column[name] == rows[None, name]["values"][place] == match[name]
        for line in match["contributions"]:
            value = rows[line["side"], line["feature"]]["values"][place]
            assert value == (None if line["value"] is None else line["amount"])


def test_the_best_of_a_row_is_named_and_nobody_where_all_are_alike(
    client: FlaskClient, chosen: list[str]
) -> None:
    told = client.get(f"/api/v1/needs/{NEED}/compare?with={','.join(chosen)}").json or {}
    for row in told["rows"]:
        known = [value for value in row["values"] if value is not None]
        best = [
            target for target, value in zip(chosen, row["values"], strict=True)
            if value is not None and value == max(known)
        ]  # fmt: skip
        alike = len(known) < 2 or min(known) == max(known) or row["name"] == "prior"
        assert row["best"] == ([] if alike else best), row["name"]
    assert any(row["best"] for row in told["rows"])


@pytest.mark.parametrize(
    ("query", "status"),
    [("", 400), ("?with=adb-finance", 400), ("?with=a,b,c,d,e", 400), ("?with=adb-finance,nobody", 404),
     ("?with=adb-finance,adb-finance", 400), ("?with=adb-finance&with=jica", 400)],
)  # fmt: skip
def test_what_cannot_be_compared_is_refused(client: FlaskClient, query: str, status: int) -> None:
    assert client.get(f"/api/v1/needs/{NEED}/compare{query}").status_code == status


def test_the_page_takes_what_the_boxes_of_the_list_send(
    client: FlaskClient, chosen: list[str]
) -> None:
    text = client.get(f"/needs/{NEED}").get_data(as_text=True)
    assert 'form="compare"' in text
    for target in chosen[:3]:
        assert f'name="with" value="{target}"' in text
    boxes = "&".join(f"with={target}" for target in chosen)
    answer = client.get(f"/needs/{NEED}/compare?{boxes}")
    page = answer.get_data(as_text=True)
    assert answer.status_code == 200
    assert Page(page).faults == []
    assert page.count('<th scope="col">') == 5
    assert re.search(r'<strong>0\.\d{3}</strong> <span class="best-mark">Best</span>', page)
    assert client.get(f"/needs/{NEED}/compare?with=adb-finance").status_code == 400
    assert client.get("/needs/nowhere/compare?with=adb-finance,jica").status_code == 404


def test_who_has_not_signed_in_sees_no_working_list(client: FlaskClient) -> None:
    assert "Shortlist" not in client.get(f"/needs/{NEED}").get_data(as_text=True)
    assert client.get(f"/api/v1/needs/{NEED}/matches?marks=hide").status_code == 401
    assert client.get(f"/needs/{NEED}?marks=perhaps").status_code == 400
    assert "marks" not in (client.get(f"/api/v1/needs/{NEED}/matches").json or {})
