"""The life of a round with a survey: findings, the offer, who stays, and what is then ordered."""

from datetime import timedelta

import pytest
from sqlalchemy import delete, select, text, update
from sqlalchemy.exc import DBAPIError

from purchasing import clock, findings, lifecycle, own_data, planning, privacy, surveys
from purchasing.books import overview, reconciliation
from purchasing.errands import Errand, ErrandState
from purchasing.findings import Found, SurveyFinding
from purchasing.ordering import list_orders
from purchasing.papers import Paper, PaperKind
from purchasing.people import Participant
from purchasing.rounds import Round
from purchasing.rounds import RoundState as S
from purchasing.surveys import Choice, SurveyLine, SurveyOffer
from tests.builders import (
    ACTOR,
    DAY,
    NOON,
    a_household,
    a_network,
    a_product,
    a_round,
    a_supplier,
    an_order,
)

PANEL = "Zonnepaneel"
LATER = NOON + timedelta(hours=1)
OFFERED = NOON + 10 * DAY
OVER = OFFERED + 7 * DAY


@pytest.fixture
def round_(session, network) -> Round:
    """Closed: Ada, Ben and Cas ordered eight panels each, so that the second tier is reached."""
    supplier = a_supplier(session, "Zonnedak", delivery_cents=15_000)
    panel = a_product(
        session, supplier, PANEL, unit_price=200_000_000, case_milli=1000, vat_bp=0,
        tiers=[[16, 180_000_000], [24, 170_000_000]],
    )  # fmt: skip
    made = a_round(session, panel, category_key="energy_goods", choose_days=7)
    for name in ("Ada", "Ben", "Cas"):
        an_order(session, made, a_household(session, name), {PANEL: 8})
    lifecycle.close(session, made, actor=ACTOR, now=LATER)
    session.commit()
    return made


@pytest.fixture
def people(session, round_) -> dict[str, int]:
    return {one.name: one.id for one in session.scalars(select(Participant))}


def found(session, round_, who: int, quantity=8, extra_cents=0, reason="") -> None:
    (item,) = round_.items
    one = Found(quantity, extra_cents, reason)
    findings.note_findings(session, round_, who, {item.id: one}, actor="Coor", now=LATER)
    session.commit()


def make_offer(session, round_) -> None:
    lifecycle.offer_survey(session, round_, actor=ACTOR, now=OFFERED)
    session.commit()


def choose(session, round_, who: int, *, stay: bool, now=OFFERED + DAY) -> None:
    key = f"{who}-{stay}-{now.isoformat()}"
    surveys.choose(session, round_.id, who, stay=stay, key=key, actor="Ada", now=now)
    session.commit()


def tick(session, now) -> list[str]:
    """What the clock does by itself."""
    names = []
    for duty in clock.due(session, now=now):
        duty.lock()
        duty.run(now)
        names.append(duty.name)
    session.commit()
    return names


def bills(session, round_) -> dict[int | None, Paper]:
    papers = select(Paper).where(Paper.round_id == round_.id, Paper.kind == PaperKind.INVOICE)
    return {paper.participant_id: paper for paper in session.scalars(papers)}


def mails(session, event: str) -> set[str]:
    keys = Errand.key.like(f"%:{event}:%"), Errand.state == ErrandState.WAITING
    return set(session.scalars(select(Errand.recipient).where(*keys)))


# --- findings


def test_what_was_found_can_be_written_over_until_the_offer(session, round_, people) -> None:
    found(session, round_, people["Ada"], 6, reason="Schaduw")
    found(session, round_, people["Ada"], 5, 9_900, "Meerkast")

    (one,) = findings.findings_of(session, round_.id).values()
    assert (one.quantity, one.extra_cents, one.reason, one.noted_by) == (
        5,
        9_900,
        "Meerkast",
        "Coor",
    )


@pytest.mark.parametrize(
    ("quantity", "extra", "reason", "refusal"),
    [
        (6, 0, " ", findings.WhyMissing),
        (8, 1, "", findings.WhyMissing),
        (-1, 0, "x", findings.NotAFinding),
        (8, -1, "x", findings.NotAFinding),
        (8, 10_000_001, "x", findings.NotAFinding),
        (6, 0, "x" * 301, findings.NotAFinding),
    ],
)
def test_a_finding_that_cannot_be_is_refused(
    session, round_, people, quantity, extra, reason, refusal
) -> None:
    with pytest.raises(refusal):
        found(session, round_, people["Ada"], quantity, extra, reason)


def test_only_what_was_ordered_is_looked_at(session, round_) -> None:
    with pytest.raises(findings.NotOrdered):
        found(session, round_, a_household(session, "Dora").id)


