"""Every role on every operation: refused exactly where the table of permissions refuses.

Each operation of the API is asked for what is Phuket's, of the partner ``adb`` or of an account of
either, and for what is Jakarta's and of ``jica``, by everybody of the cast: in a session, with keys
of all and of each scope, and with the key of a sandbox.  Nothing needs to be carried out: bodies are
faulty or ask for a dry run where the refusal comes first anyway.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from matchmaker.accounts.model import scopes_of
from matchmaker.errors import NotAllowedError
from matchmaker.instruments.amending import Change
from matchmaker.permissions import OPERATIONS, SYSTEM, Caller, Role, Scope, authorise
from matchmaker.schema import load_schema
from matchmaker.usecases import accounts
from matchmaker.usecases.alerts import searches
from matchmaker.usecases.brokering import delegating, engaging
from matchmaker.usecases.bundles import making
from matchmaker.usecases.contributing import claims, reports, writing
from matchmaker.usecases.contributing.writing import delete_operation, write_operation
from matchmaker.usecases.instruments import amendments
from matchmaker.usecases.meetings import events, timetables
from matchmaker.usecases.service import Service
from matchmaker.usecases.whitepapers import writing as papers
from matchmaker.visibility import owners_of
from matchmaker.web.api import operations
from matchmaker.web.app import create_app
from matchmaker.web.contract.openapi import Operation
from scripts.permissions_table import PAGE, page
from tests.cast import ROLES, Browser, Cast, Member, everybody, join

ROOT = Path(__file__).resolve().parents[2]
SCHEMA = load_schema()
API = list(operations(SCHEMA))
THINGS = {
    "need": ("phuket-scap2018-1", "jakarta-scap2018-1"),
    "project": ("phuket-p1", "jakarta-p1"),
    "city": ("phuket", "jakarta"),
    "country": ("country-thailand", "country-indonesia"),
    "partner": ("adb", "jica"),
    "offer": ("adb-finance", "jica-technical-assistance"),
}
"""An entity of one side and one of the other; of other types anyone is as good."""
HIDDEN = {
    "keys.manage": ("revoke_key",),
    "searches.manage": ("get_search", "change_search", "delete_search"),
    "webhooks.manage": tuple(o.name for o in API if "webhook" in o.name or "deliver" in o.name),
    "engagements.read": ("get_engagement", "engagement_calendar"),
    "engagements.move": ("move_engagement",),
    "documents.read": ("list_documents", "get_document"),
    "documents.add": ("add_document",),
    "delegations.manage": ("end_delegation",),
    "papers.read": ("get_draft", "get_draft_file"),
    "papers.write": ("change_draft", "move_draft", "add_draft_text", "add_draft_file"),
}
"""Operations that answer for a thing of another account's as if there were none."""
MEDIA = {
    "application/x-ndjson": b"[]", "text/csv": b"[]", "application/octet-stream": b"A letter.",
}  # fmt: skip


@dataclass
class World:
    """What there is to ask for: by kind of record, one of each side, with its owners."""

    service: Service
    cast: Cast
    app: Flask
    records: Mapping[str, tuple[tuple[str, frozenset[str]], tuple[str, frozenset[str]]]]

    def targets(self, operation: Operation) -> Iterator[tuple[str, frozenset[str]]]:
        """Yield an identifier for the address of an operation, and whose the thing is."""
        snapshot = self.service.snapshot
        if operation.entity:
            usual = sorted(snapshot.of_type(operation.entity))[:1] * 2
            for identifier in THINGS.get(operation.entity, usual):
                yield identifier, owners_of(snapshot, snapshot.entities[identifier])
        elif "id" in operation.variables and operation.name != "node":
            for identifier, owners in self.records[operation.rule.split("/")[1]]:
                # To take back is for who submitted it, whatever it is about.
                about = snapshot.entities.keys() if operation.name == "withdraw_submission" else ()
                yield identifier, owners.difference(about)
        else:
            yield "phuket", frozenset()


