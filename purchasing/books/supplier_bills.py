"""Bills of suppliers: what we owe becomes what is billed, and every difference is decided about.

A bill is entered when its round has been settled, for only then is known what came. Accepted is
paid and carried by the network; passed on is paid and shared by who received it; disputed is not
booked, and so not paid. A bill is never edited: a wrong one is reversed, and may then be entered
again.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from datetime import datetime

from sqlalchemy import (
    func,
    select,
)
from sqlalchemy.orm import Session

from purchasing import errands
from purchasing.billed import Billed, Difference, Outcome
from purchasing.books import ledger, passed_on, settlement
from purchasing.books.bill_comparing import (
    BilledAlready,
    CreditBeforeBill,
    NotSettledYet,
    OrderBilledAlready,
    OtherBuyer,
    OtherOrder,
    compare,
    expected_of,
)
from purchasing.books.bill_rows import BillReversal, SupplierBill, list_bills
from purchasing.books.ledger import Booking
from purchasing.books.passed_on import BillShare, Part, Step
from purchasing.commitments import Commitment
from purchasing.errors import N_, Refused
from purchasing.money import Cents
from purchasing.ordering import OrderChange, SupplierOrder
from purchasing.rounds import Round

__all__ = [
    "BillReversal",
    "BilledAlready",
    "CreditBeforeBill",
    "NotSettledYet",
    "OrderBilledAlready",
    "OtherBuyer",
    "OtherOrder",
    "SupplierBill",
    "compare",
    "expected_of",
    "list_bills",
]


class Undecided(Refused):
    message = N_("Say of each difference what is done with it.")


class CreditStands(Refused):
    message = N_("Credit note %(number)s belongs to this bill. Take that one back first.")


class ReversedAlready(Refused):
    message = N_("This bill has been taken back already.")


class ReasonForReversal(Refused):
    message = N_("Say why the bill is taken back.")


def enter(
    session: Session,
    order: SupplierOrder,
    billed: Billed,
    outcomes: Mapping[str, str],
    *,
    actor: str,
    now: datetime,
) -> SupplierBill:
    """Book a bill: what we owe becomes what is billed, but for what is disputed.

    `outcomes` by the part of each difference. What is passed on flows back at once where it is
    less; where it is more, each is asked. Raises what `compare` raises, Undecided, NotToPassOn.
    """
    hold(session, order)
    found = compare(session, order, billed)
    if any(outcomes.get(one.part) not in list(Outcome) for one in found):
        raise Undecided
    bill = SupplierBill(
        supplier_order_id=order.id,
        supplier_id=order.supplier_id,
        number=billed.number,
        attempt=_attempts(session, order.supplier_id, billed.number),
        issued_on=billed.issued_on,
        due_on=billed.due_on,
        total_cents=billed.total_cents,
        content=billed.plain(),
        found=[{**vars(one), "outcome": outcomes[one.part]} for one in found],
        entered_at=now,
        entered_by=actor,
    )
    session.add(bill)
    session.flush()
    parts = _parts(session, bill)
    session.add_all(BillShare(bill_id=bill.id, **vars(one)) for one in parts)
    back = [one for one in parts if one.cents < 0]
    given = passed_on.settle_up(session, order, bill.id, back, step=Step.PASSED, now=now)
    taken = owed_more(bill.differences)
    book(session, bill, taken, f"bill:{bill.id}", charged=given, now=now)
    _ask(session, bill, {one.participant_id for one in parts if one.cents > 0}, now=now)
    return bill


def reverse(
    session: Session, bill: SupplierBill, *, reason: str, actor: str, now: datetime
) -> None:
    """Take a bill back: what it booked is booked the other way, and papers answer its papers.

    Raises ReversedAlready, ReasonForReversal, CreditStands.
    """
    hold(session, bill.order)
    session.refresh(bill)
    if bill.reversal is not None:
        raise ReversedAlready
    _refuse_credited(session, bill)
    if not reason.strip():
        raise ReasonForReversal
    session.add(BillReversal(bill_id=bill.id, reason=reason.strip()[:500], at=now, by=actor))
    session.flush()
    session.refresh(bill)
    back = [replace(one, cents=-one.cents) for one in passed_on.charged_of(session, bill.id)]
    charged = passed_on.settle_up(session, bill.order, bill.id, back, step=Step.BACK, now=now)
    taken = {kind: -cents for kind, cents in owed_more(bill.in_force).items()}
    book(session, bill, taken, f"bill-back:{bill.id}", charged=charged, now=now)


def hold(session: Session, order: SupplierOrder) -> None:
    """Let one at a time decide about the bills of a round, and what follows from them."""
    session.get_one(Round, order.round_id, with_for_update=True, populate_existing=True)


def _refuse_credited(session: Session, bill: SupplierBill) -> None:
    """A bill stays as long as a credit note of it stands."""
    if bill.is_credit:
        return
    for one in list_bills(session, bill.supplier_order_id):
        if one.is_credit and one.reversal is None:
            raise CreditStands(number=one.number)


def _attempts(session: Session, supplier_id: int, number: str) -> int:
    mine = SupplierBill.supplier_id == supplier_id, SupplierBill.number == number
    return session.scalar(select(func.count(SupplierBill.id)).where(*mine)) or 0


def book(
    session: Session,
    bill: SupplierBill,
    taken: Mapping[str, Cents],
    key: str,
    *,
    charged: Cents,
    now: datetime,
) -> None:
    """Change what we owe for an order; what that costs, but for what is charged, we carry.

    `taken` as `owed_more` has it. Called by who holds the bills.
    """
    order, round_ = bill.order, session.get_one(Round, bill.order.round_id)
    apart = settlement.states_vat(settlement.list_charges(session, round_.id))
    cost = taken["goods_cents"] + taken["delivery_cents"] + (0 if apart else taken["vat_cents"])
    memo = f"{bill.number} {order.supplier.name}"[:200]
    if any(taken.values()):
        change = OrderChange(supplier_order_id=order.id, key=key, at=now, **taken)
        session.add(change)
        session.flush()
        owed = settlement.owed_for(round_, order, change, apart)
        ledger.post(session, [Booking(key, memo, owed.amounts)], round_id=round_.id, at=now)
    passed_on.carry(session, round_, cost - charged, key=f"carried-{key}", memo=memo, now=now)


def _parts(session: Session, bill: SupplierBill) -> list[Part]:
    """What each participant has in what is passed on."""
    found = [one for one, done in bill.differences if done == Outcome.PASSED]
    vat = [done for one, done in bill.differences if one.part == "vat"]
    with_vat = bool(vat) and vat[0] != Outcome.DISPUTED
    return passed_on.divide(session, bill.order, found, with_vat=with_vat)


def _ask(session: Session, bill: SupplierBill, who: Collection[int], *, now: datetime) -> None:
    """A mail to each who would pay more: nobody does without a yes."""
    mine = Commitment.round_id == bill.order.round_id, Commitment.participant_id.in_(who)
    asked = session.scalars(select(Commitment).where(*mine).order_by(Commitment.id))
    errands.ask_many(
        session,
        errands.Kind.MAIL_NEWS,
        [(f"billed-{bill.id}:{one.id}", one.participant.name) for one in asked],
        priority=errands.Priority.NEWS,
        round_id=bill.order.round_id,
        now=now,
    )


def owed_more(found: Iterable[tuple[Difference, Outcome]]) -> dict[str, Cents]:
    """By how much we owe more (or less) for goods, delivery, deposit and VAT."""
    sums = dict.fromkeys(("goods_cents", "delivery_cents", "deposit_cents", "vat_cents"), 0)
    for one, done in found:
        kind = one.part if f"{one.part}_cents" in sums else "goods"
        if done != Outcome.DISPUTED:
            sums[f"{kind}_cents"] += one.cents
    return sums
