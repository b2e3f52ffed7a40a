"""The listening room: no news of a payment is lost, whatever the provider or the database does."""

from dataclasses import replace

import pytest
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from app.errands import ListeningRoom, listeners
from app.errands.room import transaction
from app.online import Away, Refusing
from purchasing import listening
from purchasing.books import online
from purchasing.books.online_payments import OnlinePayment, OnlineState
from purchasing.books.online_told import Outcome, Told
from purchasing.errands import WAITS, Errand, ErrandState
from purchasing.papers import Paper
from tests.app.rooms import Waits, clock, facts
from tests.builders import NOON, a_bill, a_household, a_network

__all__ = ["clock"]
WAITING, DONE, DEAD = ErrandState.WAITING, ErrandState.DONE, ErrandState.DEAD
LISTENS = Errand.key.startswith("hear_payment:")
OPEN, PAID = Outcome.OPEN, OnlineState.PAID


class Says:
    """A provider. `of` is what it says of a payment, `then` is called before it answers."""

    name = "mollie"

    def __init__(self):
        self.of, self.asked = {}, []
        self.then = lambda: None

    def fetch(self, provider_id):
        said = self.of[provider_id]
        self.asked.append(provider_id)
        self.then()
        if isinstance(said, Exception):
            raise said
        return said


@pytest.fixture
def provider(session, monkeypatch):
    """It has three payments of 10 euros, all paid; we were told that there is news."""
    a_network(session)
    made = Says()
    for id_, name in (("tr_1", "Ada"), ("tr_2", "Ben"), ("tr_3", "Cas")):
        home = a_household(session, name)
        paper = session.get_one(Paper, a_bill(session, home, 1000).id)
        payment = online.begin(session, home, paper, provider=made.name, key=id_, now=NOON)
        online.answered(session, payment, Told(id_, OPEN, 1000), now=NOON)
        online.news(session, id_, now=NOON)
        made.of[id_] = Told(id_, Outcome.PAID, 1000)
    session.commit()
    monkeypatch.setattr(listeners, "provider", lambda _config: made)
    return made


@pytest.fixture
def listens(app, provider, clock):
    return ListeningRoom(app, Waits(clock), now=lambda: NOON)


def heard(session):
    """How each errand of listening stands, and how often it was tried."""
    return [fact for key, fact in facts(session).items() if key.startswith("hear_payment:")]


def errors(session):
    session.rollback()
    query = select(Errand.last_error).where(LISTENS).order_by(Errand.id)
    found = list(session.scalars(query))
    session.rollback()
    return found


def test_told_to_stop_the_room_asks_nothing_more_and_gives_back_the_rest(
    session, provider, listens
):
    provider.then = listens.stopping.set
    listens.run_due()

    assert provider.asked == ["tr_1"]
    assert heard(session) == [(DONE, 1), (WAITING, 0), (WAITING, 0)]
    listens.stopping.clear()
    provider.then = lambda: None
    assert listens.run_due() == 2  # at once
    assert provider.asked == ["tr_1", "tr_2", "tr_3"]


def test_where_nobody_can_be_asked_all_wait(session, listens, monkeypatch):
    monkeypatch.setattr(listeners, "provider", lambda _config: None)

    assert listens.run_due() == 0
    assert heard(session) == 3 * [(WAITING, 0)]


def test_a_provider_that_is_away_is_asked_less_and_less_often_and_for_ever(
    session, provider, listens
):
    provider.of = dict.fromkeys(provider.of, Away("no answer"))
    at, waited = NOON, []
    for _ in range(len(WAITS) + 2):
        listens.now = lambda at=at: at
        assert listens.run_due() == 3
        session.rollback()
        (planned,) = set(session.scalars(select(Errand.not_before).where(LISTENS)))
        session.rollback()
        waited.append(planned - at)
        at = planned

    assert waited == [*WAITS, WAITS[-1], WAITS[-1]]
    assert errors(session) == 3 * ["no answer"]


def test_a_provider_that_refuses_is_not_asked_again(session, provider, listens):
    provider.of["tr_1"] = Refusing("no such payment")
    listens.run_due()

    assert heard(session) == [(DEAD, 1), (DONE, 1), (DONE, 1)]


@pytest.mark.parametrize(
    ("odd", "error"),
    [
        (ValueError("a fault of ours"), "ValueError: a fault of ours"),
        (Told("tr_9", Outcome.PAID, 1000), "AnotherPayment: tr_9"),
    ],
)
def test_an_odd_answer_is_tried_again_later_and_holds_up_no_other(
    session, provider, listens, odd, error
):
    provider.of["tr_1"] = odd
    listens.run_due()

    assert heard(session) == [(WAITING, 1), (DONE, 1), (DONE, 1)]
    assert errors(session) == [error, "", ""]
    states = session.scalars(select(OnlinePayment.state).order_by(OnlinePayment.id))
    assert list(states) == [OnlineState.OPEN, PAID, PAID]


def away(*_more, **_named):
    raise OperationalError("", {}, OSError("no route to it"))


@pytest.mark.parametrize(
    ("module", "verb", "says"),
    [(listeners, "_provider_id", None), (listening, "later", Away("no answer"))],
)
def test_a_database_that_is_away_for_a_moment_costs_nobody_a_turn(
    session, provider, listens, monkeypatch, module, verb, says
):
    """Those in hand would else wait until their lease is over, as if somebody had died of them."""
    provider.of["tr_1"] = says or provider.of["tr_1"]
    real, moments = getattr(module, verb), iter([away, away])
    monkeypatch.setattr(module, verb, lambda *a, **n: next(moments, real)(*a, **n))
    listens.run_due()

    assert heard(session) == [(WAITING if says else DONE, 1), (DONE, 1), (DONE, 1)]


def test_without_a_database_the_provider_is_asked_nothing(session, provider, listens, monkeypatch):
    monkeypatch.setattr(listeners, "_provider_id", away)
    with pytest.raises(OperationalError):
        listens.run_due()

    assert provider.asked == []
    assert errors(session) == ["", "", ""]


def test_what_is_still_open_is_asked_again(session, provider, listens):
    provider.of["tr_1"] = replace(provider.of["tr_1"], outcome=OPEN)
    assert listens.run_due() == 3
    assert heard(session) == [(WAITING, 1), (DONE, 1), (DONE, 1)]

    assert listens.run_due() == 0
    listens.now = lambda: NOON + online.SHORTEST
    assert listens.run_due() == 1


def test_an_answer_from_before_the_news_undoes_nothing_that_was_heard_since(
    app, session, provider, listens
):
    """Else it would seem open for ever: nobody would ask again."""

    def ends_and_another_room_hears_it():
        provider.then = lambda: None
        provider.of["tr_1"] = Told("tr_1", Outcome.ENDED, 1000)
        with app.app_context(), transaction() as own:
            online.news(own, "tr_1", now=NOON)
        ListeningRoom(app, now=lambda: NOON).run_due()

    provider.of["tr_1"] = Told("tr_1", OPEN, 1000)
    provider.then = ends_and_another_room_hears_it
    listens.run_due()

    payment = session.scalars(select(OnlinePayment).order_by(OnlinePayment.id)).first()
    assert payment.state == OnlineState.ENDED
    session.rollback()
    assert set(heard(session)) == {(DONE, 1)}
