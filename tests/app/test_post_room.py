"""The post room: who is stopped or turned away gives back, and no sheet goes twice unasked."""

from contextlib import suppress
from email.message import EmailMessage
from pathlib import Path

import pytest
from sqlalchemy import select, update

from app import mail
from app.documents.archives.contract import StoreAway
from app.errands import PostRoom, postroom
from app.errands.room import transaction
from app.mail import Message
from app.mail.errors import NotEver, NothingToSend, NotNow, Unreachable
from purchasing import mail_pause
from purchasing.errands import ErrandState, Kind
from purchasing.people import Network
from tests.app.rooms import LATER, ask, clock, facts
from tests.app.test_errands import (
    an_ordered_round,
    only_papers,
    only_sheets,
    printed,
    run_post,
    run_press,
    the,
    the_mails,
)
from tests.builders import ACTOR, NOON, a_network

__all__ = ["clock"]
WAITING, DONE, DEAD = ErrandState.WAITING, ErrandState.DONE, ErrandState.DEAD


class Postman:
    """Takes mails. `then` is called with whom each was for, when he has it in hand."""

    def __init__(self):
        self.taken, self.is_away = [], False
        self.then = lambda _whom: None

    def connect(self):
        if self.is_away:
            raise Unreachable("closed today")

    def send(self, message):
        (whom,) = message.recipients
        self.then(whom)
        self.taken.append(whom)

    def close(self):
        pass


class Writer:
    """Writes short letters; `faults` are what goes wrong, by whom the letter is for."""

    def __init__(self):
        self.faults, self.written = {}, []

    def __call__(self, session, task, *, now):
        self.written.append(task.ref)
        if fault := self.faults.get(task.ref):
            raise fault
        return Message(EmailMessage(), "us@example.org", (task.ref,))


@pytest.fixture
def writer(monkeypatch):
    made = Writer()
    monkeypatch.setattr(mail, "write", made)
    return made


@pytest.fixture
def post(app, clock, writer):
    """A post room, and `post.transport` who carries its mails."""
    made = PostRoom(app, now=lambda: NOON)
    made.transport = Postman()
    return made


def test_told_to_stop_the_post_room_writes_nothing_more_and_gives_back_the_rest(
    session, post, writer
):
    ask(session, "a", "b", "c")
    post.transport.then = lambda _whom: post.stopping.set()

    post.run_due()

    assert (post.transport.taken, writer.written) == (["a"], ["a"])
    assert list(facts(session).values()) == [(DONE, 1), (WAITING, 0), (WAITING, 0)]
    post.stopping.clear()
    post.transport.then = lambda _whom: None
    assert post.run_due() == 2  # at once
    assert post.transport.taken == ["a", "b", "c"]


def test_while_nobody_takes_mail_no_try_is_spent_and_the_room_rests(session, post, clock):
    ask(session, "a", "b")
    post.transport.is_away = True
    assert post.run_due() == 2
    assert list(facts(session).values()) == 2 * [(WAITING, 0)]

    post.transport.is_away, post.now = False, lambda: LATER
    clock.at += postroom.RESTS - 0.5
    assert post.run_due() == 0
    clock.at += 0.5
    assert post.run_due() == 2
    assert post.transport.taken == ["a", "b"]


def test_nobody_takes_mail_any_more_from_the_second_on(session, post):
    def closes(whom):
        if whom == "b":
            raise Unreachable("too many today")

    ask(session, "a", "b", "c")
    post.transport.then = closes
    post.run_due()

    assert list(facts(session).values()) == [(DONE, 1), (WAITING, 0), (WAITING, 0)]


def test_while_we_have_no_address_ourselves_all_mail_waits(session, post, writer):
    ask(session, "a", "b")
    writer.faults["a"] = Unreachable("no sender")
    post.run_due()

    assert list(facts(session).values()) == 2 * [(WAITING, 0)]
    assert post.run_due() == 0


