"""Lets the tests loose on mutants: each in a forked process in which one function was exchanged.

The tests are gathered once and run once while it is noted which of them comes by which statement.
A mutant meets the witnesses of its statement until one of them fails. At the end all tests that
caught one run once more in such a fork, without a mutant (the control): if one fails there too,
it is no witness, and what it caught is tried again.
"""

import builtins
import contextlib
import functools
import gc
import importlib
import json
import os
import shutil
import signal
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import CodeType, FunctionType
from typing import Any, NoReturn

import pytest

from tests import databases
from tests.mutants import guards
from tests.mutants.breeding import Mutant, Where, functions_in, witnessed

WORKERS = 2
SLOWEST = 10.0  # times as long as a test took before is hanging
LEAST = 20.0
Line = tuple[str, int]


@dataclass(frozen=True)
class Trial:
    """What came of one mutant."""

    mutant: Mutant
    witnesses: int
    caught_by: str = ""
    is_hanging: bool = False

    @property
    def lived(self) -> bool:
        return not self.caught_by and not self.is_hanging


@dataclass(eq=False)  # a plugin is known by what it is
class Measurement:
    """A run of pytest in which the mutants meet the tests."""

    files: list[Path]
    choose: Callable[[], Sequence[Mutant]]
    on_postgres: Collection[str] = ()  # the tests that run there too
    at_doors: Collection[str] = ()  # those who are refused by a guard, and see no line of its view
    trials: list[Trial] = field(default_factory=list)
    unfit: list[str] = field(default_factory=list)  # fail without any fault
    told: Callable[[Trial], None] = print
    _met: dict[Line, set[str]] = field(default_factory=lambda: defaultdict(set))
    _seconds: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    _failed: set[str] = field(default_factory=set)
    _test: str = ""
    _now_in: set[Line] = field(default_factory=set)
    _catchers: list[tuple[Where, str]] = field(default_factory=list)

    def pytest_sessionstart(self) -> None:
        """The same examples in every process, or a fault would be found by luck."""
        from hypothesis import HealthCheck, Phase, settings  # not before pytest has begun

        settings.register_profile(
            "mutants",
            deadline=None,
            derandomize=True,
            database=None,
            phases=(Phase.explicit, Phase.generate),
            suppress_health_check=list(HealthCheck),
        )
        settings.load_profile("mutants")

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        items[:] = [item for item in items if self._is_wanted(item)]

    def _is_wanted(self, item: pytest.Item) -> bool:
        is_named = item.nodeid.partition("[")[0] in self.on_postgres
        return is_named or item.get_closest_marker("postgres") is None

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        if session.testsfailed:
            raise session.Interrupted("not every test could be gathered")
        items = {item.nodeid: item for item in session.items}
        gc.unfreeze()  # what tests/conftest.py has put aside: nothing that is frozen is found
        self._watch(session, items)
        room = _Room(session, items, _functions_of(self.files), guards.guards_by_view(), _caches())
        gc.collect()
        gc.freeze()  # so that a fork shares memory with its parent for long
        self._meet(room, self.choose())
        while void := self._control(room):
            self.trials = [trial for trial in self.trials if trial not in void]
            self._meet(room, [trial.mutant for trial in void])
        return True

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self._seconds[report.nodeid] += report.duration
        if report.failed:
            self._failed.add(report.nodeid)

    # --- which test comes by which line

    def _watch(self, session: pytest.Session, items: dict[str, pytest.Item]) -> None:
        for number, file in enumerate(self.files):
            importlib.import_module(".".join(file.with_suffix("").parts).removesuffix(".__init__"))
            note, name = f"mutants_note_{number}", str(file.resolve())
            setattr(builtins, note, lambda line, name=name: self._now_in.add((name, line)))
            _give(_functions_of([file]), name, witnessed(file, note))
        for item in items.values():
            self._now_in.clear()
            _run(session, item)
            for line in self._now_in:
                self._met[line].add(item.nodeid)
        self._forget(self._failed)

    def _forget(self, unfit: Iterable[str]) -> None:
        self.unfit = sorted({*self.unfit, *unfit})
        for tests in self._met.values():
            tests.difference_update(self.unfit)

    def _control(self, room: "_Room") -> list[Trial]:
        """Without a fault, but as if there were one: what fails here cannot accuse a mutant.

        Returns the trials in which it did.
        """
        accusers = dict.fromkeys(trial.caught_by for trial in self.trials if trial.caught_by)
        limits = dict.fromkeys(accusers, 600.0)
        child = _Child(room, None, limits)
        while (told := child.ended()) is None:
            time.sleep(0.05)
        if told.is_hanging:
            raise room.session.Interrupted("the control did not come to its end")
        self._forget(told.failed)
        return [trial for trial in self.trials if trial.caught_by in told.failed]

    # --- each mutant

    def _meet(self, room: "_Room", mutants: Iterable[Mutant]) -> None:
        running: list[_Child] = []
        for mutant in mutants:
            if not (tests := self._witnesses(mutant)):
                self._note(Trial(mutant, 0))
                continue
            while len(running) >= WORKERS:
                self._gather(room, running)
            running.append(self._begin(room, mutant, tests))
        while running:
            self._gather(room, running)

    def _begin(
        self, room: "_Room", mutant: Mutant, tests: list[str], *, hung: bool = False
    ) -> "_Child":
        limits = {test: max(LEAST, SLOWEST * self._seconds[test]) for test in tests}
        return _Child(room, mutant, limits, hung=hung)

    def _gather(self, room: "_Room", running: "list[_Child]") -> None:
        time.sleep(0.01)
        for child in list(running):
            if (told := child.ended()) is None:
                continue
            running.remove(child)
            left = [test for test in child.tests if test not in told.begun]
            if told.is_hanging and left and child.mutant:  # the others may still catch it
                running.append(self._begin(room, child.mutant, left, hung=True))
            else:
                self._judge(child, told)

    def _judge(self, child: "_Child", told: "Told") -> None:
        assert child.mutant is not None
        by = next(iter(told.failed), "")
        if by:
            self._catchers.insert(0, (child.mutant.where, by))
        hung = not by and (child.hung or told.is_hanging)
        self._note(Trial(child.mutant, len(child.tests), by, hung))

    def _note(self, trial: Trial) -> None:
        self.trials.append(trial)
        self.told(trial)

    def _witnesses(self, mutant: Mutant) -> list[str]:
        """Who caught something here before comes first, then the quickest."""
        file = str(mutant.file.resolve())
        met = set(self._met.get((file, mutant.statement), ()))
        if mutant.code is None:
            met |= {test for test in self._seconds if test.partition("[")[0] in self.at_doors}
        here = [by for where, by in self._catchers if where == mutant.where]
        others = [by for _, by in self._catchers[:50]]
        before = [by for by in dict.fromkeys([*here[:3], *others][:8]) if by in met]
        rest = sorted(met.difference(before), key=lambda test: (self._seconds[test], test))
        return [*before, *rest]


