"""Signing in by a mailed code, signing out, and one's own details."""

from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from flask import g
from sqlalchemy import func, select

from app import auth
from app.auth import Device, asker, open_to, remember
from app.codes import (
    GUESSABLE_PER_HOUR,
    ONE_MAIL_PER,
    PER_HOUR_FROM_HERE,
    TRIES_ELSEWHERE,
    SignInRequest,
    code_of,
)
from app.config import look_behind_proxies
from app.devices import Asker, end_all, find_buyer
from app.extensions import db
from app.mail import links
from purchasing.errands import Errand, Priority
from purchasing.people import Role
from tests.app.doors import ON_ONE_DATABASE
from tests.app.street import a_street, words
from tests.builders import a_network, a_person
from tests.pages import Visitor


@pytest.fixture
def street(session):
    return a_street(session)


def ask(visitor, email: str):
    visitor.post("/language", language="en")
    return visitor.submit(visitor.get("/sign-in"), "/sign-in", email=email)


def newest_code(session) -> str:
    return code_of(
        session.scalars(select(SignInRequest).order_by(SignInRequest.id.desc())).first()
    )


def signed_in(session) -> int:
    return session.scalar(select(func.count(Device.id)).where(Device.ended_at.is_(None)))


# --- the code ----------------------------------------------------------------------------------


def test_a_code_from_the_mail_signs_in(visitor, street, session):
    page = ask(visitor, " Ada@Example.org ")

    page = visitor.submit(page, "/sign-in/code", code=newest_code(session))

    assert words(page, "h1") == "Hello Ada"


def test_who_only_coordinates_begins_with_what_needs_a_coordinator(visitor, street, session):
    a_person(session, "Coor", role=Role.COORDINATOR, language="en")
    session.commit()
    page = ask(visitor, "coor@example.org")

    page = visitor.submit(page, "/sign-in/code", code=newest_code(session))

    assert words(page, "h1") == "Today"


def test_an_unknown_address_gets_the_same_answer_and_no_mail(visitor, street, session):
    known = words(ask(visitor, "ada@example.org"), "#main")
    unknown = words(ask(visitor, "eve@example.org"), "#main")

    assert known.replace("ada@", "eve@") == unknown
    errand = session.scalars(select(Errand).where(Errand.key.startswith("mail_sign_in"))).one()
    assert errand.recipient == "ada@example.org"
    assert errand.priority == Priority.AWAITED


def test_the_link_in_the_mail_fills_in_the_address_and_signs_nobody_in(visitor, street, session):
    ask(visitor, "ada@example.org")

    page = visitor.get("/sign-in/code?email=ada@example.org")

    assert page.select_one("input[name=email]")["value"] == "ada@example.org"
    assert page.select_one("#code")["autocomplete"] == "one-time-code"
    assert signed_in(session) == 0


def test_a_wrong_code_counts_although_it_is_refused(visitor, street, session):
    page = ask(visitor, "ada@example.org")
    right = newest_code(session)
    wrong = f"{(int(right) + 1) % 1_000_000:06d}"
    for _ in range(5):
        page = visitor.submit(page, "/sign-in/code", 422, code=wrong)
    assert "not right" in words(page, "#code-error")

    page = visitor.submit(page, "/sign-in/code", 422, code=right)

    assert "no longer works" in words(page, "#code-error")
    assert signed_in(session) == 0


@pytest.mark.parametrize(("proxies", "counted"), [(0, "127.0.0.1"), (1, "203.0.113.7")])
def test_codes_are_counted_by_the_address_that_our_own_proxy_names(
    app, visitor, street, session, proxies, counted
):
    app.config["PROXIES"] = proxies
    look_behind_proxies(app)

    visitor.open(
        "/sign-in",
        method="POST",
        data={"csrf_token": visitor.token(), "email": "ada@example.org"},
        headers={"X-Forwarded-For": "198.51.100.1, 203.0.113.7"},
    )

    assert session.scalar(select(SignInRequest.address)) == counted


@pytest.mark.parametrize("code", ["²³¹", "einszwei drei", "９" * 6, "0" * 5000])
def test_what_is_no_code_is_a_wrong_code_and_counts(visitor, street, session, code):
    page = ask(visitor, "ada@example.org")

    page = visitor.submit(page, "/sign-in/code", 422, code=code)

    assert "not right" in words(page, "#code-error")
    assert session.scalar(select(SignInRequest.tries)) == 1


