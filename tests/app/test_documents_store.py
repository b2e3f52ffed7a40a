"""Papers in an S3-compatible store: the same promises as in a folder, kept by a real server."""

import time
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from app.documents import press
from app.documents.archives import at, moving, s3
from app.documents.archives.contract import StoreAway
from app.documents.archives.folder import FolderArchive
from app.documents.archives.s3 import S3Archive
from app.documents.errors import Damaged
from app.errands import PressRoom, run_until_done
from app.errands import pressroom as the_press_room
from purchasing.deliveries import photos
from purchasing.errands import ErrandState, Kind
from purchasing.ordering import SupplierOrderLine
from purchasing.papers import Paper, PaperKind, StoredDocument
from tests.app.coordinator import village
from tests.app.test_backup import command
from tests.app.test_errands import an_ordered_round, by_kind
from tests.builders import NOON, a_person
from tests.faults.dying import KILLED, run_until, set_in_lead
from tests.store import KEY_ID, PROGRAM, SECRET, StoreServer, keep_and_die

HOUR = timedelta(hours=1)
PAPER = b"%PDF-1.7 a paper" * 1000

pytestmark = pytest.mark.skipif(
    not PROGRAM.exists(), reason="no store to try it against: ./dev test makes build/store"
)


@pytest.fixture(scope="module")
def server():
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ACCESS_KEY_ID", KEY_ID)
        patch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
        server = StoreServer()
        yield server
        server.close()


@pytest.fixture
def archive(server) -> S3Archive:
    return server.bucket()


@pytest.fixture
def site(app, archive, server, monkeypatch):
    """The application, keeping its papers in the store; they are printed quickly."""
    monkeypatch.setattr(press, "render", set_in_lead)
    monkeypatch.setattr(the_press_room, "RESTS", 0.0)
    app.config |= {
        "DOCUMENTS_URL": str(archive),
        "DOCUMENTS_ENDPOINT": server.endpoint,
        "DOCUMENTS_TIMEOUT": 5,
        "PRESS_WORKERS": 0,
    }
    return app


@pytest.fixture
def away(server, site, monkeypatch):
    """`away()` and the store answers nobody; it is back when the test ends, at the latest."""
    monkeypatch.setattr(s3, "TRIES", 1)
    site.config["DOCUMENTS_TIMEOUT"] = 0.2
    yield server.away
    server.back()


def spoil(archive, path: str, content: bytes) -> None:
    archive.client.put_object(Bucket=archive.bucket, Key=f"{archive.prefix}{path}", Body=content)


# --- what an archive promises --------------------------------------------------------------------


def test_what_is_kept_is_read_back_and_is_one_object(archive) -> None:
    stored = archive.keep(PAPER)

    assert archive.keep(PAPER) == stored
    assert archive.read(stored.path, stored.sha256) == PAPER
    assert list(archive.paths()) == [stored.path]


def test_what_is_in_the_store_has_the_name_it_has_in_a_folder(archive, tmp_path) -> None:
    assert archive.keep(PAPER, ".xml") == FolderArchive(tmp_path).keep(PAPER, ".xml")


@pytest.mark.parametrize("changed", [PAPER[:-1] + b"!", PAPER[:700], b""])
def test_an_object_that_was_changed_or_cut_short_is_noticed_and_mended(archive, changed) -> None:
    stored = archive.keep(PAPER)
    spoil(archive, stored.path, changed)

    with pytest.raises(Damaged, match="not what was stored"):
        archive.read(stored.path, stored.sha256)
    archive.keep(PAPER)
    assert archive.read(stored.path, stored.sha256) == PAPER


def test_an_object_that_is_gone_is_noticed_and_removing_it_twice_is_no_fault(archive) -> None:
    stored = archive.keep(PAPER)
    archive.remove(stored.path)
    archive.remove(stored.path)

    with pytest.raises(Damaged, match="gone"):
        archive.read(stored.path, stored.sha256)


@pytest.mark.parametrize("path", ["../secret", "/etc/passwd", "ab/cd/../../secret", ""])
def test_only_paths_of_the_archive_are_read(archive, path) -> None:
    with pytest.raises(Damaged):
        archive.read(path, "0" * 64)


def test_a_list_of_more_than_a_page_is_whole(archive) -> None:
    names = [f"ab/cd/{number:04d}.pdf" for number in range(1003)]
    for name in names:
        spoil(archive, name, b"x")

    assert list(archive.paths()) == names


def test_papers_of_another_installation_in_the_bucket_are_not_ours(archive, app, server) -> None:
    archive.keep(PAPER)
    app.config["DOCUMENTS_ENDPOINT"] = server.endpoint

    assert list(at(app, f"s3://{archive.bucket}/there").paths()) == []