def test_a_round_without_survey_has_no_findings(session, round_, people) -> None:
    round_.choose_days = 0
    with pytest.raises(findings.NoSurvey):
        found(session, round_, people["Ada"])


def test_after_the_offer_nothing_more_is_found(session, round_, people) -> None:
    make_offer(session, round_)
    with pytest.raises(findings.SurveyNotNow):
        found(session, round_, people["Ada"])


def test_other_kinds_of_round_have_no_survey(session, network) -> None:
    rice = a_product(session, a_supplier(session), "Rijst")
    with pytest.raises(planning.NoSurveyHere):
        a_round(session, rice, choose_days=7)


# --- the offer


def test_the_clock_waits_for_the_survey_and_orders_when_the_choosing_is_over(
    session, round_
) -> None:
    assert tick(session, OFFERED) == []
    assert lifecycle.possible_moves(round_) == ["offer", "cancel"]

    make_offer(session, round_)
    assert (round_.state, round_.offers_until) == (S.OFFERED, OVER)
    assert tick(session, OVER - DAY) == []
    with pytest.raises(lifecycle.StillChoosing):
        lifecycle.order(session, round_, actor=ACTOR, now=OVER - DAY)

    assert tick(session, OVER + DAY) == [f"conclude round {round_.id}"]
    assert round_.state == S.ORDERED


def test_who_wants_to_look_first_orders_after_the_choosing(session, round_) -> None:
    round_.order_at_close = False
    make_offer(session, round_)

    assert tick(session, OVER + DAY) == []
    lifecycle.order(session, round_, actor=ACTOR, now=OVER + DAY)
    assert round_.state == S.ORDERED


def test_nothing_is_ordered_before_the_offer(session, round_) -> None:
    with pytest.raises(lifecycle.WrongState):
        lifecycle.order(session, round_, actor=ACTOR, now=OFFERED)


def test_each_is_told_what_they_pay_at_most(session, round_, people) -> None:
    """Eight panels of 170 and a third of the delivery with 21 % VAT, rounded up to a euro."""
    make_offer(session, round_)

    for who in people.values():
        assert surveys.offer_of(session, round_.id, who).at_most_cents == 136_000 + 6_100


def test_everybody_who_is_still_in_hears_what_was_found(session, round_, people) -> None:
    found(session, round_, people["Ben"], 8, 9_900, "Meerkast")
    choose(session, round_, people["Cas"], stay=False, now=LATER)

    make_offer(session, round_)

    assert mails(session, "survey") == {"Ada", "Ben"}
    assert mails(session, "survey_last") == {"Ada", "Ben"}  # without Cas it is dearer for all


# --- who stays


def test_silence_stays_with_what_the_survey_did_not_make_dearer(session, round_, people) -> None:
    found(session, round_, people["Ben"], 8, 9_900, "Meerkast")
    make_offer(session, round_)

    tick(session, OVER + DAY)

    assert set(bills(session, round_)) == {people["Ada"], people["Cas"]}
    assert mails(session, "left") == {"Ben"}
    (order,) = list_orders(session, round_.id)
    assert (order.lines[0].pieces, order.lines[0].unit_price) == (16, 170_000_000)


def test_a_yes_stays_with_the_extra_work_which_the_bill_names(session, round_, people) -> None:
    found(session, round_, people["Ben"], 8, 9_900, "Nieuwe groep in de meterkast")
    make_offer(session, round_)
    choose(session, round_, people["Ben"], stay=True)

    tick(session, OVER + DAY)

    bill = bills(session, round_)[people["Ben"]]
    (extra,) = (line for line in bill.snapshot["lines"] if line["kind"] == "extra")
    assert (extra["net"], extra["vat_bp"]) == (9_900, 0)
    assert extra["name"] == PANEL and extra["reason"] == "Nieuwe groep in de meterkast"
    (order,) = list_orders(session, round_.id)
    assert order.named[0].net_cents == 9_900
    assert reconciliation.books_of(session, round_).is_exact
    assert overview.faults(session) == []


def test_nobody_pays_more_than_was_told_when_neighbours_drop_out(session, round_, people) -> None:
    make_offer(session, round_)
    for name in ("Ben", "Cas"):
        choose(session, round_, people[name], stay=False)

    tick(session, OVER + DAY)

    (bill,) = bills(session, round_).values()
    told = surveys.offer_of(session, round_.id, people["Ada"]).at_most_cents
    assert told - 100 < bill.total_cents <= told


