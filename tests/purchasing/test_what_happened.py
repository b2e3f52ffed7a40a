"""What the audit trail tells: what belongs to a round, by whom, and what was one breath."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from purchasing import acts, lifecycle
from purchasing.books import ledger, open_items
from purchasing.books.ledger import Booking
from purchasing.ordering import SupplierOrderLine, list_orders
from purchasing.papers import Paper, StoredDocument
from purchasing.trail import happenings, watched
from purchasing.trail.belonging import BY_PARTS, OVER
from purchasing.trail.happenings import fold
from purchasing.trail.rows import Note
from purchasing.trail.telling import Told, Wanted, tell
from tests.builders import (
    ACTOR,
    NOON,
    a_household,
    a_person,
    a_product,
    a_round,
    a_supplier,
    an_order,
)

SECOND = timedelta(seconds=1)
LONG = timedelta(days=1)
LATER = NOON + timedelta(days=2)


def a_paid_round(session, title: str) -> int:
    """A round that was ordered, counted, stored and paid; by somebody whose number is 7."""
    round_ = a_round(session, a_product(session, a_supplier(session, title), title), title=title)
    home = a_household(session, title)
    an_order(session, round_, home, {title: 6})
    lifecycle.close(session, round_, actor=ACTOR, now=NOON)
    lifecycle.order(session, round_, actor=ACTOR, now=NOON)
    bill = session.scalars(select(Paper).where(Paper.participant_id == home.id)).one()
    stored = {"sha256": "a" * 64, "size": 1, "renderer": "x", "stored_at": NOON}
    session.add(StoredDocument(paper_id=bill.id, path=title, **stored))
    key = f"bank:{title}"
    ledger.post(
        session,
        [Booking(key, key, {"bank": 100, f"participant:{home.id}": -100})],
        round_id=None,
        at=LATER,
    )
    open_items.write_parts(session, [(key, [(bill.id, 100)])], at=LATER)
    session.commit()
    return round_.id


@pytest.fixture
def two_rounds(session, network, monkeypatch) -> tuple[int, int]:
    monkeypatch.setattr(acts, "_told_by", [lambda: "person 7"])
    return a_paid_round(session, "Rijst"), a_paid_round(session, "Bonen")


def test_all_that_leads_to_a_round_belongs_to_it_and_nothing_of_another(
    session, two_rounds
) -> None:
    one, other = ({n.id for n in tell(session, Wanted(round_id=id_))} for id_ in two_rounds)

    assert not one & other
    assert {one.about for one in tell(session, Wanted(round_id=two_rounds[0]))} == {
        *("round_event", "supplier_order", "paper", "posting", "paid_part", "stored_document")
    }
    assert one | other == {n.id for n in tell(session) if n.about != "act"}


def test_money_for_a_paper_belongs_to_the_round_of_the_paper(session, two_rounds) -> None:
    keys = [
        one.facts["key"]
        for one in tell(session, Wanted(kinds=["posting"], round_id=two_rounds[1]))
    ]

    assert "bank:Bonen" in keys
    assert "bank:Rijst" not in keys


def test_a_row_that_leads_to_a_round_tells_which(session, two_rounds) -> None:
    told = list(tell(session, Wanted(kinds=["stored_document", "paid_part"])))

    assert {one.round_id for one in told} == set(two_rounds)


def test_every_kind_names_a_round_or_leads_to_one_or_never_has_one() -> None:
    """Whoever adds a kind of row says which."""
    of_no_round = {
        *("act", "bank_line", "bank_statement", "book_year", "mail_pause", "number_gap"),
        *("payment_order", "returned_deposit"),
    }
    lead = {about for about in watched.WATCHED if watched.WATCHED[about].round}

    assert set(watched.WATCHED) - lead - set(OVER) - set(BY_PARTS) == of_no_round
    for about, (column, other) in OVER.items():
        [key] = watched.table(about).c[column].foreign_keys
        assert key.column.table.name == other


def test_a_count_leads_to_its_round_over_the_line_and_the_order(session, two_rounds) -> None:
    order = list_orders(session, two_rounds[1])[0]
    line = session.scalars(
        select(SupplierOrderLine).where(SupplierOrderLine.supplier_order_id == order.id)
    ).one()
    session.execute(
        watched.table("delivery_count")
        .insert()
        .values(line_id=line.id, pieces=6, seen=0, at=LATER, by="Coor", key="k")
    )
    session.commit()

    [told] = tell(session, Wanted(kinds=["delivery_count"], round_id=two_rounds[1]))

    assert (told.round_id, told.who) == (two_rounds[1], "Coor")
    assert not list(tell(session, Wanted(kinds=["delivery_count"], round_id=two_rounds[0])))


def test_only_what_somebody_did_is_told_of_them(session, two_rounds) -> None:
    mine = list(tell(session, Wanted(signed=["person 7"])))

    assert {one.about for one in mine} == {"paper", "posting"}
    assert {one.who for one in mine} == {"person 7"}


def test_who_acted_is_found_by_their_name_as_it_is_now(session, two_rounds, monkeypatch) -> None:
    anna = a_person(session, "Anna")
    session.flush()
    monkeypatch.setattr(acts, "_told_by", [lambda: f"person {anna.id}"])
    ledger.post(session, [Booking("x", "", {"bank": 1, "costs": -1})], round_id=None, at=LATER)
    session.commit()

    [told] = tell(session, who="ann")

    assert (told.name, told.facts["key"]) == ("Anna", "x")


def test_an_act_is_asked_for_by_what_it_is_about(session, two_rounds) -> None:
    for about in ("person", "network"):
        acts.note(session, about, 1, "changed", actor="person 7", now=NOON)
    session.commit()

    told = list(tell(session, Wanted(kinds=["act:network", "award"])))

    assert [one.facts["about"] for one in told] == ["network"]


def test_one_goes_on_where_one_stopped(session, two_rounds) -> None:
    everything = [one.id for one in tell(session)]

    assert everything == sorted(everything, reverse=True)
    assert [one.id for one in tell(session, Wanted(before=everything[4]))] == everything[5:]


def test_telling_of_many_asks_the_database_no_more_than_of_one(
    session, network, count_queries
) -> None:
    def asked() -> int:
        session.expire_all()
        with count_queries() as queries:
            list(tell(session))
        return len(queries)

    a_paid_round(session, "Rijst")
    one = asked()
    for title in ("Bonen", "Linzen"):
        a_paid_round(session, title)

    assert session.query(Note).count() > 20
    assert asked() == one


# --- one breath


def told(at=NOON, **facts) -> Told:
    """A note of somebody's; its id counts down, as notes are told."""
    told.id -= 1
    values = {
        "seq": 1,
        "sealed_at": NOON,
        "about": "paper",
        "row_id": 1,
        "name": "",
        "round_id": 1,
        "facts": {},
    }
    return Told(id=told.id, at=at, **values | {"who": "Anna"} | facts)


