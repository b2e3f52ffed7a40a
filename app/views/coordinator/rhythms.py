"""Rounds that come back: make one of a round, see its next days, skip one, stop it."""

from collections.abc import Sequence
from datetime import date, timedelta

from flask import abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from sqlalchemy import select
from werkzeug.wrappers import Response

from app import i18n
from app.auth import now, open_to
from app.extensions import db
from app.forms.coordinator.rhythms import RhythmForm
from app.views.coordinator.found import STAFF, WRONG, room, round_or_404, row_or_404
from purchasing import planning
from purchasing.calendar import Planned, clock_changes_between
from purchasing.rounds import Round, RoundRhythm, RoundState

blueprint = room("rhythms", "/rhythms")
SHOWN = 6


@blueprint.get("/")
@open_to(*STAFF)
def index() -> str:
    query = select(RoundRhythm).order_by(RoundRhythm.active.desc(), RoundRhythm.title)
    return render_template(
        "coordinator/rhythms/index.html", rhythms=list(db.session.scalars(query))
    )


@blueprint.get("/new/<int:round_id>")
@open_to(*STAFF)
def start(round_id: int) -> str:
    round_ = round_or_404(round_id)
    return _form_page(round_, RhythmForm(formdata=None, **_usual(round_)))


@blueprint.post("/new/<int:round_id>")
@open_to(*STAFF)
def create(round_id: int) -> tuple[str, int] | Response:
    round_ = round_or_404(round_id)
    form = RhythmForm()
    if not form.validate():
        return _form_page(round_, form), WRONG
    rhythm = RoundRhythm(template_round_id=round_.id, skipped=[], active=True)
    form.populate_obj(rhythm)
    db.session.add(rhythm)
    db.session.flush()
    if round_.delivery_on == rhythm.anchor_on:
        round_.rhythm_id = rhythm.id  # this round is the first of the row
    db.session.commit()
    flash(gettext("The clock plans the next rounds by itself. Skip a day where that is needed."))
    return redirect(_page_of(rhythm), 303)


@blueprint.get("/<int:rhythm_id>")
@open_to(*STAFF)
def show(rhythm_id: int) -> str:
    """The next days of a rhythm, those that are skipped among them."""
    rhythm = row_or_404(RoundRhythm, rhythm_id)
    planned = planning.coming(db.session(), rhythm, now=now(), count=SHOWN)
    made = db.session.scalars(
        select(Round).where(Round.rhythm_id == rhythm.id, Round.state != RoundState.CANCELLED)
    )
    return render_template(
        "coordinator/rhythms/show.html",
        rhythm=rhythm,
        days=[(one, _clock_goes(one)) for one in planned],
        skipped=_skipped(rhythm),
        made={round_.delivery_on: round_ for round_ in made},
    )


@blueprint.post("/<int:rhythm_id>/<any(skip, unskip):what>")
@open_to(*STAFF)
def skip(rhythm_id: int, what: str) -> Response:
    """Leave one delivery day out, or take it in again. A round that was made stays."""
    rhythm = row_or_404(RoundRhythm, rhythm_id)
    day = _day_or_400(request.form.get("day", ""))
    left_out = set(rhythm.skipped) - {day}
    if what == "skip":
        left_out |= {day}
    rhythm.skipped = sorted(left_out)
    db.session.commit()
    return redirect(_page_of(rhythm), 303)


@blueprint.post("/<int:rhythm_id>/<any(stop, resume):what>")
@open_to(*STAFF)
def stop(rhythm_id: int, what: str) -> Response:
    rhythm = row_or_404(RoundRhythm, rhythm_id)
    rhythm.active = what == "resume"
    db.session.commit()
    words = gettext("No new rounds are planned. Those that are there stay.")
    flash(gettext("Rounds are planned again.") if rhythm.active else words)
    return redirect(_page_of(rhythm), 303)


def _usual(round_: Round) -> dict[str, object]:
    """The rhythm that this round would have, every two weeks."""
    opens, closes = i18n.local(round_.opens_at), i18n.local(round_.closes_at)
    delivery = round_.delivery_on or closes.date() + timedelta(days=1)
    return {
        "title": round_.title,
        "every_weeks": 2,
        "anchor_on": delivery,
        "close_days_before": max(1, (delivery - closes.date()).days),
        "close_at": closes.time().replace(second=0, microsecond=0),
        "open_days_before": max(1, (delivery - opens.date()).days),
        "open_at": opens.time().replace(second=0, microsecond=0),
        "ahead": 2,
    }


def _form_page(round_: Round, form: RhythmForm) -> str:
    return render_template("coordinator/rhythms/form.html", form=form, round=round_)


def _clock_goes(planned: Planned) -> str:
    """A word where the clock changes between opening and closing: the hours stay as planned."""
    changes = clock_changes_between(planned.opens_at, planned.closes_at, i18n.zone())
    if not changes:
        return ""
    day = i18n.day(i18n.local(changes[0].at).date())
    if changes[0].shift > timedelta(0):
        return gettext("On %(day)s the clock goes forward. The times stay as they are.", day=day)
    return gettext("On %(day)s the clock goes back. The times stay as they are.", day=day)


def _skipped(rhythm: RoundRhythm) -> Sequence[date]:
    today = i18n.local(now()).date()
    return [day for day in map(date.fromisoformat, rhythm.skipped) if day >= today]


def _day_or_400(text: str) -> str:
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        abort(400)


def _page_of(rhythm: RoundRhythm) -> str:
    return url_for("coordinator_rhythms.show", rhythm_id=rhythm.id)