def test_a_bucket_that_is_not_there_is_a_store_that_is_away(app, server) -> None:
    app.config["DOCUMENTS_ENDPOINT"] = server.endpoint
    with pytest.raises(StoreAway, match="NoSuchBucket"):
        at(app, "s3://no-such-bucket").keep(PAPER)


# --- an evening with it --------------------------------------------------------------------------


def test_a_round_is_printed_into_the_store_and_mailed_out_of_it(site, session, archive) -> None:
    an_ordered_round(session, "Ada", "Ben")

    run_until_done(site, now=lambda: NOON)

    documents = session.scalars(select(StoredDocument)).all()
    assert len(documents) == len(session.scalars(select(Paper)).all()) == 4
    assert all(archive.read(d.path, d.sha256).startswith(b"%PDF") for d in documents)
    mails = list(Path(site.config["MAIL_FOLDER"]).rglob("*.eml"))
    assert sum(b"application/pdf" in mail.read_bytes() for mail in mails) == 3
    assert not Path(site.config["DOCUMENTS_FOLDER"]).exists()


def test_while_the_store_is_away_papers_wait_and_no_try_is_spent(
    site, session, server, away
) -> None:
    an_ordered_round(session)
    away()
    with closing(PressRoom(site, now=lambda: NOON)) as room:
        room.run_due()
    session.rollback()
    waiting = by_kind(session, Kind.RENDER)
    assert {e.state for e in waiting} == {ErrandState.WAITING}
    assert max(e.tries for e in waiting) == 0
    assert any("does not answer" in e.error for e in waiting)
    assert session.scalars(select(StoredDocument)).all() == []
    session.rollback()

    server.back()
    site.config["DOCUMENTS_TIMEOUT"] = 5
    run_until_done(site, now=lambda: NOON + HOUR)

    assert {e.state for e in by_kind(session, Kind.RENDER)} == {ErrandState.DONE}


def test_a_mail_waits_for_its_paper_while_the_store_is_away(site, session, server, away) -> None:
    an_ordered_round(session)
    with closing(PressRoom(site, now=lambda: NOON)) as room:
        site.config["DOCUMENTS_TIMEOUT"] = 5
        room.run_due()
    site.config["DOCUMENTS_TIMEOUT"] = 0.2
    away()
    run_until_done(site, now=lambda: NOON)
    assert not list(Path(site.config["MAIL_FOLDER"]).rglob("*.eml"))

    server.back()
    site.config["DOCUMENTS_TIMEOUT"] = 5
    run_until_done(site, now=lambda: NOON + HOUR)
    assert len(list(Path(site.config["MAIL_FOLDER"]).rglob("*.eml"))) == 2


def test_who_dies_between_the_object_and_its_row_prints_it_again_as_the_same_object(
    site, session, archive
) -> None:
    an_ordered_round(session)
    names = ("SQLALCHEMY_DATABASE_URI", "SECRET_KEY", "DOCUMENTS_URL", "DOCUMENTS_ENDPOINT")
    settings = {name: site.config[name] for name in names}
    settings |= {"TESTING": True, "INSTANCE_FOLDER": site.instance_path, "PRESS_WORKERS": 0}
    session.rollback()

    assert run_until(1_000_000, keep_and_die, settings, NOON) == KILLED
    assert len(list(archive.paths())) == 1
    assert session.scalars(select(StoredDocument)).all() == []
    session.rollback()

    run_until_done(site, now=lambda: NOON + HOUR)
    documents = session.scalars(select(StoredDocument)).all()
    assert {d.path for d in documents} == set(archive.paths())


# --- what people and operators see ---------------------------------------------------------------


@pytest.fixture
def bill(site, session):
    """A printed invoice, as its household and the operator see it."""
    an_ordered_round(session)
    run_until_done(site, now=lambda: NOON)
    return session.scalars(select(Paper).where(Paper.kind == PaperKind.INVOICE)).one()


def test_a_paper_is_given_out_or_a_page_says_why_not(
    site, session, visitor, archive, bill, server, away
) -> None:
    site.config["DOCUMENTS_TIMEOUT"] = 5
    visitor.sign_in(a_person(session, "Ada", bill.participant))
    page, path = f"/papers/{bill.id}.pdf", bill.document.path
    session.commit()
    assert visitor.client.get(page).data.startswith(b"%PDF")

    site.config["DOCUMENTS_TIMEOUT"] = 0.2
    away()
    told = visitor.client.get(page)
    assert (told.status_code, SECRET in told.text) == (503, False)
    assert "niet bij de papieren" in told.text
    server.back()

    site.config["DOCUMENTS_TIMEOUT"] = 5
    spoil(archive, path, b"%PDF another")
    assert visitor.client.get(page).status_code == 500


