"""The mails we send: what is said to whom, how it looks, and how it leaves the house.

* `write(session, errand, now=…)` makes the mail of one errand, or says why there is none.
  `transport_for(config)` sends it: through a mail server, or into a folder.
* The road of a mail: `letters`, `news`, `payments`, `signups` (what is said to whom, one function
  per kind of errand) → `letter` (words and looks, from app/templates/mail) → `transport`.
* All is a function of the errand and the database: written twice, a mail has the same
  Message-ID, date and bytes, so that a mail program shows a repeated one once.
"""

from datetime import datetime

from sqlalchemy.orm import Session

from app.mail import answers, letters, news, payments, signups, tender_suppliers
from app.mail.letter import Errand, set_in_type
from app.mail.transport import Message, Transport, transport_for
from purchasing.people import the_network

__all__ = ["Message", "Transport", "transport_for", "write"]

WRITERS = letters.WRITERS | news.WRITERS | payments.WRITERS | signups.WRITERS
WRITERS |= tender_suppliers.WRITERS | answers.WRITERS


def write(session: Session, errand: Errand, *, now: datetime) -> Message:
    """The mail of an errand. Raises NothingToSend, NoAddress. Reads, and writes nothing."""
    letter = WRITERS[errand.kind](session, errand, now)
    return set_in_type(letter, errand, the_network(session))
