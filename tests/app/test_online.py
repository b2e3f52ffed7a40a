"""Paying online: booked once and never lost, whatever is told, how often, and in which order."""

from concurrent.futures import ThreadPoolExecutor
from contextvars import Context
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, func, select, update
from sqlalchemy.exc import DatabaseError, IntegrityError
from sqlalchemy.orm import Session

from app import limits, vital_signs
from app.bank import read
from app.errands import ListeningRoom
from app.errands.room import transaction
from app.extensions import db
from app.limits import UseCount
from app.online import Away, Order, Refusing, provider
from app.online.mollie import Mollie
from purchasing.banking_days import banking_day_from
from purchasing.books import collecting, intake, ledger, mandates, online, open_items, overview
from purchasing.books.bank import BankLine, Match
from purchasing.books.online_payments import OnlinePayment, OnlineState
from purchasing.books.online_told import Outcome, Told
from purchasing.errands import Errand, ErrandState
from purchasing.papers import Paper
from purchasing.people import Network, Participant, Role
from tests.app.street import NOW, a_street, words
from tests.bank_files import THEIRS, Moved, camt
from tests.builders import a_bill, a_household, a_person
from tests.payment_provider import KEY, a_provider, euros

MINUTE = timedelta(minutes=1)


@pytest.fixture
def mollie(app, live_server):
    """The provider, which our site can reach and which can reach our site."""
    with a_provider() as made:
        app.config |= {
            "MOLLIE_KEY": KEY,
            "MOLLIE_URL": made.address,
            "MOLLIE_TIMEOUT": 0.4,
            "BASE_URL": live_server,
        }
        yield made


@pytest.fixture
def street(session):
    made = a_street(session)
    session.commit()
    return made


@pytest.fixture
def bill(session, street):
    made = a_bill(session, street.household, 4300, on=NOW.date())
    session.commit()
    return made


def pay(visitor, street, bill=None, **more):
    """Press the button on one's own page, or the one for all that is open."""
    visitor.sign_in(street.ada)
    action = f"/online/pay/{street.home_id}"
    fields = {"key": "form-of-ada-1", "csrf_token": visitor.token()} | more
    fields |= {"paper": bill.id} if bill else {}
    return visitor.open(action, method="POST", data=fields)


def listen(app, minutes: int = 5) -> int:
    """So many minutes from now."""
    at = datetime.now(UTC) + minutes * MINUTE
    return ListeningRoom(app, now=lambda: at).run_due()


def the_payment(session) -> OnlinePayment:
    session.rollback()
    return session.scalars(select(OnlinePayment)).one()


def afresh(session, look):
    """What is in the database now; nothing is held after it, so that others can write."""
    session.rollback()
    found = look()
    session.rollback()
    return found


def owes(session, street) -> int:
    return afresh(session, lambda: ledger.balance(session, f"participant:{street.home_id}"))


def still_open(session) -> dict[str, int]:
    items = afresh(session, lambda: open_items.list_open(session))
    return {item.number: item.open for item in items}


def on_its_way(session) -> int:
    return afresh(session, lambda: online.on_its_way(session))


# --- off, until it is turned on ------------------------------------------------------------------


def test_without_a_key_there_is_no_button_and_no_way(app, session, visitor, street, bill) -> None:
    visitor.sign_in(street.ada)

    for page in ("/mine", f"/statement/{street.home_id}"):
        assert "Pay now" not in visitor.get(page).text
    assert pay(visitor, street, bill).status_code == 404
    assert listen(app) == 0


def test_where_the_key_is_taken_away_nobody_is_led_to_a_payment_that_nobody_asks_after(
    app, session, mollie, visitor, street, bill
) -> None:
    pay(visitor, street, bill)
    pages = ("/mine", f"/statement/{street.home_id}")
    assert all("You went to pay this online." in visitor.get(page).text for page in pages)

    app.config["MOLLIE_KEY"] = ""

    for page in pages:
        text = visitor.get(page).text
        assert bill.number in text
        assert "You went to pay" not in text and "Pay now" not in text
    assert pay(visitor, street, bill, key="form-of-ada-2").status_code == 404


