"""What a request can carry that no page of ours asks: it changes nothing and breaks nothing.

Made from the map of addresses and the names that our own sources read: what is new is in it.
"""

import ast
import re
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import pytest
from flask_wtf import FlaskForm
from sqlalchemy import select
from werkzeug.routing import Rule

import app as application
from app import codes, mail
from app.config import look_behind_proxies
from app.documents.archives.folder import FolderArchive
from app.mail.errors import NothingToSend
from purchasing import errands
from purchasing.deliveries.photos import DamagePhoto
from purchasing.errands import Errand, Kind
from tests.app.coordinator.village import NOW
from tests.app.doors import ON_ONE_DATABASE, a_street, knock, path_of, routes, rows_by_table
from tests.pages import Visitor

SOURCES = Path(application.__file__).parent
READ_FROM = ("args", "form", "values", "files")
# What no person types: none may be more than refused.
MONSTERS = {
    "a sign of nothing": "a\x00b",
    "a giant number": "9" * 30,
    "just too large a number": str(2**63),
    "more digits than a number may have": "9" * 5000,
    "below zero": "-1",
    "no number": "NaN",
    "without end": "1e999",
    "digits of another script": "٣",
    "half a sign": "\udcff",
    "a date that never was": "2026-02-31T25:61",
}
IN_QUERY = [name for name in MONSTERS if "number" in name or "sign" in name]
IN_ADDRESS = {
    "a sign of nothing": "%00",
    "a giant number": "9" * 30,
    "more digits than a number may have": "9" * 5000,
    "digits of another script": "%D9%A3",
    "half a sign": "%FF%ED%A0%80",
    "up the tree": "..%2F..%2Fetc%2Fpasswd",
    "below zero": "-1",
}


@pytest.fixture
def street(app, session):
    return a_street(app, session)


def visitor_as(app, people, who: str) -> Visitor:
    return Visitor(app).sign_in(people[who])


def names_that_are_read() -> set[str]:
    """Every name that a view takes from a form or an address, and every field of a form."""
    found: set[str] = set()
    for path in SOURCES.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            found |= set(_taken(node))
    for form in _forms():
        found |= {name for name in vars(form) if not name.startswith("_")}
    assert len(found) > 100
    return found - {"csrf_token"}


def _taken(node: ast.AST) -> Iterator[str]:
    """`request.form.get("x")`, `request.args["x"]`, `asked_id("x")`: x."""
    if isinstance(node, ast.Call):
        called, taken = ast.unparse(node.func), node.args[:1]
        reads = called.endswith("asked_id") or called.split(".")[-2:-1] in [[n] for n in READ_FROM]
    elif isinstance(node, ast.Subscript):
        reads, taken = ast.unparse(node.value).split(".")[-1] in READ_FROM, [node.slice]
    else:
        return
    yield from (str(one.value) for one in taken if reads and isinstance(one, ast.Constant))


def _forms() -> Iterator[type]:
    waiting = list(FlaskForm.__subclasses__())
    while waiting:
        form = waiting.pop()
        waiting += form.__subclasses__()
        yield form


def with_monster(app, rule: Rule, ids, monster: str) -> Iterator[str]:
    """The address with it in the place of each of its parts."""
    for name in rule.arguments:
        path = path_of(app, rule, {key: value for key, value in ids.items() if key != name})
        pattern = re.sub(rf"<[^>]*\b{re.escape(name)}>", "MONSTER", rule.rule)
        template = re.sub(r"<[^>]*>", "1", pattern)
        assert "MONSTER" in template, path
        yield template.replace("MONSTER", monster)


# --- monsters ------------------------------------------------------------------------------------


@ON_ONE_DATABASE
@pytest.mark.parametrize("monster", IN_ADDRESS)
def test_no_address_breaks_on_what_stands_in_it(app, street, monster) -> None:
    people, ids, _ = street
    visitor = visitor_as(app, people, "administrator")
    broken = {
        f"{method} {rule.rule}": answer.status_code
        for rule in routes(app)
        for method in sorted({"GET", "POST"} & rule.methods)
        for path in with_monster(app, rule, ids, IN_ADDRESS[monster])
        for answer in [
            visitor.open(path, method=method, data={"csrf_token": visitor.token()})
            if method == "POST"
            else visitor.open(path)
        ]
        if answer.status_code >= 500
    }
    assert broken == {}


