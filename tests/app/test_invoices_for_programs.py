"""Beside a shop's invoice lies the same for its bookkeeping program: stored, mailed, given out."""

import errno
import io
import zipfile
from pathlib import Path

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from app import mail
from app.documents import einvoice
from app.documents.archives.folder import FolderArchive
from app.errands import PressRoom
from purchasing import lifecycle
from purchasing.errands import Kind
from purchasing.papers import DataFile, Paper, PaperKind
from tests.app.street import NOW, a_street
from tests.app.test_mail import Asked
from tests.builders import DAY, an_order
from tests.einvoice.official import check

UBL = b"urn:oasis:names:specification:ubl:schema:xsd:Invoice-2"


@pytest.fixture
def street(session):
    return a_street(session)


@pytest.fixture
def invoices(app, session, street):
    """The printed invoices of Ada's household and of her shop, by name."""
    app.config["PRESS_WORKERS"] = 0
    an_order(session, street.round, street.household, {"Rijst": 6, "Sap": 6}, at=NOW - DAY)
    an_order(session, street.round, street.shop, {"Kaas": 8, "Sap": 6, "Zeep": 3}, at=NOW - DAY)
    lifecycle.close_now(session, street.round, actor="t", now=NOW)
    lifecycle.order(session, street.round, actor="t", now=NOW)
    session.commit()
    PressRoom(app).run_due()
    session.expire_all()
    found = session.scalars(select(Paper).where(Paper.kind == PaperKind.INVOICE))
    return {paper.participant.name: paper for paper in found}


@pytest.fixture
def run(app, session):
    def command(*words):
        session.commit()
        session.remove()
        return app.test_cli_runner().invoke(args=[str(word) for word in words])

    return command


def stored(app, paper) -> bytes:
    return FolderArchive(Path(app.config["DOCUMENTS_FOLDER"])).read(
        paper.data.path, paper.data.sha256
    )


def test_a_shop_gets_ubl_beside_its_pdf_and_a_household_does_not(app, invoices) -> None:
    assert invoices["Huis"].data is None
    assert UBL in stored(app, invoices["Toko"])


def test_what_the_books_make_holds_to_the_rules(app, invoices, tmp_path) -> None:
    for name, paper in invoices.items():
        (tmp_path / f"{name}-cii.xml").write_bytes(einvoice.cii_of(paper.snapshot))
        (tmp_path / f"{name}-ubl.xml").write_bytes(einvoice.as_ubl(paper.snapshot))

    assert set(map(tuple, check(tmp_path).values())) == {()}


def test_a_stored_file_cannot_change(session, invoices) -> None:
    assert session.scalar(select(DataFile.size))
    with pytest.raises(DBAPIError, match="final"):
        session.execute(text("UPDATE data_file SET size = 1"))
    session.rollback()


def test_the_mail_to_a_shop_brings_both(app, session, invoices) -> None:
    shop = invoices["Toko"]

    message = mail.write(session, Asked(Kind.MAIL_PAPER, str(shop.id)), now=NOW).content

    files = {part.get_filename(): part for part in message.iter_attachments()}
    [xml] = [part for name, part in files.items() if name.endswith(f"{shop.number}.xml")]
    assert len(files) == 2
    assert xml.get_content_type() == "application/xml"
    assert xml.get_content() == stored(app, shop)
    assert "UBL" in message.get_body(("plain",)).get_content()


def test_the_mail_to_a_household_brings_the_pdf_alone(session, invoices) -> None:
    home = invoices["Huis"]

    message = mail.write(session, Asked(Kind.MAIL_PAPER, str(home.id)), now=NOW).content

    assert len(list(message.iter_attachments())) == 1
    assert "UBL" not in message.get_body(("plain",)).get_content()


def test_a_shop_finds_it_among_its_papers(app, visitor, session, street, invoices) -> None:
    ada = visitor.sign_in(street.ada)
    home, shop = invoices["Huis"], invoices["Toko"]

    page = ada.get("/mine")
    answer = ada.open(f"/papers/{shop.id}.xml")

    assert page.select_one(f"a[href='/papers/{shop.id}.xml']")
    assert not page.select_one(f"a[href='/papers/{home.id}.xml']")
    assert answer.data == stored(app, shop)
    assert answer.headers["Content-Disposition"].endswith(f'{shop.number}.xml"')
    assert ada.open(f"/papers/{home.id}.xml").status_code == 404