def test_a_code_works_once(visitor, street, session):
    page = ask(visitor, "ada@example.org")
    code = newest_code(session)
    visitor.submit(page, "/sign-in/code", code=code)
    visitor.post("/sign-out")

    page = visitor.get("/sign-in/code?email=ada@example.org")
    visitor.submit(page, "/sign-in/code", 422, code=code)


def test_a_code_works_for_a_quarter_of_an_hour(visitor, street, session):
    page = ask(visitor, "ada@example.org")
    code = newest_code(session)

    with time_machine.travel(datetime.now(UTC) + timedelta(minutes=16)):
        visitor.submit(page, "/sign-in/code", 422, code=code)


def test_one_address_cannot_ask_for_codes_without_end(visitor, street, session):
    for number in range(PER_HOUR_FROM_HERE):
        visitor.post("/sign-in", email=f"nobody{number}@example.org")

    visitor.post("/sign-in", 429, email="ada@example.org")

    assert session.scalar(select(func.count(SignInRequest.id))) == PER_HOUR_FROM_HERE


# --- what strangers cannot do ------------------------------------------------------------------


def guess(stranger: Visitor, status: int = 422):
    page = stranger.get("/sign-in/code?email=ada@example.org")
    return stranger.submit(page, "/sign-in/code", status, code="000000")


@pytest.fixture
def never_zero(monkeypatch):
    """No code happens to be the one that is guessed here."""
    monkeypatch.setattr("app.codes._digest", lambda purpose, row: f"{purpose}{row.id:6}".encode())


def test_who_guesses_elsewhere_uses_up_nobodys_tries(app, visitor, street, session, never_zero):
    page = ask(visitor, "ada@example.org")
    code, stranger = newest_code(session), Visitor(app)

    for _ in range(TRIES_ELSEWHERE + 2):
        guess(stranger)

    assert words(visitor.submit(page, "/sign-in/code", code=code), "h1") == "Hello Ada"


def test_a_code_stays_good_when_somebody_else_asks_for_one(app, visitor, street, session):
    page = ask(visitor, "ada@example.org")
    code = newest_code(session)

    ask(Visitor(app), "ada@example.org")

    assert words(visitor.submit(page, "/sign-in/code", code=code), "h1") == "Hello Ada"


def test_who_uses_up_a_mailboxs_codes_shuts_nobody_out(app, visitor, street, session, never_zero):
    """Strangers asked for all codes and guessed; Ada opens the link in a mail and types it."""
    stranger = Visitor(app)
    for _ in range(GUESSABLE_PER_HOUR + 3):
        ask(stranger, "ada@example.org")
        guess(stranger)
    asked = session.scalar(select(func.count(SignInRequest.id)))
    assert asked == GUESSABLE_PER_HOUR, "and then one mail in five minutes"

    ask(visitor, "ada@example.org")
    row = session.scalars(select(SignInRequest).order_by(SignInRequest.id.desc())).first()
    page = visitor.get(links.sign_in(row).removeprefix(app.config["BASE_URL"]))

    page = visitor.submit(page, "/sign-in/code", code=code_of(row))
    assert words(page, "h1") == "Hello Ada"


def test_of_a_code_beyond_the_hours_share_only_the_link_works(app, visitor, street, session):
    for _ in range(GUESSABLE_PER_HOUR):
        ask(Visitor(app), "ada@example.org")
    with time_machine.travel(datetime.now(UTC) + ONE_MAIL_PER + timedelta(seconds=1)):
        page = ask(visitor, "ada@example.org")
        row = session.scalars(select(SignInRequest).order_by(SignInRequest.id.desc())).first()
        assert row.link_only
        page = visitor.submit(page, "/sign-in/code", 422, code=code_of(row))
        assert "Open the link" in words(page, "#code-error")
        page = visitor.get(links.sign_in(row).removeprefix(app.config["BASE_URL"]))

        page = visitor.submit(page, "/sign-in/code", code=code_of(row))

    assert words(page, "h1") == "Hello Ada"


@pytest.mark.parametrize("key", ["", "0" * 32, "é", "x" * 5000])
def test_a_link_with_a_made_up_key_proves_nothing(app, visitor, street, session, key):
    ask(visitor, "ada@example.org")
    row = session.scalars(select(SignInRequest)).one()
    row.link_only = True
    session.commit()
    stranger = Visitor(app)
    page = stranger.get(f"/sign-in/code?email=ada@example.org&request={row.id}&key={key}")

    stranger.submit(page, "/sign-in/code", 422, code=code_of(row))

    assert signed_in(session) == 0


