"""Privacy: no answer to anybody holds what he may not see, whatever he asks for and however."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import replace
from io import BytesIO
from urllib.parse import quote
from zipfile import ZipFile

import orjson
import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from pypdf import PdfReader
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from matchmaker.model import Entity
from matchmaker.permissions import PUBLIC, SYSTEM, Caller, Role, Scope
from matchmaker.schema import Property
from matchmaker.settings import Settings
from matchmaker.usecases.exporting import FORMATS, export
from matchmaker.usecases.opening import service_from_seeds
from matchmaker.usecases.reading.filtering import LIST_PARAMETERS, filters_of
from matchmaker.usecases.service import Service
from matchmaker.visibility import hidden_properties
from matchmaker.web.app import create_app
from tests.factory import SCHEMA, seed_set, small_world
from tests.planted import AUDIENCES, marks_of, planted, planted_world, sees

API = "/api/v1"
SECRETS: list[tuple[Entity, Property]] = [
    (entity, prop)
    for entity in planted_world()
    for prop in hidden_properties(SCHEMA).get(entity.type, ())
]
IDS = sorted(entity.id for entity in planted_world())
FORMATS_ASKED = ("*/*", "text/html", "application/json", "application/ld+json", "text/csv",
                 "application/geo+json", "text/turtle", "application/xml")  # fmt: skip


class Everybody:
    """A web application that answers whomever a test says, as if they had signed in."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self.app: Flask = create_app(service)
        self.client: FlaskClient = self.app.test_client()

    def answer(self, caller: Caller, address: str, **headers: str) -> TestResponse:
        """Return the answer to a request made by a caller."""
        # Where current_caller keeps whom it has found; to sign in takes a database.
        return self.client.get(
            address, headers=headers, environ_overrides={"matchmaker.caller": caller}
        )

    def ask(self, caller: Caller, address: str, **headers: str) -> tuple[int, str]:
        """Return the status of an answer, and all of it as a text, headers too."""
        answer = self.answer(caller, address, **headers)
        endless = answer.mimetype == "text/event-stream"
        body = next(answer.iter_encoded(), b"").decode() if endless else readable_text(answer)
        text = f"{answer.headers}\n{body}"
        answer.close()
        return answer.status_code, text


def readable_text(answer: TestResponse) -> str:
    """Return what people read in an answer: of a file to print its words, else all of it."""
    if answer.status_code == 200 and answer.mimetype == "application/pdf":
        return "\n".join(page.extract_text() for page in PdfReader(BytesIO(answer.data)).pages)
    if answer.status_code == 200 and answer.mimetype.endswith("wordprocessingml.document"):
        with ZipFile(BytesIO(answer.data)) as file:
            return "\n".join(file.read(n).decode() for n in file.namelist() if n.endswith("xml"))
    return answer.get_data(as_text=True)


@pytest.fixture(scope="module")
def everybody() -> Everybody:
    """Return the application over the planted world."""
    return Everybody(service_from_seeds(SCHEMA, Settings(), seeds=seed_set(planted_world())))


@pytest.fixture(scope="module")
def innocent() -> Everybody:
    """Return the application over the same world without secrets."""
    return Everybody(service_from_seeds(SCHEMA, Settings(), seeds=seed_set(small_world())))


def leaks(caller: Caller, text: str) -> list[str]:
    """Return what a text tells that a caller may not see."""
    return [
        f"{entity.id}.{prop.name}"
        for entity, prop in SECRETS
        if not sees(caller, entity, prop) and any(m in text for m in marks_of(entity, prop))
    ]


def readable(app: Flask) -> list[Rule]:
    """Return every rule that answers a GET, apart from files of the program itself."""
    rules = (r for r in app.url_map.iter_rules() if "GET" in (r.methods or ()))
    return sorted((r for r in rules if r.endpoint != "static"), key=lambda r: r.rule)


def address_of(app: Flask, rule: Rule, parts: dict[str, str]) -> str:
    """Return the address of a rule with its variable parts filled in."""
    address = rule.rule
    for name, part in parts.items():
        for converter in ("", "int:", "path:"):
            address = address.replace(f"<{converter}{name}>", quote(part, safe=""))
    return address


def fillings(rule: Rule) -> Iterator[dict[str, str]]:
    """Yield parts for the variables of a rule, each entity in each place."""
    names = sorted(rule.arguments - set(rule.defaults or ()))
    if names == ["identifier", "plural"]:
        for e in small_world():
            yield {"identifier": e.id, "plural": SCHEMA.entities[e.type].plural}
        return
    plurals = [kind.plural for kind in SCHEMA.entities.values()]
    choices = [
        {
            "plural": plurals,
            "type": ["OF_CITY", "OFFERED_BY"],
            "number": ["1"],
            "year": ["2019"],
        }.get(name, IDS)
        for name in names
    ]
    if len(names) > 1:  # pairs: needs with all that may help
        needs = [e.id for e in small_world() if e.type == "need"]
        others = [e.id for e in small_world() if e.type in ("offer", "partner", "city")]
        choices = [
            needs if name in ("need_id", "start") else others if name in ("target_id", "end") else c
            for name, c in zip(names, choices, strict=True)
        ]
    for found in itertools.product(*choices):
        yield dict(zip(names, found, strict=True))


