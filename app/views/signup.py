"""Taking part by answering a room's questions: answer, look, change, and withdraw."""

import re
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
from app.overdue import close_if_overdue
from app.pages.signup import understood
from purchasing import questions, signups
from purchasing.category import Answer
from purchasing.commitments import NotOpenYet, NotSavedInTime, RoundCancelled, TooLate
from purchasing.people import Participant, Role
from purchasing.questions import Question, WrongAnswers
from purchasing.rounds import Round
from purchasing.tenders import offer_retention

blueprint = Blueprint("signup", __name__, url_prefix="/rounds/<int:round_id>/sign-up")
WHO = (Role.MEMBER, Role.COORDINATOR)
LATE = (TooLate, NotSavedInTime, RoundCancelled, NotOpenYet)
UNREADABLE, TOO_LATE = 422, 409


@blueprint.get("")
@open_to(*WHO)
def show(round_id: int) -> str | Response:
    round_ = _round_or_404(round_id)
    close_if_overdue(round_, now=now())
    participant = requested.first_participant()
    if participant is None:
        flash(gettext("Choose for whom you sign up."), "error")
        return redirect(url_for("rounds.show", round_id=round_id))
    if not round_.is_open(now()):
        return redirect(_address("signup.placed", round_id, participant))
    given = signups.answers_of(db.session(), round_id, participant.id)
    answers = given or _known(round_, participant)
    form = questions_form(_questions(round_, participant), answers=answers, from_request=False)
    return _page(round_, participant, form, agreed=_agreed_before(round_, given))


@blueprint.post("")
@open_to(*WHO)
def save(round_id: int) -> str | tuple[str, int] | Response:
    """Sign up; what is wrong is said at its own question, and what was typed is kept."""
    round_, participant = _round_or_404(round_id), requested.participant_or_404()
    asked = _questions(round_, participant)
    form = questions_form(asked)
    agreed = _agreed()
    try:
        late = requested.attempt(
            lambda: _sign_up(round_id, participant, typed(form, asked), agreed), LATE
        )
    except (WrongAnswers, signups.ConsentMissing, signups.ConsentReworded) as refusal:
        db.session.rollback()
        if isinstance(refusal, WrongAnswers):
            show_problems(form, refusal)
        with reading():
            problem = "" if isinstance(refusal, WrongAnswers) else sentence(refusal)
            page = _page(round_, participant, form, agreed=agreed, problem=problem)
        return page, UNREADABLE
    if late:
        return _too_late(round_, participant, form, late)
    return redirect(_address("signup.placed", round_id, participant), 303)


@blueprint.get("/placed")
@open_to(*WHO)
def placed(round_id: int) -> str | Response:
    """What was answered, to whom it goes, and how to withdraw; also after closing."""
    round_, participant = _round_or_404(round_id), requested.participant_or_404()
    close_if_overdue(round_, now=now())
    if not signups.is_signed_up(db.session(), round_id, participant.id):
        return redirect(url_for("rounds.show", round_id=round_id))
    consents = signups.consents_of(db.session(), round_id, participant.id)
    given = signups.answers_of(db.session(), round_id, participant.id)
    return render_template(
        "signup/placed.html",
        round=round_,
        participant=participant,
        questions=_questions(round_, participant),
        given=given,
        understood=understood(db.session(), round_, participant, given),
        consents=[consent for consent in consents if consent.withdrawn_at is None],
        is_open=round_.is_open(now()),
    )


@blueprint.get("/withdraw")
@open_to(*WHO)
def ask_withdraw(round_id: int) -> str:
    round_, participant = _round_or_404(round_id), requested.participant_or_404()
    return render_template(
        "signup/withdraw.html",
        round=round_,
        participant=participant,
        is_open=round_.is_open(now()),
    )


