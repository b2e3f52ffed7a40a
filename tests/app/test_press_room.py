"""The press room: it prints no more than is of use, and lets go of what it does not need."""

from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from app.documents import einvoice, press
from app.documents.archives.contract import StoreAway
from app.documents.archives.folder import FolderArchive
from app.documents.errors import PrintError
from app.errands import PressRoom, pressroom
from app.mail import links
from purchasing.errands import Errand, ErrandState, Kind
from purchasing.papers import DataFile, StoredDocument
from tests.app.rooms import LATER, ask, clock, facts
from tests.app.test_errands import an_ordered_round
from tests.builders import NOON
from tests.faults.dying import set_in_lead

__all__ = ["clock"]
WAITING, DONE, DEAD = ErrandState.WAITING, ErrandState.DONE, ErrandState.DEAD


@pytest.fixture
def prints(app, session, clock, monkeypatch):
    """A press room with some papers to print, which it does quickly."""
    monkeypatch.setattr(press, "render", set_in_lead)
    app.config["PRESS_WORKERS"] = 0
    an_ordered_round(session, "Ada", "Ben")
    return PressRoom(app, now=lambda: NOON)


def papers(session):
    return [fact for key, fact in facts(session).items() if key.startswith("render:")]


def test_while_the_store_of_papers_is_away_no_try_is_spent_and_the_room_rests(
    session, prints, clock, monkeypatch
):
    def away(*_):
        raise StoreAway("it does not answer")

    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(FolderArchive, "keep", away)
        assert prints.run_due() == 1  # it does not go on printing for nothing
    assert set(papers(session)) == {(WAITING, 0)}

    prints.now = lambda: LATER
    clock.at += pressroom.RESTS - 0.5
    assert prints.run_due() == 0
    clock.at += 0.5
    assert prints.run_due() == 4
    assert set(papers(session)) == {(DONE, 1)}


def test_a_press_room_without_work_lets_its_processes_go_after_a_minute(
    session, prints, clock, monkeypatch
):
    """Looking is no work. Each holds a hundred megabytes."""
    gone = []
    monkeypatch.setattr(prints.press, "close", lambda: gone.append(clock.at))
    clock.at += 50
    assert prints.run_due() == 4
    worked = clock.at
    clock.at += pressroom.RESTS_AFTER
    assert prints.run_due() == 0
    prints.idle()
    assert gone == []

    clock.at += 0.5
    prints.idle()
    assert gone == [worked + pressroom.RESTS_AFTER + 0.5]


def test_a_press_room_that_is_closed_lets_its_processes_go(prints, monkeypatch):
    gone = []
    monkeypatch.setattr(prints.press, "close", lambda: gone.append("all"))

    prints.close()

    assert gone == ["all"]


def leased(session):
    return [state for state, _ in papers(session)].count(ErrandState.LEASED)


@pytest.mark.parametrize(("processes", "held"), [(0, 2), (1, 2), (2, 4)])
def test_a_press_room_holds_two_papers_for_each_process(session, prints, processes, held):
    """So that none waits for work, and what is more urgent is taken up soon."""
    in_hand = []

    def begin(jobs):
        next(jobs)
        in_hand.append(leased(session))
        yield from ()

    prints.press.workers = processes
    prints.press.render_many = begin
    prints.run_due()

    assert in_hand == [held]


def test_no_paper_is_given_back_before_its_printing_has_ended(session, prints):
    """Or another room would print it too."""
    render_many, in_hand = prints.press.render_many, []

    def and_end(jobs):
        try:
            for done in render_many(jobs):
                prints.stopping.set()
                yield done
        finally:
            in_hand.append(leased(session))

    prints.press.render_many = and_end
    assert prints.run_due() == 1

    assert in_hand == [1]
    assert sorted(papers(session)) == [(DONE, 1)] + 3 * [(WAITING, 0)]


def test_papers_that_could_not_be_looked_up_are_given_back_at_once(session, prints, monkeypatch):
    def away(_snapshot):
        raise OperationalError("", {}, OSError("no route to it"))

    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(links, "with_addresses", away)
        with pytest.raises(OperationalError):
            prints.run_due()
    assert set(papers(session)) == {(WAITING, 0)}

    assert prints.run_due() == 4


def test_an_errand_of_a_paper_that_is_not_there_is_given_up(app, session):
    ask(session, "7", kind=Kind.RENDER)
    assert PressRoom(app, now=lambda: NOON).run_due() == 0

    assert papers(session) == [(DEAD, 1)]
    assert session.scalars(select(Errand.last_error)).all() == ["there is no paper 7"]


def test_a_paper_that_cannot_be_printed_says_why_and_holds_up_no_other(
    session, prints, monkeypatch
):
    faults = iter([PrintError("a word too long for its column")])

    def stumbles(kind, snapshot):
        if fault := next(faults, None):
            raise fault
        return set_in_lead(kind, snapshot)

    monkeypatch.setattr(press, "render", stumbles)
    assert prints.run_due() == 4

    assert papers(session) == [(WAITING, 1)] + 3 * [(DONE, 1)]
    told = session.scalars(select(Errand.last_error).order_by(Errand.id)).all()
    assert [error for error in told if error] == ["a word too long for its column"]


def test_what_an_invoice_says_to_programs_is_kept_beside_it(app, session, prints, monkeypatch):
    monkeypatch.setattr(einvoice, "ubl_of", lambda _snapshot: b"<Invoice/>")
    prints.run_due()

    kept = session.scalars(select(DataFile)).all()
    folder = FolderArchive(Path(app.config["DOCUMENTS_FOLDER"]))
    assert len(kept) == 4
    assert {folder.read(one.path, one.sha256) for one in kept} == {b"<Invoice/>"}


def test_who_lost_the_lease_while_printing_changes_nothing(app, session, prints):
    """Whoever has it now keeps the paper, and asks for its mail."""
    render_many = prints.press.render_many

    def slowly(jobs):
        for done in render_many(jobs):
            with app.app_context():
                PressRoom(app, now=lambda: LATER)._claim(1)
            yield done

    prints.press.render_many = slowly
    prints.run_due()

    assert session.scalars(select(StoredDocument)).all() == []
    assert session.scalars(select(Errand).where(Errand.key.startswith("mail_sheet"))).all() == []
