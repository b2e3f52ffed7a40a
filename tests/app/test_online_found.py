"""What was paid online after a backup is found again when that backup has been put back."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select

from app.errands import ListeningRoom
from app.extensions import db
from purchasing.books import ledger, open_items
from purchasing.books.online_payments import OnlinePayment
from tests.app.street import NOW, a_street
from tests.builders import a_bill
from tests.payment_provider import KEY, a_provider, euros

HOUR = timedelta(hours=1)
ALL = ("--since", "2026-01-01")


@pytest.fixture
def mollie(app, live_server):
    with a_provider() as made:
        app.config |= {"MOLLIE_KEY": KEY, "MOLLIE_URL": made.address, "BASE_URL": live_server}
        yield made


@pytest.fixture
def street(session):
    made = a_street(session)
    made.household.created_at = NOW
    session.commit()
    return made


@pytest.fixture
def bill(session, street):
    made = a_bill(session, street.household, 4300, on=NOW.date())
    session.commit()
    session.refresh(made)
    session.expunge(made)  # its facts, whatever becomes of the database
    return made


def command(app, *words: str, fails: bool = False) -> str:
    db.session.commit()
    db.session.remove()
    result = app.test_cli_runner().invoke(args=[*words])
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert bool(result.exit_code) == fails, result.output
    return result.output


def ask(app, *words: str, fails: bool = False) -> str:
    return command(app, "payments", "ask-online", *(words or ALL), fails=fails)


def listen(app) -> None:
    at = datetime.now(UTC) + HOUR
    ListeningRoom(app, now=lambda: at).run_due()


def lost(mollie, street, cents=4300, *, form="form-of-ada-1", bill="", whose=None, **more):
    """Paid at the provider, and unknown here."""
    key = f"{whose or street.home_id}-{form}"
    order = {"amount": euros(cents), "description": f"Bill {bill}"}
    made = mollie.make(key, order | {"metadata": {"key": key, "bill": bill}})
    return made.update({"status": "paid"} | more)


def owes(session, street) -> int:
    session.rollback()
    return ledger.balance(session, f"participant:{street.home_id}")


def test_what_was_paid_after_the_backup_is_booked_once(
    app, session, visitor, mollie, street, bill, tmp_path
) -> None:
    command(app, "backup", "create", str(tmp_path / "a.backup"))
    session.commit()
    visitor.sign_in(session.merge(street.ada))
    fields = {"key": "form-of-ada-1", "csrf_token": visitor.token(), "paper": bill.id}
    visitor.open(f"/online/pay/{street.home_id}", method="POST", data=fields)
    mollie.only["status"] = "paid"
    listen(app)
    assert owes(session, street) == 0

    told = command(app, "backup", "restore", str(tmp_path / "a.backup"), "--overwrite")
    assert "payments ask-online --since" in told
    assert owes(session, street) == 4300
    since = told.partition("--since ")[2].partition("`")[0]

    assert ask(app, "--since", since).startswith("1 were unknown")
    listen(app)

    assert owes(session, street) == 0
    assert open_items.list_open(session) == []
    assert ask(app, "--since", since).startswith(
        "0 were unknown and are noted again, 1 were known"
    )
    listen(app)
    assert owes(session, street) == 0


def test_it_pays_the_bill_it_was_for(app, session, mollie, street, bill) -> None:
    second = a_bill(session, street.household, 700, on=NOW.date())
    number = second.number
    session.commit()
    lost(mollie, street, 700, bill=number)

    ask(app)
    listen(app)

    session.rollback()
    assert [item.number for item in open_items.list_open(session)] == [bill.number]


def test_a_bill_that_is_lost_too_leaves_the_money_to_its_payer(
    app, session, mollie, street, bill
) -> None:
    lost(mollie, street, 5000, bill="2026-0999")

    ask(app)
    listen(app)

    assert owes(session, street) == 4300 - 5000


def test_all_pages_are_read_and_nothing_from_before(app, session, mollie, street, bill) -> None:
    mollie.most_on_a_page = 2
    for n in range(5):
        lost(mollie, street, 100, form=f"form-{n}")
    mollie.payments["tr_000001"]["createdAt"] = "2025-12-31T23:59:59+00:00"

    assert ask(app).startswith("4 were unknown")
    listen(app)

    assert owes(session, street) == 4300 - 400


@pytest.mark.parametrize(
    "oddity",
    [
        {"whose": 999_999},
        {"whose": "nobody"},
        {"metadata": None},
        {"metadata": {"key": "tr", "bill": ""}},
        {"amount": euros(4300, "USD")},
        {"createdAt": "2026-01-02T00:00:00+00:00"},  # before that household was here
    ],
)
def test_what_is_nobodys_here_is_told_and_not_booked(
    app, session, mollie, street, bill, oddity
) -> None:
    lost(mollie, street, bill="2026-0001", **oddity)

    told = ask(app, fails=True)

    assert "LOOK: tr_000001 43.00" in told
    listen(app)
    assert owes(session, street) == 4300
    assert session.scalar(select(func.count()).select_from(OnlinePayment)) == 0


def test_a_provider_that_does_not_answer_is_told(app, mollie, street) -> None:
    mollie.trouble.append("down")
    assert "Ask again later" in ask(app, fails=True)


def test_where_nobody_pays_online_nothing_is_asked(app, street) -> None:
    assert "KOOPKRACHT_MOLLIE_KEY is not set" in ask(app, fails=True)