def test_the_key_is_shown_to_nobody(app, mollie, visitor, street, bill, caplog) -> None:
    mollie.trouble += ["down"]
    answer = pay(visitor, street, bill)
    told = app.test_cli_runner().invoke(args=["config"]).output
    doctor = app.test_cli_runner().invoke(args=["doctor"]).output

    assert "MOLLIE_KEY = (set)" in told
    assert "online payment" in doctor
    assert KEY not in told + doctor + caplog.text + answer.text


@pytest.mark.parametrize("address", ["http://api.mollie.com", "ftp://127.0.0.1", "mollie.com"])
def test_nothing_is_sent_in_the_open(address: str) -> None:
    with pytest.raises(ValueError, match="https"):
        Mollie(KEY, address, timeout=1)


@pytest.mark.parametrize(
    ("checkout", "goes"),
    [
        ("https://www.mollie.com/checkout/x", True),
        ("https://mollie.com/x", True),
        ("http://www.mollie.com/x", False),
        ("https://mollie.com.evil.example/x", False),
        ("https://notmollie.com/x", False),
        ("javascript:alert(1)//www.mollie.com", False),
    ],
)
def test_people_are_sent_to_the_providers_own_pages_only(checkout: str, goes: bool) -> None:
    mollie = Mollie(KEY, "https://api.mollie.com", timeout=1)

    assert mollie._checked(checkout) == (checkout if goes else "")


@pytest.mark.parametrize("link", [{"href": "https://["}, "somewhere"])
def test_an_answer_with_an_address_that_is_none_is_asked_for_again(link: object) -> None:
    said = {
        "id": "tr_12345678",
        "status": "open",
        "amount": {"currency": "EUR", "value": "1.00"},
        "_links": {"checkout": link},
    }
    with pytest.raises(Away, match="as agreed"):
        Mollie(KEY, "https://api.mollie.com", timeout=1)._told(said)


# --- as it should go -----------------------------------------------------------------------------


def test_a_bill_is_paid(app, session, visitor, mollie, street, bill) -> None:
    visitor.sign_in(street.ada)
    assert "Pay now" in visitor.get("/mine").text

    leaving = pay(visitor, street, bill)

    assert leaving.headers["Refresh"] == f"0; url={mollie.address}/checkout/tr_000001"
    assert mollie.only["amount"] == euros(4300)
    assert bill.number in mollie.only["description"]
    assert street.household.name not in str(mollie.only)
    back = f"/online/{the_payment(session).id}"
    assert words(visitor.get(back), "h1") == "We have not heard yet"
    for page in ("/mine", f"/statement/{street.home_id}"):
        assert "How does it stand?" in visitor.get(page).text
        assert "Pay now" not in visitor.get(page).text

    mollie.only["status"] = "paid"
    assert mollie.tell(mollie.only) == [200]
    assert listen(app, minutes=1) == 1

    assert words(visitor.get(back), "h1") == "It is paid. Thank you"
    assert (owes(session, street), still_open(session), on_its_way(session)) == (0, {}, 4300)
    assert "Paid online" in visitor.get(f"/statement/{street.home_id}").text
    assert overview.faults(session) == []


def test_all_that_is_owed_is_paid_at_once(app, session, visitor, mollie, street, bill) -> None:
    a_bill(session, street.household, 1200, on=NOW.date())
    session.commit()
    visitor.sign_in(street.ada)
    assert "Pay all of it now" in visitor.get(f"/statement/{street.home_id}").text

    pay(visitor, street)
    assert mollie.only["amount"] == euros(5500)
    mollie.only["status"] = "paid"
    listen(app)

    assert (owes(session, street), still_open(session)) == (0, {})


def test_what_was_paid_otherwise_meanwhile_is_credit(
    app, session, visitor, mollie, street, bill
) -> None:
    pay(visitor, street, bill)
    ledger_says = {"cash": 4300, f"participant:{street.home_id}": -4300}
    ledger.post(session, [ledger.Booking("cash:x", "", ledger_says)], round_id=None, at=NOW)
    open_items.write_parts(session, [("cash:x", [(bill.id, 4300)])], at=NOW)
    session.commit()
    mollie.only["status"] = "paid"
    listen(app)

    assert (owes(session, street), still_open(session)) == (-4300, {})


