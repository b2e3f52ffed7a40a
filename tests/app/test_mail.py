"""What our mails say, to whom, and that the same mail is the same bytes."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta

import pytest
from sqlalchemy import select

from app import mail
from app.codes import ask_for_code, code_of
from app.mail.errors import NoAddress, NothingToSend, Unreachable
from app.mail.readers import mailbox, one_line
from purchasing import demand, lifecycle
from purchasing.books import collecting, instalments, mandates, open_items
from purchasing.catalogue import Product
from purchasing.commitments import Commitment
from purchasing.errands import Errand, Kind
from purchasing.rounds import InvoiceAt, RoundState
from tests.bank_files import THEIRS
from tests.builders import (
    ACTOR,
    DAY,
    NOON,
    a_bill,
    a_household,
    a_network,
    a_person,
    a_product,
    a_round,
    a_shop,
    a_supplier,
    an_order,
)

HOUR = timedelta(hours=1)


@dataclass
class Asked:
    """An errand as the post room hands it over."""

    kind: Kind
    ref: str
    asked_at: datetime = NOON
    repeat: bool = False

    @property
    def key(self) -> str:
        return f"{self.kind}:{self.ref}"


def written(session, kind, ref, *, now=NOON, **more):
    return mail.write(session, Asked(kind, str(ref), **more), now=now)


def parts_of(message):
    """The words of a mail: plain text, and HTML."""
    text = message.content.get_body(("plain",)).get_content()
    html = message.content.get_body(("html",)).get_content()
    return text, html


@pytest.fixture
def open_round(session):
    a_network(session)
    rice = a_product(session, a_supplier(session))
    return a_round(session, rice)


def the_commitment(session):
    return session.scalars(select(Commitment)).one()


# --- what every mail has -------------------------------------------------------------------------


def test_a_mail_has_text_and_html_in_the_readers_language(session, open_round):
    an_order(session, open_round, a_household(session, language="en"), {"Rijst": 3})

    message = written(session, Kind.MAIL_ORDER_PLACED, f"{the_commitment(session).id}:2")

    text, html = parts_of(message)
    assert message.content["Content-Language"] == "en"
    assert message.content["Subject"] == "Your order counts: Proefronde"
    assert "* 3 × Rijst, zak 1 kg: €3.27" in text
    assert "Rijst" in html
    assert '<html lang="en" dir="ltr">' in html


def test_a_dutch_reader_gets_dutch_figures(session, open_round):
    an_order(session, open_round, a_household(session, language="nl"), {"Rijst": 3})

    text, _ = parts_of(written(session, Kind.MAIL_ORDER_PLACED, f"{the_commitment(session).id}:2"))

    assert "€\N{NO-BREAK SPACE}3,27" in text


def test_when_to_collect_names_the_hour_once(session, open_round):
    open_round.pickup_from, open_round.pickup_until = time(10), time(12, 30)
    an_order(session, open_round, a_household(session, language="nl"), {"Rijst": 3})

    text, _ = parts_of(written(session, Kind.MAIL_ORDER_PLACED, f"{the_commitment(session).id}:2"))

    assert "van 10.00 tot 12.30 uur" in text


def test_the_same_mail_is_the_same_bytes(session, open_round):
    an_order(session, open_round, a_household(session), {"Rijst": 3})
    ref = f"{the_commitment(session).id}:2"

    first = written(session, Kind.MAIL_ORDER_PLACED, ref, now=NOON - HOUR)
    again = written(session, Kind.MAIL_ORDER_PLACED, ref, now=NOON - HOUR / 2)

    assert first.content.as_bytes() == again.content.as_bytes()


def test_a_mail_is_dated_when_it_was_asked_for_and_says_that_a_machine_wrote_it(
    session, open_round
):
    an_order(session, open_round, a_household(session), {"Rijst": 3})

    mail = written(session, Kind.MAIL_ORDER_PLACED, f"{the_commitment(session).id}:2").content

    assert mail["Date"].datetime == NOON
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["Message-ID"].endswith("@testwijk.example>")


def test_two_errands_have_two_message_ids(session, open_round):
    for name in ("Ada", "Bo"):
        an_order(session, open_round, a_household(session, name), {"Rijst": 3})
    commitments = session.scalars(select(Commitment)).all()

    ids = {
        written(session, Kind.MAIL_ORDER_PLACED, f"{c.id}:2").content["Message-ID"]
        for c in commitments
    }

    assert len(ids) == 2


def test_html_in_a_name_shows_as_text(session, open_round):
    evil = '<img src="http://evil.example/x" onerror=alert(1)>'
    open_round.title = evil
    an_order(session, open_round, a_household(session, "Ada"), {"Rijst": 3})
    the_commitment(session).participant.name = evil

    message = written(session, Kind.MAIL_ORDER_PLACED, f"{the_commitment(session).id}:2")

    text, html = parts_of(message)
    assert evil in text
    assert "<img" not in html
    assert "&lt;img" in html


@pytest.mark.parametrize(
    "name", ["Ada\r\nBcc: evil@example.org", "Ada\nX: y", "Ada\x1b[2J", "Ada\u2028Bcc: z"]
)
def test_a_name_cannot_add_a_header(session, open_round, name):
    open_round.title = f"Ronde {name}"
    household = a_household(session, "Ada")
    household.name = name
    an_order(session, open_round, household, {"Rijst": 3})

    message = written(session, Kind.MAIL_ORDER_PLACED, f"{the_commitment(session).id}:2")

    raw = message.content.as_bytes().partition(b"\r\n\r\n")[0].decode()
    assert message.recipients == ("ada@example.org",)
    assert not [line for line in raw.splitlines() if line.lower().startswith(("bcc", "x:"))]


@pytest.mark.parametrize("address", ["", "ada", "ada@", "@example.org", "a b@c\r\nd", "a,b@c.nl"])
def test_what_is_no_address_is_refused(address):
    with pytest.raises(NoAddress):
        mailbox("Ada", address)


def test_a_foreign_domain_is_written_in_plain_letters():
    assert mailbox("Ada", "ada@bücher.example").addr_spec == "ada@xn--bcher-kva.example"


def test_a_line_for_a_header_has_no_line_ends():
    assert one_line(" een\r\ntwee\tdrie\x00 ") == "een twee drie"


# --- whom it reaches -----------------------------------------------------------------------------


def test_without_an_address_of_its_own_a_household_is_reached_through_its_people(
    session, open_round
):
    household = a_household(session, "Bakker", email="")
    a_person(session, "Ada", household)
    a_person(session, "Bo", household)
    an_order(session, open_round, household, {"Rijst": 1})

    message = written(session, Kind.MAIL_ORDER_PLACED, f"{the_commitment(session).id}:2")

    assert message.recipients == ("ada@example.org", "bo@example.org")


def test_who_has_no_address_at_all_is_told_important_news_by_a_human(session, open_round):
    an_order(session, open_round, a_household(session, email=""), {"Rijst": 1})
    lifecycle.cancel(session, open_round, reason="Ziek.", actor=ACTOR, now=NOON - HOUR)

    with pytest.raises(NoAddress, match="hand the paper over"):
        news_of(session)


def test_who_has_no_address_gets_no_confirmation_and_nobody_is_bothered(session, open_round):
    an_order(session, open_round, a_household(session, email=""), {"Rijst": 1})

    with pytest.raises(NothingToSend):
        written(session, Kind.MAIL_ORDER_PLACED, f"{the_commitment(session).id}:2")


def test_without_any_sender_nothing_is_tried(app, session, open_round):
    app.config["SMTP_HOST"] = "mail.example"
    an_order(session, open_round, a_household(session), {"Rijst": 1})
    commitment = the_commitment(session)
    session.flush()
    from purchasing.people import the_network

    the_network(session).email = ""

    with pytest.raises(Unreachable, match="no mail address to send from"):
        written(session, Kind.MAIL_ORDER_PLACED, f"{commitment.id}:2")


def test_answers_go_to_the_network_when_another_address_sends(app, session, open_round):
    app.config["MAIL_FROM"] = "noreply@host.example"
    an_order(session, open_round, a_household(session), {"Rijst": 1})

    message = written(session, Kind.MAIL_ORDER_PLACED, f"{the_commitment(session).id}:2")

    assert message.sender == "noreply@host.example"
    assert message.content["Reply-To"].addresses[0].addr_spec == "hulp@testwijk.example"


# --- the order -----------------------------------------------------------------------------------


def test_an_order_that_was_changed_since_is_told_by_the_newest_mail_only(session, open_round):
    household = a_household(session)
    an_order(session, open_round, household, {"Rijst": 1}, at=NOON - DAY)
    an_order(session, open_round, household, {"Rijst": 5}, at=NOON - HOUR)
    keys = [errand.ref for errand in session.scalars(select(Errand).order_by(Errand.id))]

    with pytest.raises(NothingToSend):
        written(session, Kind.MAIL_ORDER_PLACED, keys[0])
    text, _ = parts_of(written(session, Kind.MAIL_ORDER_PLACED, keys[1]))

    assert "* 5 × Rijst" in text


def test_a_draft_made_since_does_not_silence_the_mail_of_what_was_ordered(session, open_round):
    household = a_household(session, language="en")
    an_order(session, open_round, household, {"Rijst": 1})
    an_order(session, open_round, household, {"Rijst": 9}, at=NOON - HOUR, placed=False)

    text, _ = parts_of(written(session, Kind.MAIL_ORDER_PLACED, f"{the_commitment(session).id}:2"))

    assert "* 1 × Rijst" in text
    assert "That change does not count." in text


def test_a_withdrawn_order_says_so(session, open_round):
    household = a_household(session, language="en")
    an_order(session, open_round, household, {"Rijst": 1})
    demand.withdraw(session, open_round.id, household.id, key="w", actor=ACTOR, now=NOON - HOUR)

    message = written(session, Kind.MAIL_ORDER_PLACED, f"{the_commitment(session).id}:3")

    assert message.content["Subject"] == "Withdrawn: your order in Proefronde"
    assert "pay nothing" in parts_of(message)[0]


def test_extras_are_told(session, open_round):
    an_order(session, open_round, a_household(session, language="en"), {"Rijst": (4, 2)})

    text, html = parts_of(
        written(session, Kind.MAIL_ORDER_PLACED, f"{the_commitment(session).id}:2")
    )

    assert "and 2 more if that fills the case" in text
    assert "and 2 more if that fills the case" in html


def test_a_shop_reads_prices_without_vat(session, open_round):
    an_order(session, open_round, a_shop(session, language="en"), {"Rijst": 3})

    text, _ = parts_of(written(session, Kind.MAIL_ORDER_PLACED, f"{the_commitment(session).id}:2"))

    assert "About €3.00 without VAT and delivery." in text


def test_what_goes_by_the_half_kilo_is_told_in_kilos(session):
    a_network(session)
    apples = a_product(session, a_supplier(session), "Appels", unit="kg", piece_milli=500)
    round_ = a_round(session, apples)
    an_order(session, round_, a_household(session, language="en"), {"Appels": 3})

    text, _ = parts_of(written(session, Kind.MAIL_ORDER_PLACED, f"{the_commitment(session).id}:2"))

    assert "* 1.5 × Appels, kg" in text


# --- reminders and news --------------------------------------------------------------------------


def test_a_reminder_lists_what_does_not_count_yet(session, open_round):
    household = a_household(session, language="en")
    an_order(session, open_round, household, {"Rijst": 4}, placed=False)
    ref = f"first:{the_commitment(session).id}:0"

    message = written(session, Kind.MAIL_REMINDER, ref, now=NOON - HOUR)

    assert message.content["Subject"].startswith("Not ordered yet: Proefronde closes ")
    assert "* 4 × Rijst" in parts_of(message)[0]


def test_nobody_is_reminded_of_what_was_ordered_or_is_too_late(session, open_round):
    household = a_household(session)
    an_order(session, open_round, household, {"Rijst": 4}, placed=False)
    ref = f"last:{the_commitment(session).id}:0"

    with pytest.raises(NothingToSend, match="not open"):
        written(session, Kind.MAIL_REMINDER, ref, now=NOON)
    demand.place(session, open_round.id, household.id, key="p", actor=ACTOR, now=NOON - HOUR)
    with pytest.raises(NothingToSend, match="ordered"):
        written(session, Kind.MAIL_REMINDER, ref, now=NOON - HOUR)


def news_of(session, **more):
    errand = session.scalars(
        select(Errand).where(Errand.key.startswith("mail_news")).order_by(Errand.id.desc())
    ).first()
    return mail.write(session, errand, **({"now": NOON} | more))


def test_a_cancelled_round_tells_why(session, open_round):
    an_order(session, open_round, a_household(session, language="en"), {"Rijst": 1})
    lifecycle.cancel(session, open_round, reason="De wagen is stuk.", actor=ACTOR, now=NOON - HOUR)

    message = news_of(session)

    assert message.content["Subject"] == "Cancelled: Proefronde"
    assert "Why: De wagen is stuk." in parts_of(message)[0]


def test_who_gets_nothing_hears_that(session, open_round):
    an_order(session, open_round, a_household(session, "Ada", language="en"), {"Rijst": 1})
    lifecycle.close(session, open_round, actor=ACTOR, now=NOON)
    lifecycle.order(session, open_round, actor=ACTOR, now=NOON)

    message = news_of(session)

    assert "Nothing for you this time" in message.content["Subject"]


def test_who_is_invoiced_at_delivery_hears_what_comes(session):
    a_network(session)
    round_ = a_round(
        session, a_product(session, a_supplier(session)), invoice_at=InvoiceAt.DELIVERY
    )
    an_order(session, round_, a_household(session, "Ada", language="en"), {"Rijst": 6})
    lifecycle.close(session, round_, actor=ACTOR, now=NOON)
    lifecycle.order(session, round_, actor=ACTOR, now=NOON)

    text, _ = parts_of(news_of(session))

    assert "* 6 × Rijst" in text
    assert "About €6.54." in text


def test_only_the_last_of_two_extensions_is_told(session, open_round):
    an_order(session, open_round, a_household(session, language="en"), {"Rijst": 1}, placed=False)
    lifecycle.extend(session, open_round, until=NOON + DAY, actor=ACTOR, now=NOON - HOUR)
    session.flush()
    first = news_of(session)
    lifecycle.extend(session, open_round, until=NOON + 2 * DAY, actor=ACTOR, now=NOON - HOUR)
    session.flush()
    older = session.scalars(
        select(Errand).where(Errand.key.startswith("mail_news")).order_by(Errand.id)
    ).first()

    assert "does not count yet" in parts_of(first)[0]
    with pytest.raises(NothingToSend):
        mail.write(session, older, now=NOON)
    assert news_of(session).content["Subject"].startswith("More time")


def test_who_is_billed_hears_by_mail_what_did_not_come(session, open_round):
    beans = a_product(session, open_round.suppliers[0].supplier, "Bonen")
    round_ = a_round(session, beans, *rice_of(session), invoice_at=InvoiceAt.DELIVERY)
    an_order(session, round_, a_household(session, language="en"), {"Rijst": 6, "Bonen": 4})
    lifecycle.close(session, round_, actor=ACTOR, now=NOON)
    lifecycle.order(session, round_, actor=ACTOR, now=NOON)

    text, html = parts_of(written(session, Kind.MAIL_NEWS, f"coming:{the_commitment(session).id}"))

    assert "* 0 of 4 × Bonen, zak 1 kg: the case did not fill up" in text
    assert "Not delivered, and not charged" in html


def rice_of(session):
    return session.scalars(select(Product).where(Product.name == "Rijst")).all()


def test_coordinators_hear_that_a_round_waits_for_them(session, open_round):
    from purchasing.people import Role

    a_person(session, "Cor", role=Role.COORDINATOR)
    lifecycle.close(session, open_round, actor=ACTOR, now=NOON)
    lifecycle.hold(session, open_round, actor=ACTOR, now=NOON)

    message = written(session, Kind.MAIL_COORDINATORS, f"held:{open_round.id}")

    assert message.recipients == ("cor@example.org",)


def test_coordinators_hear_that_a_round_could_not_be_published(session, open_round):
    from purchasing.people import Role

    a_person(session, "Cor", role=Role.COORDINATOR)
    waiting = a_round(session, state=RoundState.PLANNED)

    message = written(session, Kind.MAIL_COORDINATORS, f"unpublished:{waiting.id}")

    assert message.recipients == ("cor@example.org",)
    assert "kon niet gepubliceerd worden" in parts_of(message)[0]
    with pytest.raises(NothingToSend):
        written(session, Kind.MAIL_COORDINATORS, f"unpublished:{open_round.id}")


# --- signing in ----------------------------------------------------------------------------------


def test_the_code_in_the_mail_is_the_code_that_signs_in(session):
    a_network(session)
    a_person(session, "Ada", language="en")
    row = ask_for_code(session, "ada@example.org", address="", at=NOON)

    text, html = parts_of(written(session, Kind.MAIL_SIGN_IN, row.id, now=NOON))

    assert code_of(row) in text
    assert code_of(row) in html


def test_no_code_goes_to_a_stranger_or_too_late(session):
    a_network(session)
    a_person(session, "Ada")
    stranger = ask_for_code(session, "nobody@example.org", address="", at=NOON)
    ada = ask_for_code(session, "ada@example.org", address="", at=NOON)

    with pytest.raises(NothingToSend):
        written(session, Kind.MAIL_SIGN_IN, stranger.id)
    with pytest.raises(NothingToSend):
        written(session, Kind.MAIL_SIGN_IN, ada.id, now=NOON + HOUR)


# --- what is late --------------------------------------------------------------------------------


def test_who_is_late_reads_what_is_open_and_how_to_pay_it(session):
    a_network(session)
    bill = a_bill(session, a_household(session, "Ada", language="en"), 1250)

    message = written(session, Kind.MAIL_PAYMENT, f"{bill.participant_id}:{bill.id}:1")

    for words in parts_of(message):
        assert bill.reference in words
        assert "12.50" in words
        assert "nobody else hears of it" in words
        assert f"/statement/{bill.participant_id}" in words


def test_who_paid_meanwhile_is_not_reminded(session):
    a_network(session)
    bill = a_bill(session, a_household(session), 1250)
    open_items.write_parts(session, [("t", [(bill.id, 1250)])], at=NOON)

    with pytest.raises(NothingToSend):
        written(session, Kind.MAIL_PAYMENT, f"{bill.participant_id}:{bill.id}:1")


def test_who_pays_in_parts_is_reminded_of_the_part_that_is_due(session):
    a_network(session, instalments_most=3)
    bill = a_bill(session, a_household(session, "Ada", language="en"), 4300)
    ref = f"{bill.participant_id}:{bill.id}:1"
    (before, _) = parts_of(written(session, Kind.MAIL_PAYMENT, ref))
    assert f"/in-parts/{bill.id}" in before
    instalments.choose(session, bill, 2, now=NOON)

    with pytest.raises(NothingToSend):
        written(session, Kind.MAIL_PAYMENT, ref)
    for words in parts_of(written(session, Kind.MAIL_PAYMENT, ref, now=NOON + 20 * DAY)):
        assert "21.50" in words
        assert "43.00" not in words


def test_who_is_collected_from_reads_it_beforehand_and_not_when_it_is_called_off(session):
    a_network(session, creditor_id="NL79ZZZ999999990000")
    ada = a_household(session, "Ada", language="en")
    bill = a_bill(session, ada, 1250, due_on=NOON.date())
    mandate = mandates.give(session, ada, account=THEIRS, holder="Ada", now=NOON)
    made = collecting.collect(
        session, {ada.id}, collect_on=(NOON + 5 * DAY).date(), actor=ACTOR, now=NOON
    )

    line = made.lines[0]
    with pytest.raises(NothingToSend):
        written(session, Kind.MAIL_NOT_COLLECTED, f"{ada.id}:{line.id}")
    for words in parts_of(written(session, Kind.MAIL_COLLECTION, f"{ada.id}:{made.id}")):
        for told in (bill.number, "12.50", "11 March", mandate.reference, made.creditor_id):
            assert told in words
        assert THEIRS not in words
    collecting.call_off(session, made, actor=ACTOR, now=NOON)
    with pytest.raises(NothingToSend):
        written(session, Kind.MAIL_COLLECTION, f"{ada.id}:{made.id}")
    for words in parts_of(written(session, Kind.MAIL_NOT_COLLECTED, f"{ada.id}:{line.id}")):
        assert bill.number in words and "12.50" in words and bill.reference in words
