"""What every answer has: entity tags, compression, who may keep it, and for whom it was made."""

from __future__ import annotations

import gzip

import brotli
import pytest
from flask.testing import FlaskClient
from hypothesis import example, given
from hypothesis import strategies as st

from matchmaker.web.contract.compression import coding_for, compress

API = "/api/v1"
MUCH = 5000


@pytest.mark.parametrize(
    ("accepted", "coding"),
    [
        ("gzip, deflate, br, zstd", "br"),
        ("gzip, deflate", "gzip"),
        ("br;q=0.5, gzip", "gzip"),
        ("br;q=0, *", "gzip"),
        ("*", "br"),
        ("*;q=0", ""),
        ("gzip;q=0", ""),
        ("gzip;q=0.5, identity", ""),
        ("gzip;q=0.5, identity;q=0.2", "gzip"),
        ("identity", ""),
        ("identity;q=0", ""),
        ("identity;q=0, zstd", ""),
        ("compress", ""),
        ("", ""),
    ],
)
def test_the_coding_with_the_highest_weight_is_taken(accepted: str, coding: str) -> None:
    assert coding_for(accepted, MUCH) == coding


def test_little_is_compressed_only_for_those_who_refuse_it_plain() -> None:
    assert coding_for("br, gzip", 10) == ""
    assert coding_for("gzip, identity;q=0", 10) == "gzip"
    assert coding_for("br, *;q=0", 10) == "br"


@given(st.text(max_size=60), st.integers(0, MUCH))
@example("gzip;q=x", MUCH)
@example("br;q=", MUCH)
def test_no_list_of_codings_is_too_odd(accepted: str, size: int) -> None:
    assert coding_for(accepted, size) in ("br", "gzip", "")


@given(st.binary(max_size=2000))
def test_what_is_compressed_comes_back(body: bytes) -> None:
    assert brotli.decompress(compress(body, "br")) == body
    assert gzip.decompress(compress(body, "gzip")) == body
    assert compress(body, "gzip") == compress(body, "gzip")


@pytest.mark.parametrize("address", [f"{API}/cities", f"{API}/cities/phuket", "/"])
def test_every_form_of_an_answer_says_the_same(client: FlaskClient, address: str) -> None:
    plain = client.get(address)
    unpack = {"br": brotli.decompress, "gzip": gzip.decompress}
    for coding, back in unpack.items():
        packed = client.get(address, headers={"Accept-Encoding": coding})
        assert packed.headers["Content-Encoding"] == coding
        assert back(packed.data) == plain.data
        assert len(packed.data) < len(plain.data)
        assert "Accept-Encoding" in packed.headers["Vary"]
    assert "Content-Encoding" not in plain.headers
    assert "Accept-Encoding" in plain.headers["Vary"]


def test_the_tag_of_one_entity_is_strong_and_names_its_version_and_coding(
    client: FlaskClient,
) -> None:
    tags = {
        coding: client.get(f"{API}/cities/phuket", headers={"Accept-Encoding": coding}).headers[
            "ETag"
        ]
        for coding in ("identity", "gzip", "br")
    }
    assert len(set(tags.values())) == 3
    assert not any(tag.startswith("W/") for tag in tags.values())
    assert {tag.strip('"').split("-")[0] for tag in tags.values()} == {"0"}  # the seeds' version
    assert tags["br"] == tags["identity"][:-1] + '-br"'


@pytest.mark.parametrize("address", ["/cities/phuket", "/nodes/phuket", "/cities", "/schema"])
@pytest.mark.parametrize("coding", ["identity", "gzip", "br"])
def test_a_tag_sent_back_saves_the_body_in_every_coding(
    client: FlaskClient, address: str, coding: str
) -> None:
    accepts = {"Accept-Encoding": coding}
    tag = client.get(API + address, headers=accepts).headers["ETag"]
    for given_tag in (tag, f'"other", {tag}', f"W/{tag.removeprefix('W/')}", "*"):
        again = client.get(API + address, headers={**accepts, "If-None-Match": given_tag})
        assert (again.status_code, again.data) == (304, b""), given_tag
        assert again.headers["ETag"] == tag
        assert {"Authorization", "Cookie"} <= set(again.headers["Vary"].split(", "))
    other = client.get(API + address, headers={**accepts, "If-None-Match": '"0-other"'})
    assert other.status_code == 200


def test_who_asks_with_credentials_gets_what_nobody_else_may_keep(client: FlaskClient) -> None:
    public = client.get(f"{API}/cities/phuket")
    assert public.headers["Cache-Control"] == "no-cache"
    client.set_cookie("made_up", "1")
    private = client.get(f"{API}/cities/phuket")
    assert private.headers["Cache-Control"] == "private, no-cache"
    for answer in (public, private):
        assert {"Authorization", "Cookie"} <= set(answer.headers["Vary"].split(", "))


def test_a_refused_request_is_never_kept(client: FlaskClient) -> None:
    for address in ("/cities/atlantis", "/cities?limit=0"):
        assert client.get(API + address).headers["Cache-Control"] == "no-store"


def test_names_are_told_in_the_language_asked_for(client: FlaskClient) -> None:
    address = f"{API}/topics/water-management"
    english = client.get(address)
    thai = client.get(address, headers={"Accept-Language": "th-TH,th;q=0.9,en;q=0.8"})
    assert english.json is not None
    assert thai.json is not None
    assert english.json["caption"] == english.json["label_en"]
    assert thai.json["caption"] == thai.json["label_th"]
    assert (english.headers["Content-Language"], thai.headers["Content-Language"]) == ("en", "th")
    assert english.headers["ETag"] != thai.headers["ETag"]
    assert "Accept-Language" in english.headers["Vary"]


@pytest.mark.parametrize(
    ("wish", "language"),
    [("", "en"), ("th", "th"), ("de", "en"), ("de, th;q=0.1", "th"), ("en, th", "en"),
     ("th;q=0.2, en;q=0.9", "en"), ("*", "en"), ("th;q=0", "en"), ("x;;;=", "en")],
)  # fmt: skip
def test_a_wish_that_cannot_be_met_means_english(
    client: FlaskClient, wish: str, language: str
) -> None:
    answer = client.get(f"{API}/support-types", headers={"Accept-Language": wish})
    assert answer.headers["Content-Language"] == language


def test_references_relationships_and_terms_are_told_in_thai_where_there_is_thai(
    client: FlaskClient,
) -> None:
    thai = {"Accept-Language": "th"}
    need = client.get(f"{API}/needs/phuket-scap2018-1", headers=thai).json
    schema = client.get(f"{API}/schema", headers=thai).json
    assert need is not None
    assert schema is not None
    captions = [topic["caption"] for topic in need["topics"]]
    captions += [group["caption"] for group in need["relationships"]]
    captions += schema["vocabularies"]["need_status"].values()
    assert captions
    assert all("\u0e00" <= caption[0] <= "\u0e7f" for caption in captions)
    assert need["city"]["caption"] == "Phuket"  # no Thai name is documented
    assert need["status"] == "open"  # terms are for programs and never change


def test_every_term_and_relationship_has_thai_words(client: FlaskClient) -> None:
    english = client.get(f"{API}/schema").json
    thai = client.get(f"{API}/schema", headers={"Accept-Language": "th"}).json
    assert english is not None
    assert thai is not None
    for name, terms in english["vocabularies"].items():
        for term, words in terms.items():
            assert thai["vocabularies"][name][term] != words, (name, term)
    for one, other in zip(english["relationships"], thai["relationships"], strict=True):
        assert one["caption"] != other["caption"]
