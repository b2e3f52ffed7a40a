"""What must happen outside the database: render, mail. Noted here, done by the app.

An errand is written in the transaction that makes it necessary, so none is lost and none is run
for what never happened. Its key is unique: asked for twice, it is run once. A runner holds it by
a lease with a fencing token: who was thought dead and comes back cannot finish another's errand.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, String, Text, func, insert, or_, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from purchasing.base import Base, insert_if_absent

LEASE = timedelta(minutes=2)
WAITS = tuple(timedelta(seconds=s) for s in (10, 60, 300, 1800, 7200, 21600, 43200, 86400, 86400))

AGAIN = "errand_again"  # option of a statement: the kind of errand that it makes due once more


class Kind(StrEnum):
    """What is to be done; the part of the key before the colon."""

    RENDER = "render"  # a paper, by id
    MAIL_SHEET = "mail_sheet"  # an order sheet to its supplier, by paper id
    MAIL_PAPER = "mail_paper"  # a paper to its participant, by paper id
    MAIL_ORDER_PLACED = "mail_order_placed"  # commitment id : version
    MAIL_SIGNED_UP = "mail_signed_up"  # commitment id : version
    MAIL_INVITATION = "mail_invitation"  # to bid, to a supplier, by invitation id
    MAIL_BID = "mail_bid"  # that a bid has come in, to its supplier, by bid id
    MAIL_RESULT = "mail_result"  # how a tender ended, to a supplier: what happened : bid id
    MAIL_ANSWER = "mail_answer"  # of an order's answer: link, copy, told or decided : id
    MAIL_CHANGE = "mail_change"  # decision about a supplier's answer : commitment id
    MAIL_NEWS = "mail_news"  # what happened : commitment id
    MAIL_REMINDER = "mail_reminder"  # first or last : commitment id
    MAIL_PAYMENT = "mail_payment"  # participant id : oldest bill : how often (: day of the part)
    MAIL_COLLECTION = "mail_collection"  # participant id : collection id
    MAIL_NOT_COLLECTED = "mail_not_collected"  # participant id : collection line id
    MAIL_MESSAGE = "mail_message"  # message id : commitment id
    MAIL_COORDINATORS = "mail_coordinators"  # what happened : round id
    MAIL_SIGN_IN = "mail_sign_in"  # sign-in request id
    HEAR_PAYMENT = "hear_payment"  # how an online payment stands, by its id


class ErrandState(StrEnum):
    WAITING = "waiting"
    LEASED = "leased"
    DONE = "done"
    DEAD = "dead"  # gave up, or refused for good: somebody must look
    UNCERTAIN = "uncertain"  # may have gone to a supplier: somebody must say
    CANCELLED = "cancelled"


class Priority:
    """Lower goes first: a supplier's sheet, then what somebody waits for, then the rest."""

    SHEET = 0
    AWAITED = 10
    PAPER = 20
    NEWS = 30


class Errand(Base):
    __tablename__ = "errand"
    __table_args__ = (Index("ix_errand_due", "state", "priority", "not_before"),)

    key: Mapped[str] = mapped_column(String(120), unique=True)
    priority: Mapped[int] = mapped_column(default=Priority.NEWS)
    state: Mapped[ErrandState] = mapped_column(String(12), default=ErrandState.WAITING)
    round_id: Mapped[int | None] = mapped_column(ForeignKey("round.id"), index=True)
    recipient: Mapped[str] = mapped_column(String(200), default="")
    asked_at: Mapped[datetime]
    not_before: Mapped[datetime]
    tries: Mapped[int] = mapped_column(default=0)
    deaths: Mapped[int] = mapped_column(default=0, server_default="0")  # of who held it, in a row
    lease_token: Mapped[int] = mapped_column(default=0)
    lease_until: Mapped[datetime | None]
    sending_since: Mapped[datetime | None]
    repeat: Mapped[bool] = mapped_column(default=False)  # may have gone before; says so itself
    done_at: Mapped[datetime | None]
    last_error: Mapped[str] = mapped_column(Text, default="")

    @property
    def kind(self) -> Kind:
        return Kind(self.key.partition(":")[0])

    @property
    def ref(self) -> str:
        """What it is about: the part of the key behind the first colon."""
        return self.key.partition(":")[2]


def ask(
    session: Session,
    kind: Kind,
    ref: object,
    *,
    now: datetime,
    priority: int = Priority.NEWS,
    round_id: int | None = None,
    recipient: str = "",
    not_before: datetime | None = None,
) -> None:
    """Note an errand, unless it has been noted before."""
    insert_if_absent(
        session,
        Errand,
        key=f"{kind}:{ref}",
        priority=priority,
        state=ErrandState.WAITING,
        round_id=round_id,
        recipient=recipient,
        asked_at=now,
        not_before=not_before or now,
        tries=0,
        deaths=0,
        lease_token=0,
        repeat=False,
        last_error="",
    )