# --- the address that is typed -----------------------------------------------------------------


@pytest.mark.parametrize(
    "text", ["", "ada", "ada@", "a b@example.org", "x" * 300 + "@example.org"]
)
def test_what_is_no_mail_address_is_said_beside_the_field(visitor, street, session, text):
    visitor.post("/language", language="en")

    page = visitor.submit(visitor.get("/sign-in"), "/sign-in", 422, email=text)

    assert words(page, "#email-error")
    assert page.title.text.startswith("Error: ")
    assert page.select_one("#errors a[href='#email']")
    assert session.scalar(select(func.count(SignInRequest.id))) == 0


# --- where one goes next -----------------------------------------------------------------------


@pytest.mark.parametrize(
    "target",
    ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)", "/\t/x"],
)
def test_signing_in_leads_to_no_other_site(visitor, street, session, target):
    ask(visitor, "ada@example.org")
    fields = {"csrf_token": visitor.token(), "email": "ada@example.org", "next": target}

    response = visitor.open(
        "/sign-in/code", method="POST", data=fields | {"code": newest_code(session)}
    )

    assert response.status_code == 303
    assert response.location == "/"


def test_signing_in_leads_back_to_the_page_that_was_asked_for(visitor, street, session):
    visitor.get(street.grid)
    page = visitor.submit(
        visitor.get(f"/sign-in?next={street.grid}"), "/sign-in", email="ada@example.org"
    )

    page = visitor.submit(page, "/sign-in/code", code=newest_code(session))

    assert words(page, "h1") == street.round.title


# --- signing out -------------------------------------------------------------------------------


def test_signing_out_ends_this_device_only(visitor, street, session):
    visitor.sign_in(street.ada)
    visitor.sign_in(street.ada)

    visitor.post("/sign-out")

    assert signed_in(session) == 1
    with visitor.client.session_transaction() as cookie:
        assert "device" not in cookie
    assert visitor.open("/mine").status_code == 302


def test_signing_out_everywhere_ends_all_devices_of_this_person(visitor, street, session):
    visitor.sign_in(street.bob)
    visitor.sign_in(street.ada)
    visitor.sign_in(street.ada)

    visitor.post("/sign-out/everywhere")

    assert signed_in(session) == 1, "Bob's"


def test_a_device_that_was_signed_out_from_another_gets_in_no_more(visitor, street, app):
    visitor.sign_in(street.ada)
    assert visitor.open("/mine").status_code == 200

    Visitor(app).sign_in(street.ada).post("/sign-out/everywhere")

    assert visitor.open("/mine").status_code == 302


def test_signing_out_everywhere_says_of_no_device_that_it_left_later_than_it_did(
    visitor, street, session
):
    visitor.sign_in(street.ada)
    left = session.scalars(select(Device)).one()
    left.ended_at = NOW
    session.commit()
    visitor.sign_in(street.ada)

    visitor.post("/sign-out/everywhere")

    session.expire_all()
    assert left.ended_at == NOW


def test_nobody_signs_out_somebody_elses_device(visitor, street, session):
    visitor.sign_in(street.bob)
    of_bob = session.scalars(select(Device)).one().id
    visitor.sign_in(street.ada)

    visitor.post(f"/devices/{of_bob}/sign-out", 404)

    assert signed_in(session) == 2


def test_a_lost_device_can_be_signed_out(visitor, street, session):
    visitor.sign_in(street.ada)
    lost = session.scalars(select(Device)).one().id
    visitor.sign_in(street.ada)

    page = visitor.submit(visitor.get("/details"), f"/devices/{lost}/sign-out")

    assert "That device is signed out." in words(page, "#main")
    assert signed_in(session) == 1


# --- how long a visit lasts --------------------------------------------------------------------

