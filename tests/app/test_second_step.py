"""A second step at signing in: taken once, counted, and of no use to who only reads the mail."""

from datetime import UTC, datetime, timedelta

import pyotp
import pytest
import time_machine
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app import second_step
from app.auth import Device
from app.codes import SignInRequest, code_of
from app.extensions import db
from app.limits import TooOften
from app.own_data import forget_sign_ins
from app.second_step import RescueCode, SecondStep, SetAlready, WrongSecondCode
from purchasing.acts import Act
from purchasing.people import Role
from purchasing.privacy import Erased
from tests.app.street import a_street, words
from tests.builders import a_person

PAGE = "/details/second-step"
SECOND = "/sign-in/second"
HALF_A_MINUTE = timedelta(seconds=30)


@pytest.fixture
def street(session):
    return a_street(session)


@pytest.fixture
def ada(session, street):
    """With her second step on; her app shows `.now()`."""
    second_step.begin(session, street.ada)
    secret = second_step.secret_of(second_step.find(session, street.ada.id))
    street.ada.app = pyotp.TOTP(secret)
    long_ago = datetime.now(UTC) - timedelta(days=1)
    street.ada.codes = second_step.confirm(
        session, street.ada.id, street.ada.app.at(long_ago), at=long_ago
    )
    session.commit()
    return street.ada


def half_way(visitor, session):
    """The code from the mail was right."""
    visitor.post("/language", language="en")
    visitor.submit(visitor.get("/sign-in"), "/sign-in", email="ada@example.org")
    newest = select(SignInRequest).order_by(SignInRequest.id.desc())
    code = code_of(session.scalars(newest).first())
    return visitor.submit(visitor.get("/sign-in/code"), "/sign-in/code", code=code)


def signed_in(session) -> int:
    return session.scalar(select(func.count(Device.id)).where(Device.ended_at.is_(None)))


# --- signing in --------------------------------------------------------------------------------


def test_the_code_from_the_mail_alone_lets_nobody_in(visitor, session, ada) -> None:
    page = half_way(visitor, session)

    assert words(page, "h1") == "Second step" and signed_in(session) == 0
    assert visitor.open("/mine").status_code == 302
    page = visitor.submit(page, SECOND, code=ada.app.now())

    assert words(page, "h1") == "Hello Ada" and signed_in(session) == 1


def test_without_the_first_step_there_is_no_second(visitor, session, ada) -> None:
    assert visitor.open(SECOND).status_code == 302
    page = visitor.post(SECOND, code=ada.app.now())
    assert words(page, "h1") == "Inloggen"
    assert signed_in(session) == 0


def test_half_a_sign_in_lasts_ten_minutes(visitor, session, ada) -> None:
    half_way(visitor, session)
    with time_machine.travel(datetime.now(UTC) + timedelta(minutes=11)):
        visitor.post(SECOND, code=ada.app.now())
    assert signed_in(session) == 0


def test_five_tries_in_a_quarter_of_an_hour_and_no_more(visitor, session, ada) -> None:
    page = half_way(visitor, session)
    for _ in range(second_step.TRIES):
        page = visitor.submit(page, SECOND, 422, code="000000")
        assert "not right" in words(page, "#main")

    visitor.post(SECOND, 429, code=ada.app.now())

    assert signed_in(session) == 0
    with pytest.raises(TooOften):
        second_step.check(session, ada.id, ada.app.now(), at=datetime.now(UTC))


def test_who_has_no_second_step_is_not_asked(visitor, session, street) -> None:
    assert words(half_way(visitor, session), "h1") == "Hello Ada"


# --- a code ------------------------------------------------------------------------------------


def test_a_code_is_taken_once(session, ada) -> None:
    now = datetime.now(UTC)
    second_step.check(session, ada.id, ada.app.at(now), at=now)
    with pytest.raises(WrongSecondCode):
        second_step.check(session, ada.id, ada.app.at(now), at=now)


@pytest.mark.parametrize("late", [-1, 0, 1])
def test_a_clock_may_differ_by_half_a_minute(session, ada, late) -> None:
    now = datetime.now(UTC)
    second_step.check(session, ada.id, ada.app.at(now + late * HALF_A_MINUTE), at=now)


