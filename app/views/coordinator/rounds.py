"""Rounds: the list, how one stands, and what would happen if it closed now."""

from collections import defaultdict
from datetime import datetime

from flask import render_template
from flask_babel import format_timedelta, gettext
from sqlalchemy import func, select

from app.auth import now, open_to
from app.extensions import db
from app.overdue import close_if_overdue
from app.views.coordinator import signups, tenders
from app.views.coordinator.found import PAGE_SIZE, STAFF, page_number, room, round_or_404
from app.views.coordinator.outcome import outcome_of
from app.views.coordinator.standing import mailed, standing_of
from purchasing import errands, lifecycle, reminders, surveys
from purchasing.category import ShareDraft
from purchasing.demand import Commitment
from purchasing.errors import N_
from purchasing.people import Participant
from purchasing.rounds import Round, RoundEvent, RoundState

blueprint = room("rounds", "/rounds")
BUSY = (RoundState.OPEN, RoundState.CLOSED, RoundState.OFFERED)
DECIDED = (RoundState.ORDERED, RoundState.DELIVERED, RoundState.SETTLED)
EVENT_WORDS = {
    "publish": N_("Round announced"),
    "open": N_("Round opened"),
    "close": N_("Round closed"),
    "extend": N_("More time given"),
    "hold": N_("Waits for a coordinator"),
    "offer": N_("Offer made"),
    "order": N_("Ordered from the suppliers"),
    "receive": N_("Goods received"),
    "settle": N_("Round settled"),
    "cancel": N_("Round cancelled"),
}
SOON = (*BUSY, RoundState.PLANNED, RoundState.ORDERED, RoundState.DELIVERED)


@blueprint.app_template_global("event_word")
def event_word(event: RoundEvent) -> str:
    """What happened, in the reader's language."""
    return gettext(EVENT_WORDS.get(event.move, event.move))


@blueprint.get("/")
@open_to(*STAFF)
def index() -> str:
    """What goes on now, next to close first; and a page of what is over."""
    current = select(Round).where(Round.state.in_(SOON)).order_by(Round.closes_at, Round.id)
    page = page_number()
    past = (
        select(Round)
        .where(Round.state.not_in(SOON))
        .order_by(Round.closes_at.desc(), Round.id.desc())
        .offset((page - 1) * PAGE_SIZE)
        .limit(PAGE_SIZE + 1)
    )
    over = list(db.session.scalars(past))
    return render_template(
        "coordinator/rounds/index.html",
        current=list(db.session.scalars(current)) if page == 1 else [],
        past=over[:PAGE_SIZE],
        page=page,
        more=len(over) > PAGE_SIZE,
        buyers=_buyers(),
    )


@blueprint.get("/<int:round_id>")
@open_to(*STAFF)
def show(round_id: int) -> str:
    """A round where it stands in its life: planned, live, to be decided, or ordered."""
    round_ = round_or_404(round_id)
    if close_if_overdue(round_, now=now()):
        round_ = round_or_404(round_id)
    page = _page(round_)
    if round_.category.tender is not None and page in ("live", "outcome"):
        return tenders.show(round_)
    if not round_.category.sells_articles and page in ("live", "outcome"):
        return signups.show(round_)
    return render_template(f"coordinator/rounds/{page}.html", **_facts(round_))


@blueprint.get("/<int:round_id>/if-it-closed-now")
@open_to(*STAFF)
def preview(round_id: int) -> str:
    """What closing would decide now, for each participant and each article."""
    round_ = round_or_404(round_id)
    standing = standing_of(db.session(), round_)
    shares: dict[int, list[ShareDraft]] = defaultdict(list)
    for share in standing.decision.shares:
        shares[share.participant_id].append(share)
    return render_template(
        "coordinator/rounds/preview.html",
        round=round_,
        standing=standing,
        shares=shares,
        items={item.id: item for item in round_.items},
        charges=_charged(standing.decision),
        states_vat=any(charge.vat_bp is not None for charge in standing.decision.charges),
    )


def _page(round_: Round) -> str:
    if round_.state in BUSY:
        return "live"
    if round_.state in DECIDED:
        return "outcome"
    return "cancelled" if round_.state == RoundState.CANCELLED else "planned"


def _facts(round_: Round) -> dict[str, object]:
    session = db.session()
    facts: dict[str, object] = {
        "round": round_,
        "moves": lifecycle.possible_moves(round_),
        "now": now(),
        "history": [(event, _until(event)) for event in round_.history],
    }
    if round_.state in BUSY:
        facts["remaining"] = _remaining(round_)
        facts["standing"] = standing_of(session, round_)
        facts["reminders"] = [round_.closes_at - before for before in reminders.BEFORE]
        facts["mailed"] = mailed(db.session(), round_.id)
    if round_.state == RoundState.OFFERED:
        facts["survey"] = surveys.count_choices(session, round_.id)
    if round_.state in DECIDED:
        facts["outcome"] = outcome_of(session, round_)
    facts["errands"] = errands.count_by_state(session, round_.id)
    return facts


def _until(event: RoundEvent) -> datetime | None:
    """The new deadline, where the event gave one."""
    after = event.details.get("after")
    return datetime.fromisoformat(after) if after else None


def _remaining(round_: Round) -> str:
    """ "over 9 dagen"; nothing once it has closed."""
    if not round_.is_open(now()):
        return ""
    return format_timedelta(round_.closes_at - now(), threshold=1.2, add_direction=True)


def _buyers() -> dict[int, int]:
    """How many participants ordered, by round."""
    rows = db.session.execute(
        select(Commitment.round_id, func.count(Commitment.id))
        .join(Participant, Participant.id == Commitment.participant_id)
        .where(Commitment.ordered_at.is_not(None))
        .group_by(Commitment.round_id)
    )
    return {round_id: count for round_id, count in rows}


def _charged(decision: object) -> dict[int, int]:
    charged: dict[int, int] = defaultdict(int)
    for charge in getattr(decision, "charges", ()):
        charged[charge.participant_id] += charge.cents
    return charged