@ON_ONE_DATABASE
@pytest.mark.parametrize(
    ("method", "monster"),
    [("POST", monster) for monster in MONSTERS] + [("GET", monster) for monster in IN_QUERY],
)
def test_no_page_breaks_on_what_is_asked_or_sent(app, street, monster, method) -> None:
    """Every name that our sources know, at every address, with what is in no field of ours."""
    people, ids, _ = street
    app.config["PROPAGATE_EXCEPTIONS"] = False  # whatever breaks is answered, and counted
    app.config |= {"MAX_FORM_MEMORY_SIZE": 50_000_000, "MAX_CONTENT_LENGTH": 50_000_000}
    visitor = visitor_as(app, people, "administrator")
    fields = dict.fromkeys(sorted(names_that_are_read()), MONSTERS[monster])
    fields.pop("for")
    broken = {}
    for rule in routes(app):
        if method not in rule.methods or "sign_out" in rule.endpoint:
            continue
        path = path_of(app, rule, ids)
        whom = [{"for": MONSTERS[monster]}] if "number" in monster else []
        for some in (fields, *whom):
            answer = _sent(visitor, method, path, some)
            if answer.status_code >= 500 and rule.endpoint != "health.readyz":
                broken[rule.rule] = answer.status_code
            assert answer.status_code != 413, "nothing was read"
    assert broken == {}


def _sent(visitor: Visitor, method: str, path: str, fields: dict[str, str]):
    if method == "GET":
        return visitor.open(f"{path}?{urlencode(fields, errors='surrogateescape')}")
    body = urlencode({"csrf_token": visitor.token()} | fields, errors="surrogateescape")
    return visitor.open(
        path, method="POST", data=body, content_type="application/x-www-form-urlencoded"
    )


# --- methods -------------------------------------------------------------------------------------


@ON_ONE_DATABASE
@pytest.mark.parametrize("method", ["TRACE", "PUT", "DELETE"])
def test_no_other_method_is_heard(app, street, method) -> None:
    people, ids, _ = street
    visitor = visitor_as(app, people, "administrator")

    answers = {
        rule.rule: answer.status_code
        for rule in routes(app)
        for answer in [
            visitor.open(path_of(app, rule, ids), method=method, headers={"X-Own": "a whisper"})
        ]
        if answer.status_code != 405 or b"a whisper" in answer.data
    }
    assert answers == {}


@ON_ONE_DATABASE
@pytest.mark.parametrize("method", ["HEAD", "OPTIONS"])
@pytest.mark.parametrize("who", ["administrator", "nobody"])
def test_to_ask_for_the_head_alone_shows_and_changes_nothing(app, street, method, who) -> None:
    """A head is guarded as its page is; OPTIONS tells the methods, and lets no site in."""
    people, ids, _ = street
    visitor = visitor_as(app, people, who) if who != "nobody" else Visitor(app)
    before, wrong = rows_by_table(), {}
    for rule in routes(app):
        path = path_of(app, rule, ids)
        answer = visitor.open(path, method=method)
        assert answer.data == b"", rule
        assert "Access-Control-Allow-Origin" not in answer.headers, rule
        if method == "HEAD" and "GET" in rule.methods:
            page = visitor.open(path)
            if answer.status_code != page.status_code:
                wrong[rule.rule] = answer.status_code
    assert wrong == {}
    assert rows_by_table() == before


@ON_ONE_DATABASE
def test_no_page_is_told_that_it_was_asked_otherwise(app, street) -> None:
    """A GET that says it is a POST is a GET."""
    people, ids, _ = street
    visitor = visitor_as(app, people, "administrator")
    override = dict.fromkeys(
        ("X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"), "POST"
    )
    before = rows_by_table()
    for rule in routes(app):
        fields = {"_method": "POST", "csrf_token": visitor.token()}
        visitor.open(path_of(app, rule, ids), headers=override, query_string=fields)
    assert rows_by_table() == before


@ON_ONE_DATABASE
@pytest.mark.parametrize("who", ["member", "observer", "coordinator", "administrator"])
def test_a_link_on_another_site_changes_nothing(app, street, who) -> None:
    """What a browser opens for a page of others, with our cookie: no row of any table is other."""
    people, ids, _ = street
    visitor = visitor_as(app, people, who)
    before = rows_by_table()
    said = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}
    for rule in routes(app):
        if "GET" in rule.methods:
            query = {"for": ids["participant_id"], "move": "close", "answer": "yes"}
            visitor.open(path_of(app, rule, ids), headers=said, query_string=query)
    assert rows_by_table() == before


# --- where one is led ----------------------------------------------------------------------------

