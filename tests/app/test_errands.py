"""Errands: what is printed and mailed happens once, or is known to be in doubt."""

import os
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Thread

import pytest
from sqlalchemy import select, update

from app.documents.archives.folder import FolderArchive
from app.errands import PostRoom, PressRoom, run_until_done
from app.mail import links
from app.mail.transport import Server
from purchasing import errands, handing_out, lifecycle
from purchasing.errands import Errand, ErrandState, Kind, Priority
from purchasing.papers import Paper, PaperKind, StoredDocument
from tests.app.post_office import LISTED, PostOffice, free_port, silence
from tests.builders import (
    ACTOR,
    NOON,
    a_household,
    a_network,
    a_product,
    a_round,
    a_supplier,
    an_order,
)

SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
ROOT = Path(__file__).parents[2]
PDF = b"%PDF-1.7 for a test"


@pytest.fixture(autouse=True)
def print_in_this_process(app):
    app.config["PRESS_WORKERS"] = 0


@pytest.fixture
def post_office(app):
    """A mail server, and an application that sends through it."""
    office = PostOffice()
    office.open()
    app.config |= {
        "SMTP_HOST": LISTED,
        "SMTP_PORT": office.port,
        "SMTP_STARTTLS": False,
        "SMTP_TIMEOUT": 5,
    }
    yield office
    office.close()


def an_ordered_round(session, *names, supplier=None):
    """A round that was closed and ordered at NOON: a sheet, a packing list, and invoices."""
    a_network(session)
    supplier = supplier or a_supplier(session)
    round_ = a_round(session, a_product(session, supplier))
    for name in names or ("Ada",):
        an_order(session, round_, a_household(session, name), {"Rijst": 6})
    lifecycle.close(session, round_, actor=ACTOR, now=NOON)
    lifecycle.order(session, round_, actor=ACTOR, now=NOON)
    # That their orders stand is told elsewhere.
    session.execute(
        update(Errand)
        .where(Errand.key.startswith("mail_order_placed"))
        .values(state=ErrandState.CANCELLED)
    )
    session.commit()
    return round_


def printed(app, session):
    """Lay a paper of this test in the archive for each, as if the press room had been by."""
    folder = Path(app.config["DOCUMENTS_FOLDER"])
    for paper in session.scalars(select(Paper)).all():
        stored = FolderArchive(folder).keep(PDF + paper.number.encode())
        session.add(
            StoredDocument(
                paper_id=paper.id, renderer="a test", stored_at=NOON, **stored._asdict()
            )
        )
    session.commit()


def run_press(app, *, at=NOON):
    return PressRoom(app, now=lambda: at).run_due()


def run_post(app, *, at=NOON):
    return PostRoom(app, now=lambda: at).run_due()


def only_sheets(session):
    """Leave nothing but the supplier's mail to do."""
    _leave_only(session, "mail_sheet")


def only_papers(session):
    """Leave nothing but the participants' mails to do."""
    _leave_only(session, "mail_paper")


def _leave_only(session, kind):
    session.execute(
        update(Errand)
        .where(~Errand.key.startswith(kind))
        .values(state=ErrandState.CANCELLED, sending_since=None)
    )
    session.commit()


def by_kind(session, kind):
    session.rollback()
    session.expire_all()
    found = session.scalars(select(Errand).where(Errand.key.startswith(f"{kind}:"))).all()
    facts = [(e.state, e.tries, e.last_error, e.not_before, e.id, e.key) for e in found]
    session.rollback()
    return [Facts(*fact) for fact in facts]


class Facts:
    def __init__(self, state, tries, error, not_before, id_, key):
        self.state, self.tries, self.error = state, tries, error
        self.not_before, self.id, self.key = not_before, id_, key


def the(session, kind):
    (found,) = by_kind(session, kind)
    return found


def the_mails(app):
    folder = Path(app.config["MAIL_FOLDER"])
    log = folder / "sent.log"
    return log.read_text().splitlines() if log.exists() else []


# --- the press room ------------------------------------------------------------------------------


def test_papers_are_printed_stored_and_mailed_the_suppliers_first(app, session):
    an_ordered_round(session, "Ada", "Bo")

    ran = run_until_done(app, now=lambda: NOON)

    kinds = [line.split(".")[0].lstrip("<") for line in the_mails(app)]
    assert kinds == ["mail-sheet", "mail-paper", "mail-paper"]
    assert ran == 4 + 3  # a sheet, a packing list, two invoices; and three mails
    documents = session.scalars(select(StoredDocument)).all()
    folder = Path(app.config["DOCUMENTS_FOLDER"])
    assert len(documents) == 4
    assert all(FolderArchive(folder).read(d.path, d.sha256).startswith(b"%PDF") for d in documents)


