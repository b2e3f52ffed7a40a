"""The public page of a round: what, from whom, for how much, until when, and what if it fails."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, abort, current_app, render_template, request, url_for
from flask_babel import gettext
from icalendar import Calendar, Event

from app import auth
from app.auth import EVERYBODY, now, open_to
from app.devices import Buyer
from app.extensions import db
from app.handover import download
from app.i18n import zone
from app.ordering.basket import Basket, basket_of, chosen_by_all
from app.ordering.page import states_vat
from app.ordering.standing import Standing, standings
from app.overdue import close_if_overdue
from app.pages.signup import About, about
from app.pages.tender import told_of
from purchasing.rounds import Round, RoundState
from purchasing.tenders import bids
from purchasing.tenders.bids import SealedBid

blueprint = Blueprint("rounds", __name__, url_prefix="/rounds")
FIRST_ARTICLES = 8
HALF_HOUR = timedelta(minutes=30)


@blueprint.get("/<int:round_id>")
@open_to(EVERYBODY)
def show(round_id: int) -> str:
    round_ = _round_or_404(round_id)
    close_if_overdue(round_, now=now())
    standing = standings(db.session(), [round_])[round_.id]
    everything = "all" in request.args
    return render_template(
        "rounds/show.html",
        round=round_,
        phase=phase_of(round_, now()),
        standing=standing,
        articles=standing.articles if everything else standing.articles[:FIRST_ARTICLES],
        everything=everything,
        page_address=_public_address(round_),
        mine=_mine(round_, standing),
        about=_about(round_),
        tender=told_of(db.session(), round_),
    )


@blueprint.get("/<int:round_id>/calendar.ics")
@open_to(EVERYBODY)
def calendar(round_id: int) -> Response:
    """The last moment to order and the hour to collect, for somebody's own calendar."""
    round_ = _round_or_404(round_id)
    calendar = Calendar()
    calendar.add("prodid", "-//Koopkracht//NL")
    calendar.add("version", "2.0")
    for event in _events(round_):
        calendar.add_component(event)
    response = Response(calendar.to_ical(), mimetype="text/calendar")
    response.headers["Content-Disposition"] = f'attachment; filename="round-{round_.id}.ics"'
    return response


@blueprint.get("/<int:round_id>/bids/<int:bid_id>.bid")
@open_to(EVERYBODY)
def sealed_text(round_id: int, bid_id: int) -> Response:
    """The bytes whose SHA-256 was published when a bid came in; only once it has been opened."""
    bid = db.session.get(SealedBid, bid_id)
    if bid is None or bid.round_id != round_id or bid.content is None:
        abort(404)
    text = bids.committed_text(db.session(), bid)
    return download(text, f"{bid.key}.bid", "application/octet-stream")


def phase_of(round_: Round, at: datetime) -> str:
    """What the page says of a round, from the time itself: the clock may still be on its way."""
    if round_.state == RoundState.CANCELLED:
        return "cancelled"
    if round_.state == RoundState.PLANNED or at < round_.opens_at:
        return "planned"
    if round_.state in (RoundState.OPEN, RoundState.CLOSED, RoundState.OFFERED):
        return "open" if round_.is_open(at) else "closed"
    return "ordered" if round_.state == RoundState.ORDERED else "delivered"


def _about(round_: Round) -> About | None:
    """What is told of a round that people sign up to; where articles are sold, nothing."""
    if round_.category.sells_articles:
        return None
    return about(db.session(), round_, auth.my_participants())


def _mine(round_: Round, standing: Standing) -> list[tuple[Buyer, Basket]]:
    """What those for whom the visitor orders have in this round."""
    people = auth.my_participants()
    if not people:
        return []
    found = chosen_by_all(db.session(), [round_.id], [p.id for p in people])
    vat, part = states_vat(round_), round_.state != RoundState.OPEN
    return [
        (
            participant,
            basket_of(
                round_,
                standing.articles,
                standing.sums,
                found.get((round_.id, participant.id), {}),
                states_vat=vat,
                ordered_only=part,
            ),
        )
        for participant in people
    ]


def _round_or_404(round_id: int) -> Round:
    """A round that has been announced; before that only coordinators see it."""
    round_ = db.session.get(Round, round_id)
    if round_ is None or (round_.published_at is None and not auth.is_coordinator()):
        abort(404)
    return round_


def _public_address(round_: Round) -> str:
    path = url_for("rounds.show", round_id=round_.id)
    return current_app.config["BASE_URL"].rstrip("/") + path


def _events(round_: Round) -> list[Event]:
    events = [
        _event(
            round_,
            "closes",
            _last_moment(round_),
            round_.closes_at - HALF_HOUR,
            round_.closes_at,
        )
    ]
    if round_.delivery_on and round_.pickup_from and round_.pickup_until:
        start, end = (
            datetime.combine(round_.delivery_on, hour, ZoneInfo(zone().key))
            for hour in (round_.pickup_from, round_.pickup_until)
        )
        events.append(_event(round_, "collect", _handover(round_), start, end))
        place = ", ".join(filter(None, (round_.pickup_place, round_.pickup_address)))
        events[-1].add("location", place)
    return events


def _handover(round_: Round) -> str:
    if round_.at_home:
        return gettext("At your home: %(title)s", title=round_.title)
    return gettext("Collect: %(title)s", title=round_.title)


def _last_moment(round_: Round) -> str:
    if round_.category.sells_articles:
        return gettext("Last moment to order: %(title)s", title=round_.title)
    return gettext("Last moment to take part: %(title)s", title=round_.title)


def _event(round_: Round, part: str, summary: str, start: datetime, end: datetime) -> Event:
    event = Event()
    event.add("uid", f"round-{round_.id}-{part}@{_host()}")
    event.add("summary", summary)
    event.add("dtstamp", round_.published_at or now())
    event.add("dtstart", start)
    event.add("dtend", end)
    event.add("url", _public_address(round_))
    return event


def _host() -> str:
    return current_app.config["BASE_URL"].partition("://")[2].partition("/")[0] or "koopkracht"