def measure(measurement: Measurement, tests: list[str]) -> None:
    """Run pytest in silence; what it would have said is shown where it could not be run."""
    os.environ.pop("PYTEST_DEBUG_TEMPROOT", None)  # the last run's folder is gone with it
    usual = ["-q", "--no-header", "-p", "no:cacheprovider", "-m", "not journey"]
    with _silence() as said:
        code = pytest.main([*usual, *tests], plugins=[measurement])
    if code not in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED):
        raise SystemExit("".join(said)[-3000:])


def share_template(folder: Path) -> None:
    """Let the migrations run once for all runs of pytest in this process and its children."""
    made = databases.Sqlite(folder)

    def begin(self: databases.Sqlite, _folder: Path) -> None:
        self.template = made.template

    databases.Sqlite.__init__ = begin  # type: ignore[method-assign]


# --- one mutant, in a process of its own


@dataclass(frozen=True)
class Told:
    """What a child told of its tests."""

    failed: list[str]
    begun: list[str]
    is_hanging: bool


@dataclass(frozen=True)
class _Room:
    """What every child inherits: the gathered tests, and what is to be exchanged or forgotten.

    All of it was looked up before it was frozen: a child would not find it any more.
    """

    session: pytest.Session
    items: dict[str, pytest.Item]
    functions: "dict[tuple[str, Where], list[FunctionType]]"
    guards: dict[FunctionType, list[FunctionType]]  # by the view each stands before
    caches: "list[functools._lru_cache_wrapper[Any]]"


class _Child:
    """A forked process in which this mutant lives; without one, nothing is changed."""

    def __init__(
        self, room: _Room, mutant: Mutant | None, limits: dict[str, float], *, hung: bool = False
    ) -> None:
        """`limits`: the tests to run, and after how many seconds each is hanging."""
        self.mutant, self.limits = mutant, limits
        self.hung = hung  # once before, in another test
        self.folder = Path(tempfile.mkdtemp(prefix="mutant-", dir=os.environ[_FOLDER]))
        self.pid = os.fork()
        if self.pid == 0:
            _be(self, room)

    @property
    def tests(self) -> list[str]:
        return list(self.limits)

    def ended(self) -> Told | None:
        ended, status = os.waitpid(self.pid, os.WNOHANG)
        if not ended:
            return None
        with contextlib.suppress(ProcessLookupError):  # what a test started and left
            os.killpg(self.pid, signal.SIGKILL)
        is_hanging = os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGALRM
        result = self.folder / _RESULT
        if not is_hanging and not result.exists():
            raise RuntimeError(f"{self.mutant}: its tests could not be run: {status}")
        failed = json.loads(result.read_text()) if result.exists() else []
        begun = (self.folder / _BEGUN).read_text().splitlines()
        shutil.rmtree(self.folder, ignore_errors=True)
        return Told(failed, begun, is_hanging)


