"""What a survey found for one participant and what it comes to: as pages and mails show it."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from purchasing import findings, surveys
from purchasing.commitments import Commitment
from purchasing.money import amount, with_vat
from purchasing.people import Participant
from purchasing.rounds import Round, RoundItem, RoundState
from purchasing.surveys import Choice, SurveyLine, SurveyOffer


@dataclass(frozen=True)
class Row:
    """One article. `pieces` fit of the `ordered`; `cents` and `extra` are with VAT.

    What nobody looked at (not `seen`) stands as it was ordered.
    """

    item: RoundItem
    ordered: int
    pieces: int
    cents: int
    extra: int
    reason: str
    seen: bool
    raised: bool


@dataclass(frozen=True)
class Survey:
    """`rows` are empty before the offer. `choice` is what was said, if anything was."""

    rows: tuple[Row, ...]
    at_most: int | None
    choice: Choice

    @property
    def seen(self) -> bool:
        return any(row.seen for row in self.rows)

    @property
    def fits(self) -> bool:
        return any(row.pieces for row in self.rows)

    @property
    def kept_in_silence(self) -> list[Row]:
        return [row for row in self.rows if row.pieces and not row.raised]

    @property
    def lost_in_silence(self) -> list[Row]:
        """What is ordered only with a yes, for the survey made it dearer."""
        return [row for row in self.rows if row.raised]

    @property
    def stays(self) -> bool:
        """Whether anything is ordered if nothing more is said."""
        if self.choice == Choice.SILENT:
            return bool(self.kept_in_silence)
        return self.choice == Choice.IN and self.fits


def survey_of(session: Session, round_: Round, participant_id: int) -> Survey:
    offer = surveys.offer_of(session, round_.id, participant_id)
    found = findings.reasons_of(session, round_)
    ordered = findings.ordered_by(session, round_.id, participant_id)
    items = {item.id: item for item in round_.items}
    lines = surveys.lines_of(session, round_.id, participant_id)
    rows = [_row(items[line.item_id], line, ordered.get(line.item_id, 0), found) for line in lines]
    return Survey(
        rows=tuple(sorted(rows, key=lambda row: (row.item.position, row.item.id))),
        at_most=offer.at_most_cents if offer else None,
        choice=Choice(offer.choice) if offer else Choice.SILENT,
    )


def _row(
    item: RoundItem, line: SurveyLine, ordered: int, found: dict[tuple[int, int], str]
) -> Row:
    goods = with_vat(amount(line.unit_price, line.pieces * item.piece_milli), item.vat_bp)
    return Row(
        item=item,
        ordered=ordered,
        pieces=line.pieces,
        cents=goods + line.pieces * item.deposit_cents,
        extra=with_vat(line.extra_cents, item.vat_bp),
        reason=found.get((line.participant_id, line.item_id), ""),
        seen=(line.participant_id, line.item_id) in found,
        raised=line.raised,
    )


def may_choose(round_: Round, at: datetime) -> bool:
    """Whether one may stay or drop out now; the time itself says so."""
    if not round_.choose_days or round_.state not in (RoundState.CLOSED, RoundState.OFFERED):
        return False
    return round_.offers_until is None or at < round_.offers_until


def open_surveys(
    session: Session, participant_ids: list[int], *, now: datetime
) -> list[tuple[Round, Participant, Choice]]:
    """Offers after a survey about which these may still choose; who has not chosen comes first."""
    asked: list[ColumnElement[bool]] = [
        SurveyOffer.participant_id.in_(participant_ids),
        SurveyOffer.at_most_cents > 0,
        Round.state == RoundState.OFFERED,
        Round.offers_until > now,
    ]
    query = (
        select(Round, Participant, SurveyOffer.choice)
        .join(SurveyOffer, SurveyOffer.round_id == Round.id)
        .join(Participant, Participant.id == SurveyOffer.participant_id)
        .where(*asked)
        .order_by(Round.offers_until, SurveyOffer.id)
    )
    rows = [(round_, who, Choice(choice)) for round_, who, choice in session.execute(query)]
    return sorted(rows, key=lambda row: row[2] != Choice.SILENT)


def who_is_looked_at(session: Session, round_: Round) -> list[Participant]:
    """Everybody who ordered, by street: the way somebody walks who comes to look."""
    query = (
        select(Participant)
        .join(Commitment, Commitment.participant_id == Participant.id)
        .where(Commitment.round_id == round_.id, Commitment.ordered_at.is_not(None))
    )
    people = session.scalars(query)
    return sorted(people, key=lambda one: (one.postcode, one.street, one.name.casefold(), one.id))
