"""Reading bank files: one meaning whatever the format, and a reason for each that is refused."""

from contextlib import suppress
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app import bank
from app.bank import UnreadableBankFile, read
from app.bank.refusals import (
    BankFileTooLarge,
    BreaksOff,
    BrokenBankXml,
    DoubledFile,
    EmptyBankFile,
    EntitiesInBankXml,
    NotABankFile,
    OtherCurrency,
    OtherMessage,
    PackedBankFile,
    UnknownColumns,
    WrongAmount,
    WrongBankLine,
    WrongCells,
    WrongDate,
    WrongDirection,
)
from purchasing.books.bank_file import Line
from tests.bank_files import DAY, THEIRS, Moved, camt, ing_csv, mt940

PAID = Moved(1250, reference="RF39999920260001")
TEXT = Moved(1250, text="factuur van maart")


def _lines(data: bytes) -> tuple[Line, ...]:
    (statement,) = read(data).statements
    return statement.lines


# --- what is read ------------------------------------------------------------------------------


@pytest.mark.parametrize("version", range(2, 14))
@pytest.mark.parametrize("kind", ["053", "054"])
def test_every_version_of_camt_says_the_same(kind: str, version: int) -> None:
    file = read(camt(PAID, kind=kind, version=version))

    (line,) = file.statements[0].lines
    assert (file.format, file.statements[0].account) == (f"camt.{kind}", "NL91ABNA0417164300")
    assert (line.cents, line.booked_on, line.name, line.iban, line.reference) == (
        1250,
        DAY,
        "A. Voorbeeld",
        THEIRS,
        "RF39999920260001",
    )


@pytest.mark.parametrize("write", [camt, ing_csv, mt940])
def test_a_payment_means_the_same_in_every_format(write) -> None:
    came, went = _lines(write(TEXT, replace(TEXT, cents=-990)))

    assert (came.cents, went.cents) == (1250, -990)
    assert came.booked_on == DAY
    assert (came.name, came.iban) == ("A. Voorbeeld", THEIRS)
    assert "factuur van maart" in came.text


def test_what_is_only_pending_does_not_count() -> None:
    assert _lines(camt(PAID, replace(PAID, status="PDNG"))) == _lines(camt(PAID))


def test_a_batch_is_taken_apart_when_its_parts_add_up() -> None:
    batch = Moved(3000, parts=(Moved(1000), Moved(2000)))

    assert [(line.cents, line.part, line.entry_cents) for line in _lines(camt(batch))] == [
        (1000, 1, 3000),
        (2000, 2, 3000),
    ]


def test_a_batch_that_does_not_add_up_stays_one_line() -> None:
    batch = Moved(3000, parts=(Moved(1000), Moved(1999)))
    assert [(line.cents, line.part) for line in _lines(camt(batch))] == [(3000, 0)]


@pytest.mark.parametrize("write", [camt, mt940])
def test_money_that_goes_back_is_known_as_such(write) -> None:
    (line,) = _lines(write(replace(PAID, cents=-1250, returned=True)))
    assert (line.cents, line.returned) == (-1250, True)


def test_a_balance_that_does_not_add_up_says_how_much_is_missing() -> None:
    (statement,) = read(camt(PAID, opening=100_000, closing=103_000)).statements
    assert statement.missing == 1750


def test_a_statement_that_stands_twice_in_one_file_counts_once() -> None:
    assert read(mt940(PAID) + mt940(PAID)) == read(mt940(PAID))


def test_a_csv_of_several_accounts_gives_a_statement_of_each() -> None:
    both = ing_csv(TEXT) + ing_csv(TEXT, account="NL02ABNA0123456789").split(b"\n", 1)[1]
    assert [one.account for one in read(both).statements] == [
        "NL91ABNA0417164300",
        "NL02ABNA0123456789",
    ]


def test_letters_of_an_old_code_page_are_read() -> None:
    data = ing_csv(replace(TEXT, name="Çelik Gülçin")).decode().encode("cp1252", "replace")
    assert _lines(data)[0].name == "Çelik Gülçin"