def test_without_a_word_of_the_provider_we_ask_ourselves(
    app, session, visitor, mollie, street, bill
) -> None:
    """Less often as time goes by, until it is known."""
    pay(visitor, street, bill)
    assert [listen(app, minutes) for minutes in (1, 1, 2, 2)] == [1, 0, 1, 0]
    mollie.only["status"] = "expired"
    assert [listen(app, minutes) for minutes in (60, 61, 6000)] == [1, 0, 0]

    assert the_payment(session).state == OnlineState.ENDED
    assert "This was not paid" in visitor.get(f"/online/{the_payment(session).id}").text
    assert owes(session, street) == 4300


# --- whatever is told, how often, in which order -------------------------------------------------

STATUSES = st.sampled_from(["open", "pending", "paid", "failed", "canceled", "expired"])
TROUBLES = st.sampled_from(["down", "nonsense", "busy", "endless"])
EVENTS = st.lists(
    st.one_of(
        st.tuples(st.just("becomes"), STATUSES),
        st.tuples(st.just("is refunded"), st.integers(0, 4300)),
        st.tuples(st.just("is told"), st.integers(1, 3)),
        st.tuples(st.just("we listen"), st.integers(0, 90)),
        st.tuples(st.just("has trouble"), TROUBLES),
        st.tuples(st.just("is asked for again"), st.none()),
    ),
    max_size=10,
)


@settings(
    max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)
@given(events=EVENTS)
def test_it_is_booked_once_and_never_lost(app, session, mollie, street, events) -> None:
    """In the end the books say what the provider says, whatever happened on the way."""
    way = on_its_way(session)
    ada = a_household(session, "Ada")
    bill = a_bill(session, ada, 4300, on=NOW.date())
    session.commit()
    who, key, paper = ada.id, f"key-{ada.id}", bill.id
    payment_id = asked(app, session, who, paper, key)
    said = mollie.payments[mollie.by_key[key]]
    for what, how in events:
        if what == "has trouble":
            mollie.trouble.append(how)
        elif what == "we listen":
            listen(app, how)
        elif what == "is asked for again":
            assert asked(app, session, who, paper, key) == payment_id
        else:
            happens(session, said, what, how)
    mollie.trouble.clear()
    is_told(session, said["id"])
    listen(app, minutes=10**5)

    kept = 4300 if said["status"] == "paid" else 0
    kept -= round(float(said.get("amountRefunded", euros(0))["value"]) * 100)
    session.rollback()
    assert ledger.balance(session, f"participant:{who}") == 4300 - kept
    (item,) = open_items.find_items(session, paper_ids=[paper])
    assert item.open == 4300 - kept
    assert on_its_way(session) - way == kept
    assert overview.faults(session) == []


def happens(session, said, what, how) -> None:
    """At the provider: what is paid stays paid, and only that can go back."""
    paid = said["status"] == "paid"
    if what == "becomes" and not paid:
        said["status"] = how
    elif what == "is refunded" and paid:
        said["amountRefunded"] = euros(how)
    elif what == "is told":
        for _ in range(how):
            is_told(session, said["id"])


def asked(app, session, who: int, paper: int, key: str) -> int:
    """As the page does it: noted, made by the provider, noted again."""
    session.rollback()
    ask = provider(app.config)
    payment = online.begin(
        session,
        session.get_one(Participant, who),
        session.get_one(Paper, paper),
        provider=ask.name,
        key=key,
        now=NOW,
    )
    payment_id, order = payment.id, Order(key, payment.cents, "x", "http://x/", "")
    made = payment.state != OnlineState.ASKED
    session.commit()
    try:
        told = None if made else ask.create(order)
    except Away:
        return payment_id
    if told:
        online.answered(session, session.get_one(OnlinePayment, payment_id), told, now=NOW)
        session.commit()
    return payment_id


def is_told(session, provider_id: str) -> None:
    session.rollback()
    online.news(session, provider_id, now=NOW)
    session.commit()


