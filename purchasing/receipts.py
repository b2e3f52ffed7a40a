"""Receipts: what each who signed up has passed on, to whom, and what happens next. No amounts.

A receipt is kept as long as any paper. So it repeats only the answers that their room allows
(`Question.on_receipt`); all others live and die in `signups`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from purchasing import errands, numbers, questions, sheets, signups
from purchasing.category import Answer, Question
from purchasing.commitments import Commitment
from purchasing.errors import N_
from purchasing.papers import Paper, PaperKind
from purchasing.people import Network, the_network
from purchasing.questions import QuestionKind, Said
from purchasing.rounds import Round

Snapshot = dict[str, Any]
YES, NO = N_("yes"), N_("no")


@dataclass(frozen=True)
class _Issue:
    """What all receipts of one round have in common."""

    network: Network
    round: Round
    at: datetime

    def local(self, moment: datetime) -> date:
        return moment.astimezone(ZoneInfo(self.network.timezone)).date()


def issue_receipts(
    session: Session, round_: Round, participant_ids: Collection[int], *, now: datetime
) -> list[Paper]:
    """A receipt for each of these, numbered without gaps, and the errand to print it."""
    if not participant_ids:
        return []
    issue = _Issue(the_network(session), round_, now)
    given = signups.all_answers(session, round_)
    commitments = _commitments(session, round_, participant_ids)
    year = issue.local(now).year
    first = numbers.take(session, f"receipt:{year}", len(commitments))
    papers = [
        _paper(issue, one, given.get(one.participant_id, {}), f"O-{year}-{first + index:04d}")
        for index, one in enumerate(commitments)
    ]
    session.add_all(papers)
    session.flush()
    names = [one.participant.name for one in commitments]
    errands.ask_many(
        session,
        errands.Kind.RENDER,
        [(paper.id, name) for paper, name in zip(papers, names, strict=True)],
        priority=errands.Priority.PAPER,
        round_id=round_.id,
        now=now,
    )
    return papers


def in_words(question: Question, answer: Answer) -> list[str]:
    """An answer as msgids, or as what was typed."""
    if isinstance(answer, list):
        return [question.label_of(key) for key in answer]
    if question.kind == QuestionKind.CHOICE:
        return [question.label_of(str(answer))]
    if question.kind == QuestionKind.YES_NO:
        return [YES if answer else NO]
    return [str(answer)]


def said(sentence: Said) -> Snapshot:
    return {"text": sentence.text, "values": dict(sentence.values)}


def _commitments(
    session: Session, round_: Round, participant_ids: Collection[int]
) -> list[Commitment]:
    query = (
        select(Commitment)
        .where(Commitment.round_id == round_.id, Commitment.participant_id.in_(participant_ids))
        .options(selectinload(Commitment.participant))
        .order_by(Commitment.participant_id)
    )
    return list(session.scalars(query))


def _paper(
    issue: _Issue, commitment: Commitment, given: Mapping[str, Answer], number: str
) -> Paper:
    participant = commitment.participant
    return Paper(
        kind=PaperKind.RECEIPT,
        number=number,
        round_id=issue.round.id,
        participant_id=participant.id,
        language=participant.language,
        issued_on=issue.local(issue.at),
        issued_at=issue.at,
        snapshot=_snapshot(issue, commitment, given, number),
    )


def _snapshot(
    issue: _Issue, commitment: Commitment, given: Mapping[str, Answer], number: str
) -> Snapshot:
    round_, participant = issue.round, commitment.participant
    words = round_.category.receipt(round_.particulars)
    word, name, licence = words.party
    received, closed = commitment.ordered_at or issue.at, round_.closed_at or issue.at
    return {
        "kind": "receipt",
        "number": number,
        "language": participant.language,
        "issued_on": issue.local(issue.at).isoformat(),
        "received_on": issue.local(received).isoformat(),
        "round": {"title": round_.title, "closed_on": issue.local(closed).isoformat()},
        "sender": sheets.sender(issue.network),
        "recipient": sheets.recipient(participant),
        "party": {"word": word, "name": name, "licence": said(licence)},
        "intro": said(words.intro),
        "warnings": [said(sentence) for sentence in words.warnings],
        "answers": _repeated(round_, given, shop=participant.is_shop),
        "steps": [said(sentence) for sentence in words.steps],
        "leaving": [said(sentence) for sentence in words.leaving],
        "roles": [said(sentence) for sentence in words.roles],
        "notes": [],
    }


def _repeated(round_: Round, given: Mapping[str, Answer], *, shop: bool) -> list[Snapshot]:
    asked = questions.for_whom(round_.category.questions(), shop=shop)
    return [
        {"label": question.title, "words": in_words(question, given[question.key])}
        for question in asked
        if question.on_receipt and question.key in given
    ]
