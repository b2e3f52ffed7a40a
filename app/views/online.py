"""Paying online: off to the provider, back again, and the provider's word that there is news."""

from datetime import datetime
from urllib.parse import urlsplit

from flask import Blueprint, abort, current_app, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from app import auth, limits, requested
from app.auth import EVERYBODY, now, open_to
from app.config import THIS_MACHINE
from app.database import reading
from app.errors import came_from
from app.extensions import csrf, db
from app.intake import MOST_ID
from app.online import Away, Order, Provider, Refusing, provider
from purchasing import listening
from purchasing.books import online
from purchasing.books.online_payments import OnlinePayment, OnlineState
from purchasing.errands import Kind
from purchasing.papers import Paper
from purchasing.people import Participant, Role

blueprint = Blueprint("online", __name__, url_prefix="/online")
LONGEST_KEY, LONGEST_ID = 40, 64
NEWS_OF_ONE, NEWS_OF_ALL = 10, 2000  # in a quarter of an hour


@blueprint.post("/pay/<int:participant_id>")
@open_to(Role.MEMBER)
def pay(participant_id: int) -> Response | tuple[str, int, dict[str, str]]:
    """Note the payment, have the provider make it, and go there. Nothing is held meanwhile."""
    ask = provider(current_app.config) or abort(404)
    participant = _mine_or_404(participant_id)
    payment = online.begin(
        db.session(),
        participant,
        _paper_or_404(participant),
        provider=ask.name,
        key=_key(participant),
        now=now(),
    )
    payment_id, order = payment.id, _order(payment, ask)
    made = payment.state != OnlineState.ASKED
    db.session.commit()
    if not made and not _make(ask, payment_id, order):
        return redirect(came_from())
    return _leave(payment_id)


@blueprint.get("/<int:payment_id>")
@open_to(Role.MEMBER)
def show(payment_id: int) -> str:
    """Where the provider sends people back to: paid, not paid, or not heard of yet."""
    payment = _payment_or_404(payment_id)
    return render_template("online/show.html", payment=payment, state=_shown(payment))


@blueprint.post("/<int:payment_id>/ask")
@open_to(Role.MEMBER)
def ask_again(payment_id: int) -> Response:
    """Ask the provider now; the answer is there some seconds later."""
    payment = _payment_or_404(payment_id)
    if payment.state == OnlineState.OPEN:
        listening.rouse(db.session(), Kind.HEAR_PAYMENT, payment.id, now=now())
        db.session.commit()
    return redirect(url_for("online.show", payment_id=payment.id), 303)


@blueprint.post("/news")
@csrf.exempt
@open_to(EVERYBODY)
def news() -> tuple[str, int, dict[str, str]]:
    """There is news of a payment: we ask ourselves. What is said is not believed, nor answered.

    Whoever calls, and however often: every id gets the same answer. Of an unknown one nothing is
    written, nor does it wait for who writes. Of a known one we ask at once so many times, and then
    once more when the quarter of an hour is over: nothing is missed, and nobody makes us call.
    """
    provider_id = request.form.get("id", "")
    if not provider_id or len(provider_id) > LONGEST_ID:
        abort(400)
    with reading():
        known = online.is_known(db.session(), provider_id)
    db.session.rollback()
    if known:
        online.news(db.session(), provider_id, now=_when_to_ask(provider_id))
        db.session.commit()
    return "", 200, {"Content-Type": "text/plain; charset=utf-8"}


def _when_to_ask(provider_id: str) -> datetime:
    """Now; or later, where there was too much news of this payment or of all together."""
    try:
        limits.count(db.session(), f"news:{provider_id}", most=NEWS_OF_ONE, at=now())
        limits.count(db.session(), "news", most=NEWS_OF_ALL, at=now())
    except limits.TooOften:
        return now() + limits.QUARTER
    return now()


def _make(ask: Provider, payment_id: int, order: Order) -> bool:
    """Whether the provider made it. No transaction is open while we wait for its answer."""
    try:
        told = ask.create(order)
    except (Away, Refusing) as problem:
        current_app.logger.warning("online payment %s was not made: %s", payment_id, problem)
        flash(
            gettext(
                "The payment page does not answer now. Nothing was paid. "
                "Try again, or pay by bank."
            ),
            "error",
        )
        return False
    payment = db.session.get_one(OnlinePayment, payment_id)
    online.answered(db.session(), payment, told, now=now())
    db.session.commit()
    return True


def _leave(payment_id: int) -> Response | tuple[str, int, dict[str, str]]:
    """To the provider's page, by a page of our own: a form of ours leads to no other site."""
    payment = db.session.get_one(OnlinePayment, payment_id)
    if payment.state != OnlineState.OPEN or not payment.checkout:
        return redirect(url_for("online.show", payment_id=payment.id), 303)
    page = render_template("online/leave.html", payment=payment)
    return page, 200, {"Refresh": f"0; url={payment.checkout}"}


def _order(payment: OnlinePayment, ask: Provider) -> Order:
    number = payment.paper.number if payment.paper else ""
    about = gettext("Bill %(number)s", number=number) if number else gettext("What is still open")
    base = str(current_app.config["BASE_URL"]).rstrip("/")
    back = base + url_for("online.show", payment_id=payment.id)
    is_reached = ask.at_home or urlsplit(base).hostname not in THIS_MACHINE
    news_to = base + url_for("online.news") if is_reached else ""
    return Order(payment.key, payment.cents, about, back, news_to, number)


def _shown(payment: OnlinePayment) -> str:
    if payment.state == OnlineState.PAID and payment.back_cents >= payment.cents:
        return "back"
    never = payment.state in (OnlineState.ASKED, OnlineState.ENDED)
    return "ended" if never else str(payment.state)


def _mine_or_404(participant_id: int) -> Participant:
    """A household or shop of one's own; nobody pays for others, not even a coordinator."""
    if participant_id not in {one.id for one in auth.my_participants()}:
        abort(404)
    return db.session.get_one(Participant, participant_id)


def _paper_or_404(participant: Participant) -> Paper | None:
    if not request.form.get("paper"):
        return None
    paper_id = request.form.get("paper", 0, type=int)
    paper = db.session.get(Paper, paper_id) if 0 < paper_id <= MOST_ID else None
    if paper is None or paper.participant_id != participant.id:
        abort(404)
    return paper


def _payment_or_404(payment_id: int) -> OnlinePayment:
    payment = db.session.get(OnlinePayment, payment_id)
    if payment is None:
        abort(404)
    _mine_or_404(payment.participant_id)
    return payment


def _key(participant: Participant) -> str:
    """The form's key, of this household alone: another's says nothing of ours."""
    return f"{participant.id}-{requested.key(LONGEST_KEY)}"
