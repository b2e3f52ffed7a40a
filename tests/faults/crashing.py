"""A crash in this very process, at one step towards the database; nothing reaches it after that.

It stands in for a kill where there are thousands to try: what was begun is rolled back, what was
committed stays, and whatever the dying code still does finds every door shut. `test_kill` kills
true processes, so that we know that this is honest.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Engine, event


class Crash(BaseException):
    """Nothing in the house catches it."""


@dataclass
class Steps:
    """The steps towards the database so far; at the `fatal`-th it ends. 0: it never does."""

    fatal: int = 0
    taken: list[str] = field(default_factory=list)
    crashed: bool = False

    def take(self, what: str) -> None:
        if not self.crashed:
            self.taken.append(what)
            self.crashed = len(self.taken) == self.fatal
        if self.crashed:
            raise Crash(what)


@contextmanager
def crashing_at(engine: Engine, fatal: int) -> Iterator[Steps]:
    """Inside it the `fatal`-th step raises Crash, and so does all that follows. Crash ends here.

    A step is: just before a statement, just before a commit, just after one.
    """
    steps = Steps(fatal)

    def before_statement(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        steps.take(" ".join(statement.split())[:160])

    event.listen(engine, "before_cursor_execute", before_statement)
    commit = engine.dialect.do_commit
    engine.dialect.do_commit = _committing(steps, commit)  # type: ignore[method-assign]
    try:
        yield steps
    except Crash:
        pass
    finally:
        del engine.dialect.do_commit
        event.remove(engine, "before_cursor_execute", before_statement)


def _committing(steps: Steps, commit: Callable[[Any], None]) -> Callable[[Any], None]:
    def do_commit(connection: Any) -> None:
        steps.take("before COMMIT")
        commit(connection)
        steps.take("after COMMIT")

    return do_commit