def test_who_dropped_out_may_come_back_until_the_moment(session, round_, people) -> None:
    make_offer(session, round_)
    choose(session, round_, people["Ada"], stay=False)
    choose(session, round_, people["Ada"], stay=True, now=OVER - DAY)

    offer = surveys.offer_of(session, round_.id, people["Ada"])
    assert (offer.choice, offer.version, offer.decided_by) == (Choice.IN, 2, "Ada")


def test_a_choice_that_comes_too_late_is_refused(session, round_, people) -> None:
    make_offer(session, round_)

    with pytest.raises(surveys.ChoiceTooLate):
        choose(session, round_, people["Ada"], stay=False, now=OVER)


def test_who_left_before_the_offer_gets_none(session, round_, people) -> None:
    choose(session, round_, people["Ada"], stay=False, now=LATER)
    make_offer(session, round_)

    assert surveys.lines_of(session, round_.id, people["Ada"]) == []
    with pytest.raises(surveys.LeftBefore):
        choose(session, round_, people["Ada"], stay=True)


def test_to_come_back_before_the_offer_is_no_yes_to_a_price(session, round_, people) -> None:
    found(session, round_, people["Ada"], 8, 9_900, "Meerkast")
    for stay in (False, True):
        choose(session, round_, people["Ada"], stay=stay, now=LATER)
    make_offer(session, round_)

    tick(session, OVER + DAY)

    assert set(bills(session, round_)) == {people["Ben"], people["Cas"]}


def test_who_ordered_nothing_has_nothing_to_choose(session, round_) -> None:
    with pytest.raises(findings.NotOrdered):
        choose(session, round_, a_household(session, "Dora").id, stay=True, now=LATER)


def test_there_is_nothing_to_choose_before_closing_or_after_ordering(session, round_, people):
    make_offer(session, round_)
    tick(session, OVER + DAY)
    with pytest.raises(surveys.ChoiceTooLate):
        choose(session, round_, people["Ada"], stay=False, now=OVER + 2 * DAY)

    open_round = a_round(
        session, a_product(session, a_supplier(session)), category_key="energy_goods",
        choose_days=7,
    )  # fmt: skip
    with pytest.raises(surveys.ChoiceNotYet):
        choose(session, open_round, people["Ada"], stay=False, now=LATER)


def test_a_form_sent_twice_is_answered_once(session, round_, people) -> None:
    answers = [
        surveys.choose(
            session, round_.id, people["Ada"], stay=False, key="form", actor="A", now=LATER
        )
        for _ in range(2)
    ]

    assert answers == [{"version": 1}, {"version": 1}]


def test_who_said_yes_and_gets_nothing_hears_that_too_little_was_ordered(session, network) -> None:
    """Of two suppliers one stays below its minimum, and is left out by the round's rule."""
    lamp = a_product(session, a_supplier(session, "Lichtpunt"), "Lamp", case_milli=1000)
    stove = a_product(
        session, a_supplier(session, "Kachels", minimum_cents=50_000), "Pellets", case_milli=1000
    )
    made = a_round(
        session, lamp, stove, category_key="energy_goods", choose_days=7, shortfall_rule="cancel"
    )
    ada, ben = a_household(session, "Ada"), a_household(session, "Ben")
    an_order(session, made, ada, {"Lamp": 5})
    an_order(session, made, ben, {"Pellets": 5})
    lifecycle.close(session, made, actor=ACTOR, now=LATER)
    make_offer(session, made)

    tick(session, OVER + DAY)

    assert set(bills(session, made)) == {ada.id}
    assert (mails(session, "nothing"), mails(session, "left")) == ({"Ben"}, set())


def test_where_nobody_is_left_the_round_is_called_off(session, round_, people) -> None:
    for who in people.values():
        found(session, round_, who, 0, reason="Asbest")
    make_offer(session, round_)

    tick(session, OVER + DAY)

    assert round_.state == S.CANCELLED and bills(session, round_) == {}
    assert mails(session, "cancelled") == {"Ada", "Ben", "Cas"}


def test_an_installer_of_whom_nobody_wants_anything_calls_nothing_off(session, network) -> None:
    one, other = a_supplier(session, "Zonnedak"), a_supplier(session, "Isolatie")
    panel = a_product(session, one, PANEL, case_milli=1000)
    made = a_round(
        session, panel, a_product(session, other), category_key="energy_goods", choose_days=7
    )
    an_order(session, made, a_household(session, "Ada"), {PANEL: 8})
    lifecycle.close(session, made, actor=ACTOR, now=LATER)
    make_offer(session, made)

    lifecycle.order(session, made, actor=ACTOR, now=OVER)

    assert made.state == S.ORDERED


