"""How a year comes to rest: all that is due is done, and then nothing may be left or doubled."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from random import Random

from sqlalchemy import select, update

from app.errands.pressroom import MAIL_AFTER
from purchasing.books.open_items import PaidPart
from purchasing.deliveries import counting
from purchasing.errands import Errand, ErrandState, Kind
from purchasing.ordering import list_orders
from purchasing.papers import Paper, PaperKind
from purchasing.rounds import Round, RoundRhythm
from purchasing.rounds import RoundState as S
from tests.builders import DAY
from tests.year.house import name_of
from tests.year.living import Life

LIVES = (S.SETTLED, S.ORDERED, S.CANCELLED)
OVER = (ErrandState.DONE, ErrandState.CANCELLED)


def bring_to_rest(life: Life) -> None:
    """The clock and the coordinator go on until there is nothing left to do."""
    life.house.do(lambda: life.session.execute(update(RoundRhythm).values(active=False)))
    life.house.box.troubles.clear()
    life.the_bank_has_answered(Random(life.forms))
    for _ in range(12):
        life.house.passes(10 * DAY)
        life.house.tick(timedelta(0))
        for row in life.rounds(S.PLANNED, S.CLOSED, S.OFFERED, S.ORDERED, S.DELIVERED):
            _brings_further(life, row)
        errands_end(life)
        if not _left(life):
            return
    assert not _left(life), f"these never end: {_left(life)}"


def errands_end(life: Life) -> None:
    for _ in range(4):
        life.house.passes(DAY)
        life.house.errands_run()
        life.somebody_looks_at_the_mails(None)


def _brings_further(life: Life, row: Round) -> None:
    if row.state == S.CLOSED and "offer" not in row.itinerary:
        life.orders_goods(row.id, None, despite=True)
    elif row.state == S.CLOSED and row.choose_days:
        life.offers_survey(row.id, None)
    elif row.state == S.OFFERED and row.choose_days:
        life.orders_goods(row.id, None, despite=True)
    elif row.state == S.ORDERED and "receive" in row.itinerary:
        life.receives(row.id, None)
    elif row.state == S.DELIVERED:
        _agree_on_counts(life, row)
        life.settles(row.id, None)


def _agree_on_counts(life: Life, row: Round) -> None:
    """Where two counted differently, somebody who has seen both says how it was ordered."""
    round_id = row.id
    pieces = {
        line.id: line.pieces
        for order in list_orders(life.session, round_id)
        for line in order.lines
    }
    counted = counting.standing(life.session, pieces)
    for line_id in [line_id for line_id, one in counted.items() if one.in_conflict]:
        life.counts(round_id, line_id, pieces[line_id], None, knows=True)


def _left(life: Life) -> list[str]:
    """Rounds that were announced and have not come to their end."""
    query = select(Round).where(Round.published_at.is_not(None), Round.ended_at.is_(None))
    return [f"round {row.id} is {row.state}" for row in life.session.scalars(query)]


def all_is_done(life: Life) -> None:
    """Every errand has ended; of each paper one mail went, and of none two."""
    errands = list(life.session.scalars(select(Errand).order_by(Errand.id)))
    stuck = [
        f"{one.key}: {one.state}, {one.last_error}" for one in errands if one.state not in OVER
    ]
    assert not stuck, f"never done: {stuck[:5]}"
    sent = Counter(life.house.box.mails)
    by_name = {name_of(one): one for one in errands}
    for message_id, times in sent.items():
        errand = by_name.pop(message_id.partition("@")[0], None)
        assert errand is not None, f"{message_id} was sent, and nobody asked for it"
        unsure = message_id in life.house.box.unsure and errand.kind != Kind.MAIL_SHEET
        again = errand.repeat or unsure  # a sheet only when somebody says so
        assert times == 1 or again, f"{errand.key} was sent {times} times"
    papers_went_out(life, {one.key: one for one in errands}, set(by_name.values()))
    debits_were_told(life, {one.key: one for one in errands}, set(by_name.values()))
    life.session.rollback()


def papers_went_out(life: Life, asked: dict[str, Errand], unsent: set[Errand]) -> None:
    """Each paper was printed and mailed, by one errand of its own."""
    query = select(Paper).where(Paper.kind.in_(MAIL_AFTER))
    for paper in life.session.scalars(query):
        kind, _ = MAIL_AFTER[PaperKind(paper.kind)]
        for key in (f"{Kind.RENDER}:{paper.id}", f"{kind}:{paper.id}"):
            assert key in asked, f"nobody asked for {key}, a {paper.kind}"
            assert asked[key].state == ErrandState.DONE, f"{key} was called off"
        assert asked[f"{kind}:{paper.id}"] not in unsent, f"{paper.kind} {paper.number} never went"
        assert paper.document is not None


def debits_were_told(life: Life, asked: dict[str, Errand], unsent: set[Errand]) -> None:
    """Who was collected from read it beforehand; of a refusal afterwards, if it still mattered."""
    paid = set(life.session.scalars(select(PaidPart.paper_id)))
    often = Counter(one.paper_id for one in life.debits.values())
    for one in life.debits.values():
        key = f"{Kind.MAIL_COLLECTION}:{one.who}:{one.file_id}"
        called_off = one.file_id in life.called_off
        assert key in asked and (called_off or asked[key] not in unsent), f"{key} never went"
        if one.line_id in life.refused:
            key = f"{Kind.MAIL_NOT_COLLECTED}:{one.who}:{one.line_id}"
            moot = one.paper_id in paid or often[one.paper_id] > 1
            assert key in asked and (moot or asked[key] not in unsent), f"{key} never went"


def lives(life: Life) -> Counter[str]:
    """Rounds that were opened and have come to their end, by category."""
    ended = select(Round).where(Round.ended_at.is_not(None)).order_by(Round.id)
    return Counter(
        row.category_key
        for row in life.session.scalars(ended)
        if any(event.move == "open" for event in row.history)
    )