def test_a_webhook_that_comes_before_the_answer_loses_nothing(
    app, session, visitor, mollie, street, bill
) -> None:
    def is_paid_at_once(payment_id: str) -> None:
        mollie.payments[payment_id]["status"] = "paid"
        assert mollie.tell(mollie.payments[payment_id], 2) == [200, 200]

    mollie.before_answer = is_paid_at_once
    pay(visitor, street, bill)
    listen(app)

    assert (owes(session, street), on_its_way(session)) == (0, 4300)


def test_news_while_we_listen_is_heard_too(app, session, visitor, mollie, street, bill) -> None:
    """What was fetched before the news is not taken for the answer to it."""
    pay(visitor, street, bill)
    at = datetime.now(UTC) + MINUTE
    room = ListeningRoom(app, now=lambda: at)
    (task,) = room._claim(5)
    old = provider(app.config).fetch(mollie.only["id"])
    mollie.only["status"] = "paid"
    is_told(session, mollie.only["id"])
    room._take_in(task, old)

    assert listen(app) == 1
    assert (owes(session, street), on_its_way(session)) == (0, 4300)


def test_two_workers_and_a_crowd_of_webhooks_book_once(
    app, session, visitor, mollie, street, bill
) -> None:
    pay(visitor, street, bill)
    mollie.only["status"] = "paid"
    payment_id = the_payment(session).id
    session.rollback()
    told = Told(mollie.only["id"], Outcome.PAID, 4300)

    def hear(_: int) -> None:
        with app.app_context(), transaction() as own:
            online.hear(own, payment_id, told, now=NOW)

    with ThreadPoolExecutor(6) as crowd:
        told_at = [crowd.submit(mollie.tell, mollie.only, 2) for _ in range(3)]
        heard = [crowd.submit(hear, n) for n in range(3)]
        listened = [crowd.submit(listen, app) for _ in range(2)]
        assert [one.result() for one in told_at] == [[200, 200]] * 3
        for one in [*heard, *listened]:
            one.result()

    assert (owes(session, street), on_its_way(session)) == (0, 4300)
    postings = select(func.count()).where(ledger.Posting.key.startswith("online"))
    assert session.scalar(postings) == 1


# --- a provider that is slow, down, or says something else ---------------------------------------


@pytest.mark.parametrize("paper", [2**31, 2**70, -1, 0, "x"])
def test_a_number_that_no_bill_has_is_not_found(app, visitor, mollie, street, bill, paper) -> None:
    visitor.sign_in(street.ada)
    visitor.post(f"/online/pay/{street.home_id}", 404, paper=paper, key="k" * 20)


@pytest.mark.parametrize("trouble", ["slow", "down", "busy", "no", "nonsense", "endless", "drops"])
def test_where_it_does_not_answer_nothing_is_paid_and_one_tries_again(
    app, session, visitor, mollie, street, bill, trouble
) -> None:
    mollie.trouble.append(trouble)

    answer = pay(visitor, street, bill)
    assert answer.status_code == 302
    assert the_payment(session).state == OnlineState.ASKED
    assert "does not answer now" in visitor.get("/mine").text

    again = pay(visitor, street, bill)
    assert "Refresh" in again.headers
    assert len(mollie.payments) == 1
    assert session.scalar(select(func.count(OnlinePayment.id))) == 1


@pytest.mark.parametrize("trouble", ["slow", "down", "busy", "nonsense", "endless"])
def test_where_it_is_away_we_wait_and_lose_nothing(
    app, session, visitor, mollie, street, bill, trouble
) -> None:
    pay(visitor, street, bill)
    mollie.only["status"] = "paid"
    mollie.trouble += [trouble] * 12
    for days in range(12):
        assert listen(app, minutes=days * 2000 + 1) == 1
    assert session.scalars(select(Errand.state)).all() == [ErrandState.WAITING]
    session.rollback()

    listen(app, minutes=10**5)
    assert (owes(session, street), on_its_way(session)) == (0, 4300)


def test_with_a_wrong_key_nothing_is_lost(app, session, visitor, mollie, street, bill) -> None:
    """And the site is as ready as it was: it is not our fault."""
    pay(visitor, street, bill)
    mollie.only["status"] = "paid"
    app.config["MOLLIE_KEY"] = "live_of-yesterday"
    assert listen(app) == 1
    assert vital_signs.take(session, now=datetime.now(UTC) + 60 * MINUTE).errand < MINUTE
    session.rollback()

    app.config["MOLLIE_KEY"] = KEY
    assert listen(app, minutes=60) == 1
    assert owes(session, street) == 0


