"""The press room: renders papers in processes of their own, stores each, asks for its mail."""

import logging
import time
from collections.abc import Iterator
from threading import Event

from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.database import reading
from app.documents import RENDERER, archives
from app.documents.archives.contract import StoreAway, Stored
from app.documents.press import Job, Press, Printed
from app.duties import Now, real_time
from app.errands.room import DatabaseAway, Room, Task
from app.extensions import db
from app.mail import links
from purchasing import errands
from purchasing.base import insert_if_absent
from purchasing.errands import Kind, Priority
from purchasing.errors import N_
from purchasing.papers import DataFile, Paper, PaperKind, StoredDocument

log = logging.getLogger(__name__)

MAIL_AFTER = {
    PaperKind.ORDER_SHEET: (Kind.MAIL_SHEET, Priority.SHEET),
    PaperKind.INVOICE: (Kind.MAIL_PAPER, Priority.PAPER),
    PaperKind.SETTLEMENT: (Kind.MAIL_PAPER, Priority.PAPER),
    PaperKind.PREPAYMENT: (Kind.MAIL_PAPER, Priority.PAPER),
    PaperKind.CREDIT_NOTE: (Kind.MAIL_PAPER, Priority.PAPER),
    PaperKind.SUPPLEMENT: (Kind.MAIL_PAPER, Priority.PAPER),
    PaperKind.RECEIPT: (Kind.MAIL_PAPER, Priority.PAPER),
    PaperKind.CONFIRMATION: (Kind.MAIL_PAPER, Priority.PAPER),
    PaperKind.CASH_RECEIPT: (Kind.MAIL_PAPER, Priority.PAPER),
}
RESTS = 10.0  # seconds after the store of papers could not be reached
RESTS_AFTER = 60.0  # seconds without work; its processes hold a good 100 MB each

OTHERWISE = N_("This paper was printed before, and looked different. The first print is kept.")


class PressRoom(Room):
    """Renders papers in processes of their own, stores each, and asks for its mail."""

    name = "print"
    kinds = frozenset({Kind.RENDER})

    def __init__(self, app: Flask, stopping: Event | None = None, *, now: Now = real_time) -> None:
        super().__init__(app, stopping, now=now)
        self.press = Press(int(app.config["PRESS_WORKERS"]))
        self._worked = time.monotonic()
        self._rests_until = 0.0

    def run_due(self) -> int:
        """Render until nothing is waiting; the most urgent is taken up within a few papers.

        While the store of papers is away all wait, and no try is spent.
        """
        if self._is_resting():
            return 0
        count, open_tasks = 0, dict[int, Task]()
        with self.app.app_context():
            printing = self.press.render_many(self._jobs(open_tasks))
            try:
                for printed in printing:
                    self._finish(open_tasks.pop(printed.key), printed)
                    count += 1
                    if self.stopping.is_set() or self._is_resting():
                        break
            finally:
                printing.close()  # type: ignore[attr-defined]
                self._give_back(open_tasks.values())
        if count:
            self._worked = time.monotonic()
        return count

    def _is_resting(self) -> bool:
        return time.monotonic() < self._rests_until

    def idle(self) -> None:
        if time.monotonic() - self._worked > RESTS_AFTER:
            self.press.close()

    def close(self) -> None:
        self.press.close()

    def _jobs(self, open_tasks: dict[int, Task]) -> Iterator[Job]:
        """Papers to print, leased a few at a time; `open_tasks` holds what is not finished."""
        while tasks := self._claim(2 * max(self.press.workers, 1)):
            open_tasks |= {task.id: task for task in tasks}
            for task in tasks:
                if job := self._job(task):
                    yield job
                else:
                    open_tasks.pop(task.id)

    def _job(self, task: Task) -> Job | None:
        """The job of one errand; None if it has been printed already, or cannot be."""
        try:
            return self._described(task)
        except DatabaseAway:
            raise
        except Exception as problem:  # one odd paper must not hold up the others
            log.exception("%s could not be made ready", task.key)
            self._fail(task, f"{type(problem).__name__}: {problem}")
            return None

    def _described(self, task: Task) -> Job | None:
        with reading(), Session(db.engine) as session:
            paper = session.get(Paper, int(task.ref))
            if paper is not None and paper.document is None:
                return Job(task.id, str(paper.kind), links.with_addresses(paper.snapshot))
        if paper is None:
            self._fail(task, f"there is no paper {task.ref}", for_good=True)
        else:
            self._note(lambda s: self._hand_on(s, task, s.get_one(Paper, int(task.ref))))
        return None

    def _finish(self, task: Task, printed: Printed) -> None:
        if printed.pdf is None:
            self._fail(task, printed.error)
            return
        try:
            stored = archives.of(self.app).keep(printed.pdf)
            data = archives.of(self.app).keep(printed.data, ".xml") if printed.data else None
        except StoreAway as error:  # printing on would only make paper to be thrown away
            self._rests_until = time.monotonic() + RESTS
            self._fail(task, f"could not be stored: {error}", counts=False)
            return
        except OSError as error:
            self._fail(task, f"could not be stored: {error.strerror}")
            return
        self._note(lambda session: self._keep(session, task, stored, data))

    def _keep(self, session: Session, task: Task, stored: Stored, data: Stored | None) -> None:
        """Note where the paper lies, and its data; end the errand and ask for the mail."""
        paper = session.get_one(Paper, int(task.ref))
        insert_if_absent(
            session,
            StoredDocument,
            paper_id=paper.id,
            **stored._asdict(),
            renderer=RENDERER[:60],
            stored_at=self.now(),
        )
        if data:
            insert_if_absent(
                session, DataFile, paper_id=paper.id, **data._asdict(), stored_at=self.now()
            )
        self._hand_on(session, task, paper, sha256=stored.sha256)

    def _hand_on(self, session: Session, task: Task, paper: Paper, *, sha256: str = "") -> None:
        """End the errand and ask for the mail; say so if the paper looked different before."""
        kept = session.scalar(
            select(StoredDocument.sha256).where(StoredDocument.paper_id == paper.id)
        )
        if sha256 and kept != sha256:
            log.critical("%s: printed as %s, but stored before as %s", task.key, sha256, kept)
            ours = errands.failed(
                session,
                task.id,
                task.token,
                OTHERWISE,
                tries=task.tries,
                now=self.now(),
                for_good=True,
            )
        else:
            ours = errands.succeeded(session, task.id, task.token, now=self.now())
        if not ours:
            log.warning("%s took longer than its lease: another room has it", task.key)
            session.rollback()
        elif mail_after := MAIL_AFTER.get(PaperKind(paper.kind)):
            kind, priority = mail_after
            errands.ask(
                session,
                kind,
                paper.id,
                priority=priority,
                round_id=task.round_id,
                recipient=task.recipient,
                now=self.now(),
            )
