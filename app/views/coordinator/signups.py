"""Rounds that people sign up to: their terms, how many take part, and the list to hand over."""

from datetime import time, timedelta
from typing import Any

from flask import Response, abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from app import auth, i18n
from app.auth import now, open_to
from app.extensions import db
from app.forms.coordinator.plan import modes_offered
from app.forms.coordinator.sign_up import SignUpRoundForm, typed_terms
from app.forms.coordinator.tender import TenderRoundForm, typed_tender
from app.forms.questions import questions_form, show_problems
from app.forms.questions import typed as typed_answers
from app.handover import hand_over
from app.pages.signup import count_people, worded
from app.ui import network
from app.views.coordinator.found import STAFF, WRONG, room, round_or_404, row_or_404
from app.views.coordinator.standing import mailed
from purchasing import errands, lifecycle, ordering, planning, questions, referral, signups
from purchasing.categories import CATEGORIES
from purchasing.category import Category, SettlementMode
from purchasing.headcounts import Headcount, at_least
from purchasing.papers import list_for_round
from purchasing.questions import WrongAnswers
from purchasing.referral import ReferralList
from purchasing.rounds import Round, RoundState
from suppliers import referral_list

blueprint = room("signups", "/sign-ups")
OPENS, NOON, CLOSES, DAYS = time(9), time(12), time(20), 21
DECIDED = (RoundState.ORDERED, RoundState.DELIVERED, RoundState.SETTLED)
PARTICULARS = "particulars-"


@blueprint.get("/new/<key>")
@open_to(*STAFF)
def start(key: str) -> str:
    category = _in_mode(_category_or_404(key), request.args.get("mode", ""))
    usual = {one.key: one.usual for one in category.particulars() if one.usual is not None}
    return _terms(category, _form(category, formdata=None, data=_usual(category)), usual)


@blueprint.post("/new/<key>")
@open_to(*STAFF)
def create(key: str) -> tuple[str, int] | AnyResponse:
    category = _in_mode(_category_or_404(key), request.form.get("settlement_mode", ""))
    return _save(category, Round(category_key=key, created_by=auth.actor(), offer_version=0))


@blueprint.get("/<int:round_id>/terms")
@open_to(*STAFF)
def terms(round_id: int) -> str:
    round_ = _unpublished_or_404(round_id)
    mode = request.args.get("mode", str(round_.settlement_mode))
    category = _in_mode(CATEGORIES[round_.category_key], mode)
    typed = typed_terms if category.tender is None else typed_tender
    data = typed(round_) | {"settlement_mode": _mode(category, mode)}
    return _terms(category, _form(category, formdata=None, data=data), round_.particulars, round_)


@blueprint.post("/<int:round_id>/terms")
@open_to(*STAFF)
def save_terms(round_id: int) -> tuple[str, int] | AnyResponse:
    round_ = _unpublished_or_404(round_id)
    mode = request.form.get("settlement_mode", "")
    return _save(_in_mode(CATEGORIES[round_.category_key], mode), round_)


@blueprint.get("/<int:round_id>/check")
@open_to(*STAFF)
def check(round_id: int) -> str:
    """All answers together, before the round is announced."""
    round_ = _round_or_404(round_id)
    return render_template(
        "coordinator/signups/check.html", round=round_, late=round_.closes_at <= now()
    )


@blueprint.get("/<int:round_id>/list")
@open_to(*STAFF)
def show_list(round_id: int) -> str:
    """Who took which issue along, and the one button that takes the last one."""
    round_ = _round_or_404(round_id)
    issues = referral.list_issues(db.session(), round_.id)
    return render_template(
        "coordinator/signups/list.html",
        round=round_,
        issues=issues,
        waiting=next((issue for issue in issues if issue.taken_at is None), None),
        people=len(signups.all_answers(db.session(), round_)),
    )


@blueprint.post("/<int:round_id>/list")
@open_to(*STAFF)
def issue_again(round_id: int) -> AnyResponse:
    round_ = _round_or_404(round_id)
    lifecycle.lock(db.session(), round_)
    referral.issue_list(db.session(), round_, actor=auth.actor(), now=now())
    db.session.commit()
    return redirect(url_for("coordinator_signups.show_list", round_id=round_id), 303)


@blueprint.post("/list/<int:list_id>")
@open_to(*STAFF)
def take_along(list_id: int) -> Response:
    """The list as PDF, XLSX and CSV in one file, once; it is made now and kept nowhere."""
    return hand_over(
        "referral_list",
        read=lambda: referral.read_list(db.session(), row_or_404(ReferralList, list_id)),
        note=lambda printed: referral.take_along(
            db.session(),
            row_or_404(ReferralList, list_id),
            printed=printed,
            actor=auth.actor(),
            now=now(),
        ),
        table=referral_list.from_record,
    )


