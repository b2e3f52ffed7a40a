"""What a participant hears of an order: that it stands, what became of the round, a reminder."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.mail import bills, links, readers, surveys, tenders
from app.mail.errors import NoAddress, NothingToSend
from app.mail.letter import Errand, Letter
from app.mail.letters import stop
from purchasing import errands, sheets
from purchasing.books.reports import ItemReport
from purchasing.books.settlement import list_charges
from purchasing.category import SettlementMode
from purchasing.commitments import Commitment, OrderState, Want, state_of
from purchasing.errands import ErrandState, Kind
from purchasing.messages import Audience, RoundMessage
from purchasing.money import amount, vat_per_rate, with_vat
from purchasing.ordering import AllocatedShare
from purchasing.rounds import Round, RoundItem, RoundState

UNMISSED = ("order_placed", "reminder", "message")  # who has no mail is told by who helps
UNORDERED = (OrderState.DRAFT, OrderState.CHANGED)


@dataclass(frozen=True)
class Line:
    """One article; `count` in pieces, or in units where a piece is a part of one."""

    count: Decimal
    extra: Decimal
    name: str
    unit: str
    cents: int = 0


def order_placed(session: Session, errand: Errand, now: datetime) -> Letter:
    """What stands ordered now. Said once: an older mail leaves it to the newest."""
    commitment_id, _, version = errand.ref.partition(":")
    if _has_newer(session, int(commitment_id), int(version)):
        raise NothingToSend("a newer mail tells of this order")
    commitment, round_ = _of(session, int(commitment_id))
    wants = _wants(session, commitment.id)
    net = commitment.participant.is_shop and round_.settlement_mode != SettlementMode.SHARED
    lines = [
        Line(
            _count(want.ordered_quantity, item),
            _count(want.ordered_extra, item),
            item.name,
            item.unit,
            _cents(item, want.ordered_quantity, net=net),
        )
        for want, item in wants
        if want.ordered_quantity
    ]
    facts: dict[str, object] = {
        "lines": lines,
        "total": sum(line.cents for line in lines),
        "without_vat": net,
        "changed": state_of([want for want, _ in wants]) == OrderState.CHANGED,
        "may_change": round_.is_open(now),
    }
    return _letter(session, "order_placed", commitment, round_, facts)


def what_happened(session: Session, errand: Errand, now: datetime) -> Letter:
    """The round was cancelled or extended; or it was ordered, and no paper tells so yet."""
    event, _, commitment_id = errand.ref.rpartition(":")
    commitment, round_ = _of(session, int(commitment_id))
    name, _, until = event.partition("-")
    who = commitment.participant_id
    if name in tenders.EVENTS:
        told = tenders.facts_of(session, name, round_, commitment, now)
        return _letter(session, f"news_{name}", commitment, round_, told)
    if name in surveys.EVENTS:
        told = surveys.facts_of(session, name, round_, commitment, now)
        return _letter(session, f"news_{name}", commitment, round_, told)
    if name == "report":
        told = {"report": session.get_one(ItemReport, int(until))}
        return _letter(session, "news_report", commitment, round_, told)
    if name == "billed":
        asked = bills.facts_of(session, int(until), commitment, now)
        return _letter(session, "news_billed", commitment, round_, asked)
    if name == "extended":
        _refuse_old_news(round_, until)
    facts: dict[str, object] = {
        "lines": _given(session, round_, commitment),
        "state": _state(session, commitment),
        "gaps": sheets.gaps(session, round_.id, [who]).get(who, []),
    }
    if name == "coming":
        mine = [
            (charge.vat_bp, charge.cents)
            for charge in list_charges(session, round_.id)
            if charge.participant_id == who
        ]
        facts |= {"total": vat_per_rate(mine).gross}
    return _letter(session, f"news_{name}", commitment, round_, facts)


def reminder(session: Session, errand: Errand, now: datetime) -> Letter:
    """Something was chosen and not ordered, so it does not count yet."""
    _, commitment_id, _ = errand.ref.split(":")
    return _reminder(session, *_of(session, int(commitment_id)), now)


def message(session: Session, errand: Errand, now: datetime) -> Letter:
    """A coordinator's own words; without any, the reminder."""
    message_id, _, commitment_id = errand.ref.partition(":")
    note = session.get_one(RoundMessage, int(message_id))
    commitment, round_ = _of(session, int(commitment_id))
    reminded = _reminder(session, commitment, round_, now) if _is_for_drafts(note) else None
    if reminded and not note.text:
        return reminded
    waits = round_.is_open(now) and _state(session, commitment) in UNORDERED
    paragraphs = [part.strip() for part in note.text.split("\n\n") if part.strip()]
    facts: dict[str, object] = {
        "subject_line": note.subject,
        "paragraphs": [part.splitlines() for part in paragraphs],
        "sender": note.sent_by,
        "page": links.round_page(round_.id),
        "unordered": waits,
    }
    return _letter(session, "message", commitment, round_, facts)


