"""A difference of a supplier's bill, passed on to those who received what it is about.

It is shared to the cent in proportion to what each received. Less flows back at once, with a
credit note. More is asked: nobody pays more than was charged without saying yes, and whoever says
yes gets a supplement then. Until then, and for who says no or nothing, the network carries it.
Shares, replies and the papers that followed are rows of their own and never change; a bill that
is taken back is answered by papers the other way.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from sqlalchemy import BigInteger, ForeignKey, String, UniqueConstraint, select
from sqlalchemy.orm import Mapped, Session, joinedload, mapped_column, relationship

from purchasing.base import Base
from purchasing.billed import Difference
from purchasing.books import accounts, corrections, ledger, settlement
from purchasing.books.differences import Correction, Why, by_participant, correction
from purchasing.books.ledger import Booking
from purchasing.category import ChargeDraft, ChargeKind
from purchasing.errors import N_, Refused
from purchasing.money import Cents, share_out, vat_of
from purchasing.ordering import SupplierOrder
from purchasing.papers import Paper, PaperKind
from purchasing.people import Participant
from purchasing.rounds import Round, RoundItem


class NotToPassOn(Refused):
    message = N_("“%(name)s” cannot be passed on: nobody was charged for it.")


class Step(StrEnum):
    """At which moment a paper followed from a bill."""

    PASSED = "passed"  # when it was entered
    AGREED = "agreed"  # when somebody said yes
    BACK = "back"  # when it was taken back


class BillShare(Base):
    """One participant's part of one difference, in cents as charges are; below zero flows back."""

    __tablename__ = "bill_share"
    __table_args__ = (
        UniqueConstraint("bill_id", "part", "participant_id", name="uq_bill_share_once"),
    )

    bill_id: Mapped[int] = mapped_column(ForeignKey("supplier_bill.id"))
    part: Mapped[str] = mapped_column(String(60))
    item_id: Mapped[int | None] = mapped_column(ForeignKey("round_item.id"))  # None: delivery
    participant_id: Mapped[int] = mapped_column(ForeignKey("participant.id"), index=True)
    cents: Mapped[int] = mapped_column(BigInteger)

    item: Mapped[RoundItem | None] = relationship()
    participant: Mapped[Participant] = relationship()


class BillReply(Base):
    """What a participant said to being charged more: once, for all of a bill."""

    __tablename__ = "bill_reply"
    __table_args__ = (UniqueConstraint("bill_id", "participant_id", name="uq_bill_reply_once"),)

    bill_id: Mapped[int] = mapped_column(ForeignKey("supplier_bill.id"))
    participant_id: Mapped[int] = mapped_column(ForeignKey("participant.id"), index=True)
    agreed: Mapped[bool]
    at: Mapped[datetime]
    by: Mapped[str] = mapped_column(String(120))


class BillPaper(Base):
    """A paper of a participant that followed from a bill."""

    __tablename__ = "bill_paper"
    __table_args__ = (
        UniqueConstraint("bill_id", "step", "participant_id", name="uq_bill_paper_once"),
    )

    bill_id: Mapped[int] = mapped_column(ForeignKey("supplier_bill.id"))
    step: Mapped[str] = mapped_column(String(8))
    participant_id: Mapped[int] = mapped_column(ForeignKey("participant.id"), index=True)
    paper_id: Mapped[int] = mapped_column(ForeignKey("paper.id"), unique=True)

    paper: Mapped[Paper] = relationship()
    participant: Mapped[Participant] = relationship()


@dataclass(frozen=True)
class Part:
    """A participant's part of a difference, before it is written down."""

    part: str
    item_id: int | None
    participant_id: int
    cents: Cents


@dataclass(frozen=True)
class _Received:
    """What one participant holds of it: the measure that counts, and what it was charged."""

    measure: int
    cents: Cents