@pytest.fixture(scope="module")
def world(live: Service) -> World:
    """Return the live service with things of both sides in it."""
    cast = everybody(live)
    spare = join(live, "spare", "partner")

    def submission(by: str, city: str) -> tuple[str, frozenset[str]]:
        document = {"type": "need", "title": f"Made up for {city}", "city": city, "year": 2026,
                    "description": "Made up.", "topics": ["air-quality"], "locator": ["p. 1"],
                    "support_types": ["finance"], "source": ["house"], "date": "2026-03-01",
                    "source_held": True}  # fmt: skip
        made = writing.create(live, cast[by].caller, document).submission
        assert made is not None
        country = live.snapshot.entities[city].refs("country")
        return made.id, frozenset({city, *country, cast[by].caller.account})

    def claim(by: str, partner: str) -> tuple[str, frozenset[str]]:
        made = claims.claim(live, cast[by].caller, partner, "Made up.")
        return made["id"], frozenset({cast[by].caller.account})

    def report(by: str, entity: str) -> tuple[str, frozenset[str]]:
        caller = cast[by].caller
        made = reports.report(live, caller, entity_id=entity, message="Made up.")
        owners = owners_of(live.snapshot, live.snapshot.entities[entity])
        return made["id"], owners | {caller.account}

    def webhook(by: str) -> tuple[str, frozenset[str]]:
        account = cast[by].caller.account
        fields = {"account": account, "url": "https://portal.example/hook", "types": [],
                  "secret": "whsec_" + "A" * 40, "scopes": None, "state": "paused", "why": "",
                  "created_at": live.now(), "position": "0", "delivered_at": "", "failures": 0,
                  "last_error": "", "pending": None}  # fmt: skip
        made = live.records.create("webhook", f"hook-of-{by.replace(' ', '-')}", fields)
        return made.id, frozenset({account})

    def key(by: str) -> tuple[str, frozenset[str]]:
        made = accounts.create_key(live, cast[by].caller, "To be revoked", ["read"]).key
        return made.id, frozenset({cast[by].caller.account})

    def search(by: str, need: str) -> tuple[str, frozenset[str]]:
        given = {"kind": "need", "subject": need}
        made = searches.create_search(live, cast[by].caller, given)
        return made["id"], frozenset({cast[by].caller.account})

    def engagement(by: str, need: str, offer: str) -> tuple[str, frozenset[str]]:
        made = engaging.open_engagement(live, cast[by].caller, need, offer=offer)
        parties = {made[name]["id"] for name in ("city", "country", "partner")}
        return made["id"], frozenset(parties)

    def delegation(by: str, to: str) -> tuple[str, frozenset[str]]:
        made = delegating.delegate(live, cast[by].caller, to, "2999-12-31")
        return made["id"], frozenset({cast[by].caller.account})

    def bundle(*needs: str) -> tuple[str, frozenset[str]]:
        # All of one country: a bundle is the business of all of its cities.
        staff = cast["secretariat"].caller
        made = making.save(live, staff, "Made up", needs)["id"]
        making.move(live, staff, made, "invite")
        entities = live.snapshot.entities
        of = (owners_of(live.snapshot, entities[need]) for need in needs)
        return made, frozenset().union(*of)

    def event(*attending: str) -> tuple[str, frozenset[str]]:
        slot = {"id": "s1", "start": "2999-03-01T09:00", "end": "2999-03-01T09:20"}
        plan = {"name": "Made-up day", "time_zone": "Asia/Bangkok", "slots": [slot],
                "rooms": [{"id": "main", "kind": "tables", "capacity": 2}],
                "attendees": [{"id": one} for one in attending]}  # fmt: skip
        made = events.create_event(live, cast["secretariat"].caller, plan)["id"]
        timetables.make_timetable(live, SYSTEM, made, wait=True)
        timetables.publish_timetable(live, SYSTEM, made)
        entities = live.snapshot.entities
        of = (owners_of(live.snapshot, entities[one]) for one in attending)
        return made, frozenset().union(*of)

    def draft(city: str, partner: str) -> tuple[str, frozenset[str]]:
        staff, given = cast["secretariat"].caller, {"cities": [city], "partners": [partner]}
        made = papers.begin(live, staff, {**given, "title": f"Made up for {city}"})
        papers.add_text(live, staff, made["id"], "Made up.")
        return made["id"], frozenset({city, partner, *live.snapshot.entities[city].refs("country")})

    def white_paper(city: str, partner: str) -> tuple[str, frozenset[str]]:
        staff, (one, _) = cast["secretariat"].caller, draft(city, partner)
        papers.move(live, staff, one, "submit")
        for about in (city, partner):
            papers.move(live, staff, one, "record_agreement", about=about, note="Made up.")
        return papers.move(live, staff, one, "publish")["white_paper"], frozenset()

    upload = live.records.create("upload", "upload-1", {
        "account": "nobody", "at": live.now(), "state": "failed", "beat_at": live.now(),
        "validate": True, "faults": [],
    })  # fmt: skip
    change = [Change("p1", "Made up.")]
    amendment = amendments.propose(
        live, cast["secretariat"].caller, "terms-of-reference", change, "Made up."
    )["id"]
    records = {
        "instruments": ((terms := ("terms-of-reference", frozenset[str]())), terms),
        "amendments": ((amendment, frozenset[str]()),) * 2,
        "submissions": (submission("partner", "phuket"), submission("portal", "jakarta")),
        "claims": (claim("partner", "jica"), claim("other partner", "adb")),
        "reports": (report("portal", "phuket"), report("representative", "jica")),
        "webhooks": (webhook("partner"), webhook("other officer")),
        "me": (key("officer"), key("secretariat")),
        "searches": (
            search("partner", "phuket-scap2018-1"),
            search("other officer", "jakarta-scap2018-1"),
        ),
        "accounts": ((spare.caller.account, frozenset[str]()),) * 2,
        "uploads": ((upload.id, frozenset[str]()),) * 2,
        "engagements": (
            engagement("partner", "phuket-scap2018-1", "adb-finance"),
            engagement("secretariat", "jakarta-scap2018-1", "jica-technical-assistance"),
        ),
        "drafts": (draft("phuket", "adb"), draft("jakarta", "jica")),
        "white-papers": (white_paper("phuket", "adb"), white_paper("jakarta", "jica")),
        "events": (event("phuket", "adb"), event("jakarta", "jica")),
        "diligence": (("adb", frozenset()), ("jica", frozenset())),
        "bundles": (
            bundle("phuket-scap2018-1", "bangkok-scap2018-1"),
            bundle("jakarta-scap2018-1", "makassar-scap2018-1"),
        ),
        "delegations": (
            delegation("representative", "secretariat@cast.example"),
            delegation("other representative", "other-officer@cast.example"),
        ),
    }
    return World(live, cast, create_app(live), records)


