"""Sets a letter in type: subject, plain text and HTML in the reader's language, attachments."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import Any, Protocol
from urllib.parse import urlsplit

from flask import current_app
from flask_babel import force_locale, get_locale

from app.mail.errors import Unreachable
from app.mail.readers import Reader, mailbox, one_line
from app.mail.transport import Message
from purchasing.errands import Kind
from purchasing.errors import N_
from purchasing.people import Network

NO_SENDER = N_("The network has no mail address to send from: add one in its settings.")
LONGEST_SUBJECT = 150


class Errand(Protocol):
    """What we need to know of an errand."""

    @property
    def key(self) -> str: ...
    @property
    def kind(self) -> Kind: ...
    @property
    def ref(self) -> str: ...
    @property
    def asked_at(self) -> datetime: ...
    @property
    def repeat(self) -> bool: ...


@dataclass(frozen=True)
class Attachment:
    filename: str
    media_type: str
    content: bytes


@dataclass(frozen=True)
class Letter:
    """What is said to whom. `template` is the name of two files, .txt and .html."""

    template: str
    reader: Reader
    facts: Mapping[str, Any]
    attachments: tuple[Attachment, ...] = field(default=())


def set_in_type(letter: Letter, errand: Errand, network: Network) -> Message:
    """The mail as it goes out: the same bytes for the same letter. Raises Unreachable."""
    sender = _sender(network)
    mail = EmailMessage(policy=SMTP)
    mail["From"] = sender
    mail["To"] = letter.reader.to
    if network.email and network.email != sender.addr_spec:
        mail["Reply-To"] = mailbox(network.name, network.email)
    mail["Date"] = format_datetime(errand.asked_at)
    mail["Message-ID"] = message_id(errand, sender)
    mail["Auto-Submitted"] = "auto-generated"
    mail["X-Auto-Response-Suppress"] = "All"
    with force_locale(letter.reader.language):
        _fill(mail, letter, network)
    for attachment in letter.attachments:
        main, _, sub = attachment.media_type.partition("/")
        mail.add_attachment(
            attachment.content, maintype=main, subtype=sub, filename=attachment.filename
        )
    mail["Content-Language"] = letter.reader.language  # last: parts take such headers along
    _fix_boundaries(mail)
    return Message(mail, sender.addr_spec, tuple(to.addr_spec for to in letter.reader.to))


def message_id(errand: Errand, sender: Address) -> str:
    """The same for the same errand, also when it is sent again."""
    name = errand.key.replace("_", "-").replace(":", ".")
    return f"<{name}.{errand.asked_at:%Y%m%d%H%M%S%f}@{sender.domain}>"


def _fill(mail: EmailMessage, letter: Letter, network: Network) -> None:
    """Subject, text and HTML. The subject stands in the .txt file, as a block."""
    environment = current_app.jinja_env
    facts = {
        "network": network,
        "reader": letter.reader,
        "language": letter.reader.language,
        "direction": get_locale().text_direction,
        **letter.facts,
    }
    text = environment.get_template(f"mail/{letter.template}.txt")
    subject = one_line("".join(text.blocks["subject"](text.new_context(facts))))
    html = environment.get_template(f"mail/{letter.template}.html")
    mail["Subject"] = subject[:LONGEST_SUBJECT]
    mail.set_content(text.render(facts).strip() + "\n", cte="quoted-printable")
    page = html.render(facts, subject=subject)
    mail.add_alternative(page, subtype="html", cte="quoted-printable")


def _sender(network: Network) -> Address:
    """MAIL_FROM, else the network's own address, else none: only the folder needs none."""
    email = current_app.config["MAIL_FROM"] or network.email
    if not email and not current_app.config["SMTP_HOST"]:
        email = f"koopkracht@{urlsplit(current_app.config['BASE_URL']).hostname}"
    if not email:
        raise Unreachable(NO_SENDER)
    return mailbox(network.name, email)


def _fix_boundaries(mail: EmailMessage) -> None:
    """Boundaries that follow from the Message-ID, where Python would draw them by lot."""
    seed = str(mail["Message-ID"])
    for index, part in enumerate(part for part in mail.walk() if part.is_multipart()):
        part.set_boundary(hashlib.sha256(f"{seed}{index}".encode()).hexdigest()[:32])
