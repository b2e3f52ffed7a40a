"""What holds of the bills of one round: what came is what is billed, in one paper or in two."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from purchasing.books import accounts, ledger, settlement
from purchasing.decision import ChargeDraft, ChargeKind
from purchasing.money import vat_per_rate
from purchasing.ordering import SupplierOrderLine, list_orders, list_shares
from purchasing.papers import Paper, PaperKind
from purchasing.rounds import Round
from purchasing.rounds import RoundState as S
from purchasing.shares import DeliveredShare
from tests.year.acting import Known

LOOSE = 2  # cents by which a divided line may differ from its price: halves and odd cents
BILLS = (PaperKind.INVOICE, PaperKind.SETTLEMENT)
ASKS = (*BILLS, PaperKind.CREDIT_NOTE, PaperKind.SUPPLEMENT, PaperKind.PREPAYMENT)
Place = tuple[int, int]  # participant, article


def add_up(session: Session, row: Round, known: Known) -> None:
    """Of a round that was ordered: pieces, charges and papers are the same thing thrice."""
    if row.state not in (S.ORDERED, S.DELIVERED, S.SETTLED):
        return
    charges = settlement.list_charges(session, row.id)
    papers = list(
        session.scalars(
            select(Paper).where(Paper.round_id == row.id, Paper.kind.in_(ASKS)).order_by(Paper.id)
        )
    )
    if row.category.sells_articles:
        _pieces_are_charged_at_their_price(session, row, known, charges)
    if row.prepayment_bp:
        _both_parts_are_the_whole(session, row, charges, papers)
    if row.state == S.SETTLED or not row.bills_at_delivery:
        assert _asked(papers) == _owed(charges), f"round {row.id}: asked is not what is owed"


def _owed(charges: Sequence[ChargeDraft]) -> dict[int, int]:
    """With VAT, over all of it."""
    found: dict[int, list[ChargeDraft]] = defaultdict(list)
    for charge in charges:
        found[charge.participant_id].append(charge)
    owed = {
        who: vat_per_rate((one.vat_bp, one.cents) for one in some).gross
        for who, some in found.items()
    }
    return {who: cents for who, cents in owed.items() if cents}


def _asked(papers: Sequence[Paper]) -> dict[int | None, int]:
    asked = Counter[int | None]()
    for paper in papers:
        asked[paper.participant_id] += paper.total_cents
    return {who: cents for who, cents in asked.items() if cents}


def _pieces_are_charged_at_their_price(
    session: Session, row: Round, known: Known, charges: Sequence[ChargeDraft]
) -> None:
    settled = row.state == S.SETTLED
    lines = {line.item_id: line for order in list_orders(session, row.id) for line in order.lines}
    pieces, cents = Counter[Place](), Counter[Place]()
    for one in charges:
        if one.kind == ChargeKind.ARTICLE and one.item_id is not None:
            pieces[one.participant_id, one.item_id] += one.pieces
            cents[one.participant_id, one.item_id] += one.cents
    given = given_in(session, row)
    for place in pieces.keys() | given.keys():
        assert pieces[place] == given.get(place, 0), f"round {row.id}: {place} got other pieces"
        line = lines[place[1]]
        each = _asked_for_each(known, line) if settled else line.unit_price
        least, most = _price(line, pieces[place], each)
        assert least <= cents[place] <= most, f"round {row.id}: {cents[place]} for {place}"
    if settled:
        _is_given_as_was_said(known, given)
        _nobody_pays_more_without_a_yes(known, lines, given)


def _asked_for_each(known: Known, line: SupplierOrderLine) -> int:
    """What was announced, or less where something else came for less."""
    _, announced = known.announced.get(line.item_id, (0, line.unit_price))
    return min(announced, known.instead.get(line.item_id, announced))


def _nobody_pays_more_without_a_yes(
    known: Known, lines: Mapping[int, SupplierOrderLine], given: Mapping[Place, int]
) -> None:
    """Who said nothing to a higher price gets none; nor who said no to anything."""
    for (who, item_id), pieces in given.items():
        if (who, item_id) in known.by_hand:
            continue
        assert (who, item_id) not in known.refused, f"{who} said no to {item_id}"
        _, price = known.announced.get(item_id, (0, 0))
        if price > lines[item_id].unit_price:
            most = known.agreed.get((who, item_id, price), 0)
            assert pieces <= most, f"{who} pays more for {pieces} of {item_id}, agreed to {most}"


def _price(line: SupplierOrderLine, pieces: int, each: int) -> tuple[float, float]:
    """Between without and with VAT; nothing for nothing."""
    if not pieces:
        return 0, 0
    net = pieces * line.item.piece_milli * each / 10_000_000
    return net - LOOSE, net * (1 + line.item.vat_bp / 10_000) + LOOSE


def _is_given_as_was_said(known: Known, given: Mapping[Place, int]) -> None:
    """No more than came, and what somebody said by hand, if so many came: none is none."""
    by_hand = Counter[int]()
    for (_, item_id), pieces in known.by_hand.items():
        by_hand[item_id] += pieces
    for place, pieces in known.by_hand.items():
        enough = by_hand[place[1]] <= _came(known, place[1], by_hand[place[1]])
        got, least = given.get(place, 0), pieces if enough else 0
        assert least <= got <= pieces, f"{place} got {got}, and was to get {pieces}"
    for item_id in known.came.keys() | known.announced.keys():
        came = _came(known, item_id, 0)
        all_ = sum(pieces for (_, item), pieces in given.items() if item == item_id)
        assert all_ <= came, f"of article {item_id} came {came}, and {all_} were given"


def _came(known: Known, item_id: int, as_ordered: int) -> int:
    """As counted, else as announced."""
    announced, _ = known.announced.get(item_id, (as_ordered, 0))
    return known.came.get(item_id, announced)


def given_in(session: Session, row: Round) -> dict[Place, int]:
    """The pieces each got, as it was decided or as it came."""
    given = {(one.participant_id, one.item_id): one.given for one in list_shares(session, row.id)}
    came = select(DeliveredShare).where(DeliveredShare.round_id == row.id)
    given |= {(one.participant_id, one.item_id): one.given for one in session.scalars(came)}
    return {place: pieces for place, pieces in given.items() if pieces}


def _both_parts_are_the_whole(
    session: Session, row: Round, charges: Sequence[ChargeDraft], papers: Sequence[Paper]
) -> None:
    """What is asked ahead is a part of the articles, and is taken off in the end, once."""
    ahead = {one.participant_id: one for one in papers if one.kind == PaperKind.PREPAYMENT}
    owed, waits = _owed(charges), -ledger.totals_of_round(session, row.id).get(accounts.AHEAD, 0)
    if row.state == S.SETTLED:
        assert waits == 0, f"round {row.id}: {waits} of what was paid ahead is left"
        second = {one.participant_id: one for one in papers if one.kind in BILLS}
        assert ahead.keys() <= second.keys(), f"round {row.id}: never asked for the rest"
        for who, paper in ahead.items():
            part = second[who].snapshot["part"]
            told = part["number"], part["ahead"]
            assert told == (paper.number, paper.total_cents), f"{part} is not {paper.number}"
        return
    assert len(ahead) == len(papers), f"round {row.id}: asked for more than a part"
    for who, paper in ahead.items():
        part = paper.snapshot["part"]
        whole = part["rest"] + paper.total_cents
        assert part["whole"] == whole == owed[who or 0], f"{paper.number}: {part} is not the whole"
        articles = [
            one for one in charges if one.participant_id == who and one.kind == ChargeKind.ARTICLE
        ]
        most = _owed(articles)[who or 0] * row.prepayment_bp / 10_000
        assert 0 < paper.total_cents <= most, f"{paper.number} asks more than its part"
    asked = sum(paper.total_cents for paper in papers)
    assert 0 <= waits <= asked, f"round {row.id}: {waits} is kept of {asked}"