MEMBER, COORDINATOR = frozenset({Role.MEMBER}), frozenset({Role.COORDINATOR})
TICK = timedelta(microseconds=1)
NOW = datetime(2026, 3, 5, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("roles", "idle", "longest"),
    [
        (MEMBER, timedelta(days=30), timedelta(days=90)),
        (frozenset(), timedelta(days=30), timedelta(days=90)),
        (COORDINATOR, timedelta(hours=12), timedelta(days=7)),
        (frozenset({Role.ADMINISTRATOR}), timedelta(hours=12), timedelta(days=7)),
        (MEMBER | COORDINATOR, timedelta(hours=12), timedelta(days=7)),
    ],
)
def test_a_visit_ends_when_it_was_left_alone_or_lasted_too_long(roles, idle, longest):
    """Much sooner for who can see everything."""
    person = Asker(1, "Ada", "ada@example.org", "nl", roles, (), NOW, NOW)

    left_alone = replace(person, signed_in_at=NOW - idle - TICK, seen_at=NOW - idle - TICK)
    assert left_alone.is_past(NOW)
    assert not replace(left_alone, seen_at=NOW - idle).is_past(NOW)
    assert replace(person, signed_in_at=NOW - longest - TICK).is_past(NOW)
    assert not replace(person, signed_in_at=NOW - longest).is_past(NOW)


@pytest.mark.parametrize("named", ["seen_at", "signed_in_at"])
def test_whoever_comes_back_too_late_is_asked_to_sign_in(visitor, street, session, named):
    visitor.sign_in(street.ada)
    setattr(session.scalars(select(Device)).one(), named, datetime.now(UTC) - timedelta(days=91))
    session.commit()

    assert visitor.open("/mine").status_code == 302


def test_who_is_no_longer_active_is_signed_out(visitor, street, session):
    visitor.sign_in(street.ada)
    street.ada.active = False
    session.commit()

    assert visitor.open("/mine").status_code == 302


def test_pressing_a_button_counts_as_being_here_and_is_noted_every_ten_minutes(
    visitor, street, session
):
    """Also where nothing comes of it."""
    visitor.sign_in(street.ada)
    device = session.scalars(select(Device)).one()
    came = device.seen_at

    for after, seen in [
        (timedelta(minutes=10), came),
        (timedelta(minutes=10) + TICK, came + timedelta(minutes=10) + TICK),
        (timedelta(minutes=20), came + timedelta(minutes=10) + TICK),
        (timedelta(minutes=21), came + timedelta(minutes=21)),
    ]:
        with time_machine.travel(came + after, tick=False):
            visitor.post("/devices/999999/sign-out", 404)
        session.expire_all()
        assert device.seen_at == seen


def test_signing_in_gives_a_new_token_and_keeps_the_language_only(visitor, street, session):
    page = ask(visitor, "ada@example.org")
    with visitor.client.session_transaction() as cookie:
        cookie["device"] = cookie["note"] = "of somebody before"

    visitor.submit(page, "/sign-in/code", code=newest_code(session))

    with visitor.client.session_transaction() as cookie:
        assert cookie["device"] != "of somebody before"
        assert "note" not in cookie
        assert cookie["language"] == "en"
        assert cookie.permanent


def test_who_has_just_signed_in_is_known_at_once(app, street):
    with app.test_request_context():
        assert asker() is None
        remember(db.session(), street.ada, label="", at=datetime.now(UTC))
        db.session.flush()
        assert asker().name == "Ada"


def test_what_counts_is_when_a_request_came_in_however_long_it_waited_since(app):
    with (
        time_machine.travel(NOW, tick=False) as clock,
        app.test_request_context("/", method="POST"),
    ):
        app.preprocess_request()
        clock.shift(9)
        assert auth.now() == NOW


def test_a_change_begins_with_nothing_read(app, street):
    """Or two who write at once would wait for each other."""
    view = open_to(Role.MEMBER)(lambda: db.session().in_transaction())
    with app.test_request_context(method="POST"):
        remember(db.session(), street.ada, label="", at=datetime.now(UTC))
        db.session.commit()
        assert view() is False


@pytest.mark.parametrize(("minutes", "goes_on"), [(1, True), (11, False)])
def test_who_looks_first_goes_on_where_it_was_read_who_asks(app, street, minutes, goes_on):
    """Unless it had to be noted that this browser is used: that was a change, and is committed."""
    view = open_to(Role.MEMBER, looks_first=True)(lambda: db.session().in_transaction())
    with app.test_request_context(method="POST"):
        remember(db.session(), street.ada, label="", at=datetime.now(UTC))
        db.session.commit()
        with time_machine.travel(datetime.now(UTC) + timedelta(minutes=minutes)):
            g.pop("received_at", None)
            assert view() is goes_on


@ON_ONE_DATABASE
@pytest.mark.parametrize(
    ("method", "has_its_turn"),
    [("GET", False), ("HEAD", False), ("OPTIONS", False), ("POST", True)],
)
def test_who_only_looks_keeps_nobody_waiting_and_who_changes_has_its_turn_from_the_start(
    app, database_url, method, has_its_turn
):
    with app.test_request_context(method=method):
        app.preprocess_request()
        assert keeps_others_from_writing(database_url) is has_its_turn


