"""Making a round: its terms, its articles, a last look, and publishing it."""

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from app import auth, i18n
from app.auth import now, open_to
from app.extensions import db
from app.forms.coordinator.plan import (
    DELIVERY_WORDS,
    INVOICE_WORDS,
    MODE_WORDS,
    SHARING_WORDS,
    SHORTFALL_WORDS,
    RoundForm,
    typed,
)
from app.ui import network
from app.views.coordinator import offer
from app.views.coordinator.found import STAFF, WRONG, room, round_or_404
from purchasing import lifecycle, planning
from purchasing.calendar import Planned, planned_utc
from purchasing.categories import CATEGORIES
from purchasing.category import Category, DeliveryShare, SharingRule
from purchasing.cautions import cautions_of
from purchasing.errors import N_, Refused
from purchasing.people import Network
from purchasing.rounds import InvoiceAt, Round, RoundState, ShortfallRule

blueprint = room("plan", "/rounds")
USUAL_OPENING, USUAL_CLOSING = time(9), time(20)
USUAL_DAYS = 9


class Published(Refused):
    message = N_("This round has been published: its terms stay as they are.")


@blueprint.get("/new")
@open_to(*STAFF)
def start() -> str | Response:
    """The form of a new round; first the kind of round, where there are several."""
    category = _category()
    if category is None:
        return render_template("coordinator/plan/kinds.html", categories=CATEGORIES.values())
    if not category.sells_articles:
        return redirect(url_for("coordinator_signups.start", key=category.key))
    form = _form(category, formdata=None, data=_usual(category))
    return render_template("coordinator/plan/terms.html", form=form, category=category)


@blueprint.post("/new")
@open_to(*STAFF)
def create() -> tuple[str, int] | Response:
    category = _category()
    if category is None:
        abort(404)
    form = _form(category)
    if not form.validate():
        page = render_template("coordinator/plan/terms.html", form=form, category=category)
        return page, WRONG
    round_ = Round(category_key=category.key, created_by=auth.actor(), offer_version=0)
    form.write_to(round_)
    db.session.add(round_)
    db.session.commit()
    return redirect(_next(round_), 303)


@blueprint.get("/<int:round_id>/terms")
@open_to(*STAFF)
def terms(round_id: int) -> str | Response:
    round_ = _unpublished(round_id)
    if not round_.category.sells_articles:
        return redirect(url_for("coordinator_signups.terms", round_id=round_id))
    form = _form(round_.category, formdata=None, data=typed(round_))
    return _terms_page(round_, form)


@blueprint.post("/<int:round_id>/terms")
@open_to(*STAFF)
def save_terms(round_id: int) -> tuple[str, int] | Response:
    round_ = _unpublished(round_id)
    form = _form(round_.category)
    if not form.validate():
        return _terms_page(round_, form), WRONG
    form.write_to(round_)
    db.session.commit()
    target = url_for("coordinator_plan.check", round_id=round_.id)
    return redirect(target if round_.items else _next(round_), 303)


@blueprint.get("/<int:round_id>/articles")
@open_to(*STAFF)
def articles(round_id: int) -> str:
    round_ = _planned(round_id)
    asked = offer.Asked.from_request()
    return render_template(
        "coordinator/plan/articles.html",
        round=round_,
        asked=asked,
        offered={item.product_id for item in round_.items},
        choice=offer.find(db.session(), asked, now=now()),
        suppliers=offer.suppliers(db.session()),
        groups=offer.groups(db.session(), asked.supplier_id),
    )


@blueprint.post("/<int:round_id>/articles")
@open_to(*STAFF)
def save_articles(round_id: int) -> Response:
    """Save what is ticked on this page; what the page did not show stays as it was."""
    round_ = _planned(round_id)
    wanted = {item.product_id for item in round_.items}
    wanted -= set(_numbers(request.form.get("shown", "").split(",")))
    wanted |= set(_numbers(request.form.getlist("product")))
    _offer(round_, wanted)
    return redirect(url_for("coordinator_plan.check", round_id=round_.id), 303)


@blueprint.post("/<int:round_id>/articles/all")
@open_to(*STAFF)
def add_all(round_id: int) -> Response:
    """Add everything that the filter finds, however much that is."""
    round_ = _planned(round_id)
    asked = offer.Asked.from_request()
    _offer(round_, {item.product_id for item in round_.items} | offer.all_ids(db.session(), asked))
    count = i18n.number(len(round_.items))
    flash(gettext("There are now %(count)s articles in the round.", count=count))
    target = url_for("coordinator_plan.articles", round_id=round_.id, **asked.address())
    return redirect(target, 303)


@blueprint.get("/<int:round_id>/check")
@open_to(*STAFF)
def check(round_id: int) -> str | Response:
    """All answers together, before the round is announced."""
    round_ = _planned(round_id)
    if not round_.category.sells_articles:
        return redirect(url_for("coordinator_signups.check", round_id=round_id))
    return render_template(
        "coordinator/plan/check.html",
        round=round_,
        weighed=any(item.weighed for item in round_.items),
        counts=offer.count_by_supplier(round_),
        late=round_.closes_at <= now(),
        cautions=cautions_of(db.session(), round_),
        **_words(),
    )


