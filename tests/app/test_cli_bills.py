"""`bills` on the command line: read, enter, list."""

import json

import pytest

from app.documents import einvoice, render, samples
from purchasing.books import ledger
from tests.app.test_cli_payments import commands
from tests.journeys.test_supplier_bill import a_file, a_settled_order


@pytest.fixture
def run(app, session):
    return commands(app, session)


@pytest.fixture
def order(session):
    return a_settled_order(session)


@pytest.fixture
def file(tmp_path):
    """Rice for 60 cents less than expected, oil for 60 cents more."""
    path = tmp_path / "F-118.xml"
    path.write_bytes(a_file("5.40", "12.60", net="18.00", vat="1.62", total="19.62"))
    return path


def test_a_file_is_shown_and_not_kept(run, order, file) -> None:
    told = json.loads(run("bills", "read", file, "--json").stdout)

    assert (told["number"], told["total_cents"], told["credit"]) == ("2026-118", 1962, False)
    assert [line["net_cents"] for line in told["lines"]] == [540, 1260]
    assert "19.62" in run("bills", "read", file).stdout
    assert json.loads(run("bills", "list", order.round_id, "--json").stdout) == []


def test_a_pdf_says_what_its_xml_says(run, order, tmp_path) -> None:
    paper = samples.invoice(shop=True)
    (tmp_path / "a.pdf").write_bytes(render("invoice", paper))
    (tmp_path / "a.xml").write_bytes(einvoice.cii_of(paper))

    one, other = (run("bills", "read", tmp_path / n, "--json") for n in ("a.pdf", "a.xml"))

    assert one.stdout == other.stdout != ""


def test_a_bill_is_booked_when_each_difference_is_decided(
    run, session, order, file
) -> None:  # fmt: skip
    words = "bills", "enter", order.round_id, "De Akker", file
    preview = json.loads(run(*words, "--preview", "--json").stdout)
    assert {one["part"]: one["cents"] for one in preview} == {"line:71": -60, "line:72": 60}
    undecided = run(*words, "--decide", "line:71=passed")
    assert (undecided.exit_code, "each difference" in undecided.stderr) == (1, True)
    assert run("bills", "list", order.round_id).stdout == ""

    booked = run(*words, "--decide", "line:71=passed", "--others", "disputed")

    assert "2026-118 is in the books" in booked.stdout
    (told,) = json.loads(run("bills", "list", order.round_id, "--json").stdout)
    assert told["disputed_cents"] == 60
    assert told["passed_on"][0] | {"papers": []} == {
        "name": "Ada", "back": 60, "asked": 0, "agreed": None, "without_vat": True, "papers": [],
    }  # fmt: skip
    assert -ledger.balance(session, f"supplier:{order.supplier_id}") == 1962 - 60


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("De Akker", "--decide", "line:71=perhaps"), "is not PART=OUTCOME"),
        (("Niemand",), "Nothing was ordered from “Niemand”"),
    ],
)
def test_what_is_wrong_is_said_in_a_sentence(run, order, file, words, told) -> None:
    supplier, *more = words

    result = run("bills", "enter", order.round_id, supplier, file, *more)

    assert (result.exit_code, told in result.stderr) == (1, True)


def test_a_file_that_is_no_bill_ends_with_its_reason(run, order, tmp_path) -> None:
    (tmp_path / "x.pdf").write_bytes(b"%PDF-1.7")

    result = run("bills", "read", tmp_path / "x.pdf")

    assert (result.exit_code, "damaged" in result.stderr) == (1, True)
    assert run("bills", "list", 999).exit_code == 1
