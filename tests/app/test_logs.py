"""What the processes write down: a line each, and nothing in it that lets somebody in."""

import io
import json
import logging
from pathlib import Path

import pytest

from app import logs, tickets
from app.errands import PostRoom
from app.mail.errors import NotEver
from app.mail.transport import Folder
from purchasing.people import Role
from tests.app.test_account import ask, newest_code
from tests.app.test_backup import a_printed_bill
from tests.builders import a_household, a_network, a_person

EMAIL = "ada@example.org"


@pytest.fixture
def lines(app):
    """`lines()`: all that was told, read as JSON."""
    app.config["PROPAGATE_EXCEPTIONS"] = False
    stream = io.StringIO()
    handler = logs.listen(stream, as_json=True, level=logging.INFO)
    yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    logging.getLogger().removeHandler(handler)
    logs.tell_from(logging.NOTSET)


def told(lines) -> str:
    return json.dumps(lines(), ensure_ascii=False)


def breaks(app, monkeypatch, endpoint: str, sentence: str) -> None:
    """Let a page fail with this sentence, as a fault of ours might."""

    def fail(**_):
        raise RuntimeError(sentence)

    fail.open_to = app.view_functions[endpoint].open_to
    monkeypatch.setitem(app.view_functions, endpoint, fail)


def test_each_request_is_a_line_with_its_route_and_id(app, session, visitor, lines) -> None:
    answer = visitor.open("/rounds/12345?next=somewhere")

    (line,) = [line for line in lines() if line["event"] == "request"]
    assert (line["method"], line["route"], line["status"]) == (
        "GET",
        "/rounds/<int:round_id>",
        404,
    )
    assert line["request_id"] == answer.headers["X-Request-ID"]
    assert line["timestamp"].endswith("Z")
    assert line["ms"] >= 0
    assert "12345" not in told(lines)


def test_an_id_of_a_proxy_of_ours_is_kept_and_that_of_anybody_else_is_not(app, visitor) -> None:
    given = {"X-Request-ID": "abc-123456"}
    assert visitor.open("/healthz", headers=given).headers["X-Request-ID"] != "abc-123456"

    app.config["PROXIES"] = 1
    assert visitor.open("/healthz", headers=given).headers["X-Request-ID"] == "abc-123456"
    evil = {"X-Request-ID": "x\\n{evil"}
    assert visitor.open("/healthz", headers=evil).headers["X-Request-ID"] != evil["X-Request-ID"]


def test_signing_in_tells_no_address_and_no_code(
    app, session, visitor, lines, monkeypatch
) -> None:
    a_network(session)
    a_person(session, "Ada", role=Role.COORDINATOR)
    session.commit()
    ask(visitor, EMAIL)
    code = newest_code(session)
    session.rollback()

    def refused(_self, message):
        raise NotEver(f"550 {message.recipients[0]} is unknown; the code was {EMAIL}")

    monkeypatch.setattr(Folder, "send", refused)
    PostRoom(app).run_due()
    breaks(app, monkeypatch, "account.use_code", f"no {code} for {EMAIL}")
    fields = {"code": code, "csrf_token": visitor.token()}
    assert visitor.open("/sign-in/code", method="POST", data=fields).status_code == 500

    text = told(lines)
    assert "is unknown" in text
    assert "RuntimeError" in text
    assert EMAIL not in text
    assert code not in text


@pytest.mark.parametrize(("path", "endpoint"), [("/bid/{}", "bid.show"), ("/a/{}", "answer.show")])
def test_a_link_of_a_supplier_is_told_nowhere(
    app, session, visitor, lines, monkeypatch, path, endpoint
) -> None:
    a_network(session)
    session.commit()
    ticket = tickets.ticket("bid", 7)
    visitor.open(path.format(ticket))
    breaks(app, monkeypatch, endpoint, f"nothing for {ticket}")
    assert visitor.open(path.format(ticket)).status_code == 500

    text = told(lines)
    assert "RuntimeError" in text
    assert ticket not in text


def test_a_paper_and_who_reads_it_are_told_by_number_only(app, session, visitor, lines) -> None:
    a_network(session)
    ada = a_household(session, "Ada")
    bill = a_printed_bill(session, ada, Path(app.config["DOCUMENTS_FOLDER"]))
    person = a_person(session, "Lid", ada)
    session.commit()

    assert visitor.sign_in(person).open(f"/papers/{bill.id}.pdf").status_code == 200

    text = told(lines)
    with visitor.client.session_transaction() as cookie:
        assert cookie["device"] not in text
    assert person.email not in text
    assert "Ada" not in text


def test_a_statement_that_fails_keeps_its_values_to_itself(app, session, lines) -> None:
    from sqlalchemy import text as sql
    from sqlalchemy.exc import SQLAlchemyError

    with pytest.raises(SQLAlchemyError) as problem:
        session.execute(sql("SELECT nothing FROM nowhere WHERE mail = :mail"), {"mail": EMAIL})
    session.rollback()

    assert EMAIL not in str(problem.value)


def test_as_text_a_line_is_as_quiet(app) -> None:
    stream = io.StringIO()
    handler = logs.listen(stream, as_json=False, level=logging.WARNING)
    try:
        logging.getLogger("app.anything").warning("%s was refused", EMAIL)
        logging.getLogger("app.anything").info("and nothing of this")
    finally:
        logging.getLogger().removeHandler(handler)
        logs.tell_from(logging.NOTSET)

    assert "… was refused" in stream.getvalue()
    assert "nothing of this" not in stream.getvalue()
