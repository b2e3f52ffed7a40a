"""Everybody may see what is kept, take it along, and have it erased; what must stay, stays."""

import json
from datetime import timedelta

import pytest
from sqlalchemy import delete, select, update
from sqlalchemy.exc import DBAPIError

from purchasing import demand, errands, lifecycle, own_data, privacy, signups
from purchasing.base import Base
from purchasing.books import ledger
from purchasing.commitments import Commitment
from purchasing.errands import Errand, ErrandState
from purchasing.papers import Paper, PaperKind
from purchasing.people import LastAdministrator, Participant, Person, Role, find_person
from purchasing.rounds import Round
from purchasing.signups import Consent, GivenAnswer
from tests.builders import (
    ACTOR,
    DAY,
    NOON,
    a_household,
    a_person,
    a_product,
    a_round,
    a_sign_up,
    a_supplier,
    an_interest_round,
    an_order,
)

LATER = NOON + 2 * DAY


@pytest.fixture
def ada(session, network) -> Participant:
    return a_household(session, "Ada", phone="06 12345678")


@pytest.fixture
def ada_herself(session, ada) -> Person:
    return a_person(session, "Adaatje", ada)


@pytest.fixture
def food(session, network) -> Round:
    return a_round(session, a_product(session, a_supplier(session), "Rijst"))


@pytest.fixture
def interest(session, network) -> Round:
    return an_interest_round(session)


def bring_to_the_end(session, round_: Round, *, printed: bool = True) -> None:
    """Through all its moves; `printed` says whether its papers have been made."""
    lifecycle.close(session, round_, actor=ACTOR, now=NOON)
    for move in round_.category.itinerary[2:]:
        getattr(lifecycle, {"order": "order", "receive": "receive", "settle": "settle"}[move])(
            session, round_, actor=ACTOR, now=NOON
        )
    if printed:
        session.execute(
            update(Errand)
            .where(Errand.key.startswith("render:"))
            .values(state=ErrandState.DONE, done_at=NOON)
        )
    session.flush()


def erase(session, participant: Participant, now=LATER) -> privacy.Erased:
    return privacy.erase_participant(session, participant, actor=ACTOR, now=now)


# --- what is held


def test_an_answer_is_held_until_its_days_after_the_round_are_over(session, ada, interest) -> None:
    a_sign_up(session, interest, ada)
    [held] = privacy.held_answers(session, [ada.id])
    assert (held.round, held.participant) == (interest, ada)
    assert {one.question.key: one.until for one in held.answers} == dict.fromkeys(
        ("products", "channel", "contact", "language")
    )

    bring_to_the_end(session, interest)

    [held] = privacy.held_answers(session, [ada.id])
    assert {one.until for one in held.answers} == {NOON + timedelta(days=30)}


def test_what_the_clock_deletes_is_no_longer_held(session, ada, interest) -> None:
    a_sign_up(session, interest, ada)
    bring_to_the_end(session, interest)
    [held] = privacy.held_answers(session, [ada.id])

    signups.forget_answers(session, interest, now=held.answers[0].until)

    assert privacy.held_answers(session, [ada.id]) == []


# --- taking it along


def test_all_that_somebody_did_is_in_the_export(session, ada, food, interest) -> None:
    an_order(session, food, ada, {"Rijst": (6, 1)})
    a_sign_up(session, interest, ada, contact="ada@example.org")
    bring_to_the_end(session, food)
    bring_to_the_end(session, interest)

    told = own_data.of_participant(session, ada)

    assert (told["name"], told["street"], told["phone"]) == ("Ada", "Teststraat 1", "06 12345678")
    by_title = {one["round"]: one for one in told["rounds"]}
    ordered, signed_up = by_title["Proefronde"], by_title["Woonverzekering"]
    assert ordered["wants"][0]["ordered"] == 6
    assert ordered["given"][0]["given"] == 6
    assert ordered["charges"][0]["cents"] == 600
    assert "ada@example.org" in [one["answer"] for one in signed_up["answers"]]
    assert signed_up["consents"][0]["recipient"] == "Proefadvies B.V."
    assert {one["kind"] for one in told["papers"]} == {"invoice", "receipt"}
    assert sum(one["cents"] for one in told["bookings"]) == 654
    assert {one["what"] for one in told["mails"]} >= {"render", "mail_signed_up"}
    json.dumps(told)


