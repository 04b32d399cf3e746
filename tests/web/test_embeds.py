"""Widgets for other sites: small pages that listed sites may frame, and nobody else."""

from __future__ import annotations

import re

import pytest
from flask.testing import FlaskClient

from matchmaker.errors import SettingsError
from matchmaker.schema import Schema
from matchmaker.seeds import SeedSet
from matchmaker.settings import Settings
from matchmaker.usecases.opening import service_from_seeds
from matchmaker.usecases.service import Service
from matchmaker.web.app import create_app

SITES = ("https://portal.example", "http://127.0.0.1:8081")


@pytest.fixture(scope="module")
def listed(schema: Schema, seeds: SeedSet) -> FlaskClient:
    """Return a client of a service that lets two sites frame its widgets."""
    settings = Settings(embed_sites=SITES)
    return create_app(service_from_seeds(schema, settings, seeds=seeds)).test_client()


def ancestors(policy: str) -> str:
    found = re.search(r"frame-ancestors ([^;]+)", policy)
    assert found is not None
    return found[1].strip()


def test_a_widget_shows_the_open_needs_of_a_city(client: FlaskClient, service: Service) -> None:
    html = client.get("/embed/cities/phuket?limit=20").get_data(as_text=True)
    needs = service.snapshot.sources_of("phuket", "OF_CITY")
    opened = [n for n in needs if n.type == "need" and n.text("status") == "open"]
    assert opened
    for need in opened:
        assert f'href="/needs/{need.id}"' in html
    assert "What Phuket needs" in html
    assert html.count("<li>") == len(opened)


def test_a_widget_shows_the_best_matches_of_a_partner(
    client: FlaskClient, service: Service
) -> None:
    html = client.get("/embed/partners/jica?limit=3").get_data(as_text=True)
    found = service.partner_matches("jica", 3)["matches"]
    shown = re.findall(r'<li><a href="/needs/([^"]+)"', html)
    assert shown == [match["need"]["id"] for match in found]
    assert f"{found[0]['score']:.2f}" in html


def test_no_site_may_frame_it_unless_listed_and_only_widgets_are_framed(
    client: FlaskClient, listed: FlaskClient
) -> None:
    for path in ("/embed/cities/phuket", "/embed/partners/jica", "/embed/cities/nowhere"):
        assert ancestors(client.get(path).headers["Content-Security-Policy"]) == "'none'"
        policy = listed.get(path).headers["Content-Security-Policy"]
        assert ancestors(policy) == " ".join(SITES)
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
    for path in ("/", "/cities/phuket", "/api/v1/docs", "/embedded"):
        policy = listed.get(path).headers["Content-Security-Policy"]
        assert ancestors(policy) == "'none'", path


def test_a_widget_knows_no_cookies(listed: FlaskClient) -> None:
    for path in ("/embed/cities/phuket", "/embed/widget.js"):
        plain = listed.get(path)
        assert "Set-Cookie" not in plain.headers
        session = listed.get(path, headers={"Cookie": "matchmaker_session=nonsense"})
        assert "Set-Cookie" not in session.headers
        assert session.get_data() == plain.get_data()
        assert plain.headers["Cache-Control"].startswith("public, max-age=")


def test_language_theme_and_number_of_lines_can_be_chosen(client: FlaskClient) -> None:
    html = client.get("/embed/partners/adb?lang=th&theme=dark&limit=2").get_data(as_text=True)
    assert '<html lang="th" data-theme="dark">' in html
    assert "คะแนน" in html
    assert html.count("<li>") == 2
    for language in ("en", "th"):
        html = client.get(f"/embed/cities/singapore?lang={language}").get_data(as_text=True)
        assert f'<html lang="{language}" data-theme="auto">' in html


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("lang=xx", "not one of en, th"), ("theme=pink", "not one of auto, light, dark"),
        ("limit=0", "from 1 to 20"), ("limit=21", "from 1 to 20"), ("limit=x", "whole number"),
        ("colour=red", "is not a parameter here"), ("lang=en&lang=th", "more than once"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_told_in_the_frame_itself(
    client: FlaskClient, query: str, told: str
) -> None:
    answer = client.get(f"/embed/cities/phuket?{query}")
    assert answer.status_code == 400
    assert told in answer.get_data(as_text=True)


def test_an_unknown_city_is_told_with_what_looks_alike(client: FlaskClient) -> None:
    answer = client.get("/embed/cities/phukett")
    assert answer.status_code == 404
    assert "Did you mean phuket?" in answer.get_data(as_text=True)


def test_what_somebody_writes_into_the_address_is_no_markup(client: FlaskClient) -> None:
    answer = client.get("/embed/cities/<script>alert(1)</script>?theme=<b>")
    assert "<script>alert" not in answer.get_data(as_text=True)
    assert "<b>" not in answer.get_data(as_text=True)


def test_the_script_may_be_used_by_any_site_and_is_plain_javascript(client: FlaskClient) -> None:
    answer = client.get("/embed/widget.js")
    assert answer.mimetype == "text/javascript"
    assert answer.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    code = answer.get_data(as_text=True)
    assert "innerHTML" not in code
    assert "eval(" not in code
    assert ".style" not in code


def test_sites_are_read_from_the_environment_and_checked() -> None:
    def read(text: str) -> tuple[str, ...]:
        return Settings.from_environment({"MATCHMAKER_EMBED_SITES": text}).embed_sites

    assert read("") == ()
    assert read("https://a.example, http://127.0.0.1:81 https://b.example/") == (
        "https://a.example", "http://127.0.0.1:81", "https://b.example",
    )  # fmt: skip
    for wrong in ("*", "a.example", "https://a.example/path", "https://a;script-src *", "'self'"):
        with pytest.raises(SettingsError, match="MATCHMAKER_EMBED_SITES"):
            read(wrong)
