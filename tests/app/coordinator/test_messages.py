"""A coordinator's message: looked at first, then one mail to each, once."""

import pytest
from sqlalchemy import select

from app import mail
from app.mail.errors import NothingToSend
from purchasing import messages
from purchasing.errands import Errand, Kind
from purchasing.messages import Audience, RoundMessage
from purchasing.people import Participant
from tests.app.coordinator import village
from tests.app.coordinator.village import NOW
from tests.builders import ACTOR, a_household, a_round, an_order

WORDS = {"audience": "taking_part", "subject": "Brood", "text": "Er komt ook brood.\n\nTot dan!"}


@pytest.fixture
def here(session, visitor):
    made = village.build(session)
    visitor.sign_in(made.coordinator)
    return made


def path(here, part: str = "") -> str:
    return f"/coordinator/rounds/{here.round.id}/message{part}"


def look(visitor, here, status: int = 200, **fields):
    return visitor.submit(visitor.get(path(here)), path(here, "/preview"), status, **fields)


def mails(session) -> list[Errand]:
    query = select(Errand).where(Errand.key.startswith(f"{Kind.MAIL_MESSAGE}:"))
    return list(session.scalars(query.order_by(Errand.id)))


def text_of(session, errand: Errand, *, now=NOW) -> str:
    return mail.write(session, errand, now=now).content.get_body(("plain",)).get_content()


def test_looking_at_a_message_sends_nothing_and_names_who_gets_it(session, visitor, here) -> None:
    page = look(visitor, here, **WORDS)

    assert page.h1.text == "Send this to 2 participants?"
    assert [name.text for name in page.select("details li")] == ["Huis10", "Twijfel10"]
    assert "Er komt ook brood." in page.select_one("#mail").find_parent("section").text
    assert mails(session) == []


def test_a_message_goes_to_each_once_however_often_the_button_is_pressed(
    session, visitor, here
) -> None:
    page = look(visitor, here, **WORDS)

    for _ in range(2):
        done = visitor.submit(page, path(here))

    assert "2 mails go out by themselves." in done.select_one("#main").text
    assert [errand.recipient for errand in mails(session)] == ["Huis10", "Twijfel10"]
    assert session.scalars(select(RoundMessage)).one().sent_by == "Coor"
    assert "Brood" in done.select_one("#sent").find_parent("section").text


def test_a_form_with_a_key_that_none_of_ours_has_is_refused(session, visitor, here) -> None:
    page = look(visitor, here, **WORDS)

    visitor.submit(page, path(here), 400, key="k" * 49)

    assert mails(session) == []
    visitor.submit(page, path(here), key="k" * 48)


def test_only_who_has_not_ordered_reads_that_below_the_words(session, visitor, here) -> None:
    visitor.submit(look(visitor, here, **WORDS), path(here))

    ordered, draft = (text_of(session, errand) for errand in mails(session))

    assert "Er komt ook brood.\n\nTot dan!\n\nCoor" in ordered
    assert "U hebt nog niet besteld" not in ordered
    assert "U hebt nog niet besteld" in draft


def test_a_reminder_by_hand_needs_no_words_and_reaches_drafts_alone(
    session, visitor, here
) -> None:
    page = look(visitor, here, audience="draft")
    visitor.submit(page, path(here))

    [errand] = mails(session)
    assert errand.recipient == "Twijfel10"
    assert "nog niet besteld" in text_of(session, errand)


def test_who_orders_meanwhile_is_not_reminded(session, visitor, here) -> None:
    visitor.submit(look(visitor, here, audience="draft"), path(here))
    who = session.scalars(select(Participant).where(Participant.name == "Twijfel10")).one()

    an_order(session, here.round, who, {here.products[0].name: 2}, at=NOW)

    with pytest.raises(NothingToSend):
        text_of(session, mails(session)[0])


@pytest.mark.parametrize("audience", ["taking_part", "ordered"])
def test_others_get_no_message_without_words(session, visitor, here, audience: str) -> None:
    page = look(visitor, here, 422, audience=audience, text=" ")

    assert page.select_one("#errors a[href='#text']")
    assert mails(session) == []


def test_what_was_typed_is_there_when_one_goes_back(visitor, here) -> None:
    page = visitor.post(path(here, "/preview"), back="1", **WORDS)

    assert page.select_one("#subject")["value"] == "Brood"
    assert page.select_one("#text").text.strip() == WORDS["text"]


def test_who_has_no_address_is_named_before_sending(session, visitor, here) -> None:
    silent = a_household(session, "Stil", email="")
    an_order(session, here.round, silent, {here.products[0].name: 6}, at=NOW)
    session.commit()

    page = look(visitor, here, **WORDS)

    assert "1 of them has no mail address" in page.select_one("#main").text
    assert "Stil" in page.select_one(".note").text


def test_after_closing_only_who_ordered_can_be_told(session, visitor) -> None:
    here = village.ordered(session)
    visitor.sign_in(here.coordinator)

    offered = [choice["value"] for choice in visitor.get(path(here)).select("#audience input")]

    assert offered == ["ordered"]


def test_who_withdrew_is_left_in_peace(session, visitor, here) -> None:
    gone = a_household(session, "Weg")
    an_order(session, here.round, gone, {here.products[0].name: 0}, at=NOW, placed=False)

    for audience in Audience:
        names = [
            one.participant.name for one in messages.list_audience(session, here.round, audience)
        ]
        assert "Weg" not in names


def test_words_are_text_and_nothing_else(session, visitor, here) -> None:
    fields = WORDS | {"text": "<script>alert(1)</script>", "subject": "A\r\nBcc: eve@x.example"}
    page = look(visitor, here, **fields)
    visitor.submit(page, path(here))

    message = mail.write(session, mails(session)[0], now=NOW)
    assert message.content["Bcc"] is None
    assert "&lt;script&gt;" in message.content.get_body(("html",)).get_content()


def test_the_same_key_is_the_same_message_with_nobody_told_twice(session, here) -> None:
    about = {"audience": Audience.ORDERED, "subject": "", "text": "Dag", "key": "k" * 10}
    about |= {"actor": ACTOR, "now": NOW}

    first = messages.send(session, here.round, **about)

    assert messages.send(session, here.round, **about) is first
    assert len(mails(session)) == 1


def test_to_nobody_nothing_is_sent(session, here) -> None:
    quiet = a_round(session, *here.products)
    with pytest.raises(messages.NobodyThere):
        messages.send(
            session,
            quiet,
            audience=Audience.DRAFT,
            subject="",
            text="",
            key="k" * 10,
            actor=ACTOR,
            now=NOW,
        )
