"""What is told of a round that people sign up to: whom it is for, how many, and who of mine."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.devices import Buyer
from purchasing import signups
from purchasing.commitments import Commitment, find_commitment
from purchasing.headcounts import Headcount, at_least
from purchasing.people import the_network
from purchasing.questions import Answer, Question, Said
from purchasing.rounds import Round
from purchasing.tendering import Entry
from purchasing.tenders.figures import figures_of


@dataclass(frozen=True)
class About:
    """`people` is rounded down to tens, `heads` are counted when the round has closed."""

    round: Round
    word: str
    party: str
    licence: Said
    people: int
    heads: tuple[tuple[str, int | None], ...]
    mine: tuple[Buyer, ...]

    @property
    def told(self) -> list[tuple[Question, object]]:
        """What the round says of itself, by question."""
        particulars = self.round.particulars
        asked = self.round.category.particulars()
        return [(q, particulars[q.key]) for q in asked if q.public and q.key in particulars]


def about(session: Session, round_: Round, mine: Collection[Buyer]) -> About:
    """All that the public page of such a round tells, and what it tells its own people."""
    word, party, licence = _party(round_)
    signed = set(_who_signed_up(session, round_.id, [one.id for one in mine]))
    return About(
        round=round_,
        word=word,
        party=party,
        licence=licence,
        people=at_least(count_people(session, round_.id)),
        heads=worded(round_, signups.list_heads(session, round_.id)),
        mine=tuple(one for one in mine if one.id in signed),
    )


def _party(round_: Round) -> tuple[str, str, Said]:
    """Who gets the list; nobody where suppliers are told totals only."""
    if round_.category.tender is not None:
        return "", "", Said("")
    return round_.category.receipt(round_.particulars).party


def count_people(session: Session, round_id: int) -> int:
    """Exactly how many take part: for coordinators only."""
    query = select(func.count(Commitment.id)).where(
        Commitment.round_id == round_id, Commitment.ordered_at.is_not(None)
    )
    return session.scalar(query) or 0


def worded(round_: Round, heads: Collection[Headcount]) -> tuple[tuple[str, int | None], ...]:
    """The heads by the words of their option; None is fewer than ten."""
    asked: Mapping[str, Question] = {q.key: q for q in round_.category.questions()}
    return tuple((asked[one.question].label_of(one.option), one.people) for one in heads)


def understood(
    session: Session, round_: Round, participant: Buyer, given: Mapping[str, Answer]
) -> Any:
    """What a room that is put to tender makes of these answers; None of others and of none."""
    commitment = find_commitment(session, round_.id, participant.id)
    if round_.category.tender is None or not given or not commitment or not commitment.ordered_at:
        return None
    on = commitment.ordered_at.astimezone(ZoneInfo(the_network(session).timezone)).date()
    entry = Entry("", 0, participant.is_shop, on, given)
    figures = figures_of(session, round_.category)
    return round_.category.tender.understand(entry, round_.particulars, figures)


def mine_in(
    session: Session, rounds: Collection[Round], people: Collection[Buyer]
) -> list[tuple[Round, Buyer]]:
    """Who of mine signed up to which of these rounds."""
    found = {round_.id: round_ for round_ in rounds if not round_.category.sells_articles}
    mine = {one.id: one for one in people}
    if not found or not mine:
        return []
    rows = session.execute(
        select(Commitment.round_id, Commitment.participant_id)
        .where(
            Commitment.round_id.in_(found),
            Commitment.participant_id.in_(mine),
            Commitment.ordered_at.is_not(None),
        )
        .order_by(Commitment.id)
    )
    return [(found[round_id], mine[who]) for round_id, who in rows]


def _who_signed_up(session: Session, round_id: int, ids: Collection[int]) -> list[int]:
    query = select(Commitment.participant_id).where(
        Commitment.round_id == round_id,
        Commitment.participant_id.in_(ids),
        Commitment.ordered_at.is_not(None),
    )
    return list(session.scalars(query)) if ids else []