def address_of(operation: Operation, identifier: str) -> str:
    """Return the address of an operation on something; a dry run where there are any."""
    filled = {
        "id": identifier, "need_id": "phuket-scap2018-1", "target_id": "adb-finance",
        "start": "phuket-scap2018-1", "type": "OF_CITY", "end": "phuket",
        "year": "2025", "document_id": "no-such-document", "number": "1", "other": "1",
    }  # fmt: skip
    address = operation.path
    for name, value in filled.items():
        address = address.replace(f"{{{name}}}", value)
    query = {
        "search": "?q=water",
        "compare": "?with=adb-finance,jica-technical-assistance",
        "stream_changes": "?seconds=1&since=0",
        "add_document": "?name=letter.txt",
        "add_draft_file": "?name=letter.txt",
        "add_diligence_document": "?name=letter.txt",
    }.get(operation.name, "")
    return address + ("?validate=only" if "validate" in operation.query else query)


def document_of(operation: Operation, identifier: str) -> Any:
    """Return a body that gets as far as the question who may: it is refused or changes nothing."""
    # Faulty bodies are refused behind the first question, real decisions behind the second one.
    decisions = {
        "decide_submission": {"decision": "refuse", "reason": "Made up."},
        "decide_report": {"state": "dismissed", "reason": "Made up."},
        "replay_webhook": {"since": "0"},
    }
    if operation.name.startswith(("put_", "patch_")):
        # A description of its own keeps the entity whose it is: the check of rows comes later.
        return {"id": identifier}
    return decisions.get(operation.name, {} if operation.body else None)


def ask(client: Any, operation: Operation, identifier: str, headers: Mapping[str, str]) -> int:
    """Return the status of the answer to an operation."""
    headers = {**headers, "Accept-Encoding": "identity"}
    options: dict[str, Any] = {"headers": headers}
    if operation.takes[0] in MEDIA and operation.body:
        options |= {"data": MEDIA[operation.takes[0]]}
        headers["Content-Type"] = operation.takes[0]
    elif operation.body:
        options |= {"json": document_of(operation, identifier)}
        if operation.takes[0].endswith("merge-patch+json"):
            headers["Content-Type"] = operation.takes[0]
    answer: TestResponse = client.open(
        address_of(operation, identifier), method=operation.method, **options
    )
    if answer.is_streamed:
        answer.close()
    return answer.status_code