ELSEWHERE = (
    "https://evil.example/", "//evil.example/", "/\\evil.example", "/\t/evil.example",
    "\\\\evil.example", "https:evil.example", "javascript:alert(1)", "/%0d%0aSet-Cookie:x=1",
    "\r\nLocation: https://evil.example", "///evil.example", "http://localhost@evil.example/",
    "/.//evil.example", "data:text/html,x", "//evil.example\\@localhost/",
)  # fmt: skip
WHERE_TO = ("next", "back", "return", "return_to", "url", "to", "target", "redirect", "from")


def sent_on(visitor: Visitor, path: str, target: str, came_from: str = "") -> str:
    """Where a form leads whose every word for it, in the form and the address, is `target`."""
    fields = dict.fromkeys(WHERE_TO, target)
    data = fields | {"csrf_token": visitor.token(), "language": "en"}
    headers = {"Referer": came_from} if came_from else {}
    answer = visitor.open(path, method="POST", data=data, query_string=fields, headers=headers)
    assert "x=1" not in answer.headers.getlist("Set-Cookie")
    return answer.headers.get("Location", "/")


@ON_ONE_DATABASE
def test_no_form_leads_to_another_site(app, street) -> None:
    """Whatever takes a way of ours when it is told one takes no other; the rest take none."""
    people, ids, _ = street
    listening, led = set(), []
    for rule in routes(app):
        if "POST" not in rule.methods:
            continue
        visitor, path = visitor_as(app, people, "administrator"), path_of(app, rule, ids)
        where = sent_on(visitor, path, "/probe", "http://localhost/probe")
        assert leads_here(where), rule
        if "probe" in where:
            listening.add((rule.rule, path))
    for rule, path in sorted(listening):
        for target in ELSEWHERE:
            came_from = target if target.isascii() and target.isprintable() else ""
            visitor = visitor_as(app, people, "administrator")
            led += [(rule, where) for where in [sent_on(visitor, path, target, came_from)]
                    if not leads_here(where)]  # fmt: skip
    assert {rule for rule, _ in listening} >= {"/language"}
    assert led == []


def leads_here(where: str) -> bool:
    """As the most forgiving browser reads it."""
    plain = "".join(sign for sign in where if sign > " ").replace("\\", "/")
    return plain.startswith("/") and not plain.startswith("//") and ":" not in plain.split("/")[0]


# --- by which name we are called -----------------------------------------------------------------

OTHER_NAMES = (
    {"Host": "evil.example"},
    {"X-Forwarded-Host": "evil.example"},
    {"Forwarded": "host=evil.example;proto=http"},
    {"X-Host": "evil.example", "X-HTTP-Host-Override": "evil.example"},
    {"X-Original-URL": "/coordinator/", "X-Rewrite-URL": "/coordinator/"},
    {"Host": "samen.example@evil.example"},
    {"Host": "samen.example:80@evil.example"},
    {"Host": "evil.example#samen.example"},
)  # fmt: skip


@ON_ONE_DATABASE
@pytest.mark.parametrize("said", OTHER_NAMES)
@pytest.mark.parametrize("proxies", [0, 1])
def test_a_name_that_is_not_ours_gets_into_no_page_and_no_redirect(
    app, street, said, proxies
) -> None:
    _, ids, _ = street
    app.config |= {"PROXIES": proxies, "TRUSTED_HOSTS": ["samen.example", "localhost"]}
    look_behind_proxies(app)
    visitor, told = Visitor(app), {}
    for rule in routes(app):
        headers = {"Host": "samen.example"} | said
        answer = visitor.open(path_of(app, rule, ids), headers=headers)
        if "evil.example" in str(answer.headers) + answer.get_data(as_text=True):
            told[rule.rule] = answer.status_code
        if "X-Original-URL" in said and rule.rule == "/":
            assert answer.status_code == 200
    assert told == {}


@ON_ONE_DATABASE
def test_every_mail_leads_to_the_address_that_is_configured(app, session, street) -> None:
    """Also where it is written while a request calls us otherwise."""
    app.config["BASE_URL"] = "https://samen.example"
    row = codes.ask_for_code(session, "coor@example.org", address="192.0.2.7", at=NOW)
    errands.ask(session, Kind.MAIL_SIGN_IN, row.id, now=NOW)
    session.commit()
    kinds, links = set(), []
    with app.test_request_context("/", base_url="https://evil.example"):
        for errand in session.scalars(select(Errand)).all():
            with suppress(KeyError, NothingToSend):  # no mail; or its PDF is not made
                message = mail.write(session, errand, now=NOW)
                kinds.add(errand.kind)
                links += re.findall(r"https?://[^\s\"'<>]+", words_of(message))
    hosts = {urlsplit(link).hostname for link in links}
    assert len(kinds) >= 2
    assert hosts == {"samen.example"}


