"""What follows in money from what came: the end of a round, written down in one piece.

What came is shared out again. Where papers are out, who is charged less gets a credit note and
who is charged more a supplement; where they are not, the invoices are written now, by what came.
What we owe suppliers becomes what came, and what nobody is charged the network carries.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from purchasing import ordering
from purchasing.books import accounts, billing, correction_papers, credit, ledger, settlement
from purchasing.books.differences import Correction, Outcome, corrections_of, outcome_of
from purchasing.books.ledger import Booking
from purchasing.category import ShareDraft
from purchasing.deliveries import counting
from purchasing.errors import N_, Refused
from purchasing.money import Cents
from purchasing.ordering import OrderChange
from purchasing.papers import Paper, PaperKind
from purchasing.rounds import Round
from purchasing.shares import DeliveredShare


class CountsDiffer(Refused):
    message = N_("Two people counted differently: %(names)s. Choose what is right first.")


def settle_round(session: Session, round_: Round, *, now: datetime) -> None:
    """Write down what came, what we owe for it, what each owes, and the papers of it.

    Raises CountsDiffer while two counts of a line contradict each other.
    """
    if differ := counting.conflicts(session, round_.id):
        raise CountsDiffer(names=", ".join(differ))
    outcome = outcome_of(session, round_)
    _write_shares(session, round_, outcome, now)
    _change_orders(session, round_, outcome, now)
    corrections = corrections_of(outcome)
    settlement.write_charges(session, round_, [c for one in corrections for c in one.lines])
    if round_.bills_at_delivery:
        _bill(session, round_, outcome, now)
    else:
        _correct(session, round_, outcome, corrections, now)


def _bill(session: Session, round_: Round, outcome: Outcome, now: datetime) -> None:
    """First papers, or the rest, by what came; less what was asked ahead of what was ordered."""
    billing.bill_at_delivery(
        session,
        round_,
        outcome.arrival.charges,
        outcome.arrival.shares,
        asked=outcome.decided.charges,
        came=outcome.came,
        now=now,
    )


def _correct(
    session: Session,
    round_: Round,
    outcome: Outcome,
    corrections: Sequence[Correction],
    now: datetime,
) -> None:
    """Who has a paper gets a correction of it; who gets something only now, a first paper."""
    first = first_papers(session, round_.id)
    new = [one for one in corrections if one.participant_id not in first]
    charges = [charge for one in new for charge in one.lines]
    shares, came = outcome.arrival.shares, outcome.came
    billing.bill(session, round_, charges, shares, came=came, now=now)
    later = [one for one in corrections if one.participant_id in first]
    keys = [f"corrections:{round_.id}:{one.participant_id}" for one in later]
    book(session, round_, later, first, keys, now=now)
    if carried := outcome.arrival.carried:
        amounts = {accounts.of_round(round_.id): -carried, accounts.CARRIED: carried}
        paid = Booking(f"carried:{round_.id}", round_.title[:200], amounts)
        ledger.post(session, [paid], round_id=round_.id, at=now)


def book(
    session: Session,
    round_: Round,
    corrections: Sequence[Correction],
    first: Mapping[int, Paper],
    keys: Sequence[str],
    *,
    now: datetime,
) -> list[str]:
    """Issue and book corrections of the papers in `first`, and let credit pay what is open.

    Returns the numbers of the papers.
    """
    issued = correction_papers.issue_corrections(session, round_, corrections, first, now=now)
    bookings = [
        _booking(round_, one, key, number)
        for one, key, number in zip(corrections, keys, issued, strict=True)
    ]
    ledger.post(session, bookings, round_id=round_.id, at=now)
    credit.settle(session, [one.participant_id for one in corrections], now=now)
    return issued


def first_papers(session: Session, round_id: int) -> dict[int, Paper]:
    """The invoice or settlement of each participant in a round."""
    rows = session.scalars(
        select(Paper).where(
            Paper.round_id == round_id,
            Paper.kind.in_((PaperKind.INVOICE, PaperKind.SETTLEMENT)),
        )
    )
    return {paper.participant_id: paper for paper in rows if paper.participant_id is not None}


def _booking(round_: Round, one: Correction, key: str, number: str) -> Booking:
    """The round, fees, deposit and VAT against the participant."""
    amounts: dict[str, Cents] = defaultdict(int)
    for charge in one.lines:
        amounts[settlement.account_of(round_, charge)] -= charge.cents
    for rate in one.rates:
        amounts[f"{accounts.VOUTPUT}:{rate.vat_bp}"] -= rate.vat
    amounts[accounts.of_participant(one.participant_id)] = -sum(amounts.values())
    return Booking(key, f"{number} {round_.title}"[:200], dict(amounts))


def _write_shares(session: Session, round_: Round, outcome: Outcome, now: datetime) -> None:
    """Who got something else than was decided."""
    weights = outcome.arrival.weights
    rows = [
        {
            "round_id": round_.id,
            "item_id": share.item_id,
            "participant_id": share.participant_id,
            "given": share.given,
            "milli": weights.get((share.item_id, share.participant_id)),
            "lost": _lost(was, share, outcome),
            "at": now,
        }
        for was, share in outcome.pairs()
        if share.given != was.given or (share.item_id, share.participant_id) in weights
    ]
    if rows:
        session.execute(insert(DeliveredShare.__table__), rows)  # type: ignore[arg-type]


def _lost(was: ShareDraft, share: ShareDraft, outcome: Outcome) -> int:
    """Pieces that were decided and did not come; not those that somebody no longer wanted."""
    most = outcome.at_most.get((share.item_id, share.participant_id), share.wanted)
    wanted = min(share.wanted, most)
    return max(min(wanted, was.given) - min(wanted, share.given), 0)


def _change_orders(session: Session, round_: Round, outcome: Outcome, now: datetime) -> None:
    """What we owe each supplier becomes what came."""
    placed = {order.supplier_id: order for order in ordering.list_orders(session, round_.id)}
    apart = settlement.states_vat(outcome.decided.charges)
    bookings = []
    for draft in outcome.arrival.orders:
        order = placed[draft.supplier_id]
        change = OrderChange(
            supplier_order_id=order.id,
            goods_cents=draft.goods_cents - order.goods_cents,
            deposit_cents=draft.deposit_cents - order.deposit_cents,
            delivery_cents=draft.delivery_cents - order.delivery_cents,
            vat_cents=draft.vat_cents - order.vat_cents,
            key=f"came:{order.id}",
            at=now,
        )
        if change.net_cents or change.vat_cents or change.deposit_cents:
            session.add(change)
            bookings.append(settlement.owed_for(round_, order, change, apart))
    session.flush()
    ledger.post(session, bookings, round_id=round_.id, at=now)