told.id = 1000


def test_what_one_hand_did_in_one_breath_is_one_happening() -> None:
    [one] = fold([told(NOON + SECOND), told(), told()])

    assert (one.since, one.at, len(one.done)) == (NOON, NOON + SECOND, 3)
    assert one.last_id == told.id


@pytest.mark.parametrize(
    "other", [{"who": "Bea"}, {"round_id": 2}, {"at": NOON - happenings.BREATH - SECOND}]
)
def test_another_hand_another_round_and_a_pause_begin_another_happening(other) -> None:
    assert len(list(fold([told(), told(**other), told(**other)]))) == 2


def test_a_name_and_the_number_of_who_bears_it_are_one_hand() -> None:
    [one] = fold([told(who=""), told(who="Anna"), told(who="person 7", name="Anna")])

    assert (one.who, one.hand) == ("person 7", "Anna")


@pytest.mark.parametrize("order", [1, -1])
def test_what_is_booked_for_an_earlier_day_is_told_when_it_was_done(order) -> None:
    """A treasurer reads today what the bank booked last week."""
    notes = [told(), told(about="posting", at=NOON - 7 * LONG), told(at=NOON + SECOND)]

    [one] = fold(notes[::order])

    assert (one.since, one.at) == (NOON, NOON + SECOND)


def test_bookings_that_were_sealed_at_another_time_were_done_at_another_time() -> None:
    notes = [told(about="posting", sealed_at=NOON + step * LONG) for step in (2, 1, 1)]

    assert [len(one.done) for one in fold(notes)] == [1, 2]


def test_where_only_bookings_are_known_their_day_is_told() -> None:
    [one] = fold([told(about="posting", at=NOON), told(about="posting", at=NOON - LONG)])

    assert (one.since, one.at) == (NOON - LONG, NOON)


def test_a_long_breath_may_be_longer_than_its_longest_pause() -> None:
    notes = [told(NOON - step * happenings.BREATH) for step in range(5)]

    assert [len(one.done) for one in fold(notes)] == [5]