def words_of(message: mail.Message) -> str:
    parts = message.content.walk()
    return " ".join(part.get_content() for part in parts if part.get_content_maintype() == "text")


def test_only_one_module_makes_whole_addresses_and_none_from_a_request() -> None:
    """A mail is written where no request is; and in our sources nobody asks one for its name."""
    asks = re.compile(r"\b_external\b|force_external|request\.(url\b|host|root)|url_root|host_url")
    found = {
        path.relative_to(SOURCES).as_posix()
        for path in [*SOURCES.rglob("*.py"), *SOURCES.rglob("*.html")]
        if asks.search(path.read_text(encoding="utf-8"))
    }
    # `links` only compares the name with that of the page one came from
    assert found == {"mail/links.py", "links.py"}


# --- what goes along -----------------------------------------------------------------------------


@ON_ONE_DATABASE
@pytest.mark.parametrize("who", ["member", "observer", "administrator"])
def test_nothing_that_somebody_signed_in_is_shown_stays_in_a_cache(app, street, who) -> None:
    """Pages, files, refusals and errors, looked at and sent; and every cookie is locked."""
    people, ids, _ = street
    app.config |= {"SESSION_COOKIE_SECURE": True, "PROPAGATE_EXCEPTIONS": False}
    loose, visitor = {}, visitor_as(app, people, who)
    for method in ("GET", "POST", "PUT"):
        for rule in routes(app):
            if rule.endpoint.startswith(("assets.", "health.")):
                continue
            path, options = path_of(app, rule, ids), {"base_url": "https://localhost"}
            if method == "POST":
                options |= {"data": {"csrf_token": visitor.token()}}
            headers = visitor.open(path, method=method, **options).headers
            if "sign_out" in rule.endpoint:
                visitor = visitor_as(app, people, who)
            if "no-store" not in headers.get("Cache-Control", "") or not all(
                map(is_locked, headers.getlist("Set-Cookie"))
            ):
                loose[f"{method} {rule.rule}"] = headers.get("Cache-Control")
    assert loose == {}


def is_locked(cookie: str) -> bool:
    parts = set(cookie.split("; "))
    whole = {"HttpOnly", "SameSite=Lax", "Secure", "Path=/"} <= parts
    return whole and not any(part.startswith("Domain=") for part in parts)


@ON_ONE_DATABASE
def test_a_page_that_a_link_opens_tells_its_address_to_nobody(app, street) -> None:
    _, ids, _ = street
    visitor = Visitor(app)
    for rule in routes(app):
        if rule.rule.startswith(("/a/", "/bid/")):
            headers = knock(visitor, rule, path_of(app, rule, ids)).headers
            assert (headers["Referrer-Policy"], headers["X-Robots-Tag"]) == (
                "no-referrer",
                "noindex",
            ), rule


# --- photos --------------------------------------------------------------------------------------


@ON_ONE_DATABASE
@pytest.mark.parametrize("who", ["nobody", "member", "neighbour", "guest", "observer"])
def test_a_photo_is_opened_by_no_guess(app, session, street, who) -> None:
    """Not by its number, its hash, its place on the disk or the way up to it."""
    people, ids, _ = street
    photo = session.scalars(select(DamagePhoto)).first()
    person = people.get(who)
    visitor = Visitor(app).sign_in(person) if person else Visitor(app)
    stored = FolderArchive(Path(app.config["DOCUMENTS_FOLDER"])).read(photo.path, photo.sha256)
    for path in (
        f"/coordinator/deliveries/photos/{photo.id}.jpg",
        f"/coordinator/deliveries/lines/{ids['line_id']}/photos",
        f"/assets/{photo.sha256}/{photo.sha256}.jpg",
        f"/assets/{photo.sha256[:16]}/..%2F..%2F{photo.path}",
        f"/static/{photo.path}",
        f"/static/../../{photo.path}",
        f"/static/..%2f..%2f{photo.path}",
        f"/{photo.path}",
        f"/documents/{photo.path}",
        f"/photos/{photo.sha256}.jpg",
        f"/papers/{photo.sha256}.pdf",
    ):
        answer = visitor.open(path)
        assert answer.status_code in (302, 403, 404), path
        assert stored not in answer.data, path
