"""Every address of the site, as the map of addresses has it: who gets in, and what goes out.

One table for all: a route × who asks. New routes are in it from their first day.
"""

from collections import defaultdict
from pathlib import Path

import pytest
from flask import url_for
from sqlalchemy import select
from werkzeug.routing import Rule

from app.auth import EVERYBODY
from app.documents import archive
from app.extensions import db
from purchasing.deliveries import photos
from purchasing.errands import Errand
from purchasing.ordering import SupplierOrderLine
from purchasing.people import Membership, Person, Role
from tests.app.coordinator import village
from tests.app.test_backup import a_printed_bill
from tests.builders import a_household, a_person, an_interest_round

WORDS = {
    "move": "close", "what": "skip", "answer": "retry", "suffix": "csv", "key": "food",
    "ticket": "no-ticket", "digest": "0", "name": "koopkracht.css", "filename": "mark.svg",
    "year": 2026,
}  # fmt: skip
CHOICES = {"coordinator_rhythms.stop": {"what": "stop"}, "answer.sheet": {"suffix": "pdf"}}
SECRET = (
    "Zwanenburg-Geheim"  # in the name, street and mail of the household that others may not see
)
NO_ENTRY = {302, 400, 403, 404, 405}
STAFF = {Role.COORDINATOR, Role.ADMINISTRATOR}


@pytest.fixture
def street(app, session):
    """A household with an order and a bill, a neighbour, a guest without any role, and staff.

    By name: the person, or None for somebody who has not signed in.
    """
    here = village.ordered(session)
    first = here.households[0]
    first.name, first.street, first.email = f"Huis {SECRET}", SECRET, f"{SECRET}@example.org"
    neighbour = a_household(session, "Buur")
    bill = a_printed_bill(session, first, Path(app.config["DOCUMENTS_FOLDER"]))
    interest = an_interest_round(session, **village.TIMES | {"delivery_on": None})
    content = archive.store(Path(app.config["DOCUMENTS_FOLDER"]), SECRET.encode(), ".jpg")
    line = session.scalars(select(SupplierOrderLine)).first()
    picture = photos.Picture(*content)
    photos.take(session, line, [picture], key="a photo", actor=SECRET, now=village.NOW)
    people = {
        "anonymous": None,
        "neighbour": a_person(session, "Bea", neighbour),
        "guest": a_person(session, "Otto"),
        "member": session.scalars(
            select(Person).join(Membership).where(Membership.participant_id == first.id)
        ).first(),
        "coordinator": here.coordinator,
        "administrator": a_person(session, "Baas", role=Role.ADMINISTRATOR),
    }
    ids = {
        **here.ids,
        "participant_id": first.id,
        "paper_id": bill.id,
        "item_id": here.round.items[0].id,
        "photo_id": session.scalars(select(photos.DamagePhoto.id)).first(),
        "line_id": line.id,
        "errand_id": session.scalars(select(Errand.id)).first(),
        "person_id": people["member"].id,
    }
    session.commit()
    return people, ids, interest.id


def routes(app) -> list[Rule]:
    found = [rule for rule in app.url_map.iter_rules() if rule.endpoint != "static"]
    assert len(found) > 100
    return sorted(found, key=lambda rule: (rule.rule, rule.endpoint))


def path_of(app, rule: Rule, ids: dict[str, int]) -> str:
    values = {name: ids.get(name, WORDS.get(name, 1)) for name in rule.arguments}
    with app.test_request_context():
        return url_for(rule.endpoint, **values | CHOICES.get(rule.endpoint, {}))


def knock(visitor, rule: Rule, path: str, **options):
    """A GET, or a POST with a valid token and nothing in it; for the household with a secret."""
    if "GET" in rule.methods:
        return visitor.open(path, **options)
    return visitor.open(path, method="POST", data={"csrf_token": visitor.token()}, **options)


def visitors(app, people):
    from tests.pages import Visitor

    for who, person in people.items():
        visitor = Visitor(app)
        yield who, visitor.sign_in(person) if person else visitor


def roles_of(who: str) -> set[str]:
    if who in ("anonymous", "guest"):
        return set()
    return {Role.MEMBER} if who in ("neighbour", "member") else {Role(who)}


def may_enter(app, rule: Rule, who: str) -> bool:
    """Whether the view says that it is open to them; what they find there is another matter."""
    open_to = set(app.view_functions[rule.endpoint].open_to)
    return EVERYBODY in open_to or who == "administrator" or bool(open_to & roles_of(who))


