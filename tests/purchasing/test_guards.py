"""The guards in the database itself: what holds also for who goes round the code."""

import pytest
from sqlalchemy import delete, insert, select, text, update
from sqlalchemy.exc import DBAPIError, IntegrityError

from purchasing import lifecycle
from purchasing.base import Base
from purchasing.books import reports
from purchasing.books.empties import ReturnedDeposit
from purchasing.books.ledger import Entry, Posting
from purchasing.books.reports import ItemReport, ReportDecision
from purchasing.books.settlement import Charge
from purchasing.deliveries import counting, hand_shares, substitutes
from purchasing.deliveries.counting import DeliveryCount
from purchasing.deliveries.hand_shares import HandShare
from purchasing.deliveries.substitutes import Substitute
from purchasing.demand import Commitment, Want
from purchasing.ordering import AllocatedShare, OrderChange, SupplierOrder, SupplierOrderLine
from purchasing.papers import Paper, PaperKind, StoredDocument
from purchasing.rounds import Round, RoundEvent
from purchasing.rounds import RoundState as S
from purchasing.shares import DeliveredShare
from tests.builders import (
    ACTOR,
    DAY,
    NOON,
    a_household,
    a_product,
    a_round,
    a_supplier,
    an_order,
)

ISSUED = (
    AllocatedShare,
    Charge,
    DeliveredShare,
    DeliveryCount,
    Entry,
    HandShare,
    ItemReport,
    OrderChange,
    Paper,
    Posting,
    ReportDecision,
    ReturnedDeposit,
    RoundEvent,
    StoredDocument,
    Substitute,
    SupplierOrder,
    SupplierOrderLine,
)


@pytest.fixture
def round_(session, network) -> Round:
    """An open round in which Ada has ordered, with everything saved."""
    round_ = a_round(session, a_product(session, a_supplier(session), "Rijst"))
    an_order(session, round_, a_household(session, "Ada"), {"Rijst": 6})
    session.commit()
    return round_


@pytest.fixture
def a_whole_life(session, round_) -> None:
    """One row at least of everything that is ever issued."""
    lifecycle.close(session, round_, actor=ACTOR, now=NOON)
    lifecycle.order(session, round_, actor=ACTOR, now=NOON)
    _five_of_six_came(session, round_)
    paper_id = session.scalars(select(Paper.id)).first()
    session.add(
        StoredDocument(
            paper_id=paper_id, sha256="0" * 64, size=1, path="a", renderer="x", stored_at=NOON
        )
    )
    session.commit()


def _five_of_six_came(session, round_) -> None:
    line = session.scalars(select(SupplierOrderLine)).one()
    told = {"actor": ACTOR, "now": NOON}
    counting.count(session, round_, line, 5, seen=0, key="five", **told)
    who = session.scalars(select(AllocatedShare.participant_id)).one()
    substitutes.substitute(session, round_, line, "Basmati", key="other", **told)
    told |= {"reason": "Een was nat", "key": "wet"}
    hand_shares.give(session, round_, line.item, who, 4, **told)
    lifecycle.receive(session, round_, actor=ACTOR, now=NOON)
    lifecycle.settle(session, round_, actor=ACTOR, now=NOON)
    one = {"text": "Open", "key": "open", "actor": ACTOR, "now": NOON}
    reports.report(session, round_, line.item, who, 1, **one)
    told = session.scalars(select(ItemReport)).one()
    reports.decide(session, told, credit=True, reason="Open", actor=ACTOR, now=NOON)
    session.add(
        ReturnedDeposit(
            participant_id=who, each_cents=25, pieces=1, reason="", at=NOON, by="", key="one"
        )
    )
    session.flush()


# --- demand


@pytest.mark.parametrize("state", [S.CLOSED, S.ORDERED, S.CANCELLED])
def test_demand_stands_still_once_its_round_is_not_open(session, round_, state: S) -> None:
    _bring(session, round_, state)

    changed = [update(row).values(id=row.id) for row in (Commitment, Want)]
    for statement in (*changed, delete(Commitment), delete(Want)):
        with pytest.raises(DBAPIError, match="the round is not open"):
            session.execute(statement.execution_options(synchronize_session=False))
        session.rollback()


def test_nothing_is_added_to_the_demand_of_a_closed_round(session, round_) -> None:
    ben = a_household(session, "Ben").id
    _bring(session, round_, S.CLOSED)
    commitment_id = session.scalars(select(Commitment.id)).one()
    other = a_round(session, *a_few_products(session, 1), closes_at=NOON + DAY)
    new_rows = [
        insert(Commitment).values(
            round_id=round_.id, participant_id=ben, version=0, changed_at=NOON
        ),
        insert(Want).values(
            commitment_id=commitment_id,
            round_id=round_.id,
            item_id=other.items[0].id,
            queue=[],
        ),
    ]
    session.commit()

    for statement in new_rows:
        with pytest.raises(DBAPIError, match="the round is not open"):
            session.execute(statement)
        session.rollback()