def test_the_suppliers_paper_is_printed_first(session):
    an_ordered_round(session, "Ada", "Bo")

    first = handing_out.claim(session, now=NOON, limit=1)

    paper = session.get_one(Paper, int(first[0].ref))
    assert paper.kind == PaperKind.ORDER_SHEET


def test_a_supplier_gets_the_stored_pdf_and_a_table(app, session, post_office):
    an_ordered_round(session)
    run_until_done(app, now=lambda: NOON)
    sheet = session.scalars(select(Paper).where(Paper.kind == PaperKind.ORDER_SHEET)).one()
    stored = FolderArchive(Path(app.config["DOCUMENTS_FOLDER"])).read(
        sheet.document.path, sheet.document.sha256
    )
    session.rollback()

    mail = next(m for m in post_office.messages if m["To"] and "groothandel" in m["To"])

    pdf, table = mail.iter_attachments()
    assert pdf.get_content() == stored
    assert table.get_filename().endswith(".csv")
    assert "Rijst" in table.get_content()


def test_a_packing_list_is_not_mailed(app, session):
    an_ordered_round(session)

    run_until_done(app, now=lambda: NOON)

    assert len(by_kind(session, Kind.MAIL_PAPER)) == 1
    assert len(by_kind(session, Kind.MAIL_SHEET)) == 1


def test_a_paper_that_has_been_printed_is_not_printed_again(app, session):
    an_ordered_round(session)
    printed(app, session)

    run_press(app)

    kept = {document.renderer for document in session.scalars(select(StoredDocument))}
    assert kept == {"a test"}
    session.rollback()
    assert {e.state for e in by_kind(session, Kind.RENDER)} == {ErrandState.DONE}
    assert len(by_kind(session, Kind.MAIL_SHEET)) == 1


def test_a_paper_that_comes_out_differently_is_an_alarm_and_the_first_is_kept(
    app, session, caplog
):
    an_ordered_round(session)
    room = PressRoom(app, now=lambda: NOON)
    job = room._job

    def another_is_quicker(task):
        """Another room prints the paper, and otherwise, between our look and our print."""
        found = job(task)
        if found is not None:
            printed_by_another(app, task)
        return found

    room._job = another_is_quicker
    room.run_due()

    assert {e.state for e in by_kind(session, Kind.RENDER)} == {ErrandState.DEAD}
    assert "looked different" in by_kind(session, Kind.RENDER)[0].error
    assert {d.renderer for d in session.scalars(select(StoredDocument))} == {"another"}
    assert "stored before" in caplog.text


def printed_by_another(app, task):
    from app.errands.room import transaction

    with transaction() as session:
        stored = FolderArchive(Path(app.config["DOCUMENTS_FOLDER"])).keep(PDF + task.ref.encode())
        session.add(
            StoredDocument(
                paper_id=int(task.ref), renderer="another", stored_at=NOON, **stored._asdict()
            )
        )


def test_what_cannot_be_stored_is_tried_again_and_nothing_is_half_stored(app, session, tmp_path):
    an_ordered_round(session)
    (tmp_path / "in the way").write_text("no folder")
    app.config["DOCUMENTS_FOLDER"] = str(tmp_path / "in the way" / "documents")

    run_press(app)

    waiting = by_kind(session, Kind.RENDER)
    assert {e.state for e in waiting} == {ErrandState.WAITING}
    assert all("could not be stored" in e.error for e in waiting)
    assert session.scalars(select(StoredDocument)).all() == []
    session.rollback()

    app.config["DOCUMENTS_FOLDER"] = str(tmp_path / "documents")
    run_press(app, at=NOON + HOUR)

    assert {e.state for e in by_kind(session, Kind.RENDER)} == {ErrandState.DONE}


def test_a_paper_that_cannot_be_made_ready_does_not_stop_the_others(app, session, monkeypatch):
    an_ordered_round(session, "Ada", "Bo")
    with_addresses = links.with_addresses
    faults = iter([ValueError("an odd address")])

    def stumbles(snapshot):
        if fault := next(faults, None):
            raise fault
        return with_addresses(snapshot)

    monkeypatch.setattr(links, "with_addresses", stumbles)
    run_press(app)

    errors = [(str(e.state), e.error) for e in by_kind(session, Kind.RENDER)]
    assert sorted(errors) == [("done", "")] * 3 + [("waiting", "ValueError: an odd address")]


