"""Every address of the site, as the map of addresses has it: what is shown, changed, sent along.

Who is let in where stands in `test_authorisation`. New routes are in both from their first day.
"""

import pytest
from sqlalchemy import select

from app.extensions import db
from tests.app.doors import SECRET, a_street, knock, path_of, routes, visitors

NO_ENTRY = {302, 400, 403, 404, 405}


@pytest.fixture
def street(app, session):
    return a_street(app, session)


# --- what is of a household --------------------------------------------------------------------


@pytest.mark.parametrize("who", ["anonymous", "neighbour", "guest", "observer"])
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
    for who in ("anonymous", "neighbour", "guest", "observer"):
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
