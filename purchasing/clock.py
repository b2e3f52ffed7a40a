"""What falls due by itself. Says what; app/scheduler does it, one transaction each.

However long ago it fell due, it is found; tried late, or twice, or by two clocks at once, it is
done once.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import partial

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from purchasing import errands, findings, lifecycle, planning, reminders, signups
from purchasing.books import late
from purchasing.calendar import ImpossibleRhythm
from purchasing.deliveries import photos
from purchasing.errors import Refused
from purchasing.people import Network
from purchasing.rounds import Round, RoundRhythm, RoundState
from purchasing.tenders import offer_retention
from purchasing.tenders.bids import Seal

ACTOR = "clock"
GRACE = timedelta(seconds=2)


class What(StrEnum):
    """All that falls due by itself."""

    OPEN = "open"
    REMIND = "remind"
    CLOSE = "close"
    OFFER = "offer"
    ORDER = "order"
    CONCLUDE = "conclude"
    FORGET = "forget answers of"
    PLAN = "plan"
    REMIND_LATE = "remind who is late"


@dataclass(frozen=True)
class Duty:
    """One thing to do now. `run` takes the moment, read after `lock` has taken its row."""

    what: What
    lock: Callable[[], None]
    run: Callable[[datetime], None]
    about: str = ""

    @property
    def name(self) -> str:
        return f"{self.what} {self.about}".strip()


def no_seal(_sealed: bytes) -> bytes:
    """For who opens no bids."""
    raise ValueError("there is no key here to open bids with")


def due(
    session: Session,
    *,
    now: datetime,
    grace: timedelta = GRACE,
    unseal: Seal = no_seal,
    only: What | None = None,
) -> list[Duty]:
    """Every duty whose hour has come, the oldest deadline first. `unseal` opens sealed bids.

    Who knows what it is about asks for `only` that: looking for all takes a dozen statements.
    """
    offer = partial(lifecycle.offer, unseal=unseal)
    finding: dict[What, Callable[[], list[Duty]]] = {
        What.ORDER: lambda: _duties(session, What.ORDER, _order, _closed()),
        What.CONCLUDE: lambda: _duties(session, What.CONCLUDE, _order, _chosen(now - grace)),
        What.OFFER: lambda: _duties(session, What.OFFER, offer, _bidden(now - grace)),
        What.CLOSE: lambda: _duties(session, What.CLOSE, lifecycle.close, _overdue(now - grace)),
        What.OPEN: lambda: _duties(session, What.OPEN, lifecycle.open_round, _opening(now)),
        What.REMIND: lambda: _reminding(session, now),
        What.PLAN: lambda: _planning(session, now),
        What.FORGET: lambda: _forgetting(session, now),
        What.REMIND_LATE: lambda: _collecting(session, now),
    }
    return [duty for what, find in finding.items() if only in (None, what) for duty in find()]


def _order(session: Session, round_: Round, *, actor: str, now: datetime) -> None:
    try:
        lifecycle.order(session, round_, actor=actor, now=now)
    except lifecycle.MinimumNotReached:
        lifecycle.hold(session, round_, actor=actor, now=now)


def _closed() -> list[object]:
    to_offer = or_(Round.bids_until.is_not(None), Round.choose_days > 0)
    return [Round.state == RoundState.CLOSED, Round.order_at_close, ~Round.held, ~to_offer]


def _bidden(moment: datetime) -> list[object]:
    return [Round.state == RoundState.CLOSED, Round.bids_until <= moment]


def _chosen(moment: datetime) -> list[object]:
    over = or_(Round.no_deal, Round.offers_until <= moment)
    by_itself = or_(Round.bids_until.is_not(None), Round.order_at_close)
    return [Round.state == RoundState.OFFERED, over, by_itself, ~Round.held]


def _overdue(moment: datetime) -> list[object]:
    return [Round.state == RoundState.OPEN, Round.closes_at <= moment]


def _opening(now: datetime) -> list[object]:
    published = Round.published_at.is_not(None)
    return [Round.state == RoundState.PLANNED, published, Round.opens_at <= now]


def _duties(
    session: Session, what: What, move: Callable[..., None], conditions: list[object]
) -> list[Duty]:
    query = select(Round).where(*conditions).order_by(Round.closes_at, Round.id)  # type: ignore[arg-type]
    return [_duty(session, what, move, round_) for round_ in session.scalars(query)]


def _duty(session: Session, what: What, move: Callable[..., None], round_: Round) -> Duty:
    return Duty(
        what,
        lock=lambda: lifecycle.lock(session, round_),
        run=lambda now: move(session, round_, actor=ACTOR, now=now),
        about=f"round {round_.id}",
    )


def _reminding(session: Session, now: datetime) -> list[Duty]:
    soon = [Round.state == RoundState.OPEN, Round.closes_at <= now + reminders.BEFORE[0]]
    rounds = session.scalars(select(Round).where(*soon).order_by(Round.closes_at, Round.id))
    return [
        _duty(session, What.REMIND, _remind, round_)
        for round_ in rounds
        if reminders.reminder_due(round_, now=now)
    ]


def _remind(session: Session, round_: Round, *, actor: str, now: datetime) -> None:
    reminders.remind(session, round_, now=now)


def _collecting(session: Session, now: datetime) -> list[Duty]:
    """Reminders to who is late, once a day."""
    networks = session.scalars(select(Network))
    return [_collect_duty(session, one) for one in networks if late.is_reminding_day(one, now=now)]


def _collect_duty(session: Session, network: Network) -> Duty:
    return Duty(
        What.REMIND_LATE,
        lock=lambda: session.refresh(network, with_for_update=True),
        run=lambda now: _remind_late(session, network, now),
    )


def _remind_late(session: Session, network: Network, now: datetime) -> None:
    late.remind(session, network, now=now)


def _forgetting(session: Session, now: datetime) -> list[Duty]:
    over = {
        *signups.rounds_to_forget(session, now=now),
        *offer_retention.rounds_to_forget(session, now=now),
        *findings.rounds_to_forget(session, now=now),
        *photos.rounds_to_forget(session, now=now),
    }
    rounds = (session.get_one(Round, round_id) for round_id in sorted(over))
    return [_duty(session, What.FORGET, _forget, round_) for round_ in rounds]


def _forget(session: Session, round_: Round, *, actor: str, now: datetime) -> None:
    signups.forget_answers(session, round_, now=now)
    findings.forget_round(session, round_, now=now)
    photos.forget_round(session, round_, now=now)
    if round_.category.tender is not None:
        offer_retention.forget_round(session, round_, now=now)


def _planning(session: Session, now: datetime) -> list[Duty]:
    rows = session.scalars(select(RoundRhythm).where(RoundRhythm.active))
    return [_plan_duty(session, row) for row in rows if _lacks_rounds(session, row, now)]


def _plan_duty(session: Session, row: RoundRhythm) -> Duty:
    return Duty(
        What.PLAN,
        lock=lambda: session.refresh(row, with_for_update=True),
        run=lambda now: _plan_ahead(session, row, now),
        about=f"rhythm {row.id}",
    )


def _plan_ahead(session: Session, row: RoundRhythm, now: datetime) -> None:
    for round_ in planning.plan_ahead(session, row, now=now):
        _publish(session, round_, now)


def _publish(session: Session, round_: Round, now: datetime) -> None:
    """A round that may not be published waits for a coordinator, who is told so."""
    try:
        lifecycle.publish(session, round_, actor=ACTOR, now=now)
    except Refused:
        errands.ask(
            session,
            errands.Kind.MAIL_COORDINATORS,
            f"unpublished:{round_.id}",
            round_id=round_.id,
            now=now,
        )


def _lacks_rounds(session: Session, row: RoundRhythm, now: datetime) -> bool:
    try:
        wanted = {p.delivery_on for p in planning.coming(session, row, now=now, count=row.ahead)}
    except ImpossibleRhythm:
        return True  # it is refused when its turn comes, and keeps nothing else from being done
    there = set(session.scalars(select(Round.delivery_on).where(Round.rhythm_id == row.id)))
    return bool(wanted - there)
