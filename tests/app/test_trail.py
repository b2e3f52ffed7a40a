"""The audit trail of an installation: sealed by the clock, checked by its operator."""

from datetime import timedelta
from pathlib import Path

import pytest
from flask import current_app
from sqlalchemy import select, text

from app import high_water, trail
from app.scheduler import Clock
from purchasing import mail_pause, people
from purchasing.people import Role
from purchasing.trail import sealing, telling
from purchasing.trail.rows import Note
from tests.builders import NOON, a_network, a_person
from tests.purchasing.test_trail import go_round_the_house


@pytest.fixture
def anna(session):
    """An administrator of a network; nothing is sealed yet."""
    a_network(session)
    anna = a_person(session, "Anna", role=Role.ADMINISTRATOR)
    session.commit()
    return anna


@pytest.fixture
def run(app):
    return lambda *words: app.test_cli_runner().invoke(args=["trail", *words])


def the_file() -> Path:
    return Path(current_app.config["NUMBERS_FILE"])


def test_the_clock_seals_and_writes_the_head_down(app, session, anna) -> None:
    Clock(app).tick()

    [last] = [one.head for one in trail.written_down(the_file())]
    assert last == sealing.head(session)
    assert last.seq == session.query(Note).count() > 0
    assert high_water.read(the_file()) == {}  # it is no number that was issued


def test_verify_says_that_all_is_well(run, anna) -> None:
    trail.seal()

    result = run("verify")

    assert result.exit_code == 0
    assert "The trail is whole" in result.output


def test_what_was_edited_in_the_database_breaks_it(app, run, session, anna) -> None:
    trail.seal()
    go_round_the_house(session, "UPDATE act SET value = 'coordinator' WHERE what = 'role given'")
    place = session.scalars(select(Note.seq).order_by(Note.seq.desc())).first()

    result = run("verify")
    looked = app.test_cli_runner().invoke(args=["doctor"])

    assert result.exit_code == 1
    assert f"broken at {place}: act {place} is not what was sealed" in result.output
    assert f"trail      broken at {place}" in looked.output


def test_who_cuts_off_the_end_contradicts_the_file(run, session, anna) -> None:
    trail.seal()
    people.appoint(anna, Role.COORDINATOR)
    session.commit()
    trail.seal()
    last = sealing.head(session).seq
    before = session.scalars(select(Note.seal).where(Note.seq == last - 1)).one()

    go_round_the_house(
        session,
        "DELETE FROM membership WHERE role = 'coordinator'",
        f"DELETE FROM act WHERE id = {last}",
        f"DELETE FROM trail WHERE seq = {last}",
        f"UPDATE trail_head SET seq = {last - 1}, seal = '{before}'",
    )

    result = run("verify")
    assert result.exit_code == 1
    assert f"broken at {last}: another seal was written down" in result.output


def test_a_backup_that_was_put_back_says_where_it_cut_the_chain(run, session, anna) -> None:
    trail.seal()
    here = sealing.head(session)
    lost = sealing.Head(here.seq + 5, "f" * 64)
    trail.write_down(the_file(), lost, NOON)  # what the backup does not know
    assert run("verify").exit_code == 1

    trail.note_restored(session, now=NOON + timedelta(hours=1))
    session.commit()
    trail.seal()

    result = run("verify")
    assert result.exit_code == 0
    assert f"after {here.seq} to {lost.seq} are not here" in result.output


def test_show_tells_who_did_what(run, session, anna) -> None:
    mail_pause.pause(session, "The server moves.", actor="Anna", now=NOON)
    session.commit()
    mail_pause.resume(session, actor="Anna", now=NOON)
    session.commit()
    trail.seal()

    lines = run("show", "--since", "2026-01-01").output.splitlines()

    assert any("clock: act about=mail_pause" in line for line in lines)
    assert any("Anna: mail_pause" in line for line in lines)
    assert "Anna" in run("show", "--who", "anna").output
    assert run("show", "--round", "12").output == ""
    assert '"about": "mail_pause"' in run("show", "--json").output


def test_head_says_what_to_write_down(run, session, anna) -> None:
    assert run("seal").output.strip().endswith("sealed")
    head = sealing.head(session)

    assert run("head").output.strip() == f"{head.seq} {head.seal}"


def test_who_acts_on_a_page_is_known_by_id(session, visitor, anna) -> None:
    visitor.sign_in(anna)
    visitor.get("/")

    acts = [one for one in telling.tell(session) if one.about == "act"]

    assert {one.who for one in acts} <= {"upgrade", "clock", f"person {anna.id}"}
    assert not session.execute(text("SELECT 1 FROM act WHERE actor LIKE '%Anna%'")).all()