def test_while_it_is_asked_nobody_else_waits(app, session, visitor, mollie, street, bill) -> None:
    """No transaction is open during a call: on SQLite, nobody could write meanwhile."""
    seen = []

    def writes(_: str) -> None:
        with app.app_context(), Session(db.engine) as own:
            own.execute(update(Errand).values(last_error="x"))
            seen.append("written")
            own.rollback()

    mollie.before_answer = writes
    pay(visitor, street, bill)

    assert seen == ["written"]


@pytest.mark.parametrize(
    ("amount", "told"),
    [(euros(4200), "EUR 42.00"), (euros(4400), "EUR 44.00"), (euros(4300, "USD"), "USD 43.00")],
)
def test_another_amount_is_not_booked_and_the_treasurer_is_told(
    app, session, visitor, mollie, street, bill, amount, told
) -> None:
    pay(visitor, street, bill)
    mollie.only.update({"status": "paid", "amount": amount})
    listen(app)

    assert (owes(session, street), on_its_way(session)) == (4300, 0)
    assert "We look at your payment" in visitor.get(f"/online/{the_payment(session).id}").text
    treasurer = a_person(session, "Coor", role=Role.COORDINATOR, language="en")
    session.commit()
    visitor.sign_in(treasurer)
    for page in ("/coordinator/payments/", "/coordinator/payments/online/"):
        assert told in visitor.get(page).text
        assert "Look at this" in visitor.get(page).text

    session.rollback()
    mollie.only["amountRefunded"] = amount
    is_told(session, mollie.only["id"])
    listen(app)
    assert (the_payment(session).state, owes(session, street)) == (OnlineState.ENDED, 4300)


def test_a_state_we_do_not_know_changes_nothing(
    app, session, visitor, mollie, street, bill
) -> None:
    pay(visitor, street, bill)
    mollie.only["status"] = "quantum"
    listen(app)

    assert (the_payment(session).state, owes(session, street)) == (OnlineState.OPEN, 4300)
    assert session.scalars(select(Errand.state)).all() == [ErrandState.WAITING]


def test_the_word_about_another_payment_is_not_taken(session, street, bill) -> None:
    payment = online.begin(session, street.household, bill, provider="mollie", key="k", now=NOW)
    online.answered(session, payment, Told("tr_000001", Outcome.OPEN, 4300), now=NOW)

    with pytest.raises(online.AnotherPayment):
        online.hear(session, payment.id, Told("tr_000002", Outcome.PAID, 4300), now=NOW)


# --- what goes back ------------------------------------------------------------------------------


def test_a_chargeback_opens_the_bill_and_its_end_pays_it(
    app, session, visitor, mollie, street, bill
) -> None:
    pay(visitor, street, bill)
    page = f"/online/{the_payment(session).id}"
    session.rollback()
    for back, left, title in ((0, 0, "It is paid"), (4300, 4300, "went back"), (0, 0, "It is")):
        mollie.only.update({"status": "paid", "amountChargedBack": euros(back)})
        mollie.tell(mollie.only, 2)
        listen(app)
        listen(app)
        assert (owes(session, street), on_its_way(session)) == (left, 4300 - left)
        assert sum(still_open(session).values()) == left
        assert title in words(visitor.get(page), "h1")


# --- whose it is ---------------------------------------------------------------------------------


def test_nobody_pays_or_looks_for_another_household(
    app, session, visitor, mollie, street, bill
) -> None:
    pay(visitor, street, bill)
    mine = the_payment(session).id
    visitor.sign_in(street.bob)

    assert visitor.open(f"/online/{mine}").status_code == 404
    token = {"csrf_token": visitor.token()}
    for path in (f"/online/pay/{street.home_id}", f"/online/{mine}/ask"):
        answer = visitor.open(path, method="POST", data=token | {"key": "form-of-ada-9"})
        assert answer.status_code == 404
    own = visitor.open(
        f"/online/pay/{street.neighbour.id}",
        method="POST",
        data=token | {"key": "form-of-ada-9", "paper": bill.id},
    )
    assert own.status_code == 404


