"""The life of a round: a road with stops, and one way off it.

    planned -open-> open -close-> closed -offer-> offered -order-> ordered
                                            -receive-> delivered -settle-> settled

A category names the moves on its own road (`Category.itinerary`): a tender has an `offer`, food
has none; a survey adds one. A round may be cancelled at every stop before `ordered`.

Only this module writes Round.state. Each move is one function: first its guards, then `_move`,
which claims the round, then what follows from it. All of it happens in the caller's transaction:
it is all there or nothing is, and a second try changes nothing.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy import update
from sqlalchemy.orm import Session

from purchasing import (
    contracts,
    deadlines,
    errands,
    invitations,
    news,
    ordering,
    planning,
    receipts,
    referral,
    surveys,
)
from purchasing.books import billing, corrections, hand_out, invoicing, settlement
from purchasing.category import Decision, Shortfall
from purchasing.commitments import NotOpenYet, last_change
from purchasing.deadlines import NoWindow
from purchasing.errors import N_, Refused
from purchasing.rounds import Round, ShortfallRule, note
from purchasing.rounds import RoundState as S
from purchasing.tenders import awards, bids, lots, offers

LEADS_TO = {
    "open": S.OPEN,
    "close": S.CLOSED,
    "offer": S.OFFERED,
    "order": S.ORDERED,
    "receive": S.DELIVERED,
    "settle": S.SETTLED,
    "cancel": S.CANCELLED,
}
CANCELLABLE = (S.PLANNED, S.OPEN, S.CLOSED, S.OFFERED)
RIGHT_AWAY = timedelta(seconds=1)
ONE_TICK = timedelta(microseconds=1)  # the least that lies between two moments


class WrongState(Refused):
    message = N_("This round is %(state)s, so this is not possible: %(move)s.")


class TooEarly(Refused):
    message = N_("This round does not close until %(closes_at)s.")


class StillChoosing(Refused):
    message = N_("Everybody may choose until %(offers_until)s.")


class NotPublished(Refused):
    message = N_("This round has not been published yet.")


class NothingToOffer(Refused):
    message = N_("A round needs at least one article before it can be published.")


class ReasonMissing(Refused):
    message = N_("Say why. Everybody who takes part gets to read it.")


class MinimumNotReached(Refused):
    message = N_("There is %(missing_cents)s too little to order. Order all the same, or cancel.")


def publish(session: Session, round_: Round, *, actor: str, now: datetime) -> None:
    """Announce a planned round: the clock opens it at its hour. Its rules are fixed now.

    Done twice, it is announced once.
    """
    lock(session, round_)
    if round_.state != S.PLANNED:
        raise WrongState(state=round_.state, move="publish")
    if round_.published_at is not None:
        return
    if round_.category.sells_articles and not round_.items:
        raise NothingToOffer
    planning.prepare(session, round_)
    if round_.closes_at <= max(now, round_.opens_at):
        raise NoWindow
    round_.published_at = now
    note(round_, "publish", actor=actor, now=now)


def open_round(session: Session, round_: Round, *, actor: str, now: datetime) -> None:
    """Let people order. The terms of its articles are taken anew, and frozen."""
    if round_.published_at is None:
        raise NotPublished
    if now < round_.opens_at:
        raise NotOpenYet(opens_at=round_.opens_at)
    _move(session, round_, "open", actor=actor, now=now)
    planning.freeze(session, round_, now=now)


def close(session: Session, round_: Round, *, actor: str, now: datetime) -> None:
    """End the window: what was ordered by now is what counts.

    Whoever has a clock takes the round's lock first and reads the clock after it, so that what
    was saved at the last moment is in, and nothing is saved after `closed_at`. Below a minimum,
    a round whose rule says so is extended, once, instead.
    """
    lock(session, round_)
    if now < round_.closes_at:
        raise TooEarly(closes_at=round_.closes_at)
    if round_.state == S.OPEN and _may_extend(round_) and _shortfalls(session, round_):
        deadlines.extend_by_rule(session, round_, actor=actor, now=now)
        return
    _move(session, round_, "close", actor=actor, now=now)
    round_.closed_at = now
    _put_to_tender(session, round_, now=now)


def close_now(session: Session, round_: Round, *, actor: str, now: datetime) -> None:
    """Close before the announced moment, because a coordinator says so.

    The new `closes_at` lies after every change that was saved, also one that another machine's
    clock dates later than `now`: what counts was received before it.
    """
    lock(session, round_)
    if round_.state != S.OPEN:
        raise WrongState(state=round_.state, move="close")
    moment = max(now, last_change(session, round_.id, default=now - ONE_TICK) + ONE_TICK)
    round_.closes_at = max(min(round_.closes_at, moment), round_.opens_at + RIGHT_AWAY)
    _move(session, round_, "close", actor=actor, now=moment, text="close_now")
    round_.closed_at = moment
    _put_to_tender(session, round_, now=moment)


def extend(session: Session, round_: Round, *, until: datetime, actor: str, now: datetime) -> None:
    """Give everybody more time; also past the moment itself, as long as it has not closed."""
    lock(session, round_)
    if round_.state not in (S.PLANNED, S.OPEN):
        raise WrongState(state=round_.state, move="extend")
    if until <= max(now, round_.closes_at):
        raise NoWindow
    deadlines.new_deadline(session, round_, until, actor=actor, now=now)


def offer(
    session: Session, round_: Round, *, unseal: bids.Seal, actor: str, now: datetime
) -> None:
    """Open all bids together, award them by the published rule, and tell each their offer.

    Where nobody is offered anything the round comes to its end as "no deal": everybody stays.
    Raises StillSealed.
    """
    _move(session, round_, "offer", actor=actor, now=now)
    bids.open_all(session, round_, unseal=unseal, now=now)
    awards.award(session, round_, now=now)
    news.tell_of_award(session, round_, now=now)


def offer_survey(session: Session, round_: Round, *, actor: str, now: datetime) -> None:
    """Tell each what a survey found and what it comes to; they may choose for some days."""
    _move(session, round_, "offer", actor=actor, now=now)
    round_.offers_until = now + timedelta(days=round_.choose_days)
    surveys.present(session, round_, now=now)
    news.tell_of_survey(session, round_, now=now)


def order(
    session: Session,
    round_: Round,
    *,
    actor: str,
    now: datetime,
    despite_shortfall: bool = False,
) -> None:
    """Decide, and bind the group to its suppliers. From here on nobody can cancel.

    Writes who gets what, the supplier orders, what each owes, the papers with their numbers, the
    postings and the errands. A supplier below its minimum follows the round's rule: left out, or
    (`wait`) MinimumNotReached until somebody says to order all the same. After a tender it
    concludes the contracts of those who accepted, when the time to choose is over.
    """
    _refuse_unless_next(round_, "order")
    _refuse_while_choosing(round_, now)
    decision = _decide(session, round_, despite_shortfall)
    if decision is None:
        _call_off(session, round_, reason="", actor=actor, now=now)
        return
    _move(session, round_, "order", actor=actor, now=now)
    orders = ordering.record(session, round_, decision, now=now)
    settlement.write_charges(session, round_, decision.charges)
    vat_apart = settlement.states_vat(decision.charges)
    settlement.book_orders(session, round_, orders, vat_apart=vat_apart, now=now)
    invoicing.issue_sheets(session, round_, orders, decision.shares, now=now)
    billed = billing.bill_at_order(session, round_, decision, now=now)
    receipts.issue_receipts(session, round_, decision.receipts, now=now)
    if decision.receipts or decision.listed:
        referral.issue_list(session, round_, actor=actor, now=now)
    news.tell_who_has_no_paper(session, round_, decision, billed, now=now)
    if round_.category.tender is not None:
        contracts.conclude(session, round_, now=now)


def receive(session: Session, round_: Round, *, actor: str, now: datetime) -> None:
    """The goods are there and can be handed out, by a list of what came."""
    _move(session, round_, "receive", actor=actor, now=now)
    hand_out.follow(session, round_, now=now)


def settle(session: Session, round_: Round, *, actor: str, now: datetime) -> None:
    """What came, in money: credit notes and supplements, or the papers (or the rest) that waited
    for the delivery. The end of a round's life. Raises CountsDiffer.
    """
    _move(session, round_, "settle", actor=actor, now=now)
    corrections.settle_round(session, round_, now=now)


def cancel(session: Session, round_: Round, *, reason: str, actor: str, now: datetime) -> None:
    """Call the round off. Everybody who ordered is told why; nobody pays."""
    if not reason.strip():
        raise ReasonMissing
    _call_off(session, round_, reason=reason.strip(), actor=actor, now=now)


def _call_off(session: Session, round_: Round, *, reason: str, actor: str, now: datetime) -> None:
    """Without a reason it is the round's own rule that says so."""
    _move(session, round_, "cancel", actor=actor, now=now, text=reason)
    round_.cancel_reason = reason
    errands.cancel_for_round(session, round_.id)
    news.tell(session, round_, "cancelled", news.who_ordered(session, round_), now=now)