def test_the_neighbours_do_not_find_it(visitor, street, invoices) -> None:
    visitor.sign_in(street.bob)

    assert visitor.open(f"/papers/{invoices['Toko'].id}.xml").status_code == 404


def test_what_is_damaged_is_not_given_out(app, visitor, street, invoices) -> None:
    shop = invoices["Toko"]
    (Path(app.config["DOCUMENTS_FOLDER"]) / shop.data.path).write_bytes(b"<other/>")
    ada = visitor.sign_in(street.ada)

    assert ada.open(f"/papers/{shop.id}.xml").status_code == 500


# --- for the bookkeeper ------------------------------------------------------------------------


def test_a_period_is_exported_as_files(run, invoices, tmp_path) -> None:
    names = {f"invoice-{paper.number}" for paper in invoices.values()}
    day = invoices["Toko"].issued_on

    result = run("invoices", "export", "--from", day, "--until", day, "--out", tmp_path / "out")

    assert result.exit_code == 0, result.stderr
    assert {path.name for path in (tmp_path / "out").iterdir()} == {
        f"{name}.{suffix}" for name in names for suffix in ("pdf", "xml")
    }


def test_the_same_period_is_the_same_zip(run, invoices, tmp_path) -> None:
    day, made = invoices["Toko"].issued_on, []
    for name in ("one.zip", "two.zip"):
        run("invoices", "export", "--from", day, "--until", day, "--out", tmp_path / name)
        made.append((tmp_path / name).read_bytes())

    assert made[0] == made[1]
    assert len(zipfile.ZipFile(io.BytesIO(made[0])).namelist()) == 4


def test_another_period_has_none_of_them(run, invoices, tmp_path) -> None:
    day = invoices["Toko"].issued_on - DAY

    result = run("invoices", "export", "--from", day, "--until", day, "--out", tmp_path / "out")

    assert list((tmp_path / "out").iterdir()) == []
    assert "0 invoices" in result.stdout


def test_an_export_says_what_is_missing_and_gives_the_rest(app, run, invoices, tmp_path) -> None:
    day, shop = invoices["Toko"].issued_on, invoices["Toko"]
    number = shop.number
    (Path(app.config["DOCUMENTS_FOLDER"]) / shop.data.path).unlink()

    result = run("invoices", "export", "--from", day, "--until", day, "--out", tmp_path / "out")

    assert result.exit_code == 1
    assert number in result.stderr
    assert len(list((tmp_path / "out").iterdir())) == 2


def test_an_export_onto_a_full_disk_leaves_the_one_before_as_it_was(
    run, invoices, tmp_path, monkeypatch
) -> None:
    day, file = invoices["Toko"].issued_on, tmp_path / "out" / "year.zip"
    file.parent.mkdir()
    words = ("invoices", "export", "--from", day, "--until", day, "--out", file)
    run(*words)
    before = file.read_bytes()

    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(zipfile.ZipFile, "writestr", full)
    result = run(*words)

    assert result.exit_code == 1 and "No space left" in result.stderr
    assert file.read_bytes() == before
    assert list(file.parent.iterdir()) == [file]


def test_an_invoice_on_a_bad_sector_is_told_and_the_rest_exported(
    run, invoices, tmp_path, monkeypatch
) -> None:
    day, shop = invoices["Toko"].issued_on, invoices["Toko"]
    path, read = shop.document.path, FolderArchive.content

    def bad_sector(archive, wanted):
        if wanted == path:
            raise OSError(errno.EIO, "Input/output error")
        return read(archive, wanted)

    monkeypatch.setattr(FolderArchive, "content", bad_sector)
    number = shop.number
    result = run("invoices", "export", "--from", day, "--until", day, "--out", tmp_path / "out")

    assert result.exit_code == 1 and number in result.stderr
    assert len(list((tmp_path / "out").iterdir())) == 2


@pytest.mark.parametrize("words", [("2026-02-30", "2026-03-01"), ("2026-03-02", "2026-03-01")])
def test_a_period_that_cannot_be_is_refused(run, tmp_path, words) -> None:
    result = run(
        "invoices", "export", "--from", words[0], "--until", words[1], "--out", tmp_path / "out"
    )

    assert result.exit_code == 2
    assert not (tmp_path / "out").exists()