def test_a_room_that_is_stopped_gives_back_what_it_had_not_finished(app, session):
    an_ordered_round(session, "Ada", "Bo", "Cas")
    room = PressRoom(app, now=lambda: NOON)
    finish = room._finish

    def and_stop(task, done):
        finish(task, done)
        room.stopping.set()

    room._finish = and_stop
    room.run_due()

    states = [(e.state, e.tries) for e in by_kind(session, Kind.RENDER)]
    assert states.count((ErrandState.DONE, 1)) == 1
    assert states.count((ErrandState.WAITING, 0)) == 4


# --- the post room -------------------------------------------------------------------------------


def test_a_supplier_without_an_address_is_seen_at_once_and_mailed_later(app, session):
    supplier = a_supplier(session, email="")
    an_ordered_round(session, supplier=supplier)
    printed(app, session)
    run_press(app)
    run_post(app)

    sheet = the(session, Kind.MAIL_SHEET)
    assert sheet.state == ErrandState.DEAD
    assert "no mail address" in sheet.error

    supplier.email = "nieuw@groothandel.example"
    errands.retry(session, session.get_one(Errand, sheet.id), now=NOON)
    session.commit()
    run_post(app)

    assert the(session, Kind.MAIL_SHEET).state == ErrandState.DONE
    assert any("nieuw@groothandel.example" in line for line in the_mails(app))


@pytest.mark.parametrize("step", ["RCPT", "DATA"])
def test_a_no_for_the_moment_is_tried_again_later(app, session, post_office, step):
    an_ordered_round(session)
    printed(app, session)
    run_press(app)
    only_papers(session)
    post_office.say[step] = "451 Come back later"

    run_post(app)

    waiting = the(session, Kind.MAIL_PAPER)
    assert (waiting.state, waiting.tries) == (ErrandState.WAITING, 1)
    assert waiting.not_before == NOON + 10 * SECOND
    assert "Come back later" in waiting.error

    post_office.say.clear()
    run_post(app, at=NOON + 9 * SECOND)
    assert post_office.messages == []
    run_post(app, at=NOON + 10 * SECOND)
    assert the(session, Kind.MAIL_PAPER).state == ErrandState.DONE
    assert len(post_office.messages) == 1


@pytest.mark.parametrize("step", ["RCPT", "DATA"])
def test_a_no_for_good_is_not_tried_again(app, session, post_office, step):
    an_ordered_round(session)
    printed(app, session)
    run_press(app)
    only_papers(session)
    post_office.say[step] = "550 Nobody here"

    run_post(app)

    assert the(session, Kind.MAIL_PAPER).state == ErrandState.DEAD


def test_one_bad_address_does_not_hold_up_the_others(app, session, post_office):
    an_ordered_round(session, "Ada", "Bo", "Cas")
    printed(app, session)
    run_press(app)
    only_papers(session)

    post_office.knows_not = {"bo@example.org"}

    run_post(app)

    states = sorted(str(e.state) for e in by_kind(session, Kind.MAIL_PAPER))
    assert states == ["dead", "done", "done"]


@pytest.mark.parametrize("how", ["refused", "silent", "closing", "encrypted"])
def test_while_the_mail_server_is_away_all_wait_and_no_try_is_spent(
    app, session, post_office, how
):
    an_ordered_round(session, "Ada", "Bo")
    printed(app, session)
    run_press(app)
    only_papers(session)
    started = time.monotonic()

    if how == "refused":
        app.config["SMTP_PORT"] = free_port()
        run_post(app)
    elif how == "silent":
        app.config["SMTP_TIMEOUT"] = 0.3
        with silence() as port:
            app.config["SMTP_PORT"] = port
            run_post(app)
    elif how == "closing":
        post_office.say["RCPT"] = "421 Too many today"
        run_post(app)
        post_office.say.clear()
    else:  # we want encryption and the server has none: never send in the clear instead
        app.config["SMTP_STARTTLS"] = True
        run_post(app)

    waiting = by_kind(session, Kind.MAIL_PAPER)
    assert [(e.state, e.tries) for e in waiting] == 2 * [(ErrandState.WAITING, 0)]
    assert all(e.error for e in waiting)
    assert post_office.messages == []
    assert time.monotonic() - started < 5

    app.config |= {"SMTP_PORT": post_office.port, "SMTP_STARTTLS": False}
    run_post(app, at=NOON + MINUTE)
    assert len(post_office.messages) == 2


