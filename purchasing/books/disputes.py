"""What becomes of a disputed difference of a bill: we pay it after all, or it is withdrawn.

While a dispute is open, what is disputed is not owed and so not paid; the rest is. A credit note
of the supplier for the same part ends it too.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Text, cast, select
from sqlalchemy.orm import Session

from purchasing.billed import Difference, DisputeEnd, Outcome
from purchasing.books import supplier_bills
from purchasing.books.bill_rows import BillDisputeEnd, BillReversal, SupplierBill, list_bills
from purchasing.errors import N_, Refused


class NotInDispute(Refused):
    message = N_("This is not in dispute any more. Look at the page again.")


class ReasonForEnd(Refused):
    message = N_("Say in a few words what was agreed.")


def open_disputes(session: Session, bill: SupplierBill) -> list[Difference]:
    """The differences that are still disputed; none of a credit note, or of a bill taken back."""
    if bill.is_credit or bill.reversal is not None:
        return []
    ended = {one.part for one in bill.ends} | _credited(session, bill)
    disputed = [one for one, done in bill.differences if done == Outcome.DISPUTED]
    return [one for one in disputed if one.part not in ended]


def list_open(session: Session) -> list[tuple[SupplierBill, list[Difference]]]:
    """The bills of which something is still disputed, the oldest first."""
    query = (
        select(SupplierBill)
        .outerjoin(BillReversal, BillReversal.bill_id == SupplierBill.id)
        .where(
            BillReversal.id.is_(None),
            SupplierBill.total_cents > 0,
            cast(SupplierBill.found, Text).contains(f'"{Outcome.DISPUTED}"'),
        )
        .order_by(SupplierBill.id)
    )
    found = [(bill, open_disputes(session, bill)) for bill in session.scalars(query)]
    return [(bill, parts) for bill, parts in found if parts]


def end(
    session: Session,
    bill: SupplierBill,
    part: str,
    how: DisputeEnd,
    *,
    reason: str,
    actor: str,
    now: datetime,
) -> None:
    """End a dispute. Paid: we owe it, and the network carries it. Withdrawn: nothing is booked.

    Raises NotInDispute, ReasonForEnd.
    """
    supplier_bills.hold(session, bill.order)
    session.refresh(bill)
    found = [one for one in open_disputes(session, bill) if one.part == part]
    if not found:
        raise NotInDispute
    if not reason.strip():
        raise ReasonForEnd
    row = BillDisputeEnd(
        bill_id=bill.id, part=part, end=str(how), reason=reason.strip()[:500], at=now, by=actor
    )
    session.add(row)
    session.flush()
    session.refresh(bill)
    if how == DisputeEnd.PAID:
        taken = supplier_bills.owed_more([(found[0], Outcome.ACCEPTED)])
        supplier_bills.book(session, bill, taken, f"bill-ended:{row.id}", charged=0, now=now)


def _credited(session: Session, bill: SupplierBill) -> set[str]:
    """The parts that a standing credit note says were disputed."""
    return {
        one.part
        for note in list_bills(session, bill.supplier_order_id)
        if note.is_credit and note.reversal is None
        for one, done in note.differences
        if done == Outcome.DISPUTED
    }
