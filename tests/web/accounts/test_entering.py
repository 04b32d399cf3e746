"""Sign-in, one-time links, cookies, forged forms and the pages of accounts, on a real Neo4j."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from urllib.parse import urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient

from matchmaker.permissions import SYSTEM, Role, Scope
from matchmaker.usecases import accounts
from matchmaker.usecases.service import Service
from matchmaker.web.accounts.owning import _SCOPES
from matchmaker.web.app import create_app
from tests.web.accounts.conftest import PASSWORD, Enter, Person, email_of
from tests.web.accounts.providers import CLIENT_ID, CLIENT_SECRET, provider, sign_in_there
from tests.web.wellformed import Page

BACK = "http://localhost/sign-in/other/back"
SECRET_PAGES = ["/sign-in", "/password-reset", "/register"]
OWN_PAGES = ["/account", "/account/keys", "/account/data"]
STAFF_PAGES = ["/admin/accounts", "/admin/audit"]


def invited(live: Service, email: str, role: str = "partner", *subjects: str) -> str:
    """Invite somebody; return the path of the link."""
    made = accounts.invite(live, SYSTEM, email=email, role=role, subjects=subjects)
    return urlsplit(made.link).path


def cookies_of(client: FlaskClient, answer_headers: list[str]) -> dict[str, str]:
    """Return the attributes of cookies that an answer sets, by name."""
    return {line.partition("=")[0]: line for line in answer_headers}


def test_who_is_invited_chooses_a_password_and_is_signed_in(
    stranger: Person, live: Service
) -> None:
    link = invited(live, "invited-one@network.example", "city_officer", "phuket")
    page = stranger.get(link)
    assert page.status_code == 200
    assert "invited-one@network.example" in page.text
    assert page.headers["Referrer-Policy"] == "no-referrer"
    assert page.headers["Cache-Control"] == "no-store"
    assert link.rpartition("/")[2] not in page.text.partition("<body")[2].partition("<main")[0]
    answer = stranger.send(link, filled={"password": PASSWORD, "again": PASSWORD})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/account?done=welcome")
    account = stranger.get("/account")
    assert "City officer" in account.text
    assert 'href="/cities/phuket"' in account.text


def test_a_link_works_once(stranger: Person, live: Service) -> None:
    link = invited(live, "invited-two@network.example")
    assert stranger.send(link, filled={"password": PASSWORD, "again": PASSWORD}).status_code == 303
    again = stranger.get(link)
    assert again.status_code == 403
    assert "This link does not work" in again.text


@pytest.mark.parametrize(
    ("filled", "field"),
    [
        ({"password": "short", "again": "short"}, "password"),
        ({"password": PASSWORD, "again": "another sentence altogether"}, "again"),
        ({"password": "password1234", "again": "password1234"}, "password"),
    ],
)
def test_what_is_wrong_with_a_password_stands_beside_its_field_and_the_link_still_works(
    stranger: Person, live: Service, filled: dict[str, str], field: str
) -> None:
    link = invited(live, f"invited-{field}-{len(filled['password'])}@network.example")
    answer = stranger.send(link, filled=filled)
    assert answer.status_code == 422
    assert f'id="f-{field}-fault"' in answer.text
    assert f'aria-describedby="f-{field}' in answer.text
    assert filled["password"] not in answer.text
    assert stranger.send(link, filled={"password": PASSWORD, "again": PASSWORD}).status_code == 303


def test_the_first_administrator_gives_address_and_password(site: Flask, live: Service) -> None:
    link = accounts.first_link(live)
    if link is None:  # an earlier test has made one
        return
    person = Person(site.test_client())
    path = urlsplit(link).path
    assert "first administrator" in person.get(path).text
    filled = {"email": "first@secretariat.example", "password": PASSWORD, "again": PASSWORD}
    assert person.send(path, filled=filled).status_code == 303
    assert person.get("/admin/accounts").status_code == 200
    assert accounts.first_link(live) is None


def test_a_wrong_password_and_an_unknown_address_are_told_alike(
    stranger: Person, enter: Enter
) -> None:
    known = email_of(enter("partner"))
    answers = [
        stranger.sign_in(email, "a wrong sentence for tests")
        for email in (known, "nobody@network.example", "no address", "")
    ]
    assert {answer.status_code for answer in answers} == {403}
    told = {a.text.partition('role="alert"')[2].partition("</div>")[0] for a in answers}
    assert len(told) == 1
    assert "is wrong" in told.pop()


def test_too_many_failures_must_wait(stranger: Person, enter: Enter) -> None:
    email = email_of(enter("partner"))
    for _ in range(20):
        answer = stranger.sign_in(email, "a wrong sentence for tests")
        if answer.status_code == 429:
            break
    assert answer.status_code == 429
    assert int(answer.headers["Retry-After"]) > 0
    assert stranger.sign_in(email).status_code == 429


def test_one_address_can_try_to_sign_in_only_so_often(live: Service) -> None:
    plain = live.settings
    live.settings = replace(plain, rate_limit=100)
    try:
        guesser = Person(create_app(live).test_client())
        tried = [guesser.sign_in(f"guess{n}@network.example").status_code for n in range(10)]
    finally:
        live.settings = plain
    assert tried[0] == 403
    assert tried[-1] == 429


@pytest.mark.parametrize("path", [*OWN_PAGES, *STAFF_PAGES])
def test_a_page_of_accounts_asks_to_sign_in_and_leads_back(stranger: Person, path: str) -> None:
    answer = stranger.get(path)
    assert (answer.status_code, answer.headers["Location"]) == (303, f"/sign-in?next={path}")
    assert stranger.get(path, headers={"Accept": "application/json"}).status_code == 401


def test_signing_in_leads_on_to_where_one_was_going(stranger: Person, enter: Enter) -> None:
    email = email_of(enter("partner"))
    answer = stranger.sign_in(email, onward="/account/keys")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/account/keys")
    again = stranger.get("/sign-in?next=/account/keys")
    assert (again.status_code, again.headers["Location"]) == (303, "/account/keys")


@pytest.mark.parametrize(
    "onward",
    [
        "https://elsewhere.example/", "//elsewhere.example", "/\\elsewhere.example", "\\\\elsewhere",
        "/\t/elsewhere.example", "javascript:alert(1)", "elsewhere.example", "/a\r\nX-Header: 1",
        "/" + "a" * 600, "////elsewhere.example", "/\x00",
    ],
)  # fmt: skip
def test_nobody_is_led_to_another_site(stranger: Person, enter: Enter, onward: str) -> None:
    email = email_of(enter("partner"))
    assert stranger.get("/sign-in", query_string={"next": onward}).status_code == 400
    answer = stranger.sign_in(email, onward=onward)
    assert answer.status_code == 400
    assert "Location" not in answer.headers


def test_signing_out_ends_the_session_for_good(enter: Enter, site: Flask) -> None:
    person = enter("partner")
    stolen = person.client.get_cookie("matchmaker_session")
    assert stolen is not None
    assert person.send("/account", "/sign-out").status_code == 303
    assert person.client.get_cookie("matchmaker_session") is None
    thief = site.test_client()
    thief.set_cookie("matchmaker_session", stolen.value)
    assert thief.get("/account").status_code == 303


def test_over_http_cookies_cannot_be_read_by_scripts_or_sent_by_other_sites(
    stranger: Person, enter: Enter
) -> None:
    email = email_of(enter("partner"))
    form = stranger.get("/sign-in").headers.getlist("Set-Cookie")
    assert [line for line in form if "HttpOnly" in line and "SameSite=Strict" in line] == form
    session = stranger.sign_in(email).headers.getlist("Set-Cookie")
    assert len(session) == 1
    assert session[0].startswith("matchmaker_session=")
    assert {"HttpOnly", "Path=/", "SameSite=Lax"} <= set(session[0].split("; "))
    assert "Domain" not in session[0]


@pytest.fixture
def secure(live: Service) -> Iterator[FlaskClient]:
    """Return a client of the service served over HTTPS."""
    plain = live.settings
    live.settings = replace(plain, public_url="https://match.example")
    yield create_app(live).test_client()
    live.settings = plain


def test_over_https_cookies_are_for_this_host_and_https_only(
    secure: FlaskClient, enter: Enter, live: Service
) -> None:
    base = "https://match.example"
    link = urlsplit(
        accounts.invite(live, SYSTEM, email="secure@network.example", role="partner").link
    ).path
    page = secure.get(link, base_url=base)
    token = page.text.partition('name="csrf_token" value="')[2].partition('"')[0]
    data = {"csrf_token": token, "password": PASSWORD, "again": PASSWORD}
    answer = secure.post(link, data=data, base_url=base)
    assert answer.status_code == 303
    lines = [*page.headers.getlist("Set-Cookie"), *answer.headers.getlist("Set-Cookie")]
    names = {line.partition("=")[0] for line in lines}
    assert names == {"__Host-matchmaker", "__Host-matchmaker-form"}
    assert all({"Secure", "HttpOnly", "Path=/"} <= set(line.split("; ")) for line in lines)
    plain = secure.get("/account", base_url=base, headers={"Cookie": "matchmaker_session=stolen"})
    assert plain.status_code == 200  # only the prefixed cookie counts, and it is still there


FORGED = {"email": "victim@network.example", "role": "administrator"}


@pytest.mark.parametrize(
    ("given", "headers"),
    [
        (None, {}),
        ("", {}),
        ("guessed.0000", {}),
        ("x" * 10_000, {}),
        ("é.\udcff", {}),
        ("right", {"Origin": "https://elsewhere.example"}),
        ("right", {"Sec-Fetch-Site": "cross-site"}),
        ("right", {"Sec-Fetch-Site": "same-site"}),
        ("right", {"Origin": "http://localhost.elsewhere.example"}),
    ],
)
def test_a_form_that_another_site_sends_is_refused(
    enter: Enter, live: Service, given: str | None, headers: dict[str, str]
) -> None:
    person = enter("administrator")
    before = live.records.count("account")
    filled = dict(FORGED)
    if given == "right":
        answer = person.send("/admin/accounts", filled=filled, headers=headers)
    else:
        data = (
            filled if given is None else filled | {"csrf_token": given.encode("utf-8", "replace")}
        )
        answer = person.client.post("/admin/accounts", data=data, headers=headers)
    assert answer.status_code == 403
    assert live.records.count("account") == before


def test_a_form_of_one_session_is_of_no_use_in_another(enter: Enter) -> None:
    mine, other = enter("administrator"), enter("administrator")
    token = mine.get("/admin/accounts").text.rpartition('name="csrf_token" value="')[2]
    data = {**FORGED, "csrf_token": token.partition('"')[0]}
    assert other.client.post("/admin/accounts", data=data).status_code == 403


def test_signing_in_by_a_form_of_another_site_is_refused(site: Flask, enter: Enter) -> None:
    email = email_of(enter("partner"))
    data = {"email": email, "password": PASSWORD}
    assert site.test_client().post("/sign-in", data=data).status_code == 403


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://localhost", "Sec-Fetch-Site": "same-origin"},
        {"Origin": "null", "Sec-Fetch-Site": "same-origin"},
        {"Sec-Fetch-Site": "none"},
        {},
    ],
)
def test_our_own_forms_are_taken(enter: Enter, headers: dict[str, str]) -> None:
    person = enter("partner")
    filled = {"name": "A key", "scopes": "read", "days": "30"}
    assert person.send("/account/keys", filled=filled, headers=headers).status_code == 200


def test_two_loads_of_a_page_have_different_tokens_that_both_work(enter: Enter) -> None:
    person = enter("partner")
    tokens = [
        person.get("/account/keys").text.rpartition('csrf_token" value="')[2].partition('"')[0]
        for _ in range(2)
    ]
    assert tokens[0] != tokens[1]
    for token in tokens:
        data = {"csrf_token": token, "name": "A key", "scopes": "read", "days": ""}
        assert person.client.post("/account/keys", data=data).status_code == 200


def test_a_key_is_shown_once_works_and_can_be_revoked(enter: Enter, site: Flask) -> None:
    person = enter("partner")
    filled = {"name": "Our portal", "scopes": ["read", "account"], "days": "30"}
    page = person.send("/account/keys", filled=filled)
    key = page.text.partition('id="new-key" type="text" value="')[2].partition('"')[0]
    assert key.startswith("mk_")
    listed = person.get("/account/keys").text
    assert key not in listed
    assert "Our portal" in listed
    headers = {"Authorization": f"Bearer {key}"}
    program = site.test_client()
    assert program.get("/api/v1/me", headers=headers).status_code == 200
    revoke = listed.partition('action="/account/keys/')[2].partition('"')[0]
    assert person.send("/account/keys", f"/account/keys/{revoke}").status_code == 303
    assert program.get("/api/v1/me", headers=headers).status_code == 401
    assert program.get("/", headers=headers).status_code == 401  # never silently the public


def test_a_key_beyond_ones_role_is_refused_on_the_page(enter: Enter) -> None:
    person = enter("portal")
    filled = {"name": "Too much", "scopes": ["read:members"], "days": ""}
    answer = person.send("/account/keys", filled=filled)
    assert answer.status_code == 403
    assert "beyond" in answer.text


def test_nobody_revokes_the_key_of_another(enter: Enter, live: Service) -> None:
    owner, other = enter("partner"), enter("partner")
    owner.send("/account/keys", filled={"name": "Mine", "scopes": "read", "days": ""})
    key = live.records.find("key", {"account": owner.account})[0]
    assert other.send("/account/keys", f"/account/keys/{key.id}/revoke").status_code == 404


def test_a_changed_password_ends_other_sessions_and_works_from_now_on(
    enter: Enter, stranger: Person
) -> None:
    person = enter("partner")
    email = email_of(person)
    assert stranger.sign_in(email).status_code == 303
    new = "another sentence for tests"
    filled = {"current": PASSWORD, "password": new, "again": new}
    assert person.send("/account", "/account/password", filled).status_code == 303
    assert person.get("/account").status_code == 200
    assert stranger.get("/account").status_code == 303
    assert stranger.sign_in(email).status_code == 403
    assert stranger.sign_in(email, new).status_code == 303


def test_a_wrong_current_password_is_told_beside_its_field(enter: Enter) -> None:
    person = enter("partner")
    filled = {"current": "wrong", "password": "a new sentence", "again": "a new sentence"}
    answer = person.send("/account", "/account/password", filled)
    assert answer.status_code == 422
    assert 'id="f-current-fault"' in answer.text


def test_ones_data_can_be_taken_along(enter: Enter) -> None:
    person = enter("partner")
    answer = person.get("/account/data")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="my-data.json"'
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.json is not None
    assert answer.json["account"]["id"] == person.account
    assert "$argon2" not in answer.text


def test_an_account_is_erased_once_its_holder_is_sure(enter: Enter, stranger: Person) -> None:
    person = enter("partner")
    email = email_of(person)
    for filled, field in (
        ({"erase_password": PASSWORD}, "sure"),
        ({"erase_password": "wrong", "sure": "yes"}, "erase_password"),
    ):
        answer = person.send("/account", "/account/erase", filled)
        assert (answer.status_code, f'id="f-{field}-fault"' in answer.text) == (422, True)
    gone = person.send("/account", "/account/erase", {"erase_password": PASSWORD, "sure": "yes"})
    assert (gone.status_code, gone.headers["Location"]) == (303, "/account/erased")
    assert person.get("/account").status_code == 303
    assert stranger.sign_in(email).status_code == 403


def test_signing_out_everywhere_ends_every_session(enter: Enter, stranger: Person) -> None:
    person = enter("partner")
    assert stranger.sign_in(email_of(person)).status_code == 303
    assert person.send("/account", "/account/sessions/end").status_code == 303
    assert person.get("/account").status_code == stranger.get("/account").status_code == 303


def test_an_administrator_invites_changes_suspends_and_restores(
    enter: Enter, stranger: Person, site: Flask
) -> None:
    admin = enter("administrator")
    filled = {"email": "new-officer@city.example", "role": "city_officer", "subjects": "phuket"}
    page = admin.send("/admin/accounts", filled=filled | {"name": "New officer"})
    link = page.text.partition('id="new-link" type="text" value="http://localhost')[2]
    link = link.partition('"')[0]
    assert stranger.send(link, filled={"password": PASSWORD, "again": PASSWORD}).status_code == 303
    found = admin.get("/admin/accounts?role=city_officer").text
    one = "/admin/accounts/" + found.rpartition(">New officer<")[0].rpartition("/")[2].strip('"')
    version = admin.get(one).text.partition('name="version" value="')[2].partition('"')[0]
    change = {"role": "city_officer", "subjects": "phuket, bangkok", "version": version}
    assert admin.send(one, filled=change).status_code == 303
    assert 'href="/cities/bangkok"' in stranger.get("/account").text
    stale = admin.send(one, filled=change | {"version": "1"})
    assert stale.status_code == 412
    assert admin.send(one, f"{one}/suspend").status_code == 303
    assert stranger.get("/account").status_code == 303
    assert stranger.sign_in("new-officer@city.example").status_code == 403
    assert admin.send(one, f"{one}/restore").status_code == 303
    assert stranger.sign_in("new-officer@city.example").status_code == 303
    reset = admin.send(one, f"{one}/reset").text
    path = reset.partition('id="new-link" type="text" value="http://localhost')[2].partition('"')[0]
    new = "yet another sentence for tests"
    other = Person(site.test_client())
    answer = other.send(path, filled={"password": new, "again": new})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/sign-in")
    assert other.sign_in("new-officer@city.example", new).status_code == 303


def test_an_invitation_that_does_not_fit_is_told_beside_the_field(enter: Enter) -> None:
    admin = enter("administrator")
    filled = {"email": "someone@city.example", "role": "city_officer", "subjects": "atlantis"}
    answer = admin.send("/admin/accounts", filled=filled)
    assert answer.status_code == 422
    assert 'id="f-subjects-fault"' in answer.text
    assert 'value="atlantis"' in answer.text


def test_the_secretariat_invites_but_does_not_change_accounts(enter: Enter) -> None:
    staff, partner = enter("secretariat"), enter("partner")
    assert staff.get("/admin/accounts").status_code == 200
    assert "Change it" not in staff.get(f"/admin/accounts/{partner.account}").text
    change = {"role": "administrator", "subjects": "", "version": "1"}
    path = f"/admin/accounts/{partner.account}"
    assert staff.send("/admin/accounts", path, change).status_code == 403
    assert staff.get("/admin/audit").status_code == 403


@pytest.mark.parametrize("role", ["portal", "partner"])
def test_pages_of_staff_are_for_staff(enter: Enter, role: str) -> None:
    person = enter(role)
    for path in (*STAFF_PAGES, f"/admin/accounts/{person.account}x"):
        assert person.get(path).status_code == 403


def test_the_audit_shows_what_was_refused_and_by_whom(enter: Enter) -> None:
    admin, partner = enter("administrator"), enter("partner")
    assert partner.get("/admin/audit").status_code == 403
    page = admin.get(f"/admin/audit?account={partner.account}&action=refused")
    assert "audit.read" in page.text
    assert admin.get("/admin/audit?cursor=nonsense").status_code == 400


def test_every_page_is_well_formed_kept_nowhere_and_says_who_is_signed_in(enter: Enter) -> None:
    admin = enter("administrator")
    email = email_of(admin)
    for path in ("/account", "/account/keys", *STAFF_PAGES, f"/admin/accounts/{admin.account}"):
        page = admin.get(path)
        assert page.status_code == 200
        assert Page(page.text).faults == []
        assert page.headers["Cache-Control"] == "no-store"
        assert email in page.text.partition("</header>")[0]
    assert email in admin.get("/needs").text
    assert "private" in admin.get("/needs").headers["Cache-Control"]


@pytest.mark.parametrize("path", SECRET_PAGES)
def test_pages_for_everybody_are_well_formed(stranger: Person, path: str) -> None:
    page = stranger.get(path)
    assert page.status_code == 200
    assert Page(page.text).faults == []
    assert page.headers["Cache-Control"] == "no-store"


def test_without_mail_people_are_told_whom_to_ask(stranger: Person) -> None:
    for path in ("/password-reset", "/register"):
        assert "ask the secretariat" in stranger.get(path).text


def test_every_scope_is_described_on_the_page_of_keys() -> None:
    assert set(_SCOPES) == set(Scope)
    assert Role.PUBLIC not in {Role(value) for value in ("partner", "portal")}


@pytest.fixture(scope="module")
def issuer() -> Iterator[str]:
    """Return the issuer of a real provider that leads back to the test client's address."""
    with provider(BACK) as found:
        yield found