def ask_many(
    session: Session,
    kind: Kind,
    refs: Collection[tuple[object, str]],
    *,
    now: datetime,
    priority: int,
    round_id: int | None,
    not_before: datetime | None = None,
) -> None:
    """Note errands of one kind for new things: `refs` are (ref, recipient). Keys must be new."""
    if refs:
        session.execute(
            insert(Errand.__table__),  # type: ignore[arg-type]
            [
                {
                    "key": f"{kind}:{ref}",
                    "priority": priority,
                    "round_id": round_id,
                    "recipient": recipient,
                    "asked_at": now,
                    "not_before": not_before or now,
                }
                for ref, recipient in refs
            ],
        )


def begin_sending(
    session: Session, errand_id: int, token: int, *, now: datetime, budget: timedelta
) -> bool:
    """Say that from now on the mail may have gone; False if the lease is no longer ours."""
    return _fenced(session, errand_id, token, sending_since=now, lease_until=now + budget)


def succeeded(session: Session, errand_id: int, token: int, *, now: datetime) -> bool:
    """Note that it is done; False if the lease is no longer ours."""
    return _fenced(
        session,
        errand_id,
        token,
        state=ErrandState.DONE,
        done_at=now,
        deaths=0,  # one that listens may be roused after it was done
        lease_until=None,
        last_error="",
    )


def needless(session: Session, errand_id: int, token: int, *, now: datetime) -> bool:
    """Note that there is nothing to send any more; False if the lease is no longer ours.

    A try that was cut off before may have begun; it is over, and nothing went in this one.
    """
    return _fenced(
        session,
        errand_id,
        token,
        state=ErrandState.DONE,
        done_at=now,
        lease_until=None,
        sending_since=None,
        last_error="",
    )


def failed(
    session: Session,
    errand_id: int,
    token: int,
    error: str,
    *,
    tries: int,
    now: datetime,
    for_good: bool = False,
    counts: bool = True,
) -> bool:
    """Wait longer after each failure; give up after the last wait, or at once `for_good`.

    `counts=False` (the post office itself is down) spends no try.
    """
    spent = tries if counts else tries - 1  # being handed out was one
    dead = for_good or spent > len(WAITS)
    wait = WAITS[min(max(spent, 1), len(WAITS)) - 1]
    return _fenced(
        session,
        errand_id,
        token,
        state=ErrandState.DEAD if dead else ErrandState.WAITING,
        not_before=now + wait,
        tries=spent,
        deaths=0,
        lease_until=None,
        sending_since=None,
        last_error=error[:2000],
    )


def doubt(session: Session, errand_id: int, token: int, error: str) -> bool:
    """It may have gone to a supplier; a human must say whether to send it again."""
    return _fenced(
        session,
        errand_id,
        token,
        state=ErrandState.UNCERTAIN,
        lease_until=None,
        last_error=error[:2000],
    )


def give_back(session: Session, errand_id: int, token: int, *, now: datetime) -> bool:
    """Put an errand back that was leased and not begun; False if the lease is no longer ours."""
    return _fenced(
        session,
        errand_id,
        token,
        state=ErrandState.WAITING,
        not_before=now,
        tries=Errand.tries - 1,
        lease_until=None,
    )


def retry(session: Session, errand: Errand, *, now: datetime) -> None:
    """Try an errand that stands still again, now, because somebody says so.

    What may have gone before is from then on a repeat, and must say so itself.
    """
    session.execute(
        update(Errand)
        .where(
            Errand.id == errand.id,
            Errand.state.in_((ErrandState.DEAD, ErrandState.UNCERTAIN, ErrandState.WAITING)),
        )
        .values(
            state=ErrandState.WAITING,
            not_before=now,
            tries=0,
            deaths=0,
            repeat=or_(Errand.repeat, Errand.sending_since.is_not(None)),
            sending_since=None,
        )
        .execution_options(**{AGAIN: errand.kind})
    )


def arrived(session: Session, errand: Errand, *, now: datetime) -> None:
    """Somebody asked, and it had arrived: an uncertain errand is done."""
    session.execute(
        update(Errand)
        .where(Errand.id == errand.id, Errand.state == ErrandState.UNCERTAIN)
        .values(state=ErrandState.DONE, done_at=now)
    )


def cancel_for_round(session: Session, round_id: int) -> None:
    """Call off what has not begun for a round."""
    session.execute(
        update(Errand)
        .where(
            Errand.round_id == round_id,
            Errand.state == ErrandState.WAITING,
            Errand.sending_since.is_(None),
        )
        .values(state=ErrandState.CANCELLED)
    )


def list_for_round(session: Session, round_id: int) -> list[Errand]:
    query = select(Errand).where(Errand.round_id == round_id)
    return list(session.scalars(query.order_by(Errand.priority, Errand.id)))


def count_by_state(session: Session, round_id: int | None = None) -> dict[ErrandState, int]:
    query = select(Errand.state, func.count(Errand.id)).group_by(Errand.state)
    if round_id is not None:
        query = query.where(Errand.round_id == round_id)
    return {ErrandState(state): count for state, count in session.execute(query)}


def _fenced(session: Session, errand_id: int, token: int, **values: object) -> bool:
    held = session.execute(
        update(Errand)
        .where(
            Errand.id == errand_id,
            Errand.lease_token == token,
            Errand.state == ErrandState.LEASED,
        )
        .values(**values)
        .execution_options(synchronize_session=False)
    )
    return bool(held.rowcount == 1)  # type: ignore[attr-defined]