def test_while_mail_is_paused_only_who_waits_to_sign_in_gets_one(session, post):
    ask(session, "news")
    ask(session, "code", kind=Kind.MAIL_SIGN_IN)
    mail_pause.pause(session, "", actor=ACTOR, now=NOON)
    session.commit()
    assert post.run_due() == 1
    assert post.transport.taken == ["code"]

    mail_pause.resume(session, actor=ACTOR, now=NOON)
    session.commit()
    assert post.run_due() == 1
    assert post.transport.taken == ["code", "news"]


def test_the_post_room_leaves_papers_and_payments_to_the_other_rooms(session, post):
    ask(session, "1", kind=Kind.RENDER)
    ask(session, "2", kind=Kind.HEAR_PAYMENT)

    assert post.run_due() == 0
    assert set(facts(session).values()) == {(WAITING, 0)}


def test_a_mail_of_which_there_is_no_need_any_more_is_done(session, post, writer):
    ask(session, "a", "b")
    writer.faults["a"] = NothingToSend("it was paid meanwhile")

    post.run_due()

    assert post.transport.taken == ["b"]
    assert list(facts(session).values()) == [(DONE, 1), (DONE, 1)]


def test_a_mail_whose_paper_is_in_a_store_that_is_away_spends_no_try(session, post, writer):
    ask(session, "a", "b")
    writer.faults["a"] = StoreAway("it does not answer")

    post.run_due()

    assert post.transport.taken == ["b"]
    assert list(facts(session).values()) == [(WAITING, 0), (DONE, 1)]


@pytest.mark.parametrize(("no", "state"), [(NotNow("451"), WAITING), (NotEver("550"), DEAD)])
def test_of_a_mail_that_was_refused_nobody_says_that_it_took_too_long(
    session, post, caplog, no, state
):
    def refuse(_whom):
        raise no

    ask(session, "a")
    post.transport.then = refuse
    post.run_due()

    assert facts(session) == {"mail_news:a": (state, 1)}
    assert "its lease" not in caplog.text


def test_each_mail_says_what_stands_in_the_database_when_its_turn_comes(
    session, post, monkeypatch
):
    a_network(session)
    ask(session, "a", "b")

    def write(session, task, *, now):
        name = session.scalars(select(Network)).one().name
        return Message(EmailMessage(), "us@example.org", (f"{task.ref} of {name}",))

    def rename(_whom):
        with transaction() as own:
            own.execute(update(Network).values(name="Another"))

    monkeypatch.setattr(mail, "write", write)
    post.transport.then = rename
    post.run_due()

    assert post.transport.taken[1] == "b of Another"


# --- death in the middle -------------------------------------------------------------------------


class Killed(BaseException):
    """Nothing is caught or noted any more, as with `kill -9`."""


def killed_while_sending(app):
    """A post room that hands over its mail, and dies before it can say so."""
    doomed = PostRoom(app, now=lambda: NOON)
    send = doomed.transport.send

    def and_die(message):
        send(message)
        raise Killed

    doomed.transport.send = and_die
    with suppress(Killed):
        doomed.run_due()


def test_a_sheet_that_was_begun_is_in_doubt_and_is_not_sent_again(app, session):
    an_ordered_round(session)
    printed(app, session)
    run_press(app)
    only_sheets(session)
    killed_while_sending(app)

    run_post(app, at=LATER)

    assert the(session, Kind.MAIL_SHEET).state == ErrandState.UNCERTAIN
    assert len(the_mails(app)) == 1


def test_a_participants_mail_that_was_begun_goes_again_under_the_same_name(app, session):
    an_ordered_round(session)
    printed(app, session)
    run_press(app)
    only_papers(session)
    killed_while_sending(app)

    run_post(app, at=LATER)

    assert the(session, Kind.MAIL_PAPER).state == DONE
    first, again = the_mails(app)
    assert first == again
    assert len(list(Path(app.config["MAIL_FOLDER"]).glob("*.eml"))) == 1
