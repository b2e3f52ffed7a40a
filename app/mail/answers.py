"""Mails around a supplier's answer: the link, a copy, what was decided, and whom it touches."""

from datetime import datetime

from sqlalchemy.orm import Session

from app.mail import links, readers
from app.mail.errors import NothingToSend
from app.mail.letter import Errand, Letter
from app.pages.answer import PageLine, page_lines
from app.pages.change import lines_of
from purchasing.commitments import Commitment
from purchasing.deliveries import announcements, supplier_answers
from purchasing.deliveries.announcements import AnswerDecision
from purchasing.deliveries.answer_links import AnswerLink, standing_link
from purchasing.deliveries.share_replies import changes_for
from purchasing.deliveries.supplier_answers import SupplierAnswer
from purchasing.errands import Kind
from purchasing.ordering import SupplierOrder
from purchasing.people import the_network
from purchasing.rounds import Round


def answer(session: Session, errand: Errand, now: datetime) -> Letter:
    """To the supplier the link, a copy or the decision; to the coordinators that there is one."""
    event, _, row_id = errand.ref.partition(":")
    return {"link": _link, "copy": _copy, "told": _told, "decided": _decided}[event](
        session, int(row_id), now
    )


def change(session: Session, errand: Errand, now: datetime) -> Letter:
    """To a participant: what is otherwise than ordered, and until when to reply."""
    decision_id, _, commitment_id = errand.ref.partition(":")
    decision = session.get_one(AnswerDecision, int(decision_id))
    made = announcements.list_decisions(session, decision.supplier_order_id)
    if made[-1].id != decision.id:
        raise NothingToSend("a newer mail tells what has changed")
    commitment = session.get_one(Commitment, int(commitment_id))
    who = commitment.participant
    changes = [
        one
        for one in changes_for(session, commitment.round_id, who.id)
        if one.share.decision_id == decision.id
    ]
    round_ = session.get_one(Round, commitment.round_id)
    facts = {
        "round": round_,
        "changes": lines_of(round_, changes, for_shop=who.is_shop),
        "asks": any(one.asks for one in changes),
        "until": decision.reply_until,
        "note": decision.note,
        "link": links.changes(commitment.round_id, who.id),
    }
    return Letter("change", readers.of_participant(session, who), facts)


WRITERS = {Kind.MAIL_ANSWER: answer, Kind.MAIL_CHANGE: change}


def _link(session: Session, link_id: int, now: datetime) -> Letter:
    row = session.get_one(AnswerLink, link_id)
    if row.revoked_at is not None or now >= row.expires_at:
        raise NothingToSend("this link cannot answer any more")
    facts = {"order": row.order, "until": row.last_moment, "link": links.answer(row.id)}
    return Letter("answer_link", readers.of_supplier(row.order.supplier), facts)


def _copy(session: Session, answer_id: int, now: datetime) -> Letter:
    row = session.get_one(SupplierAnswer, answer_id)
    facts = _facts(row) | {"link": _page_of(session, row.order)}
    return Letter("answer_copy", readers.of_supplier(row.order.supplier), facts)


def _told(session: Session, answer_id: int, now: datetime) -> Letter:
    row = session.get_one(SupplierAnswer, answer_id)
    newest = supplier_answers.latest_answer(session, row.supplier_order_id)
    if newest is None or newest.id != row.id:
        raise NothingToSend("the supplier has answered again")
    facts = _facts(row) | {"link": links.coordinator_answer(row.supplier_order_id)}
    return Letter("answer_told", readers.of_coordinators(session, the_network(session)), facts)


def _decided(session: Session, decision_id: int, now: datetime) -> Letter:
    decision = session.get_one(AnswerDecision, decision_id)
    now_so = {line.line_id: (line.pieces, line.unit_price) for line in decision.lines}
    facts = _facts(decision.answer) | {
        "decision": decision,
        "link": _page_of(session, decision.order),
        "refused": [
            one
            for one in _lines(decision.answer)
            if now_so[one.line.id] != (one.said.pieces, one.said.unit_price)
        ],
    }
    return Letter("answer_decided", readers.of_supplier(decision.order.supplier), facts)


def _facts(row: SupplierAnswer) -> dict[str, object]:
    return {
        "answer": row,
        "order": row.order,
        "lines": [one for one in _lines(row) if one.differs],
    }


def _lines(row: SupplierAnswer) -> list[PageLine]:
    return page_lines(row.order, supplier_answers.said_of(row))


def _page_of(session: Session, order: SupplierOrder) -> str:
    """Where the supplier sees its answer; nothing once its link was revoked."""
    link = standing_link(session, order.id)
    return links.answer(link.id) if link else ""