@given(st.lists(st.integers(-9_999_999, 9_999_999).filter(bool), max_size=20))
def test_no_cent_is_lost_in_any_format(cents: list[int]) -> None:
    moved = [replace(TEXT, cents=one) for one in cents]
    for write in (camt, mt940, *([ing_csv] if cents else [])):
        (statement,) = read(write(*moved)).statements
        assert [line.cents for line in statement.lines] == cents
        assert statement.missing == 0


# --- what is refused ---------------------------------------------------------------------------

BOMB = (
    b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "boo"><!ENTITY c "&b;&b;&b;">]>'
    b"<Document><BkToCstmrStmt><Stmt><Id>&c;</Id></Stmt></BkToCstmrStmt></Document>"
)
OUTSIDE = b'<?xml version="1.0"?><!DOCTYPE a SYSTEM "file:///etc/hostname"><Document></Document>'


@pytest.mark.parametrize(
    ("data", "refusal"),
    [
        (b" \n ", EmptyBankFile),
        (b"PK\x03\x04rest", PackedBankFile),
        (bytes(range(32)) * 40, NotABankFile),
        (b"Datum,Bedrag,Iets\n1,2,3\n", UnknownColumns),
        (b"beste bank\n", UnknownColumns),
        (camt(PAID)[:-60], BrokenBankXml),
        (camt(PAID) + camt(PAID), BrokenBankXml),
        (BOMB, EntitiesInBankXml),
        (OUTSIDE, EntitiesInBankXml),
        (camt(PAID).replace(b"BkToCstmrStmt", b"BkToCstmrAcctRpt"), OtherMessage),
        (b"<html><body>Log in</body></html>", OtherMessage),
        (b'<?xml version="1.0" encoding="nonsense"?><Document/>', BrokenBankXml),
        (camt(replace(PAID, currency="SEK")), OtherCurrency),
        (camt(PAID).replace(b"12.50", b"12.505"), WrongAmount),
        (camt(PAID).replace(b"12.50", b"1,250.00"), WrongAmount),
        (camt(PAID).replace(b"12.50", b"9" * 13), WrongAmount),
        (camt(PAID).replace(b"<BookgDt><Dt>2026-03-20", b"<BookgDt><Dt>2026-02-30"), WrongDate),
        (camt(PAID, opening=None).replace(b"CRDT", b"SOME"), WrongDirection),
        (b'"' + b"a" * 200_000 + b'"\n', NotABankFile),
        (ing_csv(TEXT) + ing_csv(TEXT), DoubledFile),
        (ing_csv(TEXT)[:-30], WrongBankLine),
        (ing_csv(TEXT).replace(b"OV\",", b"OV;"), WrongCells),
        (ing_csv(TEXT).replace(b'"Bij"', b'"Om"'), WrongDirection),
        (ing_csv(TEXT).replace(b"20260320", b"20-03-26"), WrongDate),
        (mt940(PAID).partition(b":62F:")[0], BreaksOff),
        (mt940(PAID).replace(b"C12,50", b"Cveel"), WrongBankLine),
        (mt940(PAID).replace(b"EUR1", b"USD1"), OtherCurrency),
    ],
)  # fmt: skip
def test_a_file_that_cannot_be_trusted_is_refused(
    data: bytes, refusal: type[UnreadableBankFile]
) -> None:
    with pytest.raises(refusal):
        read(data)


def test_a_refusal_names_the_row() -> None:
    data = ing_csv(TEXT, replace(TEXT, on=date(2026, 3, 21))).replace(b"20260320", b"gisteren")

    with pytest.raises(WrongDate) as refused:
        read(data)

    assert refused.value.details == {"text": "gisteren", "place": 3}


def test_a_file_that_is_too_large_is_refused_unread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bank, "MOST_BYTES", 2**20)
    with pytest.raises(BankFileTooLarge):
        read(b"<" + b" " * 2**20)


@given(st.binary(max_size=400), st.integers(0, 900), st.sampled_from([camt, ing_csv, mt940]))
def test_a_damaged_file_is_read_or_refused_and_never_breaks(noise: bytes, at: int, write) -> None:
    whole = write(PAID, TEXT)
    with suppress(UnreadableBankFile):
        read(whole[:at] + noise + whole[at + 3 :])
