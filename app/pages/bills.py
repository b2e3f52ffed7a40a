"""What of a supplier's bill was passed on, as a coordinator sees it: one line for each person."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.orm import Session

from purchasing.books import passed_on, settlement
from purchasing.books.supplier_bills import SupplierBill
from purchasing.papers import Paper


@dataclass(frozen=True)
class PassedLine:
    """One participant: `back` flows back, `asked` is asked for (cents as charges are counted).

    `agreed` is None while nothing was said.
    """

    name: str
    back: int
    asked: int
    agreed: bool | None
    without_vat: bool
    papers: tuple[Paper, ...]


def passed_lines(session: Session, bill: SupplierBill) -> list[PassedLine]:
    """In the order of names."""
    shares = passed_on.shares_of(session, bill.id)
    papers = passed_on.papers_of(session, bill.id)
    said = passed_on.replies_of(session, bill.id)
    without_vat = settlement.states_vat(settlement.list_charges(session, bill.order.round_id))
    people = {one.participant_id: one.participant.name for one in shares}
    return [
        PassedLine(
            name=name,
            back=-sum(s.cents for s in shares if s.participant_id == who and s.cents < 0),
            asked=sum(s.cents for s in shares if s.participant_id == who and s.cents > 0),
            agreed=said[who].agreed if who in said else None,
            without_vat=without_vat,
            papers=tuple(one.paper for one in papers if one.participant_id == who),
        )
        for who, name in sorted(people.items(), key=lambda item: (item[1].casefold(), item[0]))
    ]
