"""What holds at every moment of a year, of each round that may have changed and of the books."""

from __future__ import annotations

from collections import defaultdict

from sqlalchemy import select

from purchasing.books import ledger, settlement
from purchasing.ordering import demand_of, list_orders, list_shares
from purchasing.papers import Paper, PaperKind
from purchasing.rounds import Round
from purchasing.rounds import RoundState as S
from purchasing.signups import answers_of
from purchasing.tenders.offers import contracts
from tests.year import bills
from tests.year.acting import Known
from tests.year.bills import BILLS
from tests.year.books import Books
from tests.year.living import Life
from tests.year.neighbourhood import CLOSES, HOME, OPENS

STAYS = {"publish": (S.PLANNED,), "extend": (S.PLANNED, S.OPEN), "hold": (S.CLOSED, S.OFFERED)}
ROAD = {
    ("open", S.PLANNED, S.OPEN),
    ("close", S.OPEN, S.CLOSED),
    ("offer", S.CLOSED, S.OFFERED),
    ("order", S.CLOSED, S.ORDERED),
    ("order", S.OFFERED, S.ORDERED),
    ("receive", S.ORDERED, S.DELIVERED),
    ("settle", S.DELIVERED, S.SETTLED),
    *(("cancel", at, S.CANCELLED) for at in (S.PLANNED, S.OPEN, S.CLOSED, S.OFFERED)),
}
CHARGED = (S.ORDERED, S.DELIVERED, S.SETTLED)


