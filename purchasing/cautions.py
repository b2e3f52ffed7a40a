"""What a coordinator must look at before a round is published, and before it is ordered."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from purchasing.commitments import Commitment, Want
from purchasing.people import Participant, ParticipantKind
from purchasing.rounds import Round, RoundItem


@dataclass(frozen=True)
class Caution:
    """A sentence (a msgid) on a VAT rate in the round, and which shops ordered at that rate."""

    text: str
    shops: Sequence[str]


def cautions_of(session: Session, round_: Round) -> list[Caution]:
    """One for each VAT rate in the round of which its category warns."""
    rates = {item.vat_bp for item in round_.items}
    return [
        Caution(text, _shops_at(session, round_, rate))
        for rate, text in round_.category.vat_warnings.items()
        if rate in rates
    ]


def _shops_at(session: Session, round_: Round, vat_bp: int) -> list[str]:
    query = (
        select(Participant.name)
        .join(Commitment, Commitment.participant_id == Participant.id)
        .join(Want, Want.commitment_id == Commitment.id)
        .join(RoundItem, RoundItem.id == Want.item_id)
        .where(
            Want.round_id == round_.id,
            Want.ordered_quantity > 0,
            RoundItem.vat_bp == vat_bp,
            Participant.kind == ParticipantKind.SHOP,
        )
        .distinct()
        .order_by(Participant.name)
    )
    return list(session.scalars(query))