def show(round_: Round) -> str:
    """The page of such a round once it is open: how many, by kind, and what may be done."""
    session = db.session()
    decided = round_.state in DECIDED
    heads = signups.list_heads(session, round_.id) if decided else _heads_now(round_)
    return render_template(
        "coordinator/signups/show.html",
        round=round_,
        decided=decided,
        people=count_people(session, round_.id),
        heads=worded(round_, heads),
        issues=referral.list_issues(session, round_.id),
        receipts=list_for_round(session, round_.id),
        history=round_.history,
        mailed=mailed(session, round_.id),
        errands=errands.count_by_state(session, round_.id),
        moves=lifecycle.possible_moves(round_),
    )


def _heads_now(round_: Round) -> tuple[Headcount, ...]:
    """Rounded down to tens while it is open, so that no new sign-up shows in them."""
    decision = round_.category.decide(ordering.demand_of(db.session(), round_))
    return tuple(
        Headcount(one.question, one.option, None if one.people is None else at_least(one.people))
        for one in decision.headcounts
    )


def _save(category: Category, round_: Round) -> tuple[str, int] | AnyResponse:
    form = _form(category)
    asked = category.particulars()
    told = questions_form(asked, prefix=PARTICULARS)
    right = form.validate()
    try:
        particulars = questions.read(asked, typed_answers(told, asked))
        if problems := category.check_particulars(particulars):
            raise WrongAnswers(problems)
    except WrongAnswers as wrong:
        show_problems(told, wrong)
        right = False
    if not right:
        return _page(category, form, told, round_ if round_.id else None), WRONG
    form.write_to(round_)
    round_.particulars, round_.order_at_close = particulars, True
    db.session.add(round_)
    db.session.commit()
    return redirect(url_for("coordinator_signups.check", round_id=round_.id), 303)


def _terms(
    category: Category,
    form: SignUpRoundForm,
    particulars: dict[str, Any],
    round_: Round | None = None,
) -> str:
    asked = category.particulars()
    told = questions_form(asked, answers=particulars, from_request=False, prefix=PARTICULARS)
    return _page(category, form, told, round_)


def _page(category: Category, form: SignUpRoundForm, told: Any, round_: Round | None) -> str:
    return render_template(
        "coordinator/signups/terms.html",
        category=category,
        form=form,
        told=told,
        asked=category.particulars(),
        round=round_,
    )


def _form(category: Category, **more: Any) -> SignUpRoundForm:
    us = network()
    assert us is not None  # the room shows another page before there is one
    kind = SignUpRoundForm if category.tender is None else TenderRoundForm
    return kind(category, us, i18n.zone(), **more)


def _usual(category: Category) -> dict[str, Any]:
    today = i18n.local(now()).date()
    us = network()
    return {
        "settlement_mode": _mode(category, request.args.get("mode", "")),
        "opens_on": today + timedelta(days=1),
        "opens_time": OPENS,
        "closes_on": today + timedelta(days=DAYS),
        "closes_time": CLOSES,
        "bids_on": today + timedelta(days=DAYS + 14),
        "bids_time": NOON,
        "offers_on": today + timedelta(days=DAYS + 42),
        "offers_time": CLOSES,
        "contact_name": auth.actor(),
        "contact_phone": us.phone if us else "",
    }


def _mode(category: Category, asked: str) -> SettlementMode:
    """The way of settling that is asked for, if it may be had; else the usual one."""
    us = network()
    offered = modes_offered(category, us) if us else []
    usual = category.settlement_modes[0]
    return next((mode for mode in offered if mode == asked), usual)


def _in_mode(category: Category, asked: str) -> Category:
    """What a category asks of a round depends on how that is settled."""
    return category.for_round(_mode(category, asked), {})


def _category_or_404(key: str) -> Category:
    category = CATEGORIES.get(key)
    if category is None or category.sells_articles:
        abort(404)
    return category


def _round_or_404(round_id: int) -> Round:
    round_ = round_or_404(round_id)
    if round_.category.sells_articles:
        abort(404)
    return round_


def _unpublished_or_404(round_id: int) -> Round:
    round_ = _round_or_404(round_id)
    planning.refuse_when_fixed(round_)
    if round_.published_at is not None:
        abort(404)  # its terms stay as they are
    return round_
