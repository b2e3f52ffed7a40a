"""A crash at every statement of an errand of every kind: it is done, and the world sees it once.

A mail of which nobody knows whether it went is repeated, byte for byte and with the same
Message-ID. An order to a supplier is not: somebody must ask, and say.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.documents import press
from app.errands import ListeningRoom, PostRoom, run_until_done
from app.extensions import db
from purchasing import errands
from purchasing.books.online_payments import OnlineState
from purchasing.errands import Errand, ErrandState, Kind
from tests.app.post_office import LISTED, PostOffice
from tests.builders import a_network
from tests.faults.asked import ASKED, ask_for
from tests.faults.dying import set_in_lead
from tests.faults.every_step import Figures, Work, crash_at_every_step
from tests.faults.worlds import State, World
from tests.payment_provider import KEY, Provider, a_provider

LEASES_OVER = timedelta(minutes=5)
LEASE = {"lease_token", "deaths", "asked_at", "not_before", "sending_since", "done_at"}
DOUBT = {"last_error", "repeat"}
DIFFERS = {
    # Who died is counted, and left a number and a date; the one who came after has others.
    "errand": LEASE,
    "stored_document": {"stored_at"},
    "data_file": {"stored_at"},
    # What a provider says is booked when it is heard.
    "online_payment": {"heard_at"},
    "posting": {"at"},
    "paid_part": {"at"},
}
# An order that somebody was asked about keeps the question, and says so where it is a repeat. A
# mail is dated when it was asked for, which is after the paper was printed.
SAID_LATER = (Kind.RENDER, Kind.MAIL_SHEET)

Sent = tuple[tuple[str, bytes], ...]


@pytest.fixture
def office(app: Flask, monkeypatch) -> Iterator[PostOffice]:
    """A mail server on this machine. Printing is quick here, for looks are not the point."""
    monkeypatch.setattr(press, "render", set_in_lead)
    post_office = PostOffice()
    post_office.open()
    where = {"SMTP_HOST": LISTED, "SMTP_PORT": post_office.port, "SMTP_STARTTLS": False}
    app.config |= where | {"PRESS_WORKERS": 0}
    yield post_office
    post_office.close()


@pytest.fixture
def mollie(app: Flask) -> Iterator[Provider]:
    with a_provider() as made:
        app.config |= {"MOLLIE_KEY": KEY, "MOLLIE_URL": made.address, "MOLLIE_TIMEOUT": 2}
        yield made


@dataclass
class House:
    """Runs one errand, and goes on after a crash as the house and its people do."""

    app: Flask
    office: PostOffice
    kind: Kind
    at: datetime

    def run(self) -> None:
        self._work(self.at)

    def _work(self, at: datetime) -> None:
        """What is printed is mailed in the same go."""
        if self.kind == Kind.RENDER:
            run_until_done(self.app, now=lambda: at)
            return
        for room in (PostRoom, ListeningRoom):
            if self.kind in room.kinds:
                room(self.app, now=lambda: at).run_due()

    def go_on(self) -> None:
        """The leases run out; who finds an order in doubt calls the supplier, and says so."""
        self._work(self.at + LEASES_OVER)
        with Session(db.engine) as session:
            query = select(Errand).where(Errand.state == ErrandState.UNCERTAIN)
            for errand in session.scalars(query):
                assert errand.kind == Kind.MAIL_SHEET
                answer = errands.arrived if self.office.messages else errands.retry
                answer(session, errand, now=self.at + LEASES_OVER)
            session.commit()
        self._work(self.at + LEASES_OVER)

    def sent(self) -> Sent:
        return tuple((str(one["Message-ID"]), one.as_bytes()) for one in self.office.messages)


def crash_everywhere(world: World, house: House) -> Figures:
    once: list[Sent] = []

    def check(state: State, sent: Sent) -> None:
        once.append(sent)
        rows = world.rows(state, {})
        assert {errand["state"] for errand in rows["errand"]} == {ErrandState.DONE}
        if house.kind == Kind.HEAR_PAYMENT:
            assert [one["state"] for one in rows["online_payment"]] == [OnlineState.PAID]
        else:
            assert sent, "a mail is missing"
        assert subjects(sent) == subjects(once[0]), "a mail is missing, or there is another"
        assert house.kind in SAID_LATER or set(sent) == set(once[0]), "it is not the same mail"

    work = Work(
        house.run,
        house.go_on,
        differs=DIFFERS | ({"errand": LEASE | DOUBT} if house.kind in SAID_LATER else {}),
        tells=house.sent,
        forget=house.office.messages.clear,
        check=check,
    )
    return crash_at_every_step(world, work)


def subjects(sent: Sent) -> set[str]:
    """Which errands were mailed; none in two versions or more than twice, an order only once."""
    found: dict[str, list[bytes]] = {}
    for message_id, content in sent:
        errand, _, _asked_at = message_id.partition("@")[0].rpartition(".")
        found.setdefault(errand, []).append(content)
    for errand, contents in found.items():
        assert len(contents) <= (1 if Kind.MAIL_SHEET.replace("_", "-") in errand else 2)
        assert len(set(contents)) == 1, "two versions of one mail"
    return set(found)


@pytest.fixture
def due(app, session, office, mollie) -> Callable[[Kind], House]:
    """One errand of a kind is due, and nothing else is."""

    def ask(kind: Kind) -> House:
        a_network(session)
        house = House(app, office, kind, ask_for(session, kind).not_before)
        for payment in mollie.payments.values():
            payment["status"] = "paid"
        return house

    return ask


@pytest.mark.parametrize("kind", ASKED, ids=str)
def test_an_errand_that_crashes_anywhere_is_done_once(world, due, kind) -> None:
    figures = crash_everywhere(world, due(kind))

    assert figures.crashes > 10
    assert figures.wrecks >= 3  # not begun, claimed, done


def test_every_kind_of_errand_crashes_here() -> None:
    assert set(ASKED) == set(Kind)


# --- that it would be seen ---------------------------------------------------------------------


def test_an_order_that_is_sent_without_a_word_before_is_seen(due, world, monkeypatch) -> None:
    monkeypatch.setattr(errands, "begin_sending", lambda *_args, **_named: True)

    with pytest.raises(AssertionError):
        crash_everywhere(world, due(Kind.MAIL_SHEET))


def test_a_mail_that_is_asked_for_in_a_transaction_of_its_own_is_seen(
    due, world, monkeypatch
) -> None:
    ask = errands.ask

    def later(session: Session, *args, **named) -> None:
        session.commit()
        ask(session, *args, **named)

    house = due(Kind.RENDER)
    monkeypatch.setattr(errands, "ask", later)

    with pytest.raises(AssertionError, match="after a crash at step"):
        crash_everywhere(world, house)


def test_an_errand_that_is_done_before_it_is_run_is_seen(due, world, monkeypatch) -> None:
    """The mail is crossed off first, and lost where it crashes then."""
    begin = errands.begin_sending

    def cross_off(session: Session, errand_id: int, token: int, **named) -> bool:
        begin(session, errand_id, token, **named)
        return errands.succeeded(session, errand_id, token, now=named["now"])

    monkeypatch.setattr(errands, "begin_sending", cross_off)

    with pytest.raises(AssertionError, match="a mail is missing"):
        crash_everywhere(world, due(Kind.MAIL_NEWS))
