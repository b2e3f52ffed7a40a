"""The command line: what operators script, with exit codes and errors they can read."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from app.documents.archives.folder import FolderArchive
from purchasing import lifecycle
from purchasing.catalogue import Product
from purchasing.errands import Errand, ErrandState
from purchasing.papers import Paper, StoredDocument
from purchasing.people import Network, find_person
from purchasing.rounds import Round, RoundState
from tests import tenders
from tests.builders import (
    ACTOR,
    NOON,
    a_household,
    a_network,
    a_person,
    a_product,
    a_round,
    a_supplier,
    an_order,
)

LIST = Path(__file__).parents[2] / "app/demo/price_lists/tuinderij_de_spaarnebocht.csv"
ROW = {
    "number", "name", "unit", "case_size", "price", "vat", "deposit", "available", "brand",
    "origin", "category",
}  # fmt: skip


@pytest.fixture
def run(app, session):
    """`run("clock", "tick")`: the result, with `stdout`, `stderr` and `exit_code`."""
    app.config["PRESS_WORKERS"] = 0
    runner = app.test_cli_runner()

    def command(*words):
        session.commit()
        session.remove()
        result = runner.invoke(args=[str(word) for word in words])
        if result.exception and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result

    return command


@pytest.fixture
def due_round(session):
    """A round with one full case ordered, that closes at NOON. Its id."""
    a_network(session)
    round_ = a_round(session, a_product(session, a_supplier(session)))
    an_order(session, round_, a_household(session, "Ada"), {"Rijst": 6})
    return round_.id


def said_no(result):
    """It failed, and said why in words on stderr."""
    assert result.exit_code != 0
    assert "Traceback" not in result.output
    return result.stderr


# --- clock ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "time", ["2026-03-06T13:00", "2026-03-06T12:00Z", "2026-03-06 12:00:00+00:00"]
)
def test_a_tick_at_a_time_does_all_that_is_due_then(run, session, due_round, time):
    result = run("clock", "tick", "--at", time)

    assert result.exit_code == 0
    assert f"close round {due_round}\norder round {due_round}\n" in result.stdout
    assert session.get_one(Round, due_round).state == RoundState.ORDERED
    states = set(session.scalars(select(Errand.state)))
    assert states == {ErrandState.DONE}


def test_a_tick_before_the_time_closes_nothing(run, session, due_round):
    run("clock", "tick", "--at", "2026-03-06T12:59:59.999")

    assert session.get_one(Round, due_round).state == RoundState.OPEN


def test_a_tick_twice_changes_nothing_more(run, session, due_round):
    run("clock", "tick", "--at", NOON.isoformat())
    again = run("clock", "tick", "--at", (NOON + timedelta(days=1)).isoformat())

    assert again.stdout == "0 errands run\n"


def test_a_time_that_is_none_is_refused(run):
    assert "is not a time" in said_no(run("clock", "tick", "--at", "tonight"))


# --- catalogue -----------------------------------------------------------------------------------


def test_every_format_has_a_key(run):
    result = run("catalogue", "formats")

    keys = [line.split()[0] for line in result.stdout.splitlines()]
    assert {"foodsoft", "terrasana", "bnn", "columns"} <= set(keys)


def test_a_price_list_is_read_as_json(run):
    result = run("catalogue", "read", LIST, "--json")

    read = json.loads(result.stdout)
    assert result.exit_code == 0
    assert set(read) == {"format", "rows", "errors", "warnings"}
    assert read["format"] == "foodcoop-nl"
    assert all(set(row) >= ROW for row in read["rows"])
    assert read["rows"][0]["price"] == "0.92"


def test_a_format_can_be_named_and_must_fit(run):
    assert run("catalogue", "read", LIST, "--format", "foodcoop-nl").exit_code == 0
    assert said_no(run("catalogue", "read", LIST, "--format", "bnn"))
    assert said_no(run("catalogue", "read", LIST, "--format", "no such thing"))


@pytest.mark.parametrize("content", [b"", b"%PDF-1.7 no list", b"\x00\x01\x02\xff" * 50])
def test_what_is_no_price_list_is_refused_in_words(run, tmp_path, content):
    file = tmp_path / "list.csv"
    file.write_bytes(content)

    assert said_no(run("catalogue", "read", file))


def test_wrong_rows_are_told_by_row_and_column(run, tmp_path):
    file = tmp_path / "list.csv"
    file.write_text("Bestelnummer;Omschrijving;Prijs;BTW\n1;Appel;1,00;9\n2;Peer;duur;9\n")

    result = run("catalogue", "read", file, "--json")

    assert result.exit_code == 1
    (error,) = json.loads(result.stdout)["errors"]
    assert (error["row"], error["column"], error["value"]) == (3, "Prijs", "duur")
    assert error["message"]


def test_a_list_is_imported_for_a_supplier_by_name_or_id(run, session):
    a_network(session)
    id_ = a_supplier(session, "De Tuin").id

    assert run("catalogue", "import", "de tuin", LIST).exit_code == 0
    again = run("catalogue", "import", id_, LIST)

    assert "53 unchanged" in again.stdout
    assert len(session.scalars(select(Product)).all()) == 53


def test_an_import_can_be_looked_at_first(run, session):
    a_supplier(session, "De Tuin")

    result = run("catalogue", "import", "De Tuin", LIST, "--preview")

    assert "53 new" in result.stdout
    assert session.scalars(select(Product)).all() == []


def test_an_import_for_nobody_we_know_is_refused(run, session):
    a_supplier(session, "De Tuin")

    assert "De Tuin" in said_no(run("catalogue", "import", "De Tuyn", LIST))


# --- rounds and documents ------------------------------------------------------------------------


def test_a_round_is_told_in_whole_cents_with_reasons_and_hashes(run, due_round):
    run("clock", "tick", "--at", NOON.isoformat())

    facts = json.loads(run("rounds", "show", due_round, "--json").stdout)

    assert facts["state"] == "ordered"
    assert facts["wants"][0]["ordered_quantity"] == 6
    (share,) = facts["allocation"]
    assert (share["given"], share["wanted"]) == (6, 6)
    assert share["reason"]
    assert facts["supplier_orders"][0]["net_cents"] == 600
    assert sum(charge["cents"] for charge in facts["charges"]) == 600
    assert facts["reconciliation"]["difference_cents"] == 0
    assert {document["kind"] for document in facts["documents"]} == {
        "invoice", "order_sheet", "packing_list",
    }  # fmt: skip
    assert all(len(document["sha256"]) == 64 for document in facts["documents"])


def test_rounds_are_listed(run, due_round):
    (listed,) = json.loads(run("rounds", "list", "--json").stdout)

    assert (listed["id"], listed["state"]) == (due_round, "open")
    assert "Proefronde" in run("rounds", "list").stdout


def test_a_round_that_is_not_there_is_told(run):
    assert "no round 99" in said_no(run("rounds", "show", "99"))


def test_papers_are_verified(app, run, session, due_round):
    run("clock", "tick", "--at", NOON.isoformat())
    assert "3 whole, 0 damaged" in run("documents", "verify").stdout

    document = session.scalars(select(StoredDocument)).first()
    (Path(app.config["DOCUMENTS_FOLDER"]) / document.path).write_bytes(b"other")
    result = run("documents", "verify")

    assert result.exit_code == 1
    assert "DAMAGED" in result.stderr


def test_a_paper_that_is_gone_is_told_and_one_not_printed_is_no_damage(
    app, run, session, due_round
):
    round_ = session.get_one(Round, due_round)
    lifecycle.close(session, round_, actor=ACTOR, now=NOON)
    lifecycle.order(session, round_, actor=ACTOR, now=NOON)
    waiting = run("documents", "verify")
    assert waiting.exit_code == 0
    assert "not printed yet: invoice 2026-0001" in waiting.stdout

    folder = Path(app.config["DOCUMENTS_FOLDER"])
    stored = FolderArchive(folder).keep(b"%PDF")
    paper = session.scalars(select(Paper)).first()
    session.add(
        StoredDocument(paper_id=paper.id, renderer="x", stored_at=NOON, **stored._asdict())
    )
    session.commit()
    (folder / stored.path).unlink()

    assert run("documents", "verify").exit_code == 1


# --- errands -------------------------------------------------------------------------------------


@pytest.fixture
def dead_letter(session):
    """The sheet of a supplier without an address, given up. Its key."""
    a_network(session)
    round_ = a_round(session, a_product(session, a_supplier(session, email="")))
    an_order(session, round_, a_household(session, "Ada"), {"Rijst": 6})
    return "mail_sheet"


def test_what_gave_up_is_listed_and_retried(run, session, dead_letter):
    run("clock", "tick", "--at", NOON.isoformat())
    (stuck,) = json.loads(run("errands", "list", "--json").stdout)
    assert stuck["state"] == "dead"
    assert "no mail address" in stuck["last_error"]
    assert "no mail address" in run("errands", "list").stdout

    assert run("errands", "retry", stuck["key"]).exit_code == 0
    errand = session.scalars(select(Errand).where(Errand.key == stuck["key"])).one()
    assert errand.state == ErrandState.WAITING


def test_all_that_gave_up_is_retried_at_once(run, dead_letter):
    run("clock", "tick", "--at", NOON.isoformat())

    assert run("errands", "retry", "--all").stdout == "1 to be tried again\n"


def test_what_is_done_is_not_done_again(run, session, due_round):
    run("clock", "tick", "--at", NOON.isoformat())
    key = session.scalars(select(Errand.key).where(Errand.key.startswith("mail_sheet"))).one()

    assert "nothing to retry" in said_no(run("errands", "retry", key))
    assert "no errand nonsense:1" in said_no(run("errands", "retry", "nonsense:1"))
    assert said_no(run("errands", "retry"))


# --- people and settings -------------------------------------------------------------------------


def test_a_network_is_set_up_and_changed(run, session):
    assert "made" in run("network", "setup", "Samen", "--kvk", "12345678").stdout
    assert "changed" in run("network", "setup", "Samen Verder", "--city", "Haarlem").stdout

    network = session.scalars(select(Network)).one()
    assert (network.name, network.kvk, network.city) == ("Samen Verder", "12345678", "Haarlem")


@pytest.mark.parametrize("wrong", [("--kvk", "1"), ("--vat-id", "NL1"), ("--iban", "NL00X")])
def test_a_wrong_number_is_refused_and_nothing_is_kept(run, session, wrong):
    assert said_no(run("network", "setup", "Samen", *wrong))
    assert session.scalars(select(Network)).all() == []


def test_the_first_administrator_is_made_and_gets_in(run, session):
    a_network(session)

    assert run("people", "add", "Ada@Example.org", "Ada", "--role", "administrator").exit_code == 0
    told = run("people", "sign-in-code", "ada@example.org").stdout

    from app.codes import sign_in

    person = sign_in(session, "ada@example.org", told.split()[-1], at=datetime.now(UTC))
    assert person is find_person(session, "ada@example.org")


def test_nobody_gets_a_code_for_an_unknown_address(run, session):
    a_person(session, "Ada")

    assert said_no(run("people", "sign-in-code", "nobody@example.org"))
    assert said_no(run("people", "add", "no address", "Ada"))


def test_the_settings_are_shown_and_no_secret(app, run):
    app.config |= {"SECRET_KEY": "hush-hush", "SMTP_PASSWORD": "hush-too"}
    app.config["SQLALCHEMY_DATABASE_URI"] = "postgresql://ada:hush-three@host/name"

    said = run("config").stdout

    assert "CLOCK_SECONDS = 2.0" in said
    assert "SECRET_KEY = (set)" in said
    assert "hush" not in said


# --- tenders


def test_an_award_is_told_as_json_with_hashes_and_without_names(session, run):
    a_network(session)
    round_ = tenders.a_tender(session)
    tenders.joins(session, round_, a_household(session, "Ada de Vries"))
    tenders.close(session, round_)
    bid = tenders.bids_on(session, round_)
    tenders.opens_bids(session, round_)
    number, commitment = round_.id, bid.commitment

    result = run("rounds", "award", number, "--json")

    facts = json.loads(result.stdout)
    assert facts["replayed"] == "same"
    assert [one["commitment"] for one in facts["bids"]] == [commitment]
    assert facts["offers"][0]["bid"] == facts["bids"][0]["key"]
    assert "Ada" not in result.stdout
    assert "offered Noord" in run("rounds", "award", number).stdout


@pytest.fixture
def bidding(session):
    """Ada takes part, and one of two suppliers has bid. The round's id, and the bid's hash."""
    a_network(session)
    round_ = tenders.a_tender(session)
    tenders.joins(session, round_, a_household(session, "Ada de Vries"))
    tenders.close(session, round_)
    tenders.an_invitation(session, round_, "Zuid")
    return round_.id, tenders.bids_on(session, round_).commitment


def test_a_tender_is_shown_with_its_bids_and_nothing_of_what_they_say(run, bidding):
    number, commitment = bidding

    told = run("rounds", "show", number).stdout
    facts = json.loads(run("rounds", "show", number, "--json").stdout)["tender"]

    assert "1 take part, 2 suppliers invited" in told
    assert f"sealed    2026-03-06T13:00:00+00:00 {commitment} Noord" in told
    assert [bid["content"] for bid in facts["bids"]] == [None]
    assert "Ada" not in told


def test_bids_are_told_as_json_with_what_they_say_once_they_are_open(run, session, bidding):
    number, commitment = bidding
    [sealed] = json.loads(run("rounds", "bids", number, "--json").stdout)
    tenders.opens_bids(session, session.get_one(Round, number))
    [opened] = json.loads(run("rounds", "bids", number, "--json").stdout)

    assert (sealed["commitment"], sealed["content"], sealed["nonce"]) == (commitment, None, "")
    assert opened["content"]["tariff"] and len(opened["nonce"]) == 64
    assert json.loads(run("rounds", "show", number, "--json").stdout)["tender"]["choices"] == {
        "made": 1
    }


def test_a_round_that_is_no_tender_has_no_bids(run, due_round):
    assert "no tender" in said_no(run("rounds", "bids", due_round))


def test_an_award_that_comes_out_otherwise_fails_so_that_a_script_notices(session, run):
    a_network(session)
    round_ = tenders.a_tender(session)
    tenders.joins(session, round_, a_household(session, "Ada"))
    tenders.close(session, round_)
    tenders.bids_on(session, round_)
    tenders.opens_bids(session, round_)
    promised = round_.particulars
    round_.particulars = promised | {"start_on": "2025-01-01"}  # it was changed afterwards
    number = round_.id

    result = run("rounds", "award", number, "--json")

    assert json.loads(result.stdout)["replayed"] == "other"
    assert "otherwise" in said_no(result)


def test_a_round_without_an_award_says_so(run, due_round):
    result = run("rounds", "award", due_round)

    assert result.exit_code == 1 and "no award" in result.stderr


@pytest.mark.parametrize(
    ("fault", "hint"),
    [("no such table: round", "db upgrade"), ("database is locked", "try again")],
)
def test_what_is_wrong_with_the_database_is_told_apart(run, monkeypatch, fault, hint) -> None:
    def fails(*_: object, **__: object) -> None:
        raise OperationalError("SELECT 1", {}, Exception(fault))

    monkeypatch.setattr(Session, "scalars", fails)

    told = run("rounds", "list").stderr
    assert hint in told and fault in told
