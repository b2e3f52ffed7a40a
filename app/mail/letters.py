"""What goes to a supplier, the papers, the code to sign in, and what coordinators must know."""

from collections.abc import Callable
from datetime import date, datetime, time
from typing import Any

from flask_babel import force_locale, gettext
from sqlalchemy.orm import Session

from app.codes import CODE_LIFE, SignInRequest, code_of
from app.documents import archives
from app.mail import links, readers
from app.mail.errors import NothingToSend
from app.mail.letter import Attachment, Errand, Letter
from purchasing.deliveries.answer_links import standing_link
from purchasing.errands import Kind
from purchasing.errors import N_
from purchasing.ordering import SupplierOrder
from purchasing.papers import DataFile, Paper, PaperKind, StoredDocument
from purchasing.people import the_network
from purchasing.rounds import Round, RoundState
from suppliers import ordersheet, writers
from suppliers.writers import ubl_order

PDF = "application/pdf"
XML = "application/xml"
TABLE = "csv"
FILE_WORDS = {
    PaperKind.ORDER_SHEET: N_("Order sheet"),
    PaperKind.INVOICE: N_("Invoice"),
    PaperKind.SETTLEMENT: N_("Settlement"),
    PaperKind.PREPAYMENT: N_("Down payment"),
    PaperKind.CREDIT_NOTE: N_("Credit note"),
    PaperKind.SUPPLEMENT: N_("Supplement"),
    PaperKind.RECEIPT: N_("Receipt"),
    PaperKind.CONFIRMATION: N_("Confirmation"),
    PaperKind.CASH_RECEIPT: N_("Cash receipt"),
}
TEMPLATES = {
    PaperKind.RECEIPT: "receipt",
    PaperKind.CASH_RECEIPT: "cash_receipt",
    PaperKind.CONFIRMATION: "confirmation",
    PaperKind.CREDIT_NOTE: "correction",
    PaperKind.SUPPLEMENT: "correction",
}


def order_sheet(session: Session, errand: Errand, now: datetime) -> Letter:
    """An order to its supplier, with the sheet as PDF and as a table."""
    paper = session.get_one(Paper, int(errand.ref))
    order = session.get_one(SupplierOrder, paper.supplier_order_id)
    reader = readers.of_supplier(order.supplier)
    sheet = paper.snapshot
    link = standing_link(session, order.id)
    facts = {
        "sheet": sheet,
        "answer": links.answer(link.id) if link else "",
        "repeat": errand.repeat,
        "deliver": stop(sheet["deliver"]),
        "cases": sum(line.get("cases", 0) for line in sheet["lines"]),
    }
    with force_locale(reader.language):
        attachments = (_pdf(paper), _table(sheet), *_ubl(order, sheet))
    return Letter("order_sheet", reader, facts, attachments)


def paper(session: Session, errand: Errand, now: datetime) -> Letter:
    """An invoice or settlement to who must pay it; a receipt to who signed up or paid in cash."""
    paper = session.get_one(Paper, int(errand.ref))
    assert paper.participant is not None
    reader = readers.of_participant(session, paper.participant)
    facts = {
        "paper": paper,
        "snapshot": paper.snapshot,
        "part": paper.snapshot.get("part", {}),
        "is_invoice": paper.snapshot.get("kind") == PaperKind.INVOICE,
        "pickup": stop(paper.snapshot.get("pickup")),
        "link": links.paper(paper.id),
    }
    if until := paper.snapshot.get("withdraw_until"):
        facts["withdraw_until"] = date.fromisoformat(until)
    with force_locale(reader.language):
        attachments = (_pdf(paper), *_data(paper))
    return Letter(TEMPLATES.get(paper.kind, "paper"), reader, facts, attachments)


def sign_in(session: Session, errand: Errand, now: datetime) -> Letter:
    """The code to sign in with. Nothing to an address we do not know, or when it is too late."""
    row = session.get_one(SignInRequest, int(errand.ref))
    if row.person is None:
        raise NothingToSend("nobody signs in with this address")
    if row.used_at is not None or now > row.asked_at + CODE_LIFE:
        raise NothingToSend("this code has been used or is too old")
    reader = readers.of_person(row.person)
    minutes = int(CODE_LIFE.total_seconds() // 60)
    facts = {"code": code_of(row), "minutes": minutes, "link": links.sign_in(row)}
    return Letter("sign_in", reader, facts)


def coordinators(session: Session, errand: Errand, now: datetime) -> Letter:
    """A round waits for a decision, or to be published."""
    event, _, round_id = errand.ref.partition(":")
    round_ = session.get_one(Round, int(round_id))
    if not _WAITS[event](round_):
        raise NothingToSend("somebody has decided already")
    reader = readers.of_coordinators(session, the_network(session))
    facts = {"round": round_, "link": links.coordinator_round(round_.id)}
    return Letter(f"coordinators_{event}", reader, facts)


def _waits_to_be_published(round_: Round) -> bool:
    return round_.state == RoundState.PLANNED and round_.published_at is None


_WAITS: dict[str, Callable[[Round], bool]] = {
    "held": lambda round_: round_.held,
    "unpublished": _waits_to_be_published,
}


WRITERS = {
    Kind.MAIL_SHEET: order_sheet,
    Kind.MAIL_PAPER: paper,
    Kind.MAIL_SIGN_IN: sign_in,
    Kind.MAIL_COORDINATORS: coordinators,
}


def stop(record: dict[str, Any] | None) -> dict[str, Any] | None:
    """Where and when goods change hands, its days and hours as such."""
    if not record:
        return None
    hours = {key: record.get(key) for key in ("from", "until")}
    return {
        **record,
        "on": date.fromisoformat(record["on"]),
        **{key: time.fromisoformat(text) if text else None for key, text in hours.items()},
    }


def _pdf(paper: Paper) -> Attachment:
    """The stored bytes, never a new print. Raises Damaged if they are not what was stored."""
    assert paper.document is not None, "a mail is asked for when its paper has been stored"
    return Attachment(f"{_stem(paper)}.pdf", PDF, _stored(paper.document))


def _data(paper: Paper) -> tuple[Attachment, ...]:
    """The same invoice for who keeps books by program."""
    if paper.data is None:
        return ()
    return (Attachment(f"{_stem(paper)}.xml", XML, _stored(paper.data)),)


def _stored(file: StoredDocument | DataFile) -> bytes:
    return archives.current().read(file.path, file.sha256)


def _stem(paper: Paper) -> str:
    word = gettext(FILE_WORDS[PaperKind(paper.kind)]).lower().replace(" ", "-")
    return f"{word}-{paper.number}"


def _ubl(order: SupplierOrder, sheet: dict[str, Any]) -> tuple[Attachment, ...]:
    """The order for the supplier's program, where it wants that."""
    content = ubl_order.write(sheet) if order.supplier.wants_ubl else None
    if content is None:
        return ()
    name = ordersheet.from_record(sheet, gettext).filename("xml")
    return (Attachment(name, XML, content),)


def _table(sheet: dict[str, Any]) -> Attachment:
    table = ordersheet.from_record(sheet, gettext)
    content = writers.WRITERS[TABLE](table)
    return Attachment(table.filename(TABLE), writers.MIME_TYPES[TABLE], content)