def refusal(caller: Caller, operation: Operation, owners: Collection[str]) -> Collection[int]:
    """Return the statuses by which the table refuses an operation; none where it does not."""
    if "id" not in operation.variables and not operation.entity:
        owners = {caller.account, *caller.subjects} - {""}  # lists show each what is his own
    try:
        authorise(caller, operation.permission, owners)
    except NotAllowedError:
        if caller.role is Role.PUBLIC:
            return {401}
        hidden = operation.name in HIDDEN.get(operation.permission, ())
        return {403, 404} if hidden else {403}
    blind = operation.name == "create_upload" and not caller.reads_members
    return {403} if blind else ()  # a row replaces all of an entity: it takes somebody who sees it


def matrix(
    world: World, open_client: Callable[[Member], tuple[Any, Mapping[str, str]]],
    as_caller: Callable[[Caller], Caller], members: Collection[str], *, every: bool,
) -> tuple[int, int, list[str]]:  # fmt: skip
    """Ask as some members; return how much was asked and refused, and what was wrong.

    Operations on types that only staff writes are all declared alike: unless ``every`` is wished,
    topics stand for them.
    """
    asked = refused = 0
    wrong = []
    for name in members:
        member = world.cast[name]
        client, headers = open_client(member)
        caller = as_caller(member.caller)
        for operation in API:
            if not every and operation.entity not in (*THINGS, "topic", ""):
                continue
            for identifier, owners in dict.fromkeys(world.targets(operation)):
                status = ask(client, operation, identifier, headers)
                expected = refusal(caller, operation, owners)
                right = status in expected if expected else status not in (401, 403)
                asked, refused = asked + 1, refused + bool(expected)
                if not right or status >= 500:
                    wrong.append(f"{name} {operation.name} {identifier}: {status}, {expected}")
    return asked, refused, wrong


DAILY = ("portal", "partner", "officer", "administrator")
"""Who is asked with keys in daily work; under ``--prove`` everybody."""


@pytest.fixture(scope="session")
def prove(request: pytest.FixtureRequest) -> bool:
    """Return whether all is to be asked."""
    return bool(request.config.getoption("--prove"))


def test_in_a_session_everybody_may_exactly_what_the_table_says(world: World) -> None:
    def enter(member: Member) -> tuple[FlaskClient, dict[str, str]]:
        browser = Browser(world.app).enter(member)
        me = browser.get("/api/v1/me").json or {}
        return browser.client, {"X-CSRF-Token": me.get("csrf_token", "")}

    asked, refused, wrong = matrix(world, enter, lambda caller: caller, list(ROLES), every=True)
    assert wrong == []
    assert asked > 1800
    assert refused > 500


@pytest.mark.parametrize("sandbox", [False, True])
def test_a_key_of_all_scopes_may_what_its_account_may_and_in_the_sandbox_only_what_is_not_kept(
    world: World, sandbox: bool, prove: bool
) -> None:
    def with_key(caller: Caller) -> Caller:
        return replace(caller, scopes=scopes_of(caller.role), sandbox=sandbox)

    client = world.app.test_client()
    who = [name for name in (ROLES if prove else DAILY) if name != "public"]
    _, refused, wrong = matrix(
        world, lambda one: (client, one.bearer(sandbox=sandbox)), with_key, who, every=prove
    )
    assert wrong == []
    assert refused > 100


@pytest.mark.parametrize("scope", list(Scope))
def test_a_key_of_one_scope_reaches_no_further(world: World, scope: Scope, prove: bool) -> None:
    who = [n for n in (ROLES if prove else DAILY[1:]) if scope in scopes_of(Role(ROLES[n][0]))]
    client = world.app.test_client()
    _, refused, wrong = matrix(
        world,
        lambda member: (client, member.bearer(scope.value)),
        lambda caller: replace(caller, scopes=frozenset({scope})),
        [name for name in who if name != "public"],
        every=prove,
    )
    assert wrong == []
    assert refused > 100


def test_every_operation_of_the_api_names_a_permission_that_there_is() -> None:
    assert {operation.permission for operation in API} <= OPERATIONS.keys()
    assert len(API) > 100


