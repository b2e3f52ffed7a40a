"""Mandates: a household or shop lets us collect its bills from its account, until it says no.

What was agreed is never edited. It may be revoked at any moment; a mandate that was used is kept,
for whoever asks the bank for its money back within thirteen months may ask to see it.
"""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import ForeignKey, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship
from stdnum import iban
from stdnum.exceptions import ValidationError
from stdnum.iso7064 import mod_97_10

from purchasing import numbers
from purchasing.base import Base
from purchasing.errors import N_, Refused
from purchasing.people import Network, Participant, the_network

TEXT_VERSION = "2026-1"  # of what was agreed to
LAPSES_AFTER = timedelta(days=3 * 365)  # unused: banks take it no more after 36 months
LONGEST_NAME = 70


class NotCollecting(Refused):
    message = N_("This network does not collect bills from accounts.")


class NotAnIban(Refused):
    message = N_("“%(value)s” is not an IBAN. Look it up on your bank card.")


class NoHolder(Refused):
    message = N_("In whose name is the account?")


class MandateInForce(Refused):
    message = N_("There is a mandate already. Revoke it first.")


class NoMandate(Refused):
    message = N_("There is no mandate any more.")


class NotACreditorId(Refused):
    message = N_("This is not a creditor id (Incassant-ID), such as NL79ZZZ999999990000.")


class Mandate(Base):
    """One agreement; `reference` is what the bank shows. `one_off` is for one collection only."""

    __tablename__ = "mandate"

    participant_id: Mapped[int] = mapped_column(ForeignKey("participant.id"), index=True)
    reference: Mapped[str] = mapped_column(String(35), unique=True)
    iban: Mapped[str] = mapped_column(String(34))
    holder: Mapped[str] = mapped_column(String(LONGEST_NAME))
    one_off: Mapped[bool]
    signed_on: Mapped[date]
    given_at: Mapped[datetime]
    text_version: Mapped[str] = mapped_column(String(20))
    revoked_at: Mapped[datetime | None]

    participant: Mapped[Participant] = relationship()

    @property
    def masked_iban(self) -> str:
        return f"{self.iban[:4]} … {self.iban[-4:]}"


def check_creditor_id(text: str) -> str:
    """A creditor id in one spelling; its check digits leave out the three signs of the business.

    Raises NotACreditorId.
    """
    plain = re.sub(r"[\s.-]", "", text).upper()
    if not plain:
        return ""
    shaped = re.fullmatch(r"[A-Z]{2}\d{2}[A-Z0-9]{3}[A-Z0-9]{1,28}", plain)
    if not shaped or not mod_97_10.is_valid(plain[7:] + plain[:4]):
        raise NotACreditorId
    return plain


def is_offered(network: Network) -> bool:
    return bool(network.creditor_id and network.iban)


def in_force(session: Session, participant_id: int) -> Mandate | None:
    """The mandate by which this participant's bills are collected, if there is one."""
    query = select(Mandate).where(
        Mandate.participant_id == participant_id, Mandate.revoked_at.is_(None)
    )
    return session.scalar(query.order_by(Mandate.id.desc()).limit(1))


def list_of(session: Session, participant_id: int) -> list[Mandate]:
    """All mandates of a participant, also those that were revoked."""
    mine = select(Mandate).where(Mandate.participant_id == participant_id)
    return list(session.scalars(mine.order_by(Mandate.id)))


def give(
    session: Session,
    participant: Participant,
    *,
    account: str,
    holder: str,
    one_off: bool = False,
    now: datetime,
) -> Mandate:
    """Let us collect from this account.

    Raises NotCollecting, NotAnIban, NoHolder, MandateInForce.
    """
    network = the_network(session)
    if not is_offered(network):
        raise NotCollecting
    session.refresh(participant, with_for_update=True)  # two forms at once give one mandate
    if in_force(session, participant.id):
        raise MandateInForce
    holder = " ".join(holder.split())[:LONGEST_NAME]
    if not holder:
        raise NoHolder
    serial = numbers.take(session, f"mandate:{participant.id}")
    mandate = Mandate(
        participant_id=participant.id,
        reference=f"M{participant.number}-{serial}",
        iban=_checked(account),
        holder=holder,
        one_off=one_off,
        signed_on=now.astimezone(ZoneInfo(network.timezone)).date(),
        given_at=now,
        text_version=TEXT_VERSION,
    )
    session.add(mandate)
    session.flush()
    return mandate


def revoke(session: Session, participant_id: int, *, now: datetime) -> None:
    """End the mandate; what the bank was asked already goes on. Raises NoMandate."""
    mandate = in_force(session, participant_id)
    if mandate is None:
        raise NoMandate
    mandate.revoked_at = now
    session.flush()


def _checked(account: str) -> str:
    try:
        return iban.validate(account)
    except ValidationError:
        raise NotAnIban(value=account[:40]) from None