def _is_for_drafts(note: RoundMessage) -> bool:
    return note.audience == Audience.DRAFT


def _reminder(session: Session, commitment: Commitment, round_: Round, now: datetime) -> Letter:
    """Raises NothingToSend where there is nothing left to remind of."""
    state = _state(session, commitment)
    if not round_.is_open(now):
        raise NothingToSend("the round is not open any more")
    if state not in UNORDERED:
        raise NothingToSend("it has been ordered by now")
    facts: dict[str, object] = {
        "ordered_before": state == OrderState.CHANGED,
        "lines": [
            Line(_count(want.quantity, item), _count(want.extra, item), item.name, item.unit)
            for want, item in _wants(session, commitment.id)
            if want.quantity
        ],
    }
    return _letter(session, "reminder", commitment, round_, facts)


WRITERS = {
    Kind.MAIL_ORDER_PLACED: order_placed,
    Kind.MAIL_NEWS: what_happened,
    Kind.MAIL_REMINDER: reminder,
    Kind.MAIL_MESSAGE: message,
}


def _letter(
    session: Session,
    template: str,
    commitment: Commitment,
    round_: Round,
    facts: dict[str, object],
) -> Letter:
    known = {
        "round": round_,
        "participant": commitment.participant,
        "pickup": stop(sheets.pickup(round_)),
        "link": links.taking_part(round_, commitment.participant_id),
    }
    try:
        reader = readers.of_participant(session, commitment.participant)
    except NoAddress as problem:
        if template in UNMISSED:
            raise NothingToSend("no mail address, and it can be seen on the page") from problem
        raise
    return Letter(template, reader, known | facts)


def _of(session: Session, commitment_id: int) -> tuple[Commitment, Round]:
    commitment = session.get_one(Commitment, commitment_id)
    return commitment, session.get_one(Round, commitment.round_id)


def _has_newer(session: Session, commitment_id: int, version: int) -> bool:
    """Whether a later change of the same order has a mail of its own."""
    start = f"{Kind.MAIL_ORDER_PLACED}:{commitment_id}:"
    keys = session.scalars(
        select(errands.Errand.key).where(
            errands.Errand.key.startswith(start, autoescape=True),
            errands.Errand.state != ErrandState.CANCELLED,
        )
    )
    return any(int(key.removeprefix(start)) > version for key in keys)


def _refuse_old_news(round_: Round, until: str) -> None:
    """`until` is the closing time that was announced, as lifecycle writes it into the errand."""
    if round_.state != RoundState.OPEN or f"{round_.closes_at:%Y%m%d%H%M%S%f}" != until:
        raise NothingToSend("the round has another closing time by now")


def _wants(session: Session, commitment_id: int) -> list[tuple[Want, RoundItem]]:
    rows = session.execute(
        select(Want, RoundItem)
        .join(RoundItem, RoundItem.id == Want.item_id)
        .where(Want.commitment_id == commitment_id)
        .order_by(RoundItem.position, RoundItem.id)
    )
    return [(want, item) for want, item in rows]


def _state(session: Session, commitment: Commitment) -> OrderState:
    return state_of([want for want, _ in _wants(session, commitment.id)])


def _given(session: Session, round_: Round, commitment: Commitment) -> list[Line]:
    """What the participant gets, as it was divided."""
    rows = session.execute(
        select(AllocatedShare.given, RoundItem)
        .join(RoundItem, RoundItem.id == AllocatedShare.item_id)
        .where(
            AllocatedShare.round_id == round_.id,
            AllocatedShare.participant_id == commitment.participant_id,
            AllocatedShare.given > 0,
        )
        .order_by(RoundItem.position, RoundItem.id)
    )
    return [Line(_count(given, item), Decimal(0), item.name, item.unit) for given, item in rows]


def _count(pieces: int, item: RoundItem) -> Decimal:
    return Decimal(pieces * item.piece_milli) / 1000


def _cents(item: RoundItem, pieces: int, *, net: bool) -> int:
    """What it costs at the price without tiers; deposit included."""
    goods = amount(item.unit_price, pieces * item.piece_milli)
    return (goods if net else with_vat(goods, item.vat_bp)) + pieces * item.deposit_cents
