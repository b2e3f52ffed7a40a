"""The strict reader itself: it must notice what it is there to notice."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import select, update

from app.auth import current_person
from app.extensions import db
from purchasing.people import Person
from tests.pages import Visitor, filled_in, read_page, read_piece

GOOD = """<!doctype html><html lang="nl"><head><title>Ronde</title></head><body>
<h1>Ronde</h1><h2 id="a">Aardappels</h2><a href="#a">Naar de aardappels</a>
<form method="post"><input type="hidden" name="csrf_token" value="x">
<label for="q">Hoeveel</label><input id="q" name="q" value="3">
<label><input type="checkbox" name="spare" checked> Extra</label>
<select name="who" aria-label="Voor wie"><option value="1">A<option value="2" selected>B</select>
<textarea name="note" aria-label="Bericht">
Dag</textarea><button name="go">Bestel</button></form></body></html>"""


def ada() -> Person:
    return Person(name="Ada", email="ada@example.org", created_at=datetime(2026, 3, 6, tzinfo=UTC))


def test_a_good_page_is_in_order():
    assert read_page(GOOD).h1.text == "Ronde"


@pytest.mark.parametrize(
    ("good", "bad", "complaint"),
    [
        ('<html lang="nl">', "<html>", "no language"),
        ("<title>Ronde</title>", "<title> </title>", "no title"),
        ("<h1>Ronde</h1>", "<p>Ronde</p>", "one h1"),
        ("<h2", "<h1>Nog een</h1><h2", "one h1"),
        ('<h2 id="a">Aardappels</h2>', '<h3 id="a">Aardappels</h3>', "left out"),
        ('id="q"', 'id="a"', "twice"),
        ('for="q"', 'for="x"', "no label"),
        ('aria-label="Bericht"', "", "no label"),
        ("Extra</label>", "</label>", "no label"),
        ('name="csrf_token" value="x"', 'name="other" value="x"', "no token"),
        ("Bestel</button>", "</button>", "no words"),
        ('<a href="#a">', '<a href="#b">', "leads nowhere"),
        ("<h1>", '<h1 style="color: red">', "policy"),
        ("<h1>", '<h1 onclick="go()">', "policy"),
        ("<h1>", "<script>go()</script><h1>", "policy"),
        ("<h1>", '<img src="/x.png"><h1>', "no alt"),
        ("<h1>", "<p><div></div></p><h1>", "unexpected-end-tag"),
    ],
)
def test_a_page_that_is_not_in_order_is_noticed(good, bad, complaint):
    assert good in GOOD

    with pytest.raises(AssertionError, match=complaint):
        read_page(GOOD.replace(good, bad, 1))


def test_a_piece_of_a_page_needs_no_heading_but_its_labels():
    assert read_piece("<p>3 van 4</p>").text == "3 van 4"

    with pytest.raises(AssertionError, match="no label"):
        read_piece("<input name=q>")


def test_an_untouched_form_is_sent_as_a_browser_would():
    assert filled_in(read_page(GOOD).form) == {
        "csrf_token": ["x"],
        "q": ["3"],
        "spare": ["on"],
        "who": ["2"],
        "note": ["Dag"],
    }


def test_a_request_that_does_not_commit_is_noticed(app, visitor):
    @app.get("/forgetful")
    def forgetful():
        db.session.execute(update(Person).values(name="Somebody else"))
        return ""

    with pytest.raises(AssertionError, match="did not commit"):
        visitor.open("/forgetful")


def test_a_test_that_does_not_commit_is_noticed(session, visitor):
    session.add(ada())
    session.flush()

    with pytest.raises(AssertionError, match="commit what the test made"):
        visitor.open("/healthz")


def test_each_request_has_a_session_of_its_own(app, session, visitor):
    person = ada()
    session.add(person)
    session.commit()

    @app.post("/rename")
    def rename():
        db.session.get(Person, 1).name = "Grace"
        db.session.commit()
        return ""

    visitor.open("/rename", method="POST", data={"csrf_token": visitor.token()})

    assert person.name == "Grace"


def test_who_is_signed_in_is_known_by_the_site(app, session, visitor):
    person = ada()
    session.add(person)
    session.commit()

    @app.get("/who")
    def who():
        person = current_person()
        return person.name if person else "nobody"

    assert visitor.open("/who").text == "nobody"
    assert visitor.sign_in(person).open("/who").text == "Ada"
    assert Visitor(app).open("/who").text == "nobody"


def test_queries_are_counted(session, count_queries):
    with count_queries() as queries:
        session.scalars(select(Person)).all()

    assert len(queries) == 1
    assert "person" in queries[0]