@pytest.mark.parametrize("said", ["tr_000001", "tr_unknown", "x", "🙂", "a" * 64])
def test_the_webhook_says_nothing_of_what_we_know(
    app, session, visitor, mollie, street, bill, said
) -> None:
    pay(visitor, street, bill)
    fresh = app.test_client()

    answer = fresh.post("/online/news", data={"id": said, "status": "paid", "amount": "0"})

    assert (answer.status_code, answer.data) == (200, b"")
    assert owes(session, street) == 4300


@pytest.mark.parametrize("said", [{}, {"id": ""}, {"id": "a" * 65}])
def test_news_of_nothing_is_no_news(app, mollie, said) -> None:
    assert app.test_client().post("/online/news", data=said).status_code == 400


def test_who_presses_twice_pays_once(app, session, visitor, mollie, street, bill) -> None:
    """The same form, or the button once more within minutes."""
    for key in ("form-of-ada-1", "form-of-ada-1", "form-of-ada-2"):
        assert "Refresh" in pay(visitor, street, bill, key=key).headers
    assert len(mollie.payments) == 1


def test_where_nothing_is_owed_nothing_is_asked(app, session, visitor, mollie, street) -> None:
    assert pay(visitor, street).status_code == 302
    assert "There is nothing to pay" in visitor.get("/mine").text


def lets_us_collect(session, street) -> None:
    us = session.scalars(select(Network)).one()
    us.creditor_id, us.debit_notice_days = "NL79ZZZ999999990000", 1
    mandates.give(session, street.household, account=THEIRS, holder="Ada", now=NOW)


@pytest.mark.parametrize("which", ["this bill", "all"])
def test_what_is_being_collected_is_not_paid_twice(session, street, bill, which) -> None:
    lets_us_collect(session, street)
    on = banking_day_from(bill.due_on)
    collecting.collect(session, {street.home_id}, collect_on=on, actor="Coor", now=NOW)

    with pytest.raises(online.IsCollected):
        online.begin(
            session,
            street.household,
            bill if which == "this bill" else None,
            provider="mollie",
            key="k",
            now=NOW,
        )


def test_what_somebody_went_off_to_pay_is_not_collected(session, street, bill) -> None:
    lets_us_collect(session, street)
    on = banking_day_from(bill.due_on)
    assert [one.cents for one in collecting.list_collectable(session, on)] == [4300]
    payment = online.begin(session, street.household, bill, provider="mollie", key="k", now=NOW)
    online.answered(session, payment, Told("tr_000001", Outcome.OPEN, 4300), now=NOW)
    assert collecting.list_collectable(session, on) == []

    online.hear(session, payment.id, Told("tr_000001", Outcome.ENDED, 4300), now=NOW)
    assert [one.cents for one in collecting.list_collectable(session, on)] == [4300]


# --- what is kept --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "change",
    [
        update(OnlinePayment).values(cents=1),
        update(OnlinePayment).values(participant_id=OnlinePayment.participant_id + 1),
        update(OnlinePayment).values(provider_id="tr_other"),
        update(OnlinePayment).values(state="open"),
        update(OnlinePayment).values(moves=0),
        delete(OnlinePayment),
    ],
)
def test_what_was_asked_and_paid_cannot_be_edited(
    app, session, visitor, mollie, street, bill, change
) -> None:
    pay(visitor, street, bill)
    mollie.only["status"] = "paid"
    listen(app)
    session.rollback()

    with pytest.raises((DatabaseError, IntegrityError)):
        session.execute(change)


def test_the_same_posting_is_refused_by_the_database(session, street, bill) -> None:
    booking = ledger.Booking("online:1", "", {"online": 1, "fees": -1})
    ledger.post(session, [booking], round_id=None, at=NOW)

    with pytest.raises(IntegrityError):
        ledger.post(session, [booking], round_id=None, at=NOW)


# --- what the provider pays out ------------------------------------------------------------------