def _asked() -> set[str]:
    """Return the operations that use cases ask for: in so many words, or put together by type."""
    found: set[str] = set()
    for path in (ROOT / "matchmaker" / "usecases").rglob("*.py"):
        for leaf in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(leaf, ast.Constant) and isinstance(leaf.value, str):
                found.add(leaf.value)
    for kind in SCHEMA.entities:
        found |= {write_operation(kind), delete_operation(kind)}
        found |= {write_operation(kind, "withdraw")}
    return found


def test_every_permission_is_asked_for_by_a_use_case() -> None:
    assert OPERATIONS.keys() - _asked() == set()


def test_every_question_names_a_permission_by_a_text_or_a_name_that_holds_one() -> None:
    """So that no operation is made up of what somebody sends."""
    names = {"operation", "OPERATION", "self.operation"}
    calls = {"write_operation"}
    odd = []
    for path in (ROOT / "matchmaker").rglob("*.py"):
        for leaf in ast.walk(ast.parse(path.read_text("utf-8"))):
            asks = isinstance(leaf, ast.Call) and isinstance(leaf.func, ast.Name)
            if not asks or leaf.func.id != "permit" or len(leaf.args) < 3:  # type: ignore[attr-defined]
                continue
            third = leaf.args[2]  # type: ignore[attr-defined]
            if isinstance(third, ast.Constant):
                known = third.value in OPERATIONS
            elif isinstance(third, ast.Call):
                known = ast.unparse(third.func) in calls
            else:
                known = ast.unparse(third).rpartition("webhooks.")[2] in {*names, "name"}
            if not known:
                odd.append(f"{path.name}: {ast.unparse(leaf)}")
    assert odd == []


def test_the_published_table_is_the_table_that_counts() -> None:
    assert PAGE.read_text("utf-8") == page(), "run scripts/permissions_table.py"


PAGES: Mapping[str, str] = {
    "/desk": "submissions.list",
    "/desk/submissions": "submissions.list",
    "/desk/lists": "marks.read",
    "/desk/claims": "claims.list",
    "/desk/reports": "reports.list",
    "/desk/merge": "entity.merge",
    "/desk/uploads": "bulk.upload",
    "/desk/engagements": "engagements.read",
    "/desk/engagements/new": "engagements.open",
    "/desk/inbox": "inbox.read",
    "/desk/countries": "engagements.read",
    "/desk/delegations": "delegations.read",
    "/desk/diligence": "diligence.read",
    "/desk/papers": "papers.read",
    "/desk/papers/new": "papers.write",
    "/desk/papers/<id>/edit": "papers.write",
    "/desk/portfolio": "portfolio.read",
    "/desk/instruments": "amendments.read",
    "/desk/instruments/<id>/propose": "amendments.propose",
    "/desk/instruments/amendments/<id>/revise": "amendments.move",
    "/desk/bundles": "bundles.read",
    "/desk/events": "events.read",
    "/desk/events/new": "events.manage",
    "/desk/events/<id>/edit": "events.manage",
    "/account": "account.self",
    "/account/keys": "keys.manage",
    "/account/searches": "searches.manage",
    "/admin/accounts": "accounts.list",
    "/admin/audit": "audit.read",
    "/needs/new": "need.write",
    "/offers/new": "offer.write",
    "/partners/new": "partner.write",
    "/projects/new": "project.write",
    "edit_need": "need.write",
    "edit_offer": "offer.write",
    "edit_partner": "partner.write",
    "edit_project": "project.write",
    "edit_solved": "need.write",
    "withdraw_need": "need.withdraw",
    "withdraw_offer": "offer.withdraw",
    "withdraw_partner": "partner.withdraw",
    "withdraw_project": "project.withdraw",
    "claim_partner": "claims.create",
}
"""What it takes to see a page, by the beginning of its address or the end of its endpoint."""
POSTS: Mapping[str, str] = {
    "/admin/accounts": "accounts.invite",
    "/admin/accounts/<account_id>": "accounts.change",
    "/admin/accounts/<account_id>/<any(suspend,restore,unlock):what>": "accounts.change",
    "/admin/accounts/<account_id>/erase": "accounts.erase",
    "/desk/bundles": "bundles.manage",
    "/desk/bundles/<id>/moves": "bundles.move",
    "/desk/events/<id>/solve": "events.manage",
    "/desk/events/<id>/publish": "events.manage",
    "/desk/engagements": "engagements.open",
    "/desk/engagements/<id>/moves/<name>": "engagements.move",
    "/desk/engagements/<id>/documents": "documents.add",
    "/desk/instruments/amendments/<id>/moves/<name>": "amendments.move",
    "/desk/inbox/seen": "inbox.mark",
    "/desk/lists": "marks.write",
    "/desk/papers/<id>/moves/<name>": "papers.write",
    "/desk/papers/<id>/versions": "papers.write",
    "/desk/diligence/<id>": "diligence.write",
    "/desk/delegations": "delegations.manage",
    "/desk/delegations/<id>/end": "delegations.manage",
}
"""What it takes to send a form, where that is more than to see the page."""
OPEN = ("/account/first/", "/account/invitation/", "/account/reset/", "/account/erased")
"""Pages for those who have no account yet, or no longer one."""