def test_a_post_room_rests_after_a_call_in_vain(app, session):
    an_ordered_round(session)
    printed(app, session)
    run_press(app)
    app.config |= {"SMTP_HOST": LISTED, "SMTP_PORT": free_port()}
    moment = [NOON]
    room = PostRoom(app, now=lambda: moment[0])

    assert room.run_due() == 2
    moment[0] += HOUR
    assert room.run_due() == 0


def test_a_participants_mail_that_may_have_gone_is_repeated_under_the_same_name(
    app, session, post_office
):
    an_ordered_round(session)
    printed(app, session)
    run_press(app)
    only_papers(session)
    post_office.hangs_up = True
    run_post(app)
    assert the(session, Kind.MAIL_PAPER).state == ErrandState.WAITING

    post_office.hangs_up = False
    run_post(app, at=NOON + MINUTE)

    assert the(session, Kind.MAIL_PAPER).state == ErrandState.DONE
    first, again = post_office.messages
    assert first.as_bytes() == again.as_bytes()


def test_a_suppliers_mail_that_may_have_gone_waits_for_a_word(app, session, post_office):
    an_ordered_round(session)
    printed(app, session)
    run_press(app)
    only_sheets(session)
    post_office.hangs_up = True
    run_post(app)
    post_office.hangs_up = False

    assert the(session, Kind.MAIL_SHEET).state == ErrandState.UNCERTAIN
    run_post(app, at=NOON + 24 * HOUR)
    assert len(post_office.messages) == 1


def test_a_sheet_sent_again_says_repeat_also_after_another_failure(app, session, post_office):
    supplier = a_supplier(session, language="en")
    an_ordered_round(session, supplier=supplier)
    printed(app, session)
    run_press(app)
    only_sheets(session)
    post_office.hangs_up = True
    run_post(app)
    post_office.hangs_up = False
    errands.retry(
        session, session.get_one(Errand, the(session, Kind.MAIL_SHEET).id), now=NOON + HOUR
    )
    session.commit()

    post_office.say["DATA"] = "451 Come back later"
    run_post(app, at=NOON + HOUR)
    post_office.say.clear()
    run_post(app, at=NOON + 2 * HOUR)

    first, again = post_office.messages
    assert "REPEAT" not in first["Subject"]
    assert again["Subject"].startswith("REPEAT, do not deliver twice")
    assert "do not deliver twice" in again.get_body(("plain",)).get_content()
    assert first["Message-ID"] == again["Message-ID"]


def test_what_had_arrived_need_not_be_sent_again(app, session, post_office):
    an_ordered_round(session)
    printed(app, session)
    run_press(app)
    only_sheets(session)
    post_office.hangs_up = True
    run_post(app)
    errands.arrived(session, session.get_one(Errand, the(session, Kind.MAIL_SHEET).id), now=NOON)
    session.commit()

    assert the(session, Kind.MAIL_SHEET).state == ErrandState.DONE


def test_who_lost_the_lease_while_sending_changes_nothing(app, session, post_office):
    an_ordered_round(session)
    printed(app, session)
    run_press(app)
    only_papers(session)
    room = PostRoom(app, now=lambda: NOON)
    write = room._write

    def and_fall_asleep(task):
        message = write(task)
        run_post(app, at=NOON + HOUR)  # our lease ran out: another room takes it over
        return message

    room._write = and_fall_asleep
    room.run_due()

    assert the(session, Kind.MAIL_PAPER).state == ErrandState.DONE
    assert len(post_office.messages) == 1


def test_while_sending_a_room_holds_an_errand_for_as_long_as_all_steps_of_it_may_take(app):
    """And for half a minute more: eight steps of at most so many seconds each."""
    app.config |= {"SMTP_TIMEOUT": 5}

    assert PostRoom(app).budget == 8 * 5 * SECOND + MINUTE / 2


def test_a_mail_that_cannot_be_written_does_not_stop_the_others(app, session, post_office):
    an_ordered_round(session, "Ada", "Bo")
    printed(app, session)
    run_press(app)
    only_papers(session)
    damaged = session.scalars(
        select(StoredDocument).join(Paper).where(Paper.number == "2026-0001")
    ).one()
    (Path(app.config["DOCUMENTS_FOLDER"]) / damaged.path).write_bytes(b"other bytes")
    session.rollback()

    run_post(app)

    errors = {str(e.state): e.error for e in by_kind(session, Kind.MAIL_PAPER)}
    assert set(errors) == {"done", "waiting"}
    assert "Damaged" in errors["waiting"]