@ON_ONE_DATABASE
def test_that_somebody_only_looked_binds_nobody_after(visitor, street, database_url):
    """The thread that served a page goes on to other things."""
    db.session.rollback()
    assert visitor.client.get("/sign-in").status_code == 200

    assert keeps_others_from_writing(database_url)


def keeps_others_from_writing(database_url) -> bool:
    """Whether that is so, once we have asked the database anything."""
    db.session.rollback()
    db.session.execute(select(1))
    sqlite = db.engine.dialect.dbapi  # another than ours would not see our locks
    with closing(sqlite.connect(database_url.partition("///")[2], timeout=0)) as other:
        try:
            other.execute("BEGIN IMMEDIATE")
        except sqlite.OperationalError:
            return True
        finally:
            db.session.rollback()
    return False


def test_whoever_must_sign_in_comes_back_to_the_page_and_not_to_the_button(visitor, street):
    asked = visitor.open("/mine?month=3")
    pressed = visitor.open(
        "/devices/1/sign-out", method="POST", data={"csrf_token": visitor.token()}
    )

    assert asked.location == "/sign-in?next=/mine?month%3D3"
    assert pressed.location == "/sign-in?next=/"


def test_signing_everybody_out_leaves_alone_who_had_left(visitor, street, session):
    for _ in range(3):
        visitor.sign_in(street.ada)
    left, *here = session.scalars(select(Device).order_by(Device.id))
    left.ended_at = NOW
    session.flush()

    assert end_all(session, at=NOW + TICK) == 2

    session.expire_all()
    assert left.ended_at == NOW
    assert [device.ended_at for device in here] == [NOW + TICK] * 2


def test_a_shop_is_known_as_a_shop(street, session):
    assert find_buyer(session, street.shop.id).is_shop
    assert not find_buyer(session, street.household.id).is_shop


def test_of_a_browser_s_name_only_the_beginning_is_kept(app, street, session):
    with app.test_request_context():
        remember(session, street.ada, label="M" * 500, at=NOW)

    assert session.scalars(select(Device)).one().label == "M" * 120


# --- details -----------------------------------------------------------------------------------


def test_name_and_language_can_be_changed(visitor, street, session):
    visitor.sign_in(street.ada)

    page = visitor.submit(visitor.get("/details"), "/details", name="Ada Ü.", language="nl")

    assert page.html["lang"] == "nl"
    assert (street.ada.name, street.ada.language) == ("Ada Ü.", "nl")


def test_the_address_of_ones_own_household_can_be_changed(visitor, street, session):
    visitor.sign_in(street.ada)
    own = street.household.id

    visitor.submit(visitor.get("/details"), f"/details/{own}", **{f"p{own}-street": "Laan 2"})

    assert street.household.street == "Laan 2"


def test_a_neighbours_address_is_not_found(visitor, street, session):
    visitor.sign_in(street.ada)
    theirs = street.neighbour.id

    visitor.post(f"/details/{theirs}", 404, **{f"p{theirs}-street": "Laan 2"})

    assert street.neighbour.street != "Laan 2"


def test_a_shop_sees_its_numbers(visitor, street):
    visitor.sign_in(street.ada)

    text = words(visitor.get("/details"), "#main")

    assert "87654321" in text
    assert "NL123456782B90" in text


def test_what_was_typed_wrong_is_said_on_top_and_beside_the_field(visitor, street):
    visitor.sign_in(street.ada)

    page = visitor.submit(visitor.get("/details"), "/details", 422, name=" ")

    assert page.select_one("#errors a[href='#name']")
    assert words(page, "#name-error")


# --- who has no role -----------------------------------------------------------------------------


def test_who_has_no_role_sees_only_what_they_may_use(session, visitor):
    a_network(session)
    a_person(session, "Noor", language="en")
    session.commit()
    page = ask(visitor, "noor@example.org")
    page = visitor.submit(page, "/sign-in/code", code=newest_code(session))

    tabs = [link["href"] for link in page.select("header nav a")]
    assert "/mine" not in tabs
    details = visitor.get(next(path for path in tabs if "details" in path))

    assert not details.select("main a[href='/mine']")
    for link in details.select("header nav a, main a"):
        visitor.get(link["href"])
    assert details.select("form[action$=sign-out]")
    visitor.get("/mine", 403)