def test_the_marks_are_in_no_answer_about_a_world_without_secrets(innocent: Everybody) -> None:
    for rule in readable(innocent.app):
        for parts in itertools.islice(fillings(rule), 12):
            _, text = innocent.ask(SYSTEM, address_of(innocent.app, rule, parts))
            assert leaks(PUBLIC, text) == [], rule.rule


def test_no_address_tells_the_public_or_a_portal_anything_that_is_hidden(
    everybody: Everybody,
) -> None:
    asked = 0
    for rule in readable(everybody.app):
        for parts in fillings(rule):
            address = address_of(everybody.app, rule, parts)
            status, text = everybody.ask(PUBLIC, address)
            assert leaks(PUBLIC, text) == [], address
            asked += status == 200
    assert asked > 200


KEY = Caller(Role.ADMINISTRATOR, "k", scopes=frozenset({Scope.READ}))
SECRET_NAMES = sorted({prop.name for _, prop in SECRETS})
queries = st.one_of(
    st.just(""),
    st.sampled_from(SECRET_NAMES).flatmap(
        lambda name: st.sampled_from(
            [f"sort={name}", f"sort=-{name},id", f"fields={name}", f"fields=id,{name},caption",
             f"{name}=1", f"{name}.gte=1", f"{name}.lte=999999999", f"q={name}", f"limit={name}"]
        )
    ),
    st.sampled_from(["q=Mark", "q=Mark%20of", "limit=1", "limit=200", "fields=caption", "sort=-id",
                     "limit=0", "cursor=x", "format=csv", "format=jsonld", "format=geojson",
                     "format=graphml", "diversity=1", "nope=1", "sort=title"]),
)  # fmt: skip


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=400)
@given(
    st.data(),
    st.sampled_from(AUDIENCES),
    queries,
    st.sampled_from(FORMATS_ASKED),
    st.sampled_from(["en", "th"]),
)
def test_no_answer_to_anybody_holds_what_he_may_not_see(
    everybody: Everybody,
    data: st.DataObject,
    caller: Caller,
    query: str,
    accept: str,
    language: str,
) -> None:
    rules = readable(everybody.app)
    rule = data.draw(st.sampled_from(rules), label="rule")
    names = sorted(rule.arguments - set(rule.defaults or ()))
    plurals = [kind.plural for kind in SCHEMA.entities.values()]
    parts = {
        name: data.draw(st.sampled_from(plurals if name == "plural" else [*IDS, "uptown-need-1x"]))
        for name in names
    }
    address = address_of(everybody.app, rule, parts) + (f"?{query}" if query else "")
    headers = {"Accept": accept, "Accept-Language": language}
    _, text = everybody.ask(caller, address, **headers)
    assert leaks(caller, text) == [], address


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(AUDIENCES), st.sampled_from(SECRETS))
@example(SYSTEM, SECRETS[0])
@example(KEY, SECRETS[0])
def test_who_may_see_a_property_finds_it_in_details_lists_nodes_and_on_the_page(
    everybody: Everybody, caller: Caller, secret: tuple[Entity, Property]
) -> None:
    entity, prop = secret
    plural = SCHEMA.entities[entity.type].plural
    for address, one in (
        (f"{API}/{plural}/{entity.id}", False),
        (f"{API}/{plural}/{entity.id}?fields={prop.name}", False),
        (f"{API}/nodes/{entity.id}", False),
        (f"{API}/{plural}?limit=200", True),
        (f"{API}/{plural}?limit=200&fields=title,name,{prop.name}".replace(
            "title,name", SCHEMA.entities[entity.type].caption), True),
    ):  # fmt: skip
        body = orjson.loads(everybody.answer(caller, address).data)
        found = next(i for i in body["items"] if i["id"] == entity.id) if one else body
        assert (prop.name in found) is sees(caller, entity, prop), address
        if prop.name in found:
            assert found[prop.name] == planted(entity).values[prop.name]
    _, page = everybody.ask(caller, f"/{plural}/{entity.id}")
    shown = any(mark in page for mark in marks_of(entity, prop)) or (
        f"<dd>{planted(entity).values[prop.name]}" in page
    )
    assert shown is sees(caller, entity, prop)