@blueprint.post("/<int:round_id>/publish")
@open_to(*STAFF)
def publish(round_id: int) -> Response:
    round_ = round_or_404(round_id)
    lifecycle.publish(db.session(), round_, actor=auth.actor(), now=now())
    if round_.opens_at <= now():
        lifecycle.open_round(db.session(), round_, actor=auth.actor(), now=now())
    db.session.commit()
    if round_.state == RoundState.OPEN:
        flash(gettext("The round is open: people can take part now."))
    else:
        opens = i18n.moment(round_.opens_at)
        flash(gettext("The round is announced. It opens by itself on %(opens)s.", opens=opens))
    return redirect(url_for("coordinator_rounds.show", round_id=round_.id), 303)


@blueprint.post("/<int:round_id>/copy")
@open_to(*STAFF)
def copy(round_id: int) -> Response:
    """A new planned round like this one, so many whole weeks later that it still can open."""
    template = round_or_404(round_id)
    round_ = planning.repeat(db.session(), template, _weeks_later(template, now()), now=now())
    round_.created_by = auth.actor()
    if not round_.category.sells_articles:
        round_.delivery_on = None
    db.session.commit()
    flash(gettext("This is a copy. Look at its days first."))
    return redirect(url_for("coordinator_plan.terms", round_id=round_.id), 303)


def _offer(round_: Round, wanted: set[int]) -> None:
    """Put these products on offer; a new round with weighed articles is invoiced later."""
    was_empty = not round_.items
    planning.offer(db.session(), round_, offer.products(db.session(), wanted), now=now())
    if was_empty and any(item.weighed for item in round_.items):
        _invoice_later(round_)
    db.session.commit()


def _form(category: Category, **more: Any) -> RoundForm:
    return RoundForm(category, _network(), i18n.zone(), **more)


def _network() -> Network:
    us = network()
    assert us is not None  # the room shows another page before there is one
    return us


def _category() -> Category | None:
    """The category that was asked for; the only one there is needs no asking."""
    key = request.args.get("category", "")
    if not key and len(CATEGORIES) == 1:
        return next(iter(CATEGORIES.values()))
    if key and key not in CATEGORIES:
        abort(404)
    return CATEGORIES.get(key)


def _planned(round_id: int) -> Round:
    round_ = round_or_404(round_id)
    planning.refuse_when_fixed(round_)
    return round_


def _unpublished(round_id: int) -> Round:
    round_ = _planned(round_id)
    if round_.published_at is not None:
        raise Published
    return round_


def _next(round_: Round) -> str:
    page = "articles" if round_.category.sells_articles else "check"
    return url_for(f"coordinator_plan.{page}", round_id=round_.id)


def _terms_page(round_: Round, form: RoundForm) -> str:
    return render_template(
        "coordinator/plan/terms.html", form=form, category=round_.category, round=round_
    )


def _usual(category: Category) -> dict[str, Any]:
    """What is filled in on a new form: open tomorrow, closed in a week, delivered after that."""
    us, today = _network(), i18n.local(now()).date()
    modes = _form(category, formdata=None).settlement_mode.choices
    return {
        "settlement_mode": modes[0].value if modes else None,
        "opens_on": today + timedelta(days=1),
        "opens_time": USUAL_OPENING,
        "closes_on": today + timedelta(days=USUAL_DAYS - 1),
        "closes_time": USUAL_CLOSING,
        "delivery_on": today + timedelta(days=USUAL_DAYS + 3),
        "pickup_place": "" if category.comes_home else us.pickup_place,
        "pickup_address": "" if category.comes_home else us.pickup_address,
        "contact_name": auth.actor(),
        "contact_phone": us.phone,
        "sharing_rule": SharingRule.PROPORTIONAL,
        "delivery_share": DeliveryShare.EQUAL,
        "shortfall_rule": ShortfallRule.WAIT,
        "extend_days": 3,
        "invoice_at": InvoiceAt.CLOSING,
        "order_at_close": True,
        "fee_vat_bp": 2100,
    }


def _words() -> dict[str, dict[str, str]]:
    """The choices of the form, in the reader's language."""
    return {
        "mode_words": _translated(MODE_WORDS),
        "sharing_words": _translated(SHARING_WORDS),
        "delivery_words": _translated(DELIVERY_WORDS),
        "shortfall_words": _translated(SHORTFALL_WORDS),
        "invoice_words": _translated(INVOICE_WORDS),
    }


def _translated(words: Mapping[Any, str]) -> dict[str, str]:
    return {str(key): gettext(word) for key, word in words.items()}


def _invoice_later(round_: Round) -> None:
    """What is weighed costs what the scale says, so its papers wait for the delivery."""
    round_.invoice_at = InvoiceAt.DELIVERY
    flash(
        gettext(
            "There are weighed articles in this round. The papers therefore go out when the "
            "goods have come. You can change that under the terms."
        )
    )


def _weeks_later(template: Round, moment: datetime) -> Planned:
    zone = i18n.zone()
    opens, closes = i18n.local(template.opens_at), i18n.local(template.closes_at)
    weeks = max(1, (i18n.local(moment).date() - opens.date()).days // 7 + 1)
    shift = timedelta(weeks=weeks)
    delivery = template.delivery_on or closes.date()
    return Planned(
        delivery_on=delivery + shift,
        opens_at=planned_utc(_day(opens) + shift, opens.time(), zone),
        closes_at=planned_utc(_day(closes) + shift, closes.time(), zone),
    )


def _day(local: datetime) -> date:
    return local.date()


def _numbers(texts: list[str]) -> list[int]:
    return [int(text) for text in texts if text.isascii() and text.isdigit() and len(text) < 10]