def _pages(app: Flask, method: str) -> Iterator[tuple[str, str]]:
    """Yield the rules of pages that are not for everybody, with the permission that each takes."""
    for rule in app.url_map.iter_rules():
        end = rule.endpoint.rpartition(".")[2].removeprefix("send_")
        inner = rule.rule.startswith(("/desk", "/admin", "/account")) or end.startswith(
            ("new_", "edit_", "withdraw_", "claim_")
        )
        outside = rule.rule.startswith((*OPEN, "/api/"))
        if method not in (rule.methods or ()) or not inner or outside:
            continue
        known = [n for n in PAGES if rule.rule == n or rule.rule.startswith(f"{n}/") or end == n]
        assert known, f"{rule.rule} ({rule.endpoint}) is in no table"
        permission = PAGES[max(known, key=len)]
        yield rule.rule, POSTS.get(rule.rule, permission) if method == "POST" else permission


def test_every_page_of_desk_account_and_administration_refuses_those_who_may_not(
    world: World,
) -> None:
    refused = seen = 0
    for name, member in world.cast.items():
        browser = Browser(world.app).enter(member)
        page_with_form = "/account/keys" if member.caller.account else "/sign-in"
        filled = {"csrf_token": browser.token(page_with_form), "sure": "yes", "version": "1"}
        for method in ("GET", "POST"):
            for rule, permission in _pages(world.app, method):
                if rule in ("/account/sessions/end", "/account/erase", "/account/password"):
                    continue  # they end the session that the rest is asked in; see below
                address = _filled(rule)
                answer = browser.client.open(
                    address, method=method, data=filled if method == "POST" else None
                )
                own = {member.caller.account, *member.caller.subjects} - {""}
                try:
                    authorise(member.caller, permission, own)
                except NotAllowedError:
                    away = answer.headers.get("Location", "").startswith("/sign-in")
                    assert answer.status_code in (401, 403) or away, (name, method, address)
                    refused += 1
                else:
                    assert answer.status_code < 500, (name, method, address)
                    if method == "GET":
                        to_sign_in = answer.headers.get("Location", "").startswith("/sign-in")
                        assert answer.status_code != 401, (name, address)
                        assert not to_sign_in, (name, address)
                        seen += answer.status_code == 200
    assert refused > 150
    assert seen > 60


def _filled(rule: str) -> str:
    address = rule
    for made in ("<id>", "<account_id>", "<key_id>"):
        address = address.replace(made, "adb" if "/partners/" in rule else "no-such-thing")
    while "<any(" in address:
        before, _, rest = address.partition("<any(")
        choices, _, after = rest.partition("):")
        address = before + choices.split(",")[0] + after.partition(">")[2]
    return address


@pytest.mark.parametrize(
    "page_of", ["/account/sessions/end", "/account/erase", "/account/password"]
)
def test_forms_about_ones_own_account_are_for_those_who_have_one(
    world: World, page_of: str
) -> None:
    browser = Browser(world.app)
    answer = browser.client.post(page_of, data={"csrf_token": browser.token("/sign-in")})
    assert answer.status_code == 401


def test_the_operator_at_the_machine_may_all_that_an_administrator_may() -> None:
    for name, line in OPERATIONS.items():
        if line.grant(Role.ADMINISTRATOR).others != "no":
            assert authorise(SYSTEM, name)
