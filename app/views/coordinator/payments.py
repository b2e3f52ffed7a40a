"""Payments: read the bank's file, see who paid, decide with one tap; what is open of whom."""

from flask import abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext, ngettext
from sqlalchemy import func, select
from werkzeug.wrappers import Response

from app import auth, bank, i18n
from app.auth import now, open_to
from app.extensions import db
from app.forms.coordinator.payments import ACCOUNT_WORDS, BankFileForm, WhoseForm
from app.i18n import local, sentence
from app.pages import payments
from app.views.coordinator.found import PAGE_SIZE, STAFF, WRONG, page_number, room, row_or_404
from purchasing.books import accounts, deciding, intake, online, open_items
from purchasing.books.bank import BankLine, BankStatement, LineState
from purchasing.books.intake import TakenIn
from purchasing.books.open_items import OpenItem
from purchasing.catalogue import Supplier
from purchasing.errors import Refused
from purchasing.people import Participant

blueprint = room("payments", "/payments")
MOST_UNDECIDED = 200  # on one page; deciding brings the next
MOST_CANDIDATES = 12
MOST_ONLINE = 5


@blueprint.get("/")
@open_to(*STAFF)
def index() -> str:
    """Who paid: what waits for a tap, what nobody knows, and what was booked, in pages."""
    page = page_number()
    waiting = _lines(LineState.PROPOSED, LineState.UNKNOWN, LineState.TWIN)
    booked = db.session.scalars(
        select(BankLine)
        .where(BankLine.state == LineState.BOOKED)
        .order_by(BankLine.booked_on.desc(), BankLine.id.desc())
        .offset((page - 1) * PAGE_SIZE)
        .limit(PAGE_SIZE + 1)
    ).all()
    newest = select(BankStatement).order_by(BankStatement.id.desc()).limit(1)
    return render_template(
        "coordinator/payments/index.html",
        form=BankFileForm(formdata=None),
        waiting={state: [one for one in waiting if one.state == state] for state in LineState},
        booked=booked[:PAGE_SIZE],
        page=page,
        more=len(booked) > PAGE_SIZE,
        whose=payments.whose(db.session(), [*waiting, *booked]),
        counts=payments.counts(db.session()),
        newest=db.session.scalar(newest),
        why=payments.WHY,
        words=ACCOUNT_WORDS,
        paid_online=online.list_latest(db.session(), MOST_ONLINE),
        on_its_way=online.on_its_way(db.session()),
    )


@blueprint.post("/read")
@open_to(*STAFF)
def read() -> Response:
    """Read a bank's file: all of it, or nothing and the reason."""
    form, back = BankFileForm(), redirect(url_for("coordinator_payments.index"), 303)
    if not form.validate():
        flash(gettext("Choose a file first."), "error")
        return back
    file = form.file.data
    try:
        told = bank.read(file.read(bank.MOST_BYTES + 1))
        taken = intake.take_in(
            db.session(), told, file_name=file.filename or "", actor=auth.actor(), now=now()
        )
    except Refused as refusal:
        db.session.rollback()
        flash(sentence(refusal), "error")
        return back
    db.session.commit()
    _say(taken)
    return back


@blueprint.get("/<int:line_id>")
@open_to(*STAFF)
def show(line_id: int) -> str:
    """One line: all the bank said, why it is booked as it is, or whose it may be."""
    line = row_or_404(BankLine, line_id)
    return _line_page(line, _whose_form())


@blueprint.post("/<int:line_id>/accept")
@open_to(*STAFF)
def accept(line_id: int) -> Response:
    line = row_or_404(BankLine, line_id)
    deciding.accept(db.session(), line, actor=auth.actor(), now=now())
    db.session.commit()
    flash(_booked(line))
    return redirect(url_for("coordinator_payments.index"), 303)


@blueprint.post("/<int:line_id>/decide")
@open_to(*STAFF)
def decide(line_id: int) -> Response | tuple[str, int]:
    """Book a line for one bill (`paper`), or for whoever was chosen."""
    line = row_or_404(BankLine, line_id)
    paper_id = request.form.get("paper", type=int)
    form = _whose_form()
    if paper_id is None and not form.validate():
        return _line_page(line, form), WRONG
    if paper_id is not None and not open_items.find_items(db.session(), paper_ids=[paper_id]):
        abort(404)
    deciding.decide(
        db.session(),
        line,
        account="" if paper_id is not None else form.account.data,
        paper_ids=[paper_id] if paper_id is not None else (),
        actor=auth.actor(),
        now=now(),
    )
    db.session.commit()
    flash(_booked(line))
    return redirect(url_for("coordinator_payments.index"), 303)


