"""The post room: writes mails and sends them, and knows what may have gone twice."""

import logging
import time
from datetime import timedelta
from threading import Event

from flask import Flask
from sqlalchemy.orm import Session

from app import mail
from app.database import reading
from app.documents.archives.contract import StoreAway
from app.duties import Now, real_time
from app.errands.room import Room, Task
from app.extensions import db
from app.mail.errors import MaybeSent, NoAddress, NotEver, NothingToSend, NotNow, Unreachable
from purchasing import errands, mail_pause
from purchasing.errands import Kind
from purchasing.going_back import PERHAPS

log = logging.getLogger(__name__)

ONCE = 20
RESTS = 10.0  # seconds after the mail server could not be reached
STEPS_OF_SENDING = 8  # each of which may take as long as SMTP_TIMEOUT

MAILS = frozenset(Kind) - {Kind.RENDER, Kind.HEAR_PAYMENT}
WHILE_PAUSED = frozenset({Kind.MAIL_SIGN_IN})  # asked for now, by somebody who waits


class PostRoom(Room):
    """Writes and sends mails. While the mail server is away all wait, and no try is spent."""

    name = "mail"
    kinds = MAILS

    def __init__(self, app: Flask, stopping: Event | None = None, *, now: Now = real_time) -> None:
        super().__init__(app, stopping, now=now)
        self.transport = mail.transport_for(app.config)
        self.budget = timedelta(seconds=STEPS_OF_SENDING * float(app.config["SMTP_TIMEOUT"]) + 30)
        self._rests_until = 0.0

    def run_due(self) -> int:
        if time.monotonic() < self._rests_until:
            return 0
        with self.app.app_context():
            self.kinds = self._let_out()
            tasks = self._claim(ONCE)
            try:
                for index, task in enumerate(tasks):
                    if self.stopping.is_set():
                        self._give_back(tasks[index:])
                        break
                    self._deliver(task)
            except Unreachable as problem:
                self._rests_until = time.monotonic() + RESTS
                for task in tasks[index:]:
                    self._fail(task, str(problem), counts=False)
            finally:
                self.transport.close()
        return len(tasks)

    def _let_out(self) -> frozenset[Kind]:
        """The kinds of mail that may go: all, unless mail has been paused."""
        with reading(), Session(db.engine) as session:
            return WHILE_PAUSED if mail_pause.current(session) else MAILS

    def _deliver(self, task: Task) -> None:
        """See one mail off. Raises Unreachable, with nothing sent."""
        if task.begun and task.kind == Kind.MAIL_SHEET:
            self._doubt(task, PERHAPS)
            return
        try:
            message = self._patiently(lambda: self._write(task))
        except NothingToSend as reason:
            log.info("%s: not sent, for %s", task.key, reason)
            self._note(lambda s: errands.needless(s, task.id, task.token, now=self.now()))
            return
        except NoAddress as problem:
            self._fail(task, str(problem), for_good=True)
            return
        except Unreachable:
            raise
        except StoreAway as problem:
            self._fail(task, str(problem), counts=False)
            return
        except Exception as problem:
            log.exception("%s could not be written", task.key)
            self._fail(task, f"{type(problem).__name__}: {problem}")
            return
        self.transport.connect()
        if self._begin(task) and self._send(task, message):
            self._succeed(task)

    def _write(self, task: Task) -> mail.Message:
        with reading():
            session = db.session()
            try:
                return mail.write(session, task, now=self.now())
            finally:
                session.rollback()

    def _begin(self, task: Task) -> bool:
        return self._note(
            lambda session: errands.begin_sending(
                session, task.id, task.token, now=self.now(), budget=self.budget
            )
        )

    def _send(self, task: Task, message: mail.Message) -> bool:
        """Whether it went; what went wrong is noted. A sheet is never repeated unasked."""
        try:
            self.transport.send(message)
        except NotNow as problem:
            self._fail(task, str(problem))
        except NotEver as problem:
            self._fail(task, str(problem), for_good=True)
        except MaybeSent as problem:
            self._not_sure(task, str(problem))
        except Unreachable:
            raise
        except Exception as problem:  # whatever it is, it must not hold up the others
            log.exception("%s could not be sent", task.key)
            self._not_sure(task, f"{type(problem).__name__}: {problem}")
        else:
            return True
        return False

    def _not_sure(self, task: Task, error: str) -> None:
        if task.kind == Kind.MAIL_SHEET:
            self._doubt(task, PERHAPS)
        else:
            self._fail(task, error)

    def _doubt(self, task: Task, error: str) -> None:
        log.warning("%s: %s", task.key, error)
        self._note(lambda session: errands.doubt(session, task.id, task.token, error))
