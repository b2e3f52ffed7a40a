"""How a mail leaves the house: through a mail server, or into a folder as a file."""

import re
import smtplib
import ssl
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path
from typing import Any, Protocol

from app import durable
from app.mail.errors import MaybeSent, NotEver, NotNow, Unreachable

TLS_PORT = 465  # encrypted from the first byte; on other ports by STARTTLS
OK, NOT_NOW, CLOSING, REFUSED = 250, 400, 421, 500


@dataclass(frozen=True)
class Message:
    """A mail, and the bare addresses that it goes from and to."""

    content: EmailMessage
    sender: str
    recipients: tuple[str, ...]


class Transport(Protocol):
    def connect(self) -> None:
        """Be ready to send. Raises Unreachable."""

    def send(self, message: Message) -> None:
        """Hand one mail over. Raises NotNow, NotEver, MaybeSent, or Unreachable (nothing sent)."""

    def close(self) -> None: ...


def transport_for(config: Mapping[str, Any]) -> Transport:
    """What the installation is told to use: SMTP_HOST, else MAIL_FOLDER."""
    if not config["SMTP_HOST"]:
        return Folder(Path(config["MAIL_FOLDER"]))
    return Server(
        host=config["SMTP_HOST"],
        port=int(config["SMTP_PORT"]),
        user=config["SMTP_USER"],
        password=config["SMTP_PASSWORD"],
        starttls=bool(config["SMTP_STARTTLS"]),
        timeout=float(config["SMTP_TIMEOUT"]),
    )


class Folder:
    """Mails as files, named by their Message-ID; `sent.log` has one line for each time.

    A mail that is repeated has the same name and the same bytes.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def connect(self) -> None:
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise Unreachable(f"the mail folder cannot be made: {error.strerror}") from error

    def send(self, message: Message) -> None:
        message_id = str(message.content["Message-ID"])
        name = re.sub(r"[^\w.@-]", "", message_id).partition("@")[0]
        try:
            durable.write(self.folder / f"{name}.eml", message.content.as_bytes(policy=SMTP))
            with (self.folder / "sent.log").open("a") as log:
                log.write(f"{message_id} {' '.join(message.recipients)}\n")
        except OSError as error:
            raise NotNow(f"the mail could not be written: {error.strerror}") from error

    def close(self) -> None:
        """Nothing is held."""


@dataclass
class Server:
    """A mail server, spoken to over one connection for as many mails as it likes."""

    host: str
    port: int
    user: str = ""
    password: str = ""
    starttls: bool = True
    timeout: float = 20.0
    _line: smtplib.SMTP | None = None
    _used: bool = False

    def connect(self) -> None:
        if self._line is not None:
            return
        try:
            self._line = self._greet()
        except (OSError, ValueError, smtplib.SMTPException) as error:  # a name that is none, too
            raise Unreachable(_words(error)) from error

    def _greet(self) -> smtplib.SMTP:
        line: smtplib.SMTP
        if self.port == TLS_PORT:
            tls = ssl.create_default_context()
            line = smtplib.SMTP_SSL(self.host, self.port, timeout=self.timeout, context=tls)
        else:
            line = smtplib.SMTP(self.host, self.port, timeout=self.timeout)
        try:
            line.ehlo_or_helo_if_needed()
            if self.starttls and self.port != TLS_PORT:
                line.starttls(context=ssl.create_default_context())
                line.ehlo()
            if self.user:
                line.login(self.user, self.password)
        except BaseException:
            line.close()
            raise
        self._used = False
        return line

    def send(self, message: Message) -> None:
        line = self._begin(message.sender)
        try:
            for_whom = [_asked(line.rcpt(address)) for address in message.recipients]
        except (OSError, smtplib.SMTPException) as error:
            self._hang_up()
            raise Unreachable(_words(error)) from error
        self._check_recipients(for_whom)
        self._hand_over(message.content.as_bytes(policy=SMTP))

    def _begin(self, sender: str) -> smtplib.SMTP:
        """Say who sends. A server that tired of a used connection is called once more."""
        was_used = self._used
        code, text = self._say_who_sends(sender)
        if code == CLOSING and was_used:
            code, text = self._say_who_sends(sender)
        if code == CLOSING:
            raise Unreachable(text)
        assert self._line is not None
        if code != OK:
            self._reset()
            raise NotNow(text)
        return self._line

    def _say_who_sends(self, sender: str) -> tuple[int, str]:
        self.connect()
        assert self._line is not None
        self._used = True
        try:
            code, text = _asked(self._line.mail(sender))
        except (OSError, smtplib.SMTPException) as error:
            code, text = CLOSING, _words(error)
        if code == CLOSING:
            self._hang_up()
        return code, text

    def _check_recipients(self, answers: list[tuple[int, str]]) -> None:
        if any(code in (OK, OK + 1) for code, _ in answers):
            return
        code, text = min(answers)  # while one of them may be reached later, it is worth a try
        if code == CLOSING:
            self._hang_up()
            raise Unreachable(text)
        self._reset()
        raise (NotEver if code >= REFUSED else NotNow)(text)

    def _hand_over(self, content: bytes) -> None:
        assert self._line is not None
        try:
            code, text = _asked(self._line.data(content))
        except smtplib.SMTPDataError as error:  # it did not want to begin
            code, text = error.smtp_code, _text(error.smtp_error)
        except Exception as error:
            self._hang_up()
            raise MaybeSent(_words(error)) from error
        if code == OK:
            return
        if code == CLOSING or code < NOT_NOW:
            self._hang_up()
            raise (Unreachable if code == CLOSING else MaybeSent)(text)
        self._reset()
        raise (NotEver if code >= REFUSED else NotNow)(text)

    def _reset(self) -> None:
        try:
            if self._line is not None:
                self._line.rset()
        except (OSError, smtplib.SMTPException):
            self._hang_up()

    def _hang_up(self) -> None:
        if self._line is not None:
            self._line.close()
            self._line = None

    def close(self) -> None:
        if self._line is not None:
            with suppress(OSError, smtplib.SMTPException):
                self._line.quit()
        self._hang_up()


def _asked(answer: tuple[int, bytes]) -> tuple[int, str]:
    code, text = answer
    return code, f"{code} {_text(text)}"


def _text(said: bytes | str) -> str:
    return said.decode("utf-8", "replace") if isinstance(said, bytes) else said


def _words(error: Exception) -> str:
    if isinstance(error, smtplib.SMTPResponseException):
        return f"{error.smtp_code} {_text(error.smtp_error)}"
    if isinstance(error, TimeoutError):
        return "the mail server did not answer in time"
    return str(error) or type(error).__name__