@blueprint.post("/<int:line_id>/take-back")
@open_to(*STAFF)
def take_back(line_id: int) -> Response:
    line = row_or_404(BankLine, line_id)
    deciding.take_back(db.session(), line, actor=auth.actor(), now=now())
    db.session.commit()
    flash(gettext("Taken back. Say anew whose it is."))
    return redirect(url_for("coordinator_payments.show", line_id=line.id), 303)


@blueprint.post("/<int:line_id>/another")
@open_to(*STAFF)
def another(line_id: int) -> Response:
    line = row_or_404(BankLine, line_id)
    deciding.is_another(db.session(), line, actor=auth.actor(), now=now())
    db.session.commit()
    flash(gettext("It counts as a payment of its own. Say whose it is."))
    return redirect(url_for("coordinator_payments.show", line_id=line.id), 303)


@blueprint.get("/open")
@open_to(*STAFF)
def open_bills() -> str:
    """What is open, by participant: who is late first; and whose money we hold."""
    owing, today = payments.list_owing(db.session()), local(now()).date()
    items = [item for one in owing for item in one.items if item.open > 0]
    return render_template(
        "coordinator/payments/open.html",
        owing=[one for one in owing if any(item.open > 0 for item in one.items)],
        credits=[one for one in owing if one.credit],
        total=sum(item.open for item in items),
        due=sum(item.asked(today) for item in items if item.days_late(today)),
        today=today,
    )


def _lines(*states: LineState) -> list[BankLine]:
    query = select(BankLine).where(BankLine.state.in_(states))
    return list(
        db.session.scalars(query.order_by(BankLine.booked_on, BankLine.id).limit(MOST_UNDECIDED))
    )


def _say(taken: TakenIn) -> None:
    """What came of a file, in sentences."""
    if not taken.new:
        flash(gettext("There was nothing new in this file. Nothing changed."))
    else:
        booked = taken.states[LineState.BOOKED]
        flash(
            ngettext("%(num)s new line.", "%(num)s new lines.", taken.new)
            + " "
            + ngettext("%(num)s was booked.", "%(num)s were booked.", booked)
        )
    if taken.twins:
        flash(
            ngettext(
                "%(num)s of them seems to be known from another file. It is held below.",
                "%(num)s of them seem to be known from another file. They are held below.",
                taken.twins,
            )
        )
    if taken.others:
        others = ", ".join(sorted(taken.others))[:80]
        flash(
            gettext("The file holds another account too: %(others)s. It was left.", others=others)
        )
    for number, cents in taken.missing[:3]:
        flash(
            gettext(
                "Statement %(number)s does not add up: %(amount)s is missing between its "
                "balances. Download it again.",
                number=number,
                amount=i18n.money(cents),
            ),
            "error",
        )


def _booked(line: BankLine) -> str:
    return gettext("Booked: %(amount)s.", amount=i18n.money(line.cents))


def _whose_form() -> WhoseForm:
    form = WhoseForm()
    people = select(Participant.id, Participant.name).where(Participant.erased_at.is_(None))
    sellers = select(Supplier.id, Supplier.name).order_by(Supplier.name)
    form.offer(
        db.session.execute(people.order_by(func.lower(Participant.name))).all(),
        db.session.execute(sellers).all(),
    )
    return form


def _line_page(line: BankLine, form: WhoseForm) -> str:
    return render_template(
        "coordinator/payments/line.html",
        line=line,
        form=form,
        candidates=_candidates(line),
        whose=payments.whose(db.session(), [line]),
        participant_id=accounts.owner_id(line.account, "participant"),
        why=payments.WHY,
        words=ACCOUNT_WORDS,
    )


def _candidates(line: BankLine) -> list[OpenItem]:
    """Open bills that may be meant: those it names, then those of exactly this amount."""
    if line.state not in deciding.OPEN_STATES or line.cents <= 0:
        return []
    items = open_items.list_open(db.session())
    named = [item for item in items if item.paper_id in line.paper_ids]
    exact = [item for item in items if item.open == line.cents and item not in named]
    return [*named, *exact][:MOST_CANDIDATES]
