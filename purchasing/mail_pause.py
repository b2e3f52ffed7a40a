"""Outgoing mail stands still because somebody says so, until somebody says to go on.

After a backup has been put back nobody knows which of its waiting mails went out since. So they
wait for a person. Codes to sign in with go out all the same: they are asked for now.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import String, Text, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from purchasing.base import Base


class MailPause(Base):
    __tablename__ = "mail_pause"

    since: Mapped[datetime]
    reason: Mapped[str] = mapped_column(Text)
    paused_by: Mapped[str] = mapped_column(String(120))
    doubts: Mapped[bool] = mapped_column(default=False)  # what waits may have gone before
    resumed_at: Mapped[datetime | None] = mapped_column(index=True)
    resumed_by: Mapped[str] = mapped_column(String(120), default="")


def current(session: Session) -> MailPause | None:
    """The pause that is in force, if any; the newest where there are several."""
    query = select(MailPause).where(MailPause.resumed_at.is_(None))
    return session.scalar(query.order_by(MailPause.id.desc()).limit(1))


def pause(
    session: Session, reason: str, *, actor: str, now: datetime, doubts: bool = False
) -> MailPause:
    """Hold all mail from now on; what is being sent at this moment may still go."""
    row = MailPause(since=now, reason=reason, paused_by=actor, doubts=doubts)
    session.add(row)
    session.flush()
    return row


def resume(session: Session, *, actor: str, now: datetime) -> int:
    """Let the mail go again; returns how many pauses that ended."""
    ended = session.scalars(
        select(MailPause).where(MailPause.resumed_at.is_(None)).with_for_update()
    ).all()
    for row in ended:
        row.resumed_at, row.resumed_by = now, actor
    session.flush()
    return len(ended)