class Promises:
    """Looks at what has changed since it last looked."""

    def __init__(self, life: Life) -> None:
        self.life = life
        self.books = Books(life)
        self.looks: dict[int, tuple[object, ...]] = {}

    def hold(self) -> None:
        self.life.session.rollback()
        self.life.meet_new_rounds()
        for row in self._changed():
            self._look_at(row, self.life.known[row.id])
        self.books.hold()
        self.life.session.rollback()

    def _changed(self) -> list[Round]:
        session, changed = self.life.session, []
        query = select(Round.id, Round.state, Round.closes_at, Round.held).order_by(Round.id)
        for round_id, *told in session.execute(query):
            known = self.life.known[round_id]
            wanted = sum(quantity for quantity, _ in known.ordered.values())
            look = (*told, len(known.chosen), len(known.signed), len(known.accepted), wanted)
            if self.looks.get(round_id) != look:
                self.looks[round_id] = look
                changed.append(session.get_one(Round, round_id))
        return changed

    def _look_at(self, row: Round, known: Known) -> None:
        self._history_is_one_road(row)
        self._closed_when_it_was_announced(row, known)
        self._weekly_hours_are_those_on_the_wall(row)
        if row.category.sells_articles:
            self._prices_are_as_promised(row, known)
            self._what_counts_was_ordered_in_time(row, known)
            self._pieces_are_given(row)
        else:
            self._who_signed_up_takes_part(row, known)
        bills.add_up(self.life.session, row, known)
        self._sums_are_right(row)
        self._only_who_takes_part_is_billed(row, known)

    # --- one round

    def _history_is_one_road(self, row: Round) -> None:
        at = S.PLANNED
        for event in row.history:
            assert event.from_state == at, f"round {row.id} came from {event.from_state}, not {at}"
            if event.move in STAYS:
                assert event.to_state == at and at in STAYS[event.move], (event.move, at)
            else:
                assert (event.move, at, event.to_state) in ROAD, (event.move, at)
            at = event.to_state
        assert row.state == at, f"round {row.id} is {row.state}, and its history ends at {at}"
        moves = [event.move for event in row.history if event.move not in ("extend",)]
        assert len(moves) == len(set(moves)), f"round {row.id}: twice the same move in {moves}"

    def _closed_when_it_was_announced(self, row: Round, known: Known) -> None:
        """Never before the announced moment; a rule's own extension is announced by its note."""
        for event in row.history:
            by_clock = event.move == "extend" and event.actor == "clock"
            assert row.extended or not by_clock, "extended by no rule"
        if row.extended and row.closes_at > known.closes_at:  # whoever wanted to close it
            was, is_ = (x.astimezone(HOME).time() for x in (known.closes_at, row.closes_at))
            assert was == is_, f"round {row.id}: from {was} to {is_} on the wall"
            known.closes_at = row.closes_at
        closings = [event for event in row.history if event.move == "close"]
        if closings and not known.early:
            (closing,) = closings
            assert row.closes_at == known.closes_at, f"round {row.id}: another deadline"
            assert closing.at >= known.closes_at, f"round {row.id} was closed too early"
            assert row.closed_at == closing.at
            assert self.life.house.now >= known.closes_at, "the clock on the wall was wrong"

    def _weekly_hours_are_those_on_the_wall(self, row: Round) -> None:
        if row.rhythm_id is None or row.extended or any(e.move == "extend" for e in row.history):
            return
        hours = [(row.opens_at, OPENS), (row.closes_at, CLOSES)]
        for moment, hour in hours if not self.life.known[row.id].early else hours[:1]:
            assert moment.astimezone(HOME).time() == hour, f"round {row.id}: {moment}"

    def _prices_are_as_promised(self, row: Round, known: Known) -> None:
        prices = {item.id: item.unit_price for item in row.items}
        if known.promised is None and row.state != S.PLANNED:
            known.promised = prices
        assert known.promised in (None, prices), f"round {row.id}: another price"

    def _what_counts_was_ordered_in_time(self, row: Round, known: Known) -> None:
        expected = {key: want for key, want in known.ordered.items() if want[0]}
        wants = demand_of(self.life.session, row).wants
        counted = {(w.participant_id, w.item_id): (w.quantity, w.extra) for w in wants}
        assert counted == expected, f"round {row.id}: {counted} counts, ordered was {expected}"

    def _pieces_are_given(self, row: Round) -> None:
        """All that was ordered is given to somebody who asked for it."""
        session = self.life.session
        shares = list_shares(session, row.id)
        given: dict[int, int] = defaultdict(int)
        for share in shares:
            assert 0 <= share.given <= share.wanted + share.extra
            given[share.item_id] += share.given
        lines = [line for order in list_orders(session, row.id) for line in order.lines]
        assert all(line.pieces == given[line.item_id] for line in lines), "pieces were lost"

    def _who_signed_up_takes_part(self, row: Round, known: Known) -> None:
        if row.ended_at is None:
            there = {
                who for who in self.life.there.people
                if answers_of(self.life.session, row.id, who)
            }  # fmt: skip
            assert there == known.signed, f"round {row.id}: {there} signed up, not {known.signed}"

    def _sums_are_right(self, row: Round) -> None:
        sums = settlement.reconcile(self.life.session, row)
        assert sums.difference == 0, f"round {row.id}: {sums}"
        ordered = row.state in CHARGED
        assert ordered or sums.charged == sums.ordered == 0
        if not row.bills_at_delivery or row.state == S.SETTLED:
            left = ledger.balance(self.life.session, f"round:{row.id}")
            assert left == 0, f"round {row.id} is left with {left}"

    def _only_who_takes_part_is_billed(self, row: Round, known: Known) -> None:
        papers = self._papers(row.id)
        billed = [paper.participant_id for paper in papers if paper.kind in BILLS]
        assert len(billed) == len(set(billed)), f"round {row.id}: billed twice"
        assert row.state in CHARGED or not billed
        if row.category.sells_articles:
            ordered = {key[0] for key, want in known.ordered.items() if want[0]}
            assert set(billed) <= ordered, f"round {row.id}: billed without an order"
        elif row.category.tender is None:
            assert set(billed) <= known.signed
            told = {one.participant_id for one in papers if one.kind == PaperKind.RECEIPT}
            if row.state == S.ORDERED and row.settlement_mode == "referral":
                assert told == known.signed, f"round {row.id}: receipts of {told}"
        elif row.state == S.ORDERED:
            signed = {one.participant_id for one in papers if one.kind == PaperKind.CONFIRMATION}
            stands = {offer.participant_id for offer, _ in contracts(self.life.session, row)}
            assert set(billed) <= signed == stands <= known.accepted

    def _papers(self, round_id: int) -> list[Paper]:
        query = select(Paper).where(Paper.round_id == round_id)
        return list(self.life.session.scalars(query.order_by(Paper.id)))