# --- who gets in ---------------------------------------------------------------------------------


def test_nobody_gets_in_where_they_do_not_belong(app, street) -> None:
    """Anonymous people are asked to sign in, others are refused; also with the ids of others."""
    people, ids, _ = street
    wrong = defaultdict(dict)
    for who, visitor in visitors(app, people):
        for rule in routes(app):
            if may_enter(app, rule, who):
                continue
            answer = knock(visitor, rule, path_of(app, rule, ids))
            expected = 302 if who == "anonymous" else 403
            if answer.status_code != expected:
                wrong[rule.endpoint][who] = answer.status_code
            elif who == "anonymous":
                assert answer.location.startswith("/sign-in"), rule
    assert dict(wrong) == {}


@pytest.mark.parametrize("who", ["anonymous", "neighbour", "guest"])
def test_nothing_of_a_household_is_shown_to_who_is_not_of_it(app, session, street, who) -> None:
    """By its ids in the address, and by `for`, with which one says for whom one acts."""
    people, ids, interest_id = street
    ((_, visitor),) = visitors(app, {who: people[who]})
    told = []
    for rule in routes(app):
        if "GET" not in rule.methods:
            continue
        for round_id in (ids["round_id"], interest_id):
            path = path_of(app, rule, ids | {"round_id": round_id})
            for query in ({}, {"for": ids["participant_id"]}):
                answer = visitor.open(path, query_string=query)
                assert answer.status_code < 500 or rule.endpoint == "health.readyz", path
                if SECRET.encode() in answer.data:
                    told.append(f"{path} {query}")
    assert told == []


@pytest.mark.parametrize("who", ["member", "coordinator", "administrator"])
def test_who_it_concerns_does_see_it(app, street, who) -> None:
    """So that nothing being shown to others means something."""
    people, ids, _ = street
    ((_, visitor),) = visitors(app, {who: people[who]})
    paths = [path_of(app, rule, ids) for rule in routes(app) if "GET" in rule.methods]

    assert sum(SECRET.encode() in visitor.open(path).data for path in paths) >= 2


def test_nobody_changes_what_is_anothers(app, session, street) -> None:
    """Every POST with the ids of another household: refused, and nothing of it has changed."""
    people, ids, interest_id = street
    before = rows_of_the_household(ids["participant_id"])
    entered = []
    for who in ("anonymous", "neighbour", "guest"):
        for rule in routes(app):
            if "POST" not in rule.methods or rule.endpoint.startswith(
                ("account.sign_out", "home.")
            ):
                continue
            for round_id in (ids["round_id"], interest_id):
                # each time signed in anew: one of these might end a visit
                ((_, visitor),) = visitors(app, {who: people[who]})
                path = path_of(app, rule, ids | {"round_id": round_id})
                fields = {"csrf_token": visitor.token(), "for": ids["participant_id"]}
                answer = visitor.open(path, method="POST", data=fields)
                assert answer.status_code < 500, path
                of_theirs = {"participant_id", "paper_id"} & rule.arguments
                if of_theirs and answer.status_code not in NO_ENTRY:
                    entered.append(f"{who} {path} {answer.status_code}")
    assert entered == []
    assert rows_of_the_household(ids["participant_id"]) == before


def rows_of_the_household(participant_id: int) -> list[str]:
    """Every row that names it, in whichever table."""
    found = []
    for table in db.metadata.sorted_tables:
        if "participant_id" in table.c:
            rows = db.session.execute(
                select(table).where(table.c.participant_id == participant_id).order_by(table.c.id)
            )
            found += [f"{table.name} {row}" for row in rows]
    db.session.rollback()
    assert len(found) > 3
    return found


# --- what a stranger's page can make a browser do ------------------------------------------------


def test_no_change_is_made_without_a_token(app, street) -> None:
    people, ids, _ = street
    ((_, visitor),) = visitors(app, {"administrator": people["administrator"]})
    posts = [rule for rule in routes(app) if "POST" in rule.methods]

    answers = {
        rule.endpoint: visitor.open(path_of(app, rule, ids), method="POST").status_code
        for rule in posts
    }

    assert answers == {rule.endpoint: 400 for rule in posts}


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_no_change_is_made_for_a_page_of_another_site_even_with_a_token(app, street, site) -> None:
    people, ids, _ = street
    ((_, visitor),) = visitors(app, {"administrator": people["administrator"]})
    before = rows_of_the_household(ids["participant_id"])
    posts = [rule for rule in routes(app) if "GET" not in rule.methods]
    said = {"Sec-Fetch-Site": site}

    answers = {
        rule.endpoint: knock(visitor, rule, path_of(app, rule, ids), headers=said).status_code
        for rule in posts
    }

    assert answers == {rule.endpoint: 400 for rule in posts}
    assert rows_of_the_household(ids["participant_id"]) == before
    assert visitor.open("/coordinator/", headers=said).status_code == 200  # a link may lead here