@pytest.fixture
def visitor(live: Service, issuer: str) -> Iterator[Person]:
    """Return somebody at a service where one may sign in at a provider."""
    plain = live.settings
    live.settings = replace(
        plain, oidc_issuer=issuer, oidc_client_id=CLIENT_ID, oidc_client_secret=CLIENT_SECRET,
        oidc_name="The ministry",
    )  # fmt: skip
    yield Person(create_app(live).test_client())
    live.settings = plain


def through(visitor: Person, name: str, onward: str = "/account") -> str:
    """Sign in at the provider; return the path and query that it leads back to."""
    leaving = visitor.get("/sign-in/other", query_string={"next": onward})
    assert leaving.status_code == 303
    back = urlsplit(sign_in_there(leaving.headers["Location"], name, BACK))
    return f"{back.path}?{back.query}"


def test_who_is_invited_signs_in_at_the_provider_too(visitor: Person, live: Service) -> None:
    invited(live, "ministry-officer@city.example")
    assert "Sign in with The ministry" in visitor.get("/sign-in").text
    back = through(visitor, "ministry-officer")
    answer = visitor.get(back)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/account")
    assert "ministry-officer@city.example" in visitor.get("/account").text
    assert visitor.get(back).status_code == 403  # each answer counts once


def test_an_unknown_person_gets_no_account_but_a_helpful_page(
    visitor: Person, live: Service
) -> None:
    before = live.records.count("account")
    answer = visitor.get(through(visitor, "unknown-person"))
    assert answer.status_code == 403
    assert "ask the secretariat" in answer.text
    assert live.records.count("account") == before


