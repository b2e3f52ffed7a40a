"""The list of who signed up, for the party that the round names: handed over, not sent.

An issue of the list is taken along once, by a coordinator, and it is written down who did so and
when. Its rows are not kept here: they are made of the answers that are there at that moment, so
who has withdrawn is not on it, and what has been deleted cannot come back.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ForeignKey, String, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from purchasing import numbers, sheets, signups
from purchasing.base import Base
from purchasing.category import Answer, Question
from purchasing.errors import N_, Refused
from purchasing.people import Participant, the_network
from purchasing.receipts import in_words, said
from purchasing.rounds import Round, RoundState

Snapshot = dict[str, Any]
PARTICIPANT = "participant"
MADE = (RoundState.ORDERED, RoundState.DELIVERED, RoundState.SETTLED)


class NoListYet(Refused):
    message = N_("There is no list before the round has closed.")


class ListTaken(Refused):
    message = N_("%(name)s took this list along on %(taken_at)s. A list can be taken once.")


class ListChanged(Refused):
    message = N_("Somebody left the list while it was printed. Take it along once more.")


class ListNotTaken(Refused):
    message = N_("The last list has not been taken along yet.")


class NobodyOnTheList(Refused):
    message = N_("Nobody is on this list, or its answers have been deleted.")


class ReferralList(Base):
    """One issue of a round's list; `people` is how many were on it when it was taken along."""

    __tablename__ = "referral_list"

    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"), index=True)
    number: Mapped[str] = mapped_column(String(24), unique=True)
    issued_at: Mapped[datetime]
    issued_by: Mapped[str] = mapped_column(String(120))
    taken_at: Mapped[datetime | None]
    taken_by: Mapped[str] = mapped_column(String(120), default="")
    people: Mapped[int | None]


def issue_list(session: Session, round_: Round, *, actor: str, now: datetime) -> ReferralList:
    """A new issue, after the one before it was taken along. Raises NoListYet, ListNotTaken."""
    if round_.state not in MADE:
        raise NoListYet
    if any(issue.taken_at is None for issue in list_issues(session, round_.id)):
        raise ListNotTaken
    year = now.astimezone(ZoneInfo(the_network(session).timezone)).year
    serial = numbers.take(session, f"referral:{year}")
    issue = ReferralList(
        round_id=round_.id, number=f"L-{year}-{serial:04d}", issued_at=now, issued_by=actor
    )
    session.add(issue)
    session.flush()
    return issue


def read_list(session: Session, issue: ReferralList) -> Snapshot:
    """The list as its PDF and table show it, to be printed before it is taken along.

    Raises NoListYet, ListTaken, NobodyOnTheList.
    """
    round_ = session.get_one(Round, issue.round_id)
    if round_.state not in MADE:
        raise NoListYet
    if issue.taken_at is not None:
        raise ListTaken(name=issue.taken_by, taken_at=issue.taken_at)
    rows = _rows(session, round_)
    if not rows:
        raise NobodyOnTheList
    return _snapshot(session, round_, issue, rows)


def take_along(
    session: Session,
    issue: ReferralList,
    *,
    printed: Snapshot | None = None,
    actor: str,
    now: datetime,
) -> Snapshot:
    """The list as its PDF and table show it; never again for this issue. Of two, one gets it.

    `printed` is what `read_list` gave before: it must still be what is on the list, so that
    nobody is handed over who left meanwhile. Raises NoListYet, ListTaken, NobodyOnTheList,
    ListChanged.
    """
    round_ = session.get_one(Round, issue.round_id)
    if round_.state not in MADE:
        raise NoListYet
    rows = _rows(session, round_)
    if not rows:
        raise NobodyOnTheList
    taken = session.execute(
        update(ReferralList)
        .where(ReferralList.id == issue.id, ReferralList.taken_at.is_(None))
        .values(taken_at=now, taken_by=actor, people=len(rows))
        .execution_options(synchronize_session=False)
    )
    session.refresh(issue)
    if taken.rowcount != 1:  # type: ignore[attr-defined]
        raise ListTaken(name=issue.taken_by, taken_at=issue.taken_at)
    record = _snapshot(session, round_, issue, rows)
    if printed is not None and printed != record:
        raise ListChanged
    return record


def list_issues(session: Session, round_id: int) -> list[ReferralList]:
    query = select(ReferralList).where(ReferralList.round_id == round_id)
    return list(session.scalars(query.order_by(ReferralList.id)))


def _snapshot(
    session: Session, round_: Round, issue: ReferralList, rows: list[list[Snapshot]]
) -> Snapshot:
    network = the_network(session)
    _, name, licence = round_.category.receipt(round_.particulars).party
    on = issue.issued_at.astimezone(ZoneInfo(network.timezone)).date()
    asked = _questions(round_)
    return {
        "kind": "referral_list",
        "number": issue.number,
        "language": network.language,
        "issued_on": on.isoformat(),
        "round": {"title": round_.title},
        "sender": sheets.sender(network),
        "party": {"name": name, "licence": said(licence)},
        "columns": [
            N_("Name") if key == PARTICIPANT else asked[key].title
            for key in round_.category.sheet_columns()
        ],
        "rows": rows,
        "notes": [],
    }


def _rows(session: Session, round_: Round) -> list[list[Snapshot]]:
    """In the order of names, so that the order of signing up tells nothing."""
    answers = signups.all_answers(session, round_)
    people = session.scalars(select(Participant).where(Participant.id.in_(answers)))
    asked = _questions(round_)
    return [
        [_cell(key, one, answers[one.id], asked) for key in round_.category.sheet_columns()]
        for one in sorted(people, key=lambda one: (one.name.casefold(), one.id))
    ]


def _cell(
    key: str, participant: Participant, given: dict[str, Answer], asked: dict[str, Question]
) -> Snapshot:
    if key == PARTICIPANT:
        return {"text": participant.name}
    question = asked[key]
    if key not in given:
        return {"text": ""}
    words = in_words(question, given[key])
    return {"words": words} if question.options else {"text": words[0]}


def _questions(round_: Round) -> dict[str, Question]:
    return {question.key: question for question in round_.category.questions()}
