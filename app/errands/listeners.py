"""The listening room: asks the payment provider how a payment stands, and books what it hears."""

import logging
from datetime import datetime

from sqlalchemy.orm import Session

from app.database import reading
from app.errands.room import DatabaseAway, Room, Task, transaction
from app.extensions import db
from app.online import Away, Provider, Refusing, provider
from purchasing import errands, listening
from purchasing.books import online
from purchasing.books.online_payments import OnlinePayment
from purchasing.books.online_told import Told
from purchasing.errands import WAITS, Kind

log = logging.getLogger(__name__)

AT_ONCE = 5  # each may take as long as its limit of time, and a lease is two minutes


class ListeningRoom(Room):
    """Hears of payments. While no provider is there, or it is away, all wait; none is lost."""

    name = "listen"
    kinds = frozenset({Kind.HEAR_PAYMENT})

    def run_due(self) -> int:
        with self.app.app_context():
            ask = provider(self.app.config)
            tasks = self._claim(AT_ONCE) if ask else []
            for index, task in enumerate(tasks):
                if self.stopping.is_set():
                    self._give_back(tasks[index:])
                    break
                assert ask
                self._listen(task, ask)
        return len(tasks)

    def _listen(self, task: Task, ask: Provider) -> None:
        try:
            told = ask.fetch(self._patiently(lambda: _provider_id(task)))
        except Away as problem:
            wait = WAITS[min(max(task.tries, 1), len(WAITS)) - 1]
            self._again(task, self.now() + wait, str(problem))
        except Refusing as problem:
            self._fail(task, str(problem), for_good=True)
        except DatabaseAway:
            raise
        except Exception as problem:  # one odd answer must not hold up the others
            log.exception("%s: an answer that nobody understands", task.key)
            self._fail(task, f"{type(problem).__name__}: {problem}")
        else:
            self._take_in(task, told)

    def _take_in(self, task: Task, told: Told) -> None:
        """Book what was heard, if the errand is still ours: else somebody knows it better."""
        try:
            with transaction() as session:
                payment = online.hear(session, int(task.ref), told, now=self.now())
                again = online.look_again(payment, now=self.now())
                if not _ends(session, task, again, self.now()):
                    log.info("%s: there was news meanwhile", task.key)
                    session.rollback()
        except Exception as problem:
            log.exception("%s could not be booked", task.key)
            self._fail(task, f"{type(problem).__name__}: {problem}")

    def _again(self, task: Task, at: datetime, error: str) -> None:
        log.warning("%s: %s", task.key, error)
        self._note(lambda s: listening.later(s, task.id, task.token, at=at, error=error))


def _provider_id(task: Task) -> str:
    with reading(), Session(db.engine) as session:
        return session.get_one(OnlinePayment, int(task.ref)).provider_id or ""


def _ends(session: Session, task: Task, again: datetime | None, now: datetime) -> bool:
    if again is None:
        return errands.succeeded(session, task.id, task.token, now=now)
    return listening.later(session, task.id, task.token, at=again)
