"""What a participant is offered after a tender: look, accept, or stay."""

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response

from app import auth, requested
from app.auth import now, open_to
from app.database import reading
from app.devices import Buyer
from app.extensions import db
from app.forms.questions import questions_form, show_problems, typed
from app.i18n import sentence
from app.pages.offer import open_offer
from purchasing import contract_end
from purchasing.invitations import tender_of
from purchasing.people import Role
from purchasing.questions import Question, WrongAnswers
from purchasing.rounds import Round, RoundState
from purchasing.signups import ConsentMissing, ConsentReworded
from purchasing.tenders import offers
from purchasing.tenders.offers import Offer, OfferState

blueprint = Blueprint("offer", __name__, url_prefix="/rounds/<int:round_id>/offer")
WHO = (Role.MEMBER, Role.COORDINATOR)
LATE = (offers.OfferTooLate, offers.OfferEnded, offers.OffersNotOut, offers.NoOffer)
UNREADABLE, TOO_LATE = 422, 409


@blueprint.get("")
@open_to(*WHO)
def show(round_id: int) -> str | Response:
    """The offer, line by line; and when the time is over, what was chosen."""
    round_, participant = _round_or_404(round_id), requested.first_participant_or_404()
    offer = offers.offer_of(db.session(), round_id, participant.id)
    if offer is None:
        return redirect(url_for("rounds.show", round_id=round_id))
    return render_template(
        "offer/show.html",
        round=round_,
        participant=participant,
        offer=offer,
        page=open_offer(db.session(), round_, offer) if offer.basis is not None else None,
        ends_on=contract_end.ends_on(offer, round_),
        is_open=_is_open(round_),
    )


@blueprint.get("/accept")
@open_to(*WHO)
def ask_accept(round_id: int) -> str | Response:
    round_, participant = _round_or_404(round_id), requested.first_participant_or_404()
    offer = _offer_or_404(round_, participant)
    if not _is_open(round_):
        return redirect(_address(round_id, participant))
    asked = _questions(round_, offer)
    form = questions_form(asked, answers=offer.details or {}, from_request=False)
    signed = bool(offer.agreed_version)
    return _accept_page(round_, participant, offer, form, agreed=signed, reminds=offer.reminds)


@blueprint.post("/accept")
@open_to(*WHO)
def accept(round_id: int) -> str | tuple[str, int] | Response:
    """Take the offer; what is wrong is said at its own question, and what was typed is kept."""
    round_, participant = _round_or_404(round_id), requested.first_participant_or_404()
    offer = _offer_or_404(round_, participant)
    asked = _questions(round_, offer)
    form, agreed = questions_form(asked), request.form.get("consent", "")[:20]
    try:
        late = requested.attempt(
            lambda: _accept(round_id, participant, typed(form, asked), agreed), LATE
        )
    except (WrongAnswers, ConsentMissing, ConsentReworded) as refusal:
        db.session.rollback()
        if isinstance(refusal, WrongAnswers):
            show_problems(form, refusal)
        problem = "" if isinstance(refusal, WrongAnswers) else sentence(refusal)
        with reading():
            offer = _offer_or_404(round_, participant)
            page = _accept_page(
                round_,
                participant,
                offer,
                form,
                agreed=bool(agreed),
                reminds="reminds" in request.form,
                problem=problem,
            )
        return page, UNREADABLE
    if late:
        return _too_late(round_, participant, late)
    return redirect(_address(round_id, participant), 303)


@blueprint.post("/no-reminder")
@open_to(*WHO)
def stop_reminding(round_id: int) -> Response:
    """No mail before the contract ends, after all."""
    round_, participant = _round_or_404(round_id), requested.first_participant_or_404()
    contract_end.stop_reminding(_accepted_or_404(round_, participant))
    db.session.commit()
    flash(gettext("Noted: you get no mail before the contract ends."), "done")
    return redirect(_address(round_id, participant), 303)


@blueprint.post("/stay")
@open_to(*WHO)
def stay(round_id: int) -> str | tuple[str, int] | Response:
    round_, participant = _round_or_404(round_id), requested.first_participant_or_404()
    late = requested.attempt(lambda: _decline(round_id, participant), LATE)
    if late:
        return _too_late(round_, participant, late)
    flash(gettext("Noted: you stay where you are."), "done")
    return redirect(_address(round_id, participant), 303)


def _accept(round_id: int, participant: Buyer, answers: Mapping[str, object], agreed: str) -> None:
    offers.accept(
        db.session(),
        round_id,
        participant.id,
        answers,
        agreed=agreed,
        reminds="reminds" in request.form,
        key=requested.key(),
        actor=auth.actor(),
        now=now(),
    )


def _decline(round_id: int, participant: Buyer) -> None:
    offers.decline(
        db.session(), round_id, participant.id, key=requested.key(), actor=auth.actor(), now=now()
    )


def _too_late(round_: Round, participant: Buyer, late: str) -> tuple[str, int]:
    with reading():
        offer = offers.offer_of(db.session(), round_.id, participant.id)
        page = render_template(
            "offer/late.html", round=round_, participant=participant, offer=offer, late=late
        )
    return page, TOO_LATE


def _accept_page(
    round_: Round,
    participant: Buyer,
    offer: Offer,
    form: FlaskForm,
    *,
    agreed: bool,
    reminds: bool,
    problem: str = "",
) -> str:
    assert offer.bid is not None
    return render_template(
        "offer/accept.html",
        round=round_,
        participant=participant,
        offer=offer,
        form=form,
        questions=_questions(round_, offer),
        consent=tender_of(round_).acceptance_consent(offer.bid.supplier.name),
        agreed=agreed,
        reminds=reminds,
        problem=problem,
    )


def _questions(round_: Round, offer: Offer) -> tuple[Question, ...]:
    return tender_of(round_).acceptance_questions(offer.entry, worse_off=offer.worse_off)


def _is_open(round_: Round) -> bool:
    """Whether one may choose now; the time itself says so, whatever the clock is doing."""
    until = round_.offers_until
    return round_.state == RoundState.OFFERED and until is not None and now() < until


def _round_or_404(round_id: int) -> Round:
    round_ = requested.round_or_404(round_id)
    if round_.category.tender is None:
        abort(404)
    return round_


def _offer_or_404(round_: Round, participant: Buyer) -> Offer:
    offer = offers.offer_of(db.session(), round_.id, participant.id)
    if offer is None or offer.state == OfferState.NONE or offer.basis is None:
        abort(404)
    return offer


def _accepted_or_404(round_: Round, participant: Buyer) -> Offer:
    offer = offers.offer_of(db.session(), round_.id, participant.id)
    if offer is None or offer.state != OfferState.ACCEPTED:
        abort(404)
    return offer


def _address(round_id: int, participant: Buyer) -> str:
    values: dict[str, Any] = {"for": participant.id, "round_id": round_id}
    return url_for("offer.show", **values)
