"""What one sees while the clock closes a round, and where everything lies afterwards."""

import sys
import time
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from app.database import reading
from app.demo.neighbourhood import plain
from app.documents import archives
from app.extensions import db
from purchasing.books.settlement import reconcile
from purchasing.errands import Errand, ErrandState, Kind, list_for_round
from purchasing.ordering import list_orders
from purchasing.papers import Paper, PaperKind
from purchasing.rounds import Round, RoundEvent, RoundState
from purchasing.tenders import bids, offers

UNFINISHED = (ErrandState.WAITING, ErrandState.LEASED)
LOOK = 0.2
PATIENCE = 300.0  # seconds without any progress
WORDS = {
    PaperKind.ORDER_SHEET: "bestelling",
    PaperKind.INVOICE: "factuur",
    PaperKind.SETTLEMENT: "afrekening",
    PaperKind.PREPAYMENT: "aanbetaling",
    PaperKind.CREDIT_NOTE: "creditnota",
    PaperKind.SUPPLEMENT: "nabetaling",
    PaperKind.PACKING_LIST: "paklijst",
    PaperKind.RECEIPT: "ontvangstbewijs",
    PaperKind.CASH_RECEIPT: "kwitantie",
    PaperKind.ACCOUNT: "rekeningoverzicht",
    PaperKind.LOT_SHEET: "kavelblad",
    PaperKind.CONFIRMATION: "bevestiging",
}


class Stuck(Exception):
    """Nothing moves any more; the message says what was wrong last."""


def say(text: str = "", *, over: bool = False) -> None:
    """One line. With `over` the next takes its place; without a terminal that one is left out."""
    if sys.stdout.isatty():
        print(f"\r\033[K{text}", end="" if over else "\n", flush=True)
    elif not over:
        print(text, flush=True)


def until_ordered(round_id: int) -> None:
    """Count down, and tell when the clock has closed and ordered the round."""
    started = time.monotonic()
    while True:
        with reading():
            round_ = db.session.get_one(Round, round_id)
            state, closes_at = round_.state, round_.closes_at
            db.session.rollback()
        if state not in (RoundState.OPEN, RoundState.CLOSED):
            break
        left = (closes_at - datetime.now(UTC)).total_seconds()
        say(f"  closes in {left:.0f} s" if left > 0 else "  closing", over=True)
        if time.monotonic() - started > PATIENCE:
            raise Stuck("the clock did not close the round")
        time.sleep(LOOK)
    _tell_moves(round_id)


def until_at(round_id: int, stop: RoundState) -> None:
    """Wait until the clock has brought a round to this stop."""
    started = time.monotonic()
    while True:
        with reading():
            state = db.session.get_one(Round, round_id).state
            db.session.rollback()
        if state == stop:
            return
        if time.monotonic() - started > PATIENCE:
            raise Stuck(f"the round is {state}, and should be {stop}")
        time.sleep(LOOK)


def outcome_of_tender(round_id: int) -> None:
    """What became of each bid, and what the award did for those who said what they pay now."""
    with reading():
        session = db.session()
        round_ = session.get_one(Round, round_id)
        names = {bid.key: bid.supplier.name for bid in bids.opened_bids(session, round_id)}
        for one in offers.conclusions(session, round_):
            ending = "contracts" if one.stands else "too few: nobody changes"
            say(f"  {names[one.bid]:30} {one.accepted:3} accepted: {ending}")
        savings = [
            offer.now_cents - offer.cost_cents
            for offer, _ in offers.contracts(session, round_)
            if offer.now_cents is not None and offer.cost_cents is not None
        ]
        session.rollback()
    if savings:
        mean = sum(savings) // len(savings)
        say(f"  {len(savings)} know what they save: {euro(mean)} a year on average")