def test_the_doctor_and_verify_tell_of_a_changed_object_and_of_a_store_that_is_away(
    site, session, archive, bill, away
) -> None:
    site.config["DOCUMENTS_TIMEOUT"] = 5
    path = bill.document.path
    spoil(archive, path, b"%PDF anoth")

    assert "1 damaged" in command(site, "documents", "verify", fails=True)
    assert f"{path} is not what was stored" in command(site, "doctor", fails=True)

    site.config["DOCUMENTS_TIMEOUT"] = 0.2
    away()
    began = time.monotonic()
    assert "does not answer" in command(site, "doctor", fails=True)
    assert "does not answer" in command(site, "documents", "verify", fails=True)
    assert time.monotonic() - began < 15


def test_no_command_shows_the_secret(site, monkeypatch) -> None:
    assert SECRET not in command(site, "config")


def test_a_backup_takes_the_papers_out_of_the_store_and_puts_them_back(
    site, session, archive, bill, tmp_path
) -> None:
    path = bill.document.path
    file = tmp_path / "a.backup"
    command(site, "backup", "create", file)
    archive.remove(path)

    assert "All is as it was put in" in command(site, "backup", "verify", file)
    command(site, "backup", "restore", file, "--overwrite")

    assert "0 damaged" in command(site, "documents", "verify")


def test_a_photo_is_not_forgotten_before_its_object_is_gone(
    site, session, archive, server, away
) -> None:
    village.ordered(session)
    line = session.scalars(select(SupplierOrderLine)).first()
    picture = photos.Picture(*archive.keep(b"a photo", ".jpg"))
    photos.take(session, line, [picture], key="one", actor="Coor", now=village.NOW)
    session.commit()

    away()
    photos.remove(session, session.scalars(select(photos.DamagePhoto)).all())
    with pytest.raises(StoreAway):
        session.commit()
    session.rollback()
    server.back()
    site.config["DOCUMENTS_TIMEOUT"] = 5

    photos.remove(session, session.scalars(select(photos.DamagePhoto)).all())
    session.commit()
    assert list(archive.paths()) == []
    assert session.scalars(select(photos.DamagePhoto)).all() == []


# --- moving --------------------------------------------------------------------------------------


def test_papers_move_to_the_store_and_back_and_each_is_read_there(
    app, session, archive, server, tmp_path
) -> None:
    folder = FolderArchive(Path(app.config["DOCUMENTS_FOLDER"]))
    kept = [folder.keep(PAPER + bytes([number])) for number in range(3)]
    app.config["DOCUMENTS_ENDPOINT"] = server.endpoint

    told = command(app, "documents", "move", "--to", str(archive))

    assert "3 copied, 0 were there, 0 not copied" in told
    assert f"KOOPKRACHT_DOCUMENTS_URL={archive}" in told
    assert list(archive.paths()) == list(folder.paths())
    app.config["DOCUMENTS_URL"] = str(archive)
    assert "3 copied" in command(app, "documents", "move", "--to", tmp_path / "back")
    assert all(FolderArchive(tmp_path / "back").read(k.path, k.sha256) for k in kept)


def test_a_move_that_was_interrupted_goes_on_and_mends_what_is_not_whole(
    archive, tmp_path
) -> None:
    folder = FolderArchive(tmp_path)
    one, other = folder.keep(b"%PDF one"), folder.keep(b"%PDF other")
    archive.keep(b"%PDF one")
    spoil(archive, one.path, b"%PDF")

    assert moving.copy(folder, archive).copied == 2
    assert archive.read(one.path, one.sha256) == b"%PDF one"
    again = moving.copy(folder, archive)
    assert (again.copied, again.there, again.faults) == (0, 2, [])
    assert archive.read(other.path, other.sha256) == b"%PDF other"


def test_what_is_damaged_is_not_copied_and_said(app, session, archive, server) -> None:
    folder = FolderArchive(Path(app.config["DOCUMENTS_FOLDER"]))
    stored = folder.keep(PAPER)
    (folder.folder / stored.path).write_bytes(b"other")
    app.config["DOCUMENTS_ENDPOINT"] = server.endpoint

    told = command(app, "documents", "move", "--to", str(archive), fails=True)

    assert f"NOT COPIED: {stored.path} is not what was stored" in told
    assert "KOOPKRACHT" not in told
    assert list(archive.paths()) == []