def hold(session: Session, round_: Round, *, actor: str, now: datetime) -> None:
    """Let a closed round that fell short stand until a coordinator decides; tell them, once."""
    if round_.held:
        return
    round_.held = True
    note(round_, "hold", actor=actor, now=now)
    errands.ask(
        session,
        errands.Kind.MAIL_COORDINATORS,
        f"held:{round_.id}",
        round_id=round_.id,
        now=now,
    )


def possible_moves(round_: Round) -> list[str]:
    """The next move on the category's road, if any, and `cancel` while that is allowed."""
    road = round_.itinerary
    stops = [S.PLANNED, *(LEADS_TO[move] for move in road)]
    ahead = [move for stop, move in zip(stops, road, strict=False) if stop == round_.state]
    return ahead + (["cancel"] if round_.state in CANCELLABLE else [])


def _decide(session: Session, round_: Round, despite_shortfall: bool) -> Decision | None:
    """What to order, with the suppliers left out that the rule leaves out; None: call it off."""
    if round_.category.tender is not None:
        return offers.decision(session, round_)
    decision = surveys.decision(session, round_)
    if round_.choose_days and not any(order.lines for order in decision.orders):
        return None  # nobody is left
    if despite_shortfall or not decision.shortfalls:
        return decision
    if round_.shortfall_rule == ShortfallRule.WAIT:
        raise MinimumNotReached(missing_cents=_missing(decision.shortfalls))
    short = frozenset(s.supplier_id for s in decision.shortfalls if s.supplier_id is not None)
    rest = surveys.decision(session, round_, without_suppliers=short)
    whole = any(shortfall.supplier_id is None for shortfall in rest.shortfalls)
    return None if whole or not any(order.lines for order in rest.orders) else rest