def test_the_page_says_for_whom_it_is_what_not_everybody_sees(everybody: Everybody) -> None:
    _, page = everybody.ask(SYSTEM, "/needs/uptown-need-1")
    assert page.count("(for members of the network)") == 1
    assert page.count("(for those whose own it is and the secretariat)") == 3
    _, model = everybody.ask(PUBLIC, "/schema")
    assert model.count("for members of the network") == 3
    assert "internal_note" in model


def test_what_to_send_for_a_change_is_what_the_caller_sees(everybody: Everybody) -> None:
    officer = Caller(Role.CITY_OFFICER, "o", frozenset({"lowtown"}))
    partner = Caller(Role.PARTNER, "p", frozenset({"busmaker"}))
    told = 0
    for caller in (PUBLIC, officer, partner, SYSTEM):
        for target in ("bank-finance", "busmaker-technology", "college-technology"):
            address = f"{API}/matches/lowtown-need-1/{target}/changes"
            changes = orjson.loads(everybody.answer(caller, address).data)["changes"]
            for sent in (c["document"] for c in changes if c["document"]):
                stored = everybody.service.snapshot.entities[sent["id"]]
                for prop in hidden_properties(SCHEMA).get(sent["type"], ()):
                    assert (prop.name in sent) is sees(caller, stored, prop)
                    told += 1
    assert told


def test_matching_takes_no_notice_of_what_is_hidden(
    everybody: Everybody, innocent: Everybody
) -> None:
    for kind in ("need", "city", "offer", "partner"):
        for entity in everybody.service.snapshot.of_type(kind):
            address = f"{API}/{SCHEMA.entities[kind].plural}/{entity}/matches"
            assert everybody.ask(SYSTEM, address)[1] == innocent.ask(PUBLIC, address)[1]


def test_to_the_public_a_world_with_secrets_is_the_world_without(
    everybody: Everybody, innocent: Everybody
) -> None:
    for kind in SCHEMA.entities.values():
        for query in ("", "?limit=3&sort=-id", "?q=made-up", "?q=Mark", "?fields=caption,version"):
            address = f"{API}/{kind.plural}{query}"
            assert everybody.ask(PUBLIC, address) == innocent.ask(PUBLIC, address)
    for words in ("made-up", "Mark", "Mark of budget", "contact_office"):
        address = f"{API}/search?q={quote(words)}"
        assert everybody.ask(PUBLIC, address) == innocent.ask(PUBLIC, address)


@pytest.mark.parametrize("form", FORMATS)
def test_an_export_holds_what_its_reader_sees(
    everybody: Everybody, tmp_path_factory: pytest.TempPathFactory, form: str
) -> None:
    for number, caller in enumerate((PUBLIC, AUDIENCES[-1], *AUDIENCES[4:12], SYSTEM)):
        folder = tmp_path_factory.mktemp(f"{form}{number}")
        files = export(everybody.service.seen_by(caller), form, folder / "out")
        text = "\n".join(file.read_text("utf-8") for file in files)
        assert leaks(caller, text) == []
        for entity, prop in SECRETS:
            if sees(caller, entity, prop) and prop.kind == "text" and not prop.pattern:
                assert marks_of(entity, prop)[0] in text, (caller, entity.id, prop.name)


def test_a_key_that_may_not_read_reads_nothing(everybody: Everybody) -> None:
    none = Caller(Role.SECRETARIAT, "k", scopes=frozenset({Scope.WEBHOOKS}))
    for address in ("/needs", "/needs/uptown-need-1", "/nodes/uptown", "/search?q=made", "/exposure",
                    "/needs/uptown-need-1/matches", "/matches/uptown-need-1/bank-finance", "/",
                    "/matches/uptown-need-1/bank-finance/changes", "/snapshot", "/algorithm",
                    "/relationships/uptown/IN_COUNTRY/upland"):  # fmt: skip
        status, text = everybody.ask(none, API + address)
        assert status == 403, address
        assert "lacks the scope 'read'" in text


def test_every_filter_and_parameter_of_every_list_is_free_of_what_is_hidden() -> None:
    for kind in SCHEMA.entities:
        names = {*filters_of(SCHEMA, kind), *LIST_PARAMETERS}
        assert not {n.partition(".")[0] for n in names} & set(SECRET_NAMES)


def test_who_stops_being_a_member_sees_it_no_longer(everybody: Everybody) -> None:
    officer = Caller(Role.CITY_OFFICER, "o", frozenset({"uptown"}))
    address = f"{API}/needs/uptown-need-1"
    assert "internal_note" in everybody.ask(officer, address)[1]
    assert "internal_note" not in everybody.ask(replace(officer, subjects=frozenset()), address)[1]
    assert "contact_office" not in everybody.ask(PUBLIC, address)[1]
