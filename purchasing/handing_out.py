"""Who gets which errand: the most urgent first, and none that kills takes others along.

A worker holds an errand by a lease. When it runs out, whoever held it is dead, perhaps of that
very errand: from then on it goes alone, and after some deaths it is left to a person.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from itertools import takewhile

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from purchasing.errands import LEASE, Errand, ErrandState, Kind
from purchasing.errors import N_

MOST_DEATHS = 5  # of those who held it, one after another; then it is left to a person
KILLS = N_("Whoever took this in hand died of it, again and again. It is not tried any more.")


def has_due(session: Session, *, now: datetime, kinds: Collection[Kind] = ()) -> bool:
    """A cheap look, so that an idle worker takes no write lock."""
    return session.scalar(select(Errand.id).where(*_due(now, kinds)).limit(1)) is not None


def claim(
    session: Session,
    *,
    now: datetime,
    limit: int,
    kinds: Collection[Kind] = (),
    lease: timedelta = LEASE,
) -> list[Errand]:
    """Lease up to `limit` due errands, the most urgent first; commit before running them.

    A lease that ran out is taken over, and that is no further try: whoever held it died before
    it heard an answer. Such an errand goes alone: should it be what kills, it takes no other
    along, and after some deaths it is given up. Two workers never get the same errand.
    """
    due = (
        select(Errand)
        .where(*_due(now, kinds))
        .order_by(Errand.priority, Errand.not_before, Errand.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    )
    errands = [errand for errand in session.scalars(due) if not _given_up(errand)]
    for errand in (taken := _safe_together(errands)):
        errand.tries += errand.state == ErrandState.WAITING
        errand.deaths += errand.state == ErrandState.LEASED
        errand.state = ErrandState.LEASED
        errand.lease_token += 1
        errand.lease_until = now + lease
    session.flush()
    return taken


def _safe_together(errands: list[Errand]) -> list[Errand]:
    """The first of them if somebody died with it; else all before the first such one."""
    if errands and _is_suspect(errands[0]):
        return errands[:1]
    return list(takewhile(lambda errand: not _is_suspect(errand), errands))


def _is_suspect(errand: Errand) -> bool:
    return errand.state == ErrandState.LEASED or errand.deaths > 0


def _given_up(errand: Errand) -> bool:
    """Whether too many died of it. A sheet that may have gone is in doubt, anything else dead."""
    if errand.state != ErrandState.LEASED or errand.deaths < MOST_DEATHS:
        return False
    gone = errand.kind == Kind.MAIL_SHEET and errand.sending_since is not None
    errand.state = ErrandState.UNCERTAIN if gone else ErrandState.DEAD
    errand.lease_until, errand.last_error = None, KILLS
    return True


def _due(now: datetime, kinds: Collection[Kind]) -> list:  # type: ignore[type-arg]
    due = or_(
        and_(Errand.state == ErrandState.WAITING, Errand.not_before <= now),
        and_(Errand.state == ErrandState.LEASED, Errand.lease_until < now),
    )
    named = or_(*(Errand.key.startswith(f"{kind}:") for kind in kinds)) if kinds else None
    return [due] if named is None else [due, named]
