"""A year's books as files: each adds up, says who is who, and keeps to its format."""

import csv
import io
import re
from collections import Counter
from dataclasses import replace
from datetime import date
from importlib import resources

import pytest
from lxml import etree
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.bank import read
from app.bookkeeping import FORMATS, audit_file, csv_journal, plain_text
from purchasing import lifecycle
from purchasing.books import deciding, intake, journal
from purchasing.books.bank import BankLine
from purchasing.books.journal import Journal
from purchasing.papers import Paper
from tests.bank_files import Moved, camt
from tests.builders import (
    ACTOR,
    NOON,
    a_bill,
    a_household,
    a_network,
    a_product,
    a_round,
    a_shop,
    a_supplier,
    an_order,
)

EVIL = 'Aïcha "el" <b>; =SUM(1) & | \\'


@pytest.fixture
def year(session: Session, app) -> Journal:
    """A round, a bill of the year before, payments with and without a name, costs of the bank."""
    a_network(session)
    ada, shop = a_household(session, EVIL), a_shop(session, "Hoek")
    old = a_bill(session, ada, 500, on=date(2025, 12, 1))
    milk = a_product(session, a_supplier(session, EVIL), "Melk", deposit_cents=25)
    round_ = a_round(session, milk, fee_cents=125)
    an_order(session, round_, ada, {"Melk": 3})
    an_order(session, round_, shop, {"Melk": 3})
    lifecycle.close(session, round_, actor=ACTOR, now=NOON)
    lifecycle.order(session, round_, actor=ACTOR, now=NOON)
    bill = session.scalars(select(Paper).where(Paper.participant_id == shop.id)).one()
    moved = (
        Moved(500, reference=old.reference),
        Moved(bill.total_cents, reference=bill.reference),
        Moved(-990, name=EVIL, text="Kosten;  | \n maart"),
    )
    file = read(camt(*moved))
    intake.take_in(session, file, file_name="x", actor=ACTOR, now=NOON)
    costs = session.scalars(select(BankLine).where(BankLine.cents < 0)).one()
    deciding.decide(session, costs, account="bank-costs", actor=ACTOR, now=NOON)
    return journal.of_year(session, 2026)


def test_the_year_begins_with_what_was_and_adds_up(year: Journal) -> None:
    assert year.opening == {"participant:1": 500, "result:2025": -500}
    assert all(sum(cents for _, cents in one.lines) == 0 for one in year.booked)
    assert {one.journal for one in year.booked} == {"purchases", "sales", "bank", "memorial"}


def test_the_table_has_a_row_for_each_line(year: Journal) -> None:
    text = csv_journal.write(year, date(2026, 12, 31)).decode("utf-8-sig")

    rows = list(csv.reader(io.StringIO(text), delimiter=";"))
    cents = [int(row[-1].replace(",", "")) for row in rows[1:]]
    assert len(cents) == len(year.opening) + sum(len(one.lines) for one in year.booked)
    assert sum(cents) == 0
    assert {len(row) for row in rows} == {8}


@pytest.mark.parametrize("sign", ["=", "+", "-", "@", "\t", "＝"])
def test_no_text_in_the_table_is_a_formula(year: Journal, sign: str) -> None:
    bad = f"{sign}HYPERLINK(0)"
    booked = tuple(replace(one, memo=bad) for one in year.booked)
    text = csv_journal.write(replace(year, booked=booked), date(2026, 12, 31)).decode("utf-8-sig")

    rows = list(csv.reader(io.StringIO(text), delimiter=";"))
    assert [row[6] for row in rows[1 + len(year.opening) :]].count(f"'{bad}") > 1
    assert not any(cell.startswith(sign) for row in rows for cell in row[:7])


@pytest.mark.parametrize("write", [plain_text.hledger, plain_text.beancount])
def test_plain_text_adds_up_and_declares_its_accounts(year: Journal, write) -> None:
    text = write(year, date(2026, 12, 31)).decode()

    lines = re.findall(r"^ {4}(\S.*?)  (-?\d+\.\d\d) EUR$", text, re.MULTILINE)
    assert sum(round(float(amount) * 100) for _, amount in lines) == 0
    declared = re.findall(r"^(?:account |\S+ open )(.+?)(?: EUR)?$", text, re.MULTILINE)
    assert {account for account, _ in lines} <= set(declared)
    assert len(lines) == len(year.opening) + sum(len(one.lines) for one in year.booked)


def test_beancount_names_begin_with_a_capital(year: Journal) -> None:
    text = plain_text.beancount(year, date(2026, 12, 31)).decode()
    for account in re.findall(r"open (\S+) EUR", text):
        assert re.fullmatch(r"[A-Z][a-z]+(:[A-Z][A-Za-z0-9-]*)+", account)


def test_the_audit_file_is_valid_by_the_official_schema(year: Journal) -> None:
    schemas = resources.files("pyxaf") / "schemas"
    (official,) = (file for file in schemas.iterdir() if file.name.endswith("4.0.xsd"))
    document = etree.fromstring(audit_file.write(year, date(2026, 12, 31)))
    etree.XMLSchema(etree.fromstring(official.read_bytes())).assertValid(document)


def test_the_audit_file_says_the_same_sums_everywhere(year: Journal) -> None:
    document = etree.fromstring(audit_file.write(year, date(2026, 12, 31)))
    name = f"{{{audit_file.NAMESPACE}}}"

    sides = Counter()
    for line in document.iter(f"{name}trLine"):
        amount = line.findtext(f"{name}amnt").replace(".", "")
        sides[line.findtext(f"{name}amntTp")] += int(amount)
    transactions = document.find(f".//{name}transactions")
    assert sides["D"] == sides["C"]
    assert transactions.findtext(f"{name}totalDebit") == f"{sides['D'] / 100:.2f}"
    accounts = {one.text for one in document.iter(f"{name}accID")}
    declared = {one.findtext(f"{name}accID") for one in document.iter(f"{name}ledgerAccount")}
    assert accounts == declared


def test_an_empty_year_is_a_file_too(session: Session, app) -> None:
    a_network(session)
    empty = journal.of_year(session, 2026)
    for written in FORMATS.values():
        assert written.write(empty, date(2026, 12, 31))