_FOLDER = "KOOPKRACHT_TEST_FOLDER"  # see tests/conftest.py
_RESULT, _BEGUN = "result.json", "begun.txt"


def _be(child: _Child, room: _Room) -> NoReturn:
    """In the child: exchange the functions, run the tests, tell what came of it, and end."""
    os.setpgid(0, 0)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.signal(signal.SIGALRM, signal.SIG_DFL)  # ends it
    code = 1
    try:
        plugin = _Listener()
        room.session.config.pluginmanager.register(plugin)
        room.session.config._tmp_path_factory._basetemp = child.folder  # type: ignore[attr-defined]
        if child.mutant is not None:
            _exchange(child.mutant, room)
        with (child.folder / _BEGUN).open("w", buffering=1) as begun:
            for test, seconds in child.limits.items():
                begun.write(f"{test}\n")
                signal.setitimer(signal.ITIMER_REAL, seconds)
                _run(room.session, room.items[test])
                if plugin.failed and child.mutant is not None:
                    break
        signal.setitimer(signal.ITIMER_REAL, 0)
        (child.folder / _RESULT).write_text(json.dumps(plugin.failed))
        code = 0
    finally:
        os._exit(code)


@dataclass(eq=False)
class _Listener:
    failed: list[str] = field(default_factory=list)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            self.failed.append(report.nodeid)


@dataclass(frozen=True)
class _Nothing:
    """What comes after each test: everything is put away but the session's own things."""

    session: pytest.Session

    def listchain(self) -> list[Any]:
        return [self.session]


def _run(session: pytest.Session, item: pytest.Item) -> None:
    item.config.hook.pytest_runtest_protocol(item=item, nextitem=_Nothing(session))


def _functions_of(files: list[Path]) -> "dict[tuple[str, Where], list[FunctionType]]":
    """Every function that lives now and was written in one of these files."""
    names = {str(file.resolve()) for file in files}
    found = defaultdict(list)
    for thing in gc.get_objects():
        if isinstance(thing, FunctionType) and thing.__code__.co_filename in names:
            code = thing.__code__
            found[code.co_filename, (code.co_qualname, code.co_firstlineno)].append(thing)
    return dict(found)


def _caches() -> "list[functools._lru_cache_wrapper[Any]]":
    return [one for one in gc.get_objects() if isinstance(one, functools._lru_cache_wrapper)]


def _exchange(mutant: Mutant, room: _Room) -> None:
    """Give every function of the mutant's file its new code, and forget what was remembered.

    Raises RuntimeError where nothing was changed by that.
    """
    file = str(mutant.file.resolve())
    if mutant.code is None:
        views = room.functions[file, mutant.where]
        guards.open_to_everybody([guard for view in views for guard in room.guards[view]])
        return
    changed = _give(room.functions, file, mutant.code)
    if not {mutant.where[0], mutant.where[0].partition(".<locals>")[0]} & changed:
        raise RuntimeError(f"{mutant} was put nowhere")
    for cache in room.caches:
        cache.cache_clear()


def _give(functions: Any, file: str, code: CodeType) -> set[str]:
    """Exchange the code of these functions; returns the names of those that could be."""
    changed = set()
    for where, new in functions_in(code):
        for function in functions.get((file, where), ()):
            if function.__code__.co_freevars == new.co_freevars:
                function.__code__ = new
                changed.add(where[0])
    return changed


@contextlib.contextmanager
def _silence() -> Iterator[list[str]]:
    """What the tests say is not of interest, only whether they fail."""
    sys.stdout.flush()
    kept = os.dup(1), os.dup(2)
    text: list[str] = []
    with tempfile.TemporaryFile() as said:
        try:
            os.dup2(said.fileno(), 1)
            os.dup2(said.fileno(), 2)
            yield text
        finally:
            sys.stdout.flush()
            for number, fd in enumerate(kept, 1):
                os.dup2(fd, number)
                os.close(fd)
            said.seek(0)
            text.append(said.read().decode(errors="replace"))