def until_sent(round_id: int) -> None:
    """Show papers and mails being made, until all are."""
    moved = time.monotonic()
    before = -1
    while True:
        with reading():
            errands = list_for_round(db.session(), round_id)
            printed, papers = _done(errands, printing=True)
            sent, mails = _done(errands, printing=False)
            open_ones = [e for e in errands if e.state in UNFINISHED]
            problems = [e.last_error for e in open_ones if e.last_error]
            db.session.rollback()
        say(f"  {printed} of {papers} papers printed, {sent} of {mails} mails done", over=True)
        if not open_ones:
            say(f"  {printed} papers printed, {sent} mails done")
            return
        if printed + sent > before:
            before, moved = printed + sent, time.monotonic()
        if time.monotonic() - moved > PATIENCE or len(problems) == len(open_ones):
            raise Stuck(problems[0] if problems else "nothing moves")
        time.sleep(LOOK)


def seconds_to_the_last(round_id: int) -> float:
    """How long after its closing the last paper or mail of a round was done."""
    with reading():
        round_ = db.session.get_one(Round, round_id)
        done = [e.done_at for e in list_for_round(db.session(), round_id) if e.done_at]
        db.session.rollback()
    return (max(done) - round_.closes_at).total_seconds() if done else 0.0


def lay_out(round_id: int, folder: Path) -> None:
    """Copies of the papers under names that people can read, and where to find them."""
    archive = archives.current()
    folder.mkdir(exist_ok=True)
    with reading():
        papers = db.session.scalars(
            select(Paper)
            .where(Paper.round_id == round_id)
            .options(joinedload(Paper.document), joinedload(Paper.participant))
            .order_by(Paper.kind, Paper.number)
        ).all()
        for paper in papers:
            if paper.document is not None:
                content = archive.read(paper.document.path, paper.document.sha256)
                (folder / _filename(paper)).write_bytes(content)
        db.session.rollback()


def reconciliation(round_id: int) -> int:
    """Tell how the amounts add up; returns the difference in cents, which must be 0."""
    with reading():
        round_ = db.session.get_one(Round, round_id)
        for order in list_orders(db.session(), round_id):
            cases = sum(line.cases for line in order.lines)
            say(
                f"  {order.number}  {order.supplier.name:30} {len(order.lines):3} articles, "
                f"{cases:3} cases  {euro(order.net_cents):>12}"
            )
        proof = reconcile(db.session(), round_)
        db.session.rollback()
    say(
        f"  ordered {euro(proof.ordered)} + fees {euro(proof.fees)} = "
        f"charged {euro(proof.charged)}; difference {euro(proof.difference)} (without VAT)"
    )
    return proof.difference


def troubles(round_id: int) -> None:
    """What waits for a human: somebody without a mail address, say."""
    with reading():
        for errand in list_for_round(db.session(), round_id):
            if errand.state in (ErrandState.DEAD, ErrandState.UNCERTAIN):
                say(f"  for a human: {errand.recipient or errand.key}: {errand.last_error}")
        db.session.rollback()


def _tell_moves(round_id: int) -> None:
    with reading():
        events = db.session.scalars(
            select(RoundEvent).where(RoundEvent.round_id == round_id).order_by(RoundEvent.id)
        )
        for event in events:
            if event.move in ("close", "order", "hold", "extend", "cancel"):
                say(f"  {event.at.astimezone():%H:%M:%S.%f}  {event.move}, by the {event.actor}")
        db.session.rollback()


def _done(errands: list[Errand], *, printing: bool) -> tuple[int, int]:
    mine = [e for e in errands if (e.kind == Kind.RENDER) == printing]
    return sum(e.state == ErrandState.DONE for e in mine), len(mine)


def _filename(paper: Paper) -> str:
    whom = f"-{plain(paper.participant.name)}" if paper.participant else ""
    if paper.kind == PaperKind.ORDER_SHEET:
        whom = f"-{plain(paper.snapshot['supplier']['name'])}"
    return f"{WORDS[PaperKind(paper.kind)]}-{paper.number}{whom}.pdf"


def euro(cents: int) -> str:
    """An amount as the demo prints it: "€ 1,234.50"."""
    sign = "-" if cents < 0 else ""
    return f"{sign}€ {abs(cents) // 100:,}.{abs(cents) % 100:02}"