def _missing(shortfalls: Iterable[Shortfall]) -> int:
    return max(shortfall.missing_cents for shortfall in shortfalls)


def _shortfalls(session: Session, round_: Round) -> tuple[Shortfall, ...]:
    return round_.category.decide(ordering.demand_of(session, round_)).shortfalls


def _may_extend(round_: Round) -> bool:
    return round_.shortfall_rule == ShortfallRule.EXTEND and not round_.extended


def _put_to_tender(session: Session, round_: Round, *, now: datetime) -> None:
    if round_.category.tender is not None:
        lots.issue_lot_sheet(session, round_, now=now)
        invitations.send_invitations(session, round_, now=now)


def _refuse_while_choosing(round_: Round, now: datetime) -> None:
    if not round_.no_deal and round_.offers_until is not None and now < round_.offers_until:
        raise StillChoosing(offers_until=round_.offers_until)


def _refuse_unless_next(round_: Round, name: str) -> None:
    if name not in possible_moves(round_):
        raise WrongState(state=round_.state, move=name)


def lock(session: Session, round_: Round) -> None:
    """Take the round's row, waiting for whoever is saving, and see it as it is now."""
    session.flush()  # what we changed ourselves stays
    session.refresh(round_, with_for_update=True)


def _move(
    session: Session, round_: Round, name: str, *, actor: str, now: datetime, text: str = ""
) -> None:
    """Change the state, in the database first, and write it into the history.

    The UPDATE names the state we believe the round to be in. If the clock and a coordinator
    press at once, one of them changes no row, and is refused.
    """
    _refuse_unless_next(round_, name)
    before, after = round_.state, LEADS_TO[name]
    is_last = after in (S.CANCELLED, LEADS_TO[round_.itinerary[-1]])
    changed = session.execute(
        update(Round)
        .where(Round.id == round_.id, Round.state == before)
        .values(state=after, ended_at=now if is_last else None)
        .execution_options(synchronize_session=False)
    )
    if changed.rowcount != 1:  # type: ignore[attr-defined]
        raise WrongState(state=before, move=name)
    session.refresh(round_, ["state", "ended_at"])
    note(round_, name, actor=actor, now=now, before=S(before), text=text)
