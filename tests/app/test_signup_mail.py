"""What who signed up gets by mail: that it counts, that it was withdrawn, and the receipt."""

import pytest
from sqlalchemy import select

from app import mail
from app.errands import run_until_done
from app.mail.errors import NothingToSend
from purchasing import lifecycle, signups
from purchasing.errands import Errand, ErrandState, Kind
from purchasing.papers import Paper
from tests.builders import (
    ACTOR,
    DAY,
    NOON,
    PARTY,
    a_household,
    a_network,
    a_person,
    a_sign_up,
    an_interest_round,
)
from tests.tenders import a_tender, joins


@pytest.fixture
def ada(session):
    a_network(session)
    return a_household(session, "Ada", language="en")


@pytest.fixture
def round_(session, ada):
    round_ = an_interest_round(session)
    a_sign_up(session, round_, ada, products=["contents", "travel"])
    return round_


def letters(session, kind):
    errands = session.scalars(select(Errand).order_by(Errand.id)).all()
    return [errand for errand in errands if errand.kind == kind]


def written(session, errand):
    session.commit()
    message = mail.write(session, errand, now=NOON - DAY)
    return message.content.get_body(("plain",)).get_content()


def test_the_mail_repeats_what_was_answered_and_what_it_is_not(session, round_) -> None:
    [errand] = letters(session, Kind.MAIL_SIGNED_UP)

    text = written(session, errand)

    assert "Interest: Contents of the home, Travel" in text
    assert "no insurance" in text
    assert f"/rounds/{round_.id}/sign-up" in text
    assert "€" not in text


def test_a_day_reads_as_a_day_in_the_mail_and_among_ones_answers(session, ada, visitor) -> None:
    round_ = a_tender(session)
    joins(session, round_, ada, contract="fixed", contract_end="2031-06-28")
    ben = a_person(session, "Ben", ada, language="en")
    [errand] = letters(session, Kind.MAIL_SIGNED_UP)

    assert "Saturday 28 June 2031" in written(session, errand)
    assert "Saturday 28 June 2031" in visitor.sign_in(ben).get("/my-data").text


def test_who_withdrew_reads_that_the_answers_are_gone(session, round_, ada) -> None:
    signups.withdraw(session, round_.id, ada.id, key="w" * 9, actor=ACTOR, now=NOON - DAY)
    older, newest = letters(session, Kind.MAIL_SIGNED_UP)

    assert "deleted" in written(session, newest)
    with pytest.raises(NothingToSend):
        written(session, older)


def test_the_receipt_goes_out_by_mail_as_pdf_without_amounts(app, session, round_) -> None:
    app.config["PRESS_WORKERS"] = 0
    lifecycle.close(session, round_, actor=ACTOR, now=NOON)
    lifecycle.order(session, round_, actor=ACTOR, now=NOON)
    session.commit()

    run_until_done(app)

    session.expire_all()
    [errand] = letters(session, Kind.MAIL_PAPER)
    message = mail.write(session, errand, now=NOON)
    [pdf] = message.content.iter_attachments()
    paper = session.scalars(select(Paper)).one()
    assert errand.state == ErrandState.DONE
    assert pdf.get_filename().endswith(f"{paper.number}.pdf")
    assert "This does not insure you." in message.content.get_body(("plain",)).get_content()
    assert "€" not in message.content.get_body(("html",)).get_content()


def test_more_time_is_told_without_a_word_about_ordering(session, round_) -> None:
    lifecycle.extend(session, round_, until=NOON + DAY, actor=ACTOR, now=NOON - DAY)
    [errand] = letters(session, Kind.MAIL_NEWS)

    text = written(session, errand)

    assert "still counts" in text
    assert "order" not in text.lower()
    assert PARTY["recipient"] not in text