def can_be_passed(
    session: Session, order: SupplierOrder, found: Iterable[Difference]
) -> frozenset[str]:
    """The parts of a bill that somebody was charged for, so that it can be passed on."""
    charges = settlement.list_charges(session, order.round_id)
    known = _items(order)
    return frozenset(one.part for one in found if _received(charges, order, one.part, known))


def divide(
    session: Session,
    order: SupplierOrder,
    found: Iterable[Difference],
    *,
    with_vat: bool,
) -> list[Part]:
    """Each participant's part of these differences, to the cent. Raises NotToPassOn.

    `with_vat`: where VAT is inside the charges, whether the VAT over a difference is paid too.
    Nobody gets back more than was charged: what is left of it the network keeps.
    """
    charges = settlement.list_charges(session, order.round_id)
    apart, known = settlement.states_vat(charges), _items(order)
    parts: list[Part] = []
    for one in found:
        held = _received(charges, order, one.part, known)
        if not held:
            raise NotToPassOn(name=one.name)
        item = known.get(one.part)
        taxed = with_vat and not apart
        rate = item.vat_bp if item else order.delivery_vat_bp
        cents = one.cents + (vat_of(one.cents, rate) if taxed else 0)
        for who, share in share_out(cents, {w: h.measure for w, h in held.items()}).items():
            some = max(share, -held[who].cents)
            if some:
                parts.append(Part(one.part, item.id if item else None, who, some))
    return parts


def settle_up(
    session: Session,
    order: SupplierOrder,
    bill_id: int,
    parts: Iterable[Part | BillShare],
    *,
    step: Step,
    now: datetime,
) -> Cents:
    """Charge these parts (below zero: give them back), with a paper for each participant.

    Returns what they come to, as charges are counted.
    """
    round_ = session.get_one(Round, order.round_id)
    changes = _corrections(session, round_, order.supplier_id, parts, step)
    first = corrections.first_papers(session, round_.id)
    settlement.write_charges(session, round_, [line for one in changes for line in one.lines])
    keys = [f"bill-{step}:{bill_id}:{one.participant_id}" for one in changes]
    numbers = corrections.book(session, round_, changes, first, keys, now=now)
    _note(session, round_, bill_id, step, changes, numbers)
    return sum(line.cents for one in changes for line in one.lines)


def carry(
    session: Session, round_: Round, cents: Cents, *, key: str, memo: str, now: datetime
) -> None:
    """Let the network carry so much of a round, or less of it where it is below zero."""
    if cents:
        amounts = {accounts.of_round(round_.id): -cents, accounts.CARRIED: cents}
        ledger.post(session, [Booking(key, memo[:200], amounts)], round_id=round_.id, at=now)


def what_it_asks(session: Session, order: SupplierOrder, shares: Sequence[BillShare]) -> Cents:
    """What one participant would pay more, with VAT, after a yes to these shares."""
    round_ = session.get_one(Round, order.round_id)
    changes = _corrections(session, round_, order.supplier_id, shares, Step.AGREED)
    return sum(one.total for one in changes)


def shares_of(session: Session, bill_id: int) -> list[BillShare]:
    query = select(BillShare).where(BillShare.bill_id == bill_id).order_by(BillShare.id)
    return list(
        session.scalars(
            query.options(joinedload(BillShare.item), joinedload(BillShare.participant))
        )
    )


def replies_of(session: Session, bill_id: int) -> dict[int, BillReply]:
    """What was said to a bill, by participant."""
    rows = session.scalars(select(BillReply).where(BillReply.bill_id == bill_id))
    return {row.participant_id: row for row in rows}


def papers_of(session: Session, bill_id: int) -> list[BillPaper]:
    """The papers that followed from a bill, the oldest first."""
    query = select(BillPaper).where(BillPaper.bill_id == bill_id).order_by(BillPaper.id)
    return list(
        session.scalars(
            query.options(joinedload(BillPaper.paper), joinedload(BillPaper.participant))
        )
    )