def test_a_payout_is_proposed_for_what_is_on_its_way_and_costs_are_noted(
    app, session, visitor, mollie, street, bill
) -> None:
    pay(visitor, street, bill)
    mollie.only["status"] = "paid"
    listen(app)
    a_bill(session, street.household, 4250, on=NOW.date())  # as much as comes in: not meant
    line = Moved(4250, name="Stichting Mollie Payments", iban="NL51DEUT0265262461", text="1234.03")
    file = read(camt(line))
    intake.take_in(session, file, file_name="x", actor="Coor", now=NOW)
    session.commit()
    treasurer = a_person(session, "Coor", role=Role.COORDINATOR, language="en")
    session.commit()
    visitor.sign_in(treasurer)

    page = visitor.get("/coordinator/payments/")
    assert "The payment provider pays out" in page.text
    accept = next(f["action"] for f in page.select("form") if f["action"].endswith("/accept"))
    visitor.submit(page, accept)
    assert on_its_way(session) == 50
    costs = "/coordinator/payments/online/costs"
    too_much = visitor.submit(visitor.get("/coordinator/payments/online/"), costs, cents="0,51")
    assert "not more than is on its way" in too_much.text
    page = visitor.get("/coordinator/payments/online/")
    for _ in range(2):
        visitor.submit(page, costs, cents="0,50")

    session.rollback()
    assert on_its_way(session) == 0
    assert ledger.balance(session, "bank-costs") == 50
    again = read(camt(replace(line, cents=9900, name="S.M.P.", text="1234.04"), number="2"))
    intake.take_in(session, again, file_name="y", actor="Coor", now=NOW)
    assert (
        session.scalars(select(BankLine.match).order_by(BankLine.id.desc()).limit(1)).one()
        == Match.PAYOUT
    )


def test_a_neighbour_who_is_called_like_the_provider_is_no_payout(session, street, bill) -> None:
    """Nothing is on its way, and a name alone decides nothing."""
    file = read(camt(Moved(4300, name="Mollie de Vries", reference=bill.reference)))
    intake.take_in(session, file, file_name="x", actor="Coor", now=NOW)

    assert session.scalars(select(BankLine.match)).one() == Match.REFERENCE


def test_refusing_is_not_being_away(app, mollie) -> None:
    ask = provider(app.config)
    with pytest.raises(Refusing):
        ask.fetch("tr_999999")
    mollie.trouble.append("down")
    with pytest.raises(Away):
        ask.fetch("tr_999999")


# --- the webhook is open to everybody ------------------------------------------------------------


def say_news(app, said: str) -> int:
    client, data = app.test_client(), {"id": said}
    return Context().run(client.post, "/online/news", data=data).status_code


def test_of_an_unknown_payment_nothing_is_written_however_often(
    app, session, visitor, mollie, street, bill
) -> None:
    pay(visitor, street, bill)
    listen(app)
    before = afresh(session, lambda: (count_of(session, Errand), count_of(session, UseCount)))

    assert {say_news(app, f"tr_{guess:06}") for guess in range(900, 960)} == {200}

    after = afresh(session, lambda: (count_of(session, Errand), count_of(session, UseCount)))
    assert after == before
    assert listen(app) == 0


def test_of_an_unknown_payment_nobody_waits_for_who_writes(
    app, session, visitor, mollie, street, bill
) -> None:
    pay(visitor, street, bill)
    session.rollback()
    limits.count(session, "somebody writes", most=9, at=NOW)  # and has not committed yet

    assert say_news(app, "tr_unknown") == 200


def test_news_without_end_makes_us_ask_so_often_and_once_more_later(
    app, session, visitor, mollie, street, bill
) -> None:
    """Counted exactly, whichever worker is told: ten times, and what came after is not lost."""
    pay(visitor, street, bill)
    listen(app)
    known = mollie.only["id"]
    session.rollback()

    with ThreadPoolExecutor(4) as pool:
        answers = set(pool.map(lambda _: say_news(app, known), range(40)))

    counted = afresh(session, lambda: sorted(session.scalars(select(UseCount.uses))))
    assert (answers, counted[-2:]) == ({200}, [10, 10])
    assert listen(app, minutes=5) == 0
    mollie.only["status"] = "paid"
    assert listen(app, minutes=16) == 1
    assert owes(session, street) == 0


def count_of(session, kind) -> int:
    return session.scalar(select(func.count()).select_from(kind))