@pytest.mark.parametrize(
    ("kind", "state"),
    [(Kind.MAIL_PAPER, ErrandState.WAITING), (Kind.MAIL_SHEET, ErrandState.UNCERTAIN)],
)
def test_a_fault_of_ours_while_sending_holds_up_no_other_mail(
    app, session, post_office, monkeypatch, kind, state
):
    an_ordered_round(session, "Ada", "Bo")
    printed(app, session)
    run_press(app)
    send = Server.send
    faults = iter([ValueError("a fault of ours")])

    def stumbles(self, message):
        if is_of_kind(message, kind) and (fault := next(faults, None)):
            raise fault
        send(self, message)

    monkeypatch.setattr(Server, "send", stumbles)
    run_post(app)

    assert [e.state for e in by_kind(session, kind)].count(state) == 1
    assert len(post_office.messages) == 2


def is_of_kind(message, kind):
    return message.content["Message-ID"].startswith(f"<{kind.replace('_', '-')}.")


def test_two_post_rooms_at_once_send_each_mail_once(app, session, post_office):
    an_ordered_round(session, *(f"Huishouden{n}" for n in range(24)))
    printed(app, session)
    run_press(app)

    rooms = [PostRoom(app, now=lambda: NOON) for _ in range(2)]

    def work(room):
        while room.run_due():
            pass

    threads = [Thread(target=work, args=(room,)) for room in rooms]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(post_office.ids) == 25
    assert len(set(post_office.ids)) == 25


# --- death in the middle -------------------------------------------------------------------------


def start_errands(app, tmp_path):
    """`flask errands run` in a process of its own, on the database of this test."""
    settings = {
        "INSTANCE": str(tmp_path),
        "SQLALCHEMY_DATABASE_URI": app.config["SQLALCHEMY_DATABASE_URI"],
        "SMTP_HOST": LISTED,
        "SMTP_PORT": str(app.config["SMTP_PORT"]),
        "SMTP_STARTTLS": "false",
        "PRESS_WORKERS": "0",
    }
    return subprocess.Popen(
        [sys.executable, "-m", "flask", "--app", "app", "errands", "run"],
        cwd=ROOT,
        env={**os.environ, **{f"KOOPKRACHT_{key}": value for key, value in settings.items()}},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )


@pytest.mark.parametrize("kind", [Kind.MAIL_PAPER, Kind.MAIL_SHEET])
def test_killed_between_sending_and_saying_so(app, session, post_office, tmp_path, kind):
    an_ordered_round(session)
    printed(app, session)
    run_press(app)
    _leave_only(session, kind)
    doomed = []
    post_office.at_data = lambda: os.kill(doomed[0].pid, signal.SIGKILL)
    doomed.append(start_errands(app, tmp_path))
    _, said = doomed[0].communicate(timeout=60)
    assert doomed[0].returncode == -signal.SIGKILL, said.decode()
    post_office.at_data = lambda: None

    later = datetime.now(UTC) + HOUR
    run_post(app, at=later)

    if kind == Kind.MAIL_PAPER:
        assert the(session, kind).state == ErrandState.DONE
        first, again = post_office.messages
        assert first["Message-ID"] == again["Message-ID"]
    else:
        assert the(session, kind).state == ErrandState.UNCERTAIN
        assert len(post_office.messages) == 1


def test_killed_while_printing_loses_no_paper(app, session, tmp_path):
    an_ordered_round(session, *(f"Huishouden{n}" for n in range(6)))
    app.config["SMTP_PORT"] = free_port()
    doomed = start_errands(app, tmp_path)
    deadline = time.monotonic() + 60
    while not any(e.state == ErrandState.DONE for e in by_kind(session, Kind.RENDER)):
        assert time.monotonic() < deadline
        assert doomed.poll() is None
        time.sleep(0.02)
    doomed.kill()
    doomed.communicate(timeout=10)

    later = datetime.now(UTC) + HOUR
    run_press(app, at=later)

    assert {e.state for e in by_kind(session, Kind.RENDER)} == {ErrandState.DONE}
    assert len(by_kind(session, Kind.MAIL_PAPER)) == 6
    documents = session.scalars(select(StoredDocument)).all()
    folder = Path(app.config["DOCUMENTS_FOLDER"])
    assert len(documents) == 8
    assert all(FolderArchive(folder).read(d.path, d.sha256) for d in documents)


def test_an_errand_that_waits_for_a_mail_is_more_urgent_than_news():
    assert Priority.SHEET < Priority.AWAITED < Priority.PAPER < Priority.NEWS
