"""What in the trail belongs to a round: what names it, and what leads to it over other rows."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import ColumnElement, false, or_, select
from sqlalchemy.orm import Session

from purchasing.trail.watched import WATCHED, table

# The row that it is about: by this column, in this table.
OVER = {
    "answer_decision": ("supplier_order_id", "supplier_order"),
    "bill_dispute_end": ("bill_id", "supplier_bill"),
    "bill_reversal": ("bill_id", "supplier_bill"),
    "collection_line": ("paper_id", "paper"),
    "collection_refusal": ("line_id", "collection_line"),
    "data_file": ("paper_id", "paper"),
    "delivery_count": ("line_id", "supplier_order_line"),
    "order_change": ("supplier_order_id", "supplier_order"),
    "paid_part": ("paper_id", "paper"),
    "report_decision": ("report_id", "item_report"),
    "stored_document": ("paper_id", "paper"),
    "substitute": ("line_id", "supplier_order_line"),
    "supplier_bill": ("supplier_order_id", "supplier_order"),
    "supplier_order_line": ("supplier_order_id", "supplier_order"),
}
# What may be about several rounds belongs to each: its column, the table of its parts, and theirs.
BY_PARTS = {
    "collection": ("id", "collection_line", "collection_id"),
    "posting": ("key", "paid_part", "posting_key"),  # money for a paper of the round
}


def in_round(about: str, round_id: int) -> ColumnElement[bool]:
    """Whether a row of this kind belongs to a round. Most kinds that have none never do."""
    rows, found = table(about), []
    if own := _own(about):
        found.append(rows.c[own] == round_id)
    if about in OVER:
        column, other = OVER[about]
        found.append(
            rows.c[column].in_(select(table(other).c.id).where(in_round(other, round_id)))
        )
    if about in BY_PARTS:
        column, part, to = BY_PARTS[about]
        mine = select(table(part).c[to]).where(in_round(part, round_id))
        found.append(rows.c[column].in_(mine))
    return or_(false(), *found)


def rounds_of(session: Session, about: str, ids: Iterable[int]) -> dict[int, int]:
    """The round of each of these rows that leads to one, in one statement."""
    if about not in OVER:
        return {}
    rows = table(about)
    found = session.execute(select(rows.c.id, _round_of(about)).where(rows.c.id.in_(list(ids))))
    return {row_id: round_id for row_id, round_id in found if round_id is not None}


def _round_of(about: str) -> ColumnElement[Any]:
    if own := _own(about):
        return table(about).c[own]
    column, other = OVER[about]
    there = table(other).c.id == table(about).c[column]
    return select(_round_of(other)).where(there).scalar_subquery()


def _own(about: str) -> str:
    """The column that names the round."""
    return WATCHED[about].round if about in WATCHED else ""