def test_an_address_that_the_provider_has_not_verified_opens_no_account(
    visitor: Person, live: Service
) -> None:
    invited(live, "unverified-officer@city.example")
    answer = visitor.get(through(visitor, "unverified-officer"))
    assert answer.status_code == 403
    assert "has not verified" in answer.text
    assert visitor.get("/account").status_code == 303


@pytest.mark.parametrize("part", [0, 1, 2])
def test_an_answer_for_another_browser_signs_nobody_in(
    visitor: Person, live: Service, part: int
) -> None:
    invited(live, "stolen-officer@city.example")
    back = through(visitor, "stolen-officer")
    cookie = visitor.client.get_cookie("matchmaker_oidc")
    assert cookie is not None
    parts = cookie.value.split(".")
    parts[part] = "another" * 7
    visitor.client.set_cookie("matchmaker_oidc", ".".join(parts))
    answer = visitor.get(back)
    assert answer.status_code == 403
    assert "could not be signed in" in answer.text
    assert visitor.get("/account").status_code == 303


def test_the_way_to_the_provider_leads_to_no_other_site(visitor: Person) -> None:
    answer = visitor.get("/sign-in/other?next=//elsewhere.example")
    assert answer.status_code == 400
    invented = "/sign-in/other/back?code=a&state=b"
    assert visitor.get(invented).status_code == 403


def test_without_a_provider_there_is_no_way_to_one(stranger: Person) -> None:
    assert stranger.get("/sign-in/other").status_code == 404
    assert "Sign in with" not in stranger.get("/sign-in").text