def test_no_wish_is_moved_into_a_round_that_is_closed(session, round_) -> None:
    other = a_round(session, *a_few_products(session, 1), closes_at=NOON + DAY)
    other_id = other.id
    an_order(session, other, a_household(session, "Ben"), {"Artikel 0": 1})
    _bring(session, round_, S.CLOSED)

    for statement in (
        update(Want).where(Want.round_id == other_id).values(round_id=round_.id),
        update(Want).where(Want.round_id == round_.id).values(round_id=other_id),
    ):
        with pytest.raises(DBAPIError, match="the round is not open"):
            session.execute(statement.execution_options(synchronize_session=False))
        session.rollback()


def a_few_products(session, count: int) -> list:
    supplier = a_supplier(session, "Nog een")
    return [a_product(session, supplier, f"Artikel {n}") for n in range(count)]


def _bring(session, round_: Round, state: S) -> None:
    if state == S.CANCELLED:
        lifecycle.cancel(session, round_, reason="Ziek", actor=ACTOR, now=NOON)
    else:
        lifecycle.close(session, round_, actor=ACTOR, now=NOON)
    if state == S.ORDERED:
        lifecycle.order(session, round_, actor=ACTOR, now=NOON)
    session.commit()


# --- what was issued


def test_what_was_issued_is_never_changed(session, a_whole_life) -> None:
    assert [row for row in ISSUED if session.scalars(select(row)).first() is None] == []

    assert [row for row in ISSUED if not is_final(session, update(row).values(id=row.id))] == []


def test_what_was_issued_is_never_deleted(session, a_whole_life) -> None:
    assert [row for row in ISSUED if not is_final(session, delete(row))] == []


def is_final(session, statement) -> bool:
    """Whether the database refuses it because this row was issued."""
    try:
        session.execute(statement.execution_options(synchronize_session=False))
    except DBAPIError as error:
        return "this row is final" in str(error)
    finally:
        session.rollback()
    return False


def test_a_paper_s_text_cannot_be_rewritten_by_mistake(session, a_whole_life) -> None:
    paper = session.scalars(select(Paper)).first()
    paper.snapshot = {"total": 0}

    with pytest.raises(DBAPIError, match="this row is final"):
        session.flush()


# --- what may be there once


@pytest.mark.parametrize("row", [row for row in (Paper, SupplierOrder, AllocatedShare, Posting)])
def test_what_is_written_once_cannot_be_written_twice(session, a_whole_life, row) -> None:
    table = row.__table__
    columns = [column.name for column in table.columns if column.name != "id"]
    names = ", ".join(columns)

    with pytest.raises(IntegrityError):
        session.execute(
            text(f"INSERT INTO {table.name} ({names}) SELECT {names} FROM {table.name}")
        )


@pytest.mark.parametrize("kind", [PaperKind.INVOICE, PaperKind.ORDER_SHEET])
def test_there_is_one_paper_of_a_kind_for_each_who_gets_one(session, a_whole_life, kind) -> None:
    columns = [column.name for column in Paper.__table__.columns if column.name != "id"]
    chosen = ", ".join("'another'" if name == "number" else name for name in columns)

    with pytest.raises(IntegrityError):
        session.execute(
            text(
                f"INSERT INTO paper ({', '.join(columns)}) "
                f"SELECT {chosen} FROM paper WHERE kind = '{kind}'"
            )
        )


def test_every_table_of_the_domain_is_there_and_no_other(session, app) -> None:
    """The migrations made what the models say."""
    from sqlalchemy import inspect

    there = set(inspect(session.get_bind()).get_table_names()) - {"alembic_version"}
    assert there == set(Base.metadata.tables)


# --- impossible values


@pytest.mark.parametrize(
    ("row", "values"),
    [
        (Round, {"minimum_cents": -1}),
        (Round, {"fee_cents": -1}),
        (Round, {"closes_at": NOON - 7 * DAY}),
        (Want, {"quantity": -1}),
        (Want, {"ordered_quantity": 100_001}),
        (Want, {"extra": -1}),
    ],
)
def test_the_database_refuses_impossible_values(session, round_, row, values: dict) -> None:
    statement = update(row).values(**values).execution_options(synchronize_session=False)
    with pytest.raises(IntegrityError):
        session.execute(statement)


def test_a_naive_moment_is_a_mistake(session, round_) -> None:
    round_.closed_at = NOON.replace(tzinfo=None)

    with pytest.raises(Exception, match="naive datetime"):
        session.flush()


def test_moments_come_back_as_they_went_in(session, round_) -> None:
    from datetime import timedelta, timezone

    there = timezone(timedelta(hours=5, minutes=30))
    round_.closed_at = NOON.replace(microsecond=123_456).astimezone(there)
    session.commit()

    assert round_.closed_at == NOON.replace(microsecond=123_456)
    assert round_.closed_at.utcoffset() == timedelta(0)