def test_looking_changes_nothing(app, street) -> None:
    """A GET is never a change: a page of others can make a browser ask for it."""
    people, ids, _ = street
    before = rows_of_the_household(ids["participant_id"])
    ((_, visitor),) = visitors(app, {"administrator": people["administrator"]})
    for rule in routes(app):
        if "GET" in rule.methods:
            visitor.open(path_of(app, rule, ids))

    assert rows_of_the_household(ids["participant_id"]) == before


# --- what goes with every answer -----------------------------------------------------------------


@pytest.mark.parametrize("who", ["anonymous", "administrator"])
def test_every_answer_says_what_a_browser_may_do_with_it(app, street, who) -> None:
    people, ids, _ = street
    app.config |= {"SESSION_COOKIE_SECURE": True}
    ((_, visitor),) = visitors(app, {who: people[who]})
    visitor.client.preserve_cookies = True
    for rule in routes(app):
        headers = knock(
            visitor, rule, path_of(app, rule, ids), base_url="https://localhost"
        ).headers
        policy = headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy, rule
        assert "frame-ancestors 'none'" in policy, rule
        assert "unsafe" not in policy, rule
        assert headers["X-Content-Type-Options"] == "nosniff", rule
        assert headers["Referrer-Policy"] in ("same-origin", "no-referrer"), rule
        assert "max-age=31536000" in headers["Strict-Transport-Security"], rule
        public = rule.endpoint.startswith(("assets.", "health."))
        assert public or "no-store" in headers["Cache-Control"], rule
        for cookie in headers.getlist("Set-Cookie"):
            assert {"HttpOnly", "SameSite=Lax", "Secure"} <= set(cookie.split("; ")), rule


def test_nothing_leads_to_another_site(app, street) -> None:
    people, ids, _ = street
    evil = ("https://evil.example/", "//evil.example/", "/\\evil.example", "/\t/evil.example")
    for who, visitor in visitors(app, {w: people[w] for w in ("anonymous", "administrator")}):
        for rule in routes(app):
            for target in evil:
                answer = knock(
                    visitor,
                    rule,
                    path_of(app, rule, ids),
                    query_string={"next": target, "back": target},
                    headers={"Referer": "https://evil.example/x"},
                )
                to = answer.headers.get("Location", "/")
                assert to.startswith("/"), (who, rule, to)
                assert not to.startswith(("//", "/\\")), (who, rule, to)
                assert "\t" not in to, (who, rule, to)
            if who == "administrator" and rule.endpoint == "account.sign_out":
                visitor.sign_in(people[who])


def test_a_request_that_calls_us_by_another_name_is_refused(app, street) -> None:
    _, ids, _ = street
    ((_, visitor),) = visitors(app, {"anonymous": None})
    app.config["TRUSTED_HOSTS"] = ["samen.example", "localhost"]
    paths = {(rule.endpoint, rule.rule): path_of(app, rule, ids) for rule in routes(app)}
    for rule in routes(app):
        answer = knock(
            visitor, rule, paths[rule.endpoint, rule.rule], headers={"Host": "evil.example"}
        )
        assert answer.status_code == 400, rule
        assert b"evil.example" not in answer.data, rule
    assert visitor.open("/healthz", headers={"Host": "samen.example:443"}).status_code == 200


@pytest.mark.parametrize(
    ("base_url", "trusted"),
    [
        ("https://samen.example", ["samen.example", "127.0.0.1", "localhost"]),
        ("http://127.0.0.1:8000", None),
    ],
)
def test_the_names_we_answer_to_follow_from_our_address(tmp_path, base_url, trusted) -> None:
    from app import create_app

    made = create_app(BASE_URL=base_url, INSTANCE_FOLDER=str(tmp_path))

    assert made.config["TRUSTED_HOSTS"] == trusted
    assert made.config["SESSION_COOKIE_SECURE"] == base_url.startswith("https")