def charged_of(session: Session, bill_id: int) -> list[Part]:
    """The parts of a bill that were charged or given back: all that is less, more after a yes."""
    said = replies_of(session, bill_id)
    return [
        Part(one.part, one.item_id, one.participant_id, one.cents)
        for one in shares_of(session, bill_id)
        if one.cents < 0 or (one.participant_id in said and said[one.participant_id].agreed)
    ]


def _items(order: SupplierOrder) -> dict[str, RoundItem]:
    """The articles of an order by the part of a difference; a number of two articles is none."""
    items = [line.item for line in order.lines]
    numbers = [item.number for item in items]
    return {f"line:{one.number}"[:60]: one for one in items if numbers.count(one.number) == 1}


def _received(
    charges: Iterable[ChargeDraft],
    order: SupplierOrder,
    part: str,
    known: Mapping[str, RoundItem],
) -> dict[int, _Received]:
    """Who received the article (or paid for the delivery) and was charged for it."""
    item = known.get(part)
    if item is None and part != "delivery":
        return {}
    found: dict[int, _Received] = {}
    for charge in charges:
        if not _is_about(charge, order.supplier_id, item.id if item else None):
            continue
        measure = charge.cents if item is None else _measure(charge, item)
        had = found.get(charge.participant_id, _Received(0, 0))
        found[charge.participant_id] = _Received(had.measure + measure, had.cents + charge.cents)
    return {who: one for who, one in found.items() if one.measure > 0 and one.cents > 0}


def _is_about(charge: ChargeDraft, supplier_id: int, item_id: int | None) -> bool:
    if item_id is not None:
        return charge.kind == ChargeKind.ARTICLE and charge.item_id == item_id
    return charge.kind == ChargeKind.DELIVERY and charge.supplier_id == supplier_id


def _measure(charge: ChargeDraft, item: RoundItem) -> int:
    """Thousandths of a unit: as weighed, else as its pieces count."""
    return charge.pieces * item.piece_milli if charge.milli is None else charge.milli


_WHY = {Step.PASSED: Why.BILLED_LESS, Step.AGREED: Why.AGREED, Step.BACK: Why.BILL_BACK}


def _corrections(
    session: Session,
    round_: Round,
    supplier_id: int,
    parts: Iterable[Part | BillShare],
    step: Step,
) -> list[Correction]:
    """For each participant all parts together, on top of what was charged before."""
    before = by_participant(settlement.list_charges(session, round_.id))
    more: dict[int, list[ChargeDraft]] = defaultdict(list)
    for one in parts:
        who = one.participant_id
        more[who].append(_charge(before[who], supplier_id, one))
    items, told = {item.id: item for item in round_.items}, {"reason": str(_WHY[step])}
    return [
        correction(who, before[who], [*before[who], *lines], items, lambda _: told)
        for who, lines in sorted(more.items())
    ]


def _charge(before: Sequence[ChargeDraft], supplier_id: int, one: Part | BillShare) -> ChargeDraft:
    """The charge of a part: like that of what it is about, and of no more pieces."""
    alike = next(c for c in before if _is_about(c, supplier_id, one.item_id))
    return replace(alike, cents=one.cents, pieces=0, milli=None)


def _note(
    session: Session,
    round_: Round,
    bill_id: int,
    step: Step,
    changes: Sequence[Correction],
    numbers: Sequence[str],
) -> None:
    """Keep which papers followed."""
    found = session.execute(
        select(Paper.participant_id, Paper.id).where(
            Paper.round_id == round_.id,
            Paper.number.in_(numbers),
            Paper.kind.in_((PaperKind.CREDIT_NOTE, PaperKind.SUPPLEMENT)),
        )
    )
    session.add_all(
        BillPaper(bill_id=bill_id, step=str(step), participant_id=who, paper_id=paper_id)
        for who, paper_id in found
    )
    session.flush()