def test_neighbours_who_share_costs_pay_no_more_either(session) -> None:
    a_network(session, vat_status="none", vat_id="", kvk="")
    lamp = a_product(session, a_supplier(session), "Lamp", case_milli=1000, vat_bp=2100)
    made = a_round(
        session, lamp, category_key="energy_goods", settlement_mode="shared", choose_days=7
    )
    ada = a_household(session, "Ada").id
    an_order(session, made, _the(session, ada), {"Lamp": 11})
    lifecycle.close(session, made, actor=ACTOR, now=LATER)
    found(session, made, ada, 11, 1_001, "Dimmer")
    make_offer(session, made)
    choose(session, made, ada, stay=True)
    lifecycle.order(session, made, actor=ACTOR, now=OVER)

    (paper,) = session.scalars(select(Paper).where(Paper.kind == PaperKind.SETTLEMENT))
    assert paper.total_cents == 1_331 + 1_211
    assert reconciliation.books_of(session, made).is_exact


# --- guards in the database


STATEMENTS = {
    "a finding": update(SurveyFinding).values(quantity=1),
    "why": update(SurveyFinding).values(reason="Iets anders"),
    "no finding": delete(SurveyFinding),
    "a line": update(SurveyLine).values(pieces=1),
    "no line": delete(SurveyLine),
    "what was told": update(SurveyOffer).values(at_most_cents=1),
    "nothing told": update(SurveyOffer).values(at_most_cents=None),
    "no offer": delete(SurveyOffer),
}


@pytest.mark.parametrize("statement", STATEMENTS.values(), ids=STATEMENTS)
def test_what_was_found_and_told_cannot_be_changed(session, round_, people, statement) -> None:
    found(session, round_, people["Ada"], 6, 9_900, "Meerkast")
    make_offer(session, round_)

    with pytest.raises(DBAPIError, match=r"what was (found|told)"):
        session.execute(statement.execution_options(synchronize_session=False))
    session.rollback()


def test_nothing_is_chosen_in_a_round_that_was_ordered(session, round_) -> None:
    make_offer(session, round_)
    tick(session, OVER + DAY)

    with pytest.raises(DBAPIError, match="nothing can be chosen"):
        session.execute(text("UPDATE survey_offer SET choice = 'out'"))
    session.rollback()


# --- one's own data


def test_one_s_own_data_tell_what_was_found_and_chosen(session, round_, people) -> None:
    found(session, round_, people["Ada"], 6, 9_900, "Meerkast")
    make_offer(session, round_)
    choose(session, round_, people["Ada"], stay=True)

    told = own_data.of_participant(session, _the(session, people["Ada"]))["rounds"][0]

    assert told["survey_findings"][0]["why"] == "Meerkast"
    assert told["survey_offers"][0]["choice"] == "in"
    assert told["survey_offers"][0]["lines"][0]["pieces"] == 6


def test_erasing_deletes_the_words_and_keeps_the_numbers(session, round_, people) -> None:
    found(session, round_, people["Ada"], 0, reason="Asbest")
    make_offer(session, round_)
    choose(session, round_, people["Ada"], stay=True)
    tick(session, OVER + DAY)

    privacy.erase_participant(session, _the(session, people["Ada"]), actor="A", now=OVER + DAY)
    session.commit()

    (one,) = findings.findings_of(session, round_.id).values()
    assert (one.reason, one.quantity) == ("", 0)
    assert surveys.offer_of(session, round_.id, people["Ada"]).decided_by == ""


def test_who_is_in_a_survey_is_handled_and_who_dropped_out_can_be_erased(
    session, round_, people
) -> None:
    with pytest.raises(privacy.StillHandled):
        privacy.erase_participant(session, _the(session, people["Ada"]), actor="A", now=LATER)
    session.rollback()
    choose(session, round_, people["Ada"], stay=False, now=LATER)

    privacy.erase_participant(session, _the(session, people["Ada"]), actor="A", now=LATER)
    session.commit()
    make_offer(session, round_)
    tick(session, OVER + DAY)

    assert people["Ada"] not in bills(session, round_)


def test_the_clock_forgets_in_half_a_year_what_was_found_in_words(session, round_, people) -> None:
    found(session, round_, people["Ada"], 6, reason="Schaduw")
    lifecycle.cancel(session, round_, reason="Toch niet", actor=ACTOR, now=OFFERED)
    session.commit()
    name = f"forget answers of round {round_.id}"

    assert name not in tick(session, OFFERED + 179 * DAY)
    assert name in tick(session, OFFERED + 180 * DAY)
    (one,) = findings.findings_of(session, round_.id).values()
    assert (one.reason, one.quantity) == ("", 6)
    assert name not in tick(session, OFFERED + 181 * DAY)


def _the(session, who: int) -> Participant:
    return session.get_one(Participant, who)