def test_another_participant_s_data_never_appears_in_my_export(
    session, ada, food, interest
) -> None:
    """Zwaantje lives with Ada, Onno next door; the coordinator orders for everybody."""
    a_person(session, "Zwaantje", ada)
    onno = a_household(session, "Onno", street="Verborgenlaan 9", phone="06 99999999")
    for who in (ada, onno):
        an_order(session, food, who, {"Rijst": 3})
        a_sign_up(session, interest, who, contact=f"{who.name.lower()}@example.org")
    bring_to_the_end(session, food)
    bring_to_the_end(session, interest)

    told = json.dumps(own_data.of_participant(session, ada))

    for of_others in ("Onno", "onno", "Verborgenlaan", "99999999", "Zwaantje", ACTOR):
        assert of_others not in told
    numbers = [p.number for p in session.scalars(select(Paper)) if p.participant_id != ada.id]
    assert not [number for number in numbers if number in told]


def test_every_table_that_names_a_participant_is_told_of(app) -> None:
    """A new table must be added to the export, and to what is erased or kept."""
    named = {
        table.name
        for table in Base.metadata.tables.values()
        for key in table.foreign_keys
        if key.column.table.name == "participant"
    }
    assert named == own_data.TOLD_OF_PARTICIPANTS


# --- erasing


def test_who_somebody_is_goes_at_once(session, ada, ada_herself) -> None:
    erased = erase(session, ada)

    assert erased == privacy.Erased((ada.id,), (ada_herself.id,), ("adaatje@example.org",))
    assert ada.name == f"№ {ada.number}"
    assert (ada.street, ada.postcode, ada.city, ada.email, ada.phone) == ("",) * 5
    assert (ada.active, ada.erased_at) == (False, LATER)
    assert (ada_herself.name, ada_herself.active, ada_herself.memberships) == ("–", False, [])
    assert find_person(session, "adaatje@example.org") is None


def test_answers_go_and_consents_end_but_stay_as_proof_without_a_name(
    session, ada, interest
) -> None:
    a_sign_up(session, interest, ada)
    bring_to_the_end(session, interest)

    erase(session, ada)

    assert session.scalars(select(GivenAnswer)).all() == []
    [proof] = session.scalars(select(Consent))
    assert (proof.recipient, proof.withdrawn_at, proof.given_by) == ("Proefadvies B.V.", LATER, "")


def test_a_consent_that_ended_long_ago_loses_its_name_too(session, ada, interest) -> None:
    a_sign_up(session, interest, ada)
    signups.withdraw(session, interest.id, ada.id, key="k" * 8, actor=ACTOR, now=NOON - DAY)

    erase(session, ada, now=NOON - DAY)

    [proof] = session.scalars(select(Consent))
    assert (proof.given_by, proof.withdrawn_at) == ("", NOON - DAY)


def test_papers_and_bookings_stay_exactly_as_they_are(session, ada, food) -> None:
    an_order(session, food, ada, {"Rijst": 6})
    bring_to_the_end(session, food)
    before = [(p.number, p.snapshot) for p in session.scalars(select(Paper))]
    owed = ledger.balance(session, f"participant:{ada.id}")
    session.commit()

    erase(session, ada)
    session.commit()

    session.expire_all()
    assert [(p.number, p.snapshot) for p in session.scalars(select(Paper))] == before
    invoice = session.scalar(select(Paper).where(Paper.kind == PaperKind.INVOICE))
    assert invoice.snapshot["recipient"]["name"] == "Ada"
    assert ledger.balance(session, f"participant:{ada.id}") == owed == 654
    for statement in (update(Paper).values(number="x"), delete(Paper)):
        with pytest.raises(DBAPIError, match="this row is final"):
            session.execute(statement.execution_options(synchronize_session=False))
        session.rollback()


def test_an_order_in_an_open_round_is_withdrawn_first(session, ada, food, interest) -> None:
    an_order(session, food, ada, {"Rijst": 6})
    a_sign_up(session, interest, ada)

    erase(session, ada, now=NOON - DAY)

    assert demand.find_commitment(session, food.id, ada.id).ordered_at is None
    assert not signups.is_signed_up(session, interest.id, ada.id)


def test_who_changed_an_order_is_forgotten_also_in_rounds_that_have_ended(
    session, ada, food
) -> None:
    an_order(session, food, ada, {"Rijst": 6})
    bring_to_the_end(session, food)

    erase(session, ada)
    session.commit()

    assert session.scalars(select(Commitment.changed_by)).all() == [""]


def test_the_database_lets_nothing_but_that_name_go(session, ada, food) -> None:
    an_order(session, food, ada, {"Rijst": 6})
    bring_to_the_end(session, food)
    session.commit()

    for values in ({"changed_by": "X"}, {"changed_by": "", "version": 99}):
        with pytest.raises(DBAPIError, match="the round is not open"):
            session.execute(
                update(Commitment).values(values).execution_options(synchronize_session=False)
            )
        session.rollback()


