"""Many papers at once: worker processes of our own that may die without taking others along.

A worker prepares fonts and style sheets once, keeps the garbage collector still (it costs a
sixth of the time otherwise), makes papers one by one and retires after a thousand. Every
worker has its own pipe, so the death of one is the loss of one paper, which the caller repeats.
"""

import gc
import itertools
import multiprocessing
import resource
import signal
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from types import TracebackType
from typing import Any, Self

from app.documents import einvoice, render
from app.documents.errors import PrintError

_SPAWN = multiprocessing.get_context("spawn")
_COLLECT_EVERY = 20  # papers
_CPU_SECONDS = 120  # for one paper
_MEMORY = 2 << 30  # bytes of address space


@dataclass(frozen=True)
class Job:
    """One paper to make; `key` is the caller's and comes back with the result."""

    key: Any
    kind: str
    snapshot: Mapping[str, Any]


@dataclass(frozen=True)
class Printed:
    """A finished job: `pdf`, or why there is none; `data` is the same invoice for programs.

    `lost` says that the worker died or was too slow, so that trying again makes sense.
    """

    key: Any
    pdf: bytes | None = None
    data: bytes | None = None
    error: str = ""
    lost: bool = False


@dataclass
class _Worker:
    process: SpawnProcess
    pipe: Connection
    made: int = 0
    job: Job | None = None
    until: float = field(default=0.0)


class Press:
    """A pool of printing processes; with `workers=0` everything is printed in this process.

    Use it as a context manager, or close it. One thread at a time may use it.
    """

    def __init__(
        self, workers: int = 2, *, recycle_after: int = 1000, timeout: float = 120.0
    ) -> None:
        self.workers = workers
        self.recycle_after = recycle_after
        self.timeout = timeout
        self._team: list[_Worker] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """End all workers; a paper that is being made is thrown away."""
        for worker in self._team:
            _dismiss(worker)
        self._team.clear()

    def render_many(self, jobs: Iterable[Job]) -> Iterator[Printed]:
        """Make every paper and yield each as soon as it is done, in the order of finishing.

        Takes no more jobs from `jobs` than it can hand out, so a long list need not be in memory.
        A job that fails yields its error; the others go on.
        """
        if not self.workers:
            for job in jobs:
                yield _print(job)
            return
        waiting = iter(jobs)
        try:
            while True:
                lost = self._hand_out(waiting)
                yield from lost
                if not lost and not any(worker.job for worker in self._team):
                    return
                yield from self._collect()
        finally:
            self._drop_the_busy()

    def pids(self) -> list[int]:
        """The process ids of the workers at this moment."""
        return [worker.process.pid for worker in self._team if worker.process.pid]

    def _hand_out(self, waiting: Iterator[Job]) -> list[Printed]:
        """Give every idle place a job; whatever could not even be handed over is lost."""
        lost: list[Printed] = []
        for place in range(self.workers):
            if place < len(self._team) and self._team[place].job:
                continue
            job = next(waiting, None)
            if job is None:
                break
            worker = self._worker_at(place)
            worker.job, worker.until = job, time.monotonic() + self.timeout
            try:
                worker.pipe.send(job)
            except OSError:
                lost.append(self._lose(worker, "its process had ended"))
        return lost

    def _worker_at(self, place: int) -> _Worker:
        if place < len(self._team):
            worker = self._team[place]
            if worker.made < self.recycle_after and worker.process.is_alive():
                return worker
            _dismiss(worker)
            self._team[place] = _hire()
        else:
            self._team.append(_hire())
        return self._team[place]

    def _collect(self) -> list[Printed]:
        """Wait until a worker answers, dies or is too late; never longer than that."""
        busy: dict[Any, _Worker] = {w.pipe: w for w in self._team if w.job}
        if not busy:
            return []
        patience = max(0.0, min(worker.until for worker in busy.values()) - time.monotonic())
        results = [self._receive(busy[pipe]) for pipe in wait(list(busy), patience)]
        now = time.monotonic()
        late = [worker for worker in busy.values() if worker.job and worker.until <= now]
        return results + [
            self._lose(worker, f"it took longer than {self.timeout:g} seconds") for worker in late
        ]

    def _receive(self, worker: _Worker) -> Printed:
        try:
            printed = worker.pipe.recv()
        except (EOFError, OSError):
            return self._lose(worker, "its process ended unexpectedly")
        worker.job = None
        worker.made += 1
        return printed

    def _lose(self, worker: _Worker, why: str) -> Printed:
        assert worker.job is not None
        printed = Printed(worker.job.key, error=f"not printed: {why}", lost=True)
        _dismiss(worker)
        self._team[self._team.index(worker)] = _hire()
        return printed

    def _drop_the_busy(self) -> None:
        """After an abandoned run no answer of it may reach the next one."""
        for worker in [worker for worker in self._team if worker.job]:
            _dismiss(worker)
            self._team.remove(worker)


def _hire() -> _Worker:
    ours, theirs = _SPAWN.Pipe()
    process = _SPAWN.Process(target=_work, args=(theirs,), daemon=True, name="press")
    process.start()
    theirs.close()
    return _Worker(process, ours)


def _dismiss(worker: _Worker) -> None:
    worker.pipe.close()
    worker.process.kill()
    worker.process.join()


def _work(pipe: Connection) -> None:
    """The life of a worker: until the pipe closes."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent, who then closes us
    _limit(resource.RLIMIT_AS, _MEMORY)
    for made in itertools.count(1):
        try:
            job = pipe.recv()
            used = resource.getrusage(resource.RUSAGE_SELF)
            _limit(resource.RLIMIT_CPU, int(used.ru_utime + used.ru_stime) + _CPU_SECONDS)
            pipe.send(_print(job))
        except (EOFError, OSError):  # the parent is gone, whichever way it went
            return
        _keep_tidy(made)


def _keep_tidy(made: int) -> None:
    """Freeze what the first paper loaded, then collect now and then instead of all the time."""
    if made == 1:
        gc.collect()
        gc.freeze()
        gc.disable()
    elif made % _COLLECT_EVERY == 0:
        gc.collect()


def _limit(kind: int, most: int) -> None:
    hard = resource.getrlimit(kind)[1]
    resource.setrlimit(kind, (most if hard == resource.RLIM_INFINITY else min(most, hard), hard))


def _print(job: Job) -> Printed:
    try:
        pdf, data = render(job.kind, job.snapshot), einvoice.ubl_of(job.snapshot)
        return Printed(job.key, pdf=pdf, data=data)
    except PrintError as error:
        return Printed(job.key, error=str(error))
    except Exception as error:  # a record no paper can be made of must not stop the others
        return Printed(job.key, error=f"{type(error).__name__}: {error}")