@blueprint.post("/withdraw")
@open_to(*WHO)
def withdraw(round_id: int) -> str | tuple[str, int] | Response:
    """While the round is open, take no part after all; later, leave the list."""
    round_, participant = _round_or_404(round_id), requested.participant_or_404()
    close_if_overdue(round_, now=now())
    change = _withdraw if round_.is_open(now()) else _leave_list
    late = requested.attempt(lambda: change(round_id, participant), LATE)
    if late:  # it closed just now: what was meant can still be done
        requested.attempt(lambda: _leave_list(round_id, participant), LATE)
    flash(gettext("You no longer take part. Your answers have been deleted."), "done")
    return redirect(url_for("rounds.show", round_id=round_id), 303)


def _sign_up(
    round_id: int, participant: Buyer, answers: dict[str, object], agreed: dict[str, str]
) -> None:
    signups.sign_up(
        db.session(),
        round_id,
        participant.id,
        answers,
        agreed=agreed,
        key=requested.key(),
        actor=auth.actor(),
        now=now(),
    )


def _withdraw(round_id: int, participant: Buyer) -> None:
    signups.withdraw(
        db.session(), round_id, participant.id, key=requested.key(), actor=auth.actor(), now=now()
    )


def _leave_list(round_id: int, participant: Buyer) -> None:
    signups.withdraw_consent(db.session(), round_id, participant.id, now=now())
    offer_retention.leave_round(db.session(), round_id, participant.id, now=now())


def _page(
    round_: Round,
    participant: Buyer,
    form: FlaskForm,
    *,
    agreed: Mapping[str, str],
    problem: str = "",
) -> str:
    """The room may have a page of its own; else there is one for all."""
    return render_template(
        [f"categories/{round_.category_key}/signup.html", "signup/form.html"],
        round=round_,
        participant=participant,
        form=form,
        questions=_questions(round_, participant),
        consents=round_.category.consents(round_.particulars),
        agreed=agreed,
        problem=problem,
    )


def _too_late(round_: Round, participant: Buyer, form: FlaskForm, late: str) -> tuple[str, int]:
    """What came too late is kept on the page, to be read or copied."""
    close_if_overdue(round_, now=now())
    with reading():
        page = render_template(
            "signup/late.html",
            round=round_,
            participant=participant,
            form=form,
            questions=_questions(round_, participant),
            late=late,
        )
    return page, TOO_LATE


def _questions(round_: Round, participant: Buyer) -> tuple[Question, ...]:
    return questions.for_whom(round_.category.questions(), shop=participant.is_shop)


def _known(round_: Round, participant: Buyer) -> dict[str, Answer]:
    """What we know already, to be looked at before it is sent."""
    asked = round_.category.questions()
    known = {"language": participant.language, "email": participant.email}
    if {"postcode", "house_number"} & {question.known for question in asked}:
        known |= _address_known(db.session.get_one(Participant, participant.id))
    return {q.key: known[q.known] for q in asked if known.get(q.known)}


def _address_known(participant: Participant) -> dict[str, str]:
    """The postcode and the number at the end of the street, as far as they can be told apart."""
    number = re.search(r" (\d{1,5})\b[^\d]*$", participant.street)
    return {"postcode": participant.postcode, "house_number": number[1] if number else ""}


def _agreed_before(round_: Round, given: Mapping[str, Answer]) -> dict[str, str]:
    """Who takes part agreed before; nobody else finds a box ticked."""
    consents = round_.category.consents(round_.particulars) if given else ()
    return {consent.key: consent.version for consent in consents}


def _agreed() -> dict[str, str]:
    """The versions of the texts that were ticked."""
    return {
        name.removeprefix("consent-"): version
        for name, version in request.form.items()
        if name.startswith("consent-")
    }


def _round_or_404(round_id: int) -> Round:
    round_ = requested.round_or_404(round_id)
    if round_.category.sells_articles:
        abort(404)
    return round_


def _address(endpoint: str, round_id: int, participant: Buyer) -> str:
    values: dict[str, Any] = {"for": participant.id, "round_id": round_id}
    return url_for(endpoint, **values)