@pytest.mark.parametrize("values", [{"recipient": "X"}, {"given_by": "X"}, {"withdrawn_at": None}])
def test_the_database_keeps_what_was_agreed_to(session, ada, interest, values) -> None:
    a_sign_up(session, interest, ada)
    bring_to_the_end(session, interest)
    erase(session, ada)
    session.commit()

    with pytest.raises(DBAPIError, match="a consent can be withdrawn, once"):
        session.execute(
            update(Consent).values(values).execution_options(synchronize_session=False)
        )


def test_an_order_past_its_deadline_must_come_to_its_end(session, ada, food) -> None:
    an_order(session, food, ada, {"Rijst": 6})
    for step in (
        lambda: None,  # overdue, and the clock has not come by yet
        lambda: lifecycle.close(session, food, actor=ACTOR, now=NOON),
        lambda: lifecycle.order(session, food, actor=ACTOR, now=NOON),
        lambda: lifecycle.receive(session, food, actor=ACTOR, now=NOON),
    ):
        step()
        with pytest.raises(privacy.StillHandled):
            erase(session, ada)


def test_a_draft_and_an_order_that_got_nothing_stand_in_nobody_s_way(session, ada, food) -> None:
    ben = a_household(session, "Ben")
    an_order(session, food, ada, {"Rijst": 6}, placed=False)
    an_order(session, food, ben, {"Rijst": 1})
    lifecycle.close(session, food, actor=ACTOR, now=NOON)
    lifecycle.order(session, food, actor=ACTOR, now=NOON)

    assert erase(session, ada).participants == (ada.id,)
    assert erase(session, ben).participants == (ben.id,)


def test_who_is_interested_can_leave_between_closing_and_the_list(session, ada, interest) -> None:
    a_sign_up(session, interest, ada)
    lifecycle.close(session, interest, actor=ACTOR, now=NOON)

    erase(session, ada)
    lifecycle.order(session, interest, actor=ACTOR, now=LATER)

    assert session.scalars(select(Paper)).all() == []


def test_a_paper_that_is_being_made_is_waited_for(session, ada, food) -> None:
    an_order(session, food, ada, {"Rijst": 6})
    bring_to_the_end(session, food, printed=False)

    with pytest.raises(privacy.StillPrinted):
        erase(session, ada)


def test_no_mail_goes_out_any_more_and_no_errand_has_a_name(session, ada, food) -> None:
    an_order(session, food, ada, {"Rijst": 1})
    bring_to_the_end(session, food)
    waiting = [e for e in errands.list_for_round(session, food.id) if e.recipient == "Ada"]
    assert [e.kind for e in waiting] == ["mail_news"]

    erase(session, ada)
    session.commit()

    found = errands.list_for_round(session, food.id)
    assert not [e for e in found if "Ada" in e.recipient]
    assert {e.state for e in found if e.kind == "mail_news"} == {ErrandState.CANCELLED}


def test_erased_is_erased(session, ada, ada_herself) -> None:
    erase(session, ada)

    with pytest.raises(privacy.ErasedAlready):
        erase(session, ada)
    with pytest.raises(privacy.ErasedAlready):
        privacy.erase_person(session, ada_herself, actor=ACTOR, now=LATER)


# --- a household of two, and who has a role


def test_a_household_stays_for_whoever_else_acts_for_it(session, ada, ada_herself, food) -> None:
    zwaantje = a_person(session, "Zwaantje", ada)
    alone = a_household(session, "Alleen")
    ben = a_person(session, "Ben", ada, alone)
    for who in ("Ben", "Zwaantje"):
        demand.choose(session, food.id, ada.id, {}, key=f"k{who:9}", actor=who, now=NOON - DAY)

    erased = privacy.erase_person(session, ben, actor=ACTOR, now=NOON - DAY)

    assert erased == privacy.Erased((alone.id,), (ben.id,), ("ben@example.org",))
    assert (ada.name, ada.active) == ("Ada", True)
    assert {m.person_id for m in ada.memberships if m.person_id} >= {ada_herself.id, zwaantje.id}
    assert demand.find_commitment(session, food.id, ada.id).changed_by == "Zwaantje"


def test_who_acts_for_somebody_else_too_is_not_erased_with_a_household(session, ada) -> None:
    both = a_person(session, "Beide", ada, a_household(session, "Oma"))
    coordinator = a_person(session, "Coor", ada, role=Role.COORDINATOR)

    assert erase(session, ada).persons == ()
    assert (both.name, coordinator.name) == ("Beide", "Coor")
    assert [m.participant.name for m in both.memberships] == ["Oma"]


def test_the_last_administrator_appoints_another_first(session, network) -> None:
    baas = a_person(session, "Baas", role=Role.ADMINISTRATOR)

    with pytest.raises(LastAdministrator):
        privacy.erase_person(session, baas, actor=ACTOR, now=LATER)
