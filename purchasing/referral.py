"""The list of who signed up, for the party that the round names: handed over, not sent.

An issue of the list is taken along once, by a coordinator, and it is written down who did so and
when. Its rows are not kept here: they are made of the answers that are there at that moment, so
who has withdrawn is not on it, and what has been deleted cannot come back.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ForeignKey, exists, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from purchasing import handover, sheets, signups
from purchasing.base import Base
from purchasing.category import Answer, Question
from purchasing.errors import N_, Refused
from purchasing.handover import Issue, ListChanged
from purchasing.people import Participant, the_network
from purchasing.receipts import in_words, said
from purchasing.rounds import Round, RoundState

Snapshot = dict[str, Any]
PARTICIPANT = "participant"
MADE = (RoundState.ORDERED, RoundState.DELIVERED, RoundState.SETTLED)


class NoListYet(Refused):
    message = N_("There is no list before the round has closed.")


class ReferralList(Issue, Base):
    """One issue of a round's list."""

    __tablename__ = "referral_list"

    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"), index=True)


def issue_list(session: Session, round_: Round, *, actor: str, now: datetime) -> ReferralList:
    """A new issue, after the one before it was taken along. Raises NoListYet, ListNotTaken."""
    if round_.state not in MADE:
        raise NoListYet
    handover.refuse_while_one_waits(list_issues(session, round_.id))
    number = handover.next_number(session, "referral", "L", now=now)
    issue = ReferralList(round_id=round_.id, number=number, issued_at=now, issued_by=actor)
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
    handover.refuse_if_taken(issue)
    rows = _rows(session, round_)
    handover.refuse_if_empty(rows)
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
    handover.refuse_if_empty(rows)
    handover.take(session, issue, people=len(rows), actor=actor, now=now)
    record = _snapshot(session, round_, issue, rows)
    if printed is not None and printed != record:
        raise ListChanged
    return record


def list_issues(session: Session, round_id: int) -> list[ReferralList]:
    query = select(ReferralList).where(ReferralList.round_id == round_id)
    return list(session.scalars(query.order_by(ReferralList.id)))


def list_waiting(session: Session) -> list[Round]:
    """Rounds whose list nobody has taken along yet, while there are answers to be on it."""
    waits = ReferralList.round_id == Round.id, ReferralList.taken_at.is_(None)
    held = exists().where(signups.GivenAnswer.round_id == Round.id)
    query = select(Round).where(exists().where(*waits), held, Round.state.in_(MADE))
    return list(session.scalars(query.order_by(Round.closes_at, Round.id)))


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