@pytest.mark.parametrize("late", [-2, 2])
def test_and_by_no_more(session, ada, late) -> None:
    now = datetime.now(UTC)
    with pytest.raises(WrongSecondCode):
        second_step.check(session, ada.id, ada.app.at(now + late * HALF_A_MINUTE), at=now)


def test_an_older_code_than_the_last_is_over(session, ada) -> None:
    now = datetime.now(UTC)
    second_step.check(session, ada.id, ada.app.at(now), at=now)
    with pytest.raises(WrongSecondCode):
        second_step.check(session, ada.id, ada.app.at(now - HALF_A_MINUTE), at=now)


def test_the_very_next_code_is_another(session, ada) -> None:
    now = datetime.now(UTC)
    for moment in (now, now + HALF_A_MINUTE):
        second_step.check(session, ada.id, ada.app.at(moment), at=moment)


def test_of_two_who_send_one_code_at_once_one_gets_in(session, ada) -> None:
    """Also where the second had looked before the first was done."""
    who, now = ada.id, datetime.now(UTC)
    seen = second_step.find(session, who)
    if db.engine.dialect.name == "sqlite":  # where who may write begins when the other is done
        session.rollback()
    with Session(db.engine) as other:
        second_step.check(other, who, ada.app.at(now), at=now)
        other.commit()

    with pytest.raises(WrongSecondCode):
        second_step.check(session, who, ada.app.at(now), at=now)
    assert seen is second_step.find(session, who)


def test_a_rescue_code_works_once_however_it_is_typed(session, ada) -> None:
    one, now = ada.codes[3], datetime.now(UTC)
    second_step.check(session, ada.id, f" {one[:5]}-{one[5:]}", at=now)
    with pytest.raises(WrongSecondCode):
        second_step.check(session, ada.id, one, at=now)
    assert second_step.rescue_codes_left(session, ada.id) == second_step.RESCUE_CODES - 1


def test_where_the_key_was_lost_a_rescue_code_still_works(app, session, ada) -> None:
    app.config["BID_KEY"], now = "another", datetime.now(UTC)
    with pytest.raises(WrongSecondCode):
        second_step.check(session, ada.id, ada.app.at(now), at=now)
    second_step.check(session, ada.id, ada.codes[0], at=now)


@pytest.mark.parametrize("code", ["", "x", "١٢٣٤٥٦", "0" * 40])
def test_what_is_no_code_is_refused(session, ada, code) -> None:
    with pytest.raises(WrongSecondCode):
        second_step.check(session, ada.id, code, at=datetime.now(UTC))


def test_codes_of_somebody_else_do_not_help(session, street, ada) -> None:
    second_step.begin(session, street.bob)
    secret = second_step.secret_of(second_step.find(session, street.bob.id))
    now = datetime.now(UTC)
    second_step.confirm(session, street.bob.id, pyotp.TOTP(secret).at(now), at=now)
    for code in (ada.app.at(now), ada.codes[0]):
        with pytest.raises(WrongSecondCode):
            second_step.check(session, street.bob.id, code, at=now + HALF_A_MINUTE)


def test_neither_secret_nor_codes_stand_readable_in_the_database(session, ada) -> None:
    step = second_step.find(session, ada.id)
    assert ada.app.secret.encode() not in step.sealed
    hashes = set(session.scalars(select(RescueCode.code_hash)))
    assert len(hashes) == second_step.RESCUE_CODES and not hashes & set(ada.codes)


# --- on and off --------------------------------------------------------------------------------


def test_it_is_turned_on_with_a_first_code_and_off_with_another(visitor, session, street) -> None:
    visitor.sign_in(street.ada)
    page = visitor.submit(visitor.get(PAGE), PAGE)
    step = second_step.find(session, street.ada.id)
    secret = second_step.secret_of(step)
    assert page.select_one("svg.qr") and secret in page.text
    assert not second_step.is_on(session, street.ada.id)

    page = visitor.submit(page, f"{PAGE}/confirm", 422, code="000000")
    page = visitor.submit(page, f"{PAGE}/confirm", code=pyotp.TOTP(secret).now())

    codes = [one.text.replace(" ", "") for one in page.select("ol b")]
    assert len(codes) == second_step.RESCUE_CODES
    page = visitor.get(PAGE)
    assert secret not in page.text and "10 rescue codes" in page.text
    page = visitor.submit(page, f"{PAGE}/off", 422, code="000000")
    visitor.submit(page, f"{PAGE}/off", code=codes[0])
    assert session.scalars(select(SecondStep)).all() == []
    assert session.scalars(select(RescueCode)).all() == []


def test_what_waited_when_the_key_was_lost_is_begun_anew(app, visitor, session, street) -> None:
    visitor.sign_in(street.ada)
    visitor.submit(visitor.get(PAGE), PAGE)
    app.config["BID_KEY"] = "another"

    page = visitor.submit(visitor.get(PAGE), PAGE)

    assert page.select_one("svg.qr")


def test_what_is_on_is_not_begun_anew_and_not_confirmed_anew(session, ada) -> None:
    now = datetime.now(UTC)
    with pytest.raises(SetAlready):
        second_step.begin(session, ada)
    with pytest.raises(SetAlready):
        second_step.confirm(session, ada.id, ada.app.at(now), at=now)


def test_what_was_not_begun_is_not_confirmed_and_lets_nobody_in(session, street) -> None:
    now = datetime.now(UTC)
    with pytest.raises(WrongSecondCode):
        second_step.confirm(session, street.bob.id, "123456", at=now)
    with pytest.raises(WrongSecondCode):
        second_step.check(session, street.bob.id, "123456", at=now)
    assert second_step.rescue_codes_left(session, street.bob.id) == 0


def test_what_waits_for_its_first_code_lets_nobody_in(session, street) -> None:
    now = datetime.now(UTC)
    second_step.begin(session, street.bob)
    app = pyotp.TOTP(second_step.secret_of(second_step.find(session, street.bob.id)))

    with pytest.raises(WrongSecondCode):
        second_step.check(session, street.bob.id, app.at(now), at=now)


def test_the_first_code_cannot_be_guessed_either(session, street) -> None:
    now = datetime.now(UTC)
    second_step.begin(session, street.bob)
    for _ in range(second_step.TRIES):
        with pytest.raises(WrongSecondCode):
            second_step.confirm(session, street.bob.id, "x", at=now)

    with pytest.raises(TooOften):
        second_step.confirm(session, street.bob.id, "x", at=now)


@pytest.mark.parametrize("act", ["confirm", "off"])
def test_who_guesses_on_its_page_is_stopped_too(visitor, ada, act) -> None:
    visitor.sign_in(ada)
    for _ in range(second_step.TRIES):
        visitor.post(f"{PAGE}/{act}", 422, code="000000")

    visitor.post(f"{PAGE}/{act}", 429, code=ada.app.now())

    assert second_step.is_on(db.session(), ada.id)


def test_turning_it_off_is_on_record_and_takes_nothing_from_others(session, street, ada) -> None:
    second_step.begin(session, street.bob)
    session.commit()

    assert second_step.turn_off(session, street.bob.id)

    acts = session.scalars(select(Act).where(Act.about == "person", Act.what == "second step off"))
    assert [act.about_id for act in acts] == [street.bob.id]
    assert not second_step.turn_off(session, street.bob.id)
    assert second_step.is_on(session, ada.id)
    assert second_step.rescue_codes_left(session, ada.id) == second_step.RESCUE_CODES


def test_who_coordinates_must_have_one_where_that_is_asked(app, visitor, session, street) -> None:
    coordinator = a_person(session, "Coor", role=Role.COORDINATOR, language="en")
    session.commit()
    visitor.sign_in(coordinator).get("/coordinator/")
    app.config["SECOND_STEP_FOR_STAFF"] = True

    page = visitor.open("/coordinator/", follow_redirects=True)

    assert page.request.path == PAGE
    assert visitor.sign_in(street.ada).get("/mine").h1


def test_who_is_erased_has_none_left(session, ada) -> None:
    forget_sign_ins(session, Erased((), (ada.id,), ()))
    assert second_step.find(session, ada.id) is None


def test_an_operator_helps_who_lost_everything(app, session, ada) -> None:
    run = app.test_cli_runner().invoke
    said = run(args=["people", "forget-second-step", ada.email])
    assert said.exit_code == 0 and "until they set it anew" in said.output
    assert run(args=["people", "forget-second-step", ada.email]).exit_code == 1
