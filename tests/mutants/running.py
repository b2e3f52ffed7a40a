"""Lets the tests loose on mutants: each in a forked process in which one function was exchanged.

The tests are run once as they are, and it is noted which of them comes by which function. A
mutant then meets those only, the quickest first, until one fails.
"""

import contextlib
import gc
import os
import signal
import sys
import time
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from types import CodeType, FunctionType
from typing import Any

import pytest

from tests import databases
from tests.mutants.breeding import Mutant, Where, functions_in

Place = tuple[str, Where]  # a file and a function in it
SLOWEST = 20.0  # times as long as the tests took before is hanging
LEAST = 30.0


@dataclass
class Witnesses:
    """Which tests come by which function, and how long each takes."""

    files: frozenset[str]
    by_place: dict[Place, set[str]] = field(default_factory=lambda: defaultdict(set))
    seconds: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    failed: list[str] = field(default_factory=list)
    _test: str = ""

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        self._test = nodeid
        sys.setprofile(self.note)  # anew, for a test may have put it away

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self.seconds[report.nodeid] += report.duration
        if report.failed:
            self.failed.append(report.nodeid)

    def note(self, frame: Any, event: str, _argument: Any) -> None:
        code = frame.f_code
        if event == "call" and code.co_filename in self.files:
            place = code.co_filename, (code.co_qualname, code.co_firstlineno)
            self.by_place[place].add(self._test)

    def of(self, mutant: Mutant) -> list[str]:
        """The tests that meet this mutant, the quickest first."""
        met = self.by_place.get((str(mutant.file.resolve()), mutant.where), set())
        return sorted((test for test in met if test), key=lambda test: self.seconds[test])


def share_template(folder: Path) -> None:
    """Let the migrations run once for all runs of pytest in this process and its children."""
    made = databases.Sqlite(folder)

    def begin(self: databases.Sqlite, _folder: Path) -> None:
        self.template = made.template

    databases.Sqlite.__init__ = begin  # type: ignore[method-assign]


def watch(files: list[Path], tests: list[str]) -> Witnesses:
    """Run the tests as they are. Ends the programme where one of them fails."""
    witnesses = Witnesses(frozenset(str(file.resolve()) for file in files))
    sys.setprofile(witnesses.note)
    try:
        with _silence():
            _run(tests, witnesses)
    finally:
        sys.setprofile(None)
    if witnesses.failed:
        raise SystemExit(f"These fail without any fault put in: {witnesses.failed}")
    return witnesses


@dataclass(frozen=True)
class Chosen:
    """Lets only these tests run, in this order."""

    tests: list[str]

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        place = {test: at for at, test in enumerate(self.tests)}
        items[:] = sorted(
            (item for item in items if item.nodeid in place), key=lambda item: place[item.nodeid]
        )
        assert len(items) == len(place), "not every test was found again"


def is_caught(mutant: Mutant | None, tests: list[str], seconds: float) -> bool:
    """Whether one of these tests fails, or they come to no end, when this mutant lives.

    Without a mutant nothing is changed: then it must not be so.
    """
    pid = os.fork()
    if pid == 0:
        _be(mutant, tests)
    until = time.monotonic() + max(LEAST, SLOWEST * seconds)
    while time.monotonic() < until:
        ended, status = os.waitpid(pid, os.WNOHANG)
        if ended:
            return _failed(os.waitstatus_to_exitcode(status))
        time.sleep(0.02)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    return True


def _failed(code: int) -> bool:
    if code in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED):
        return code != pytest.ExitCode.OK
    raise RuntimeError(f"the tests could not be run: {code}")


def _be(mutant: Mutant | None, tests: list[str]) -> None:
    """In the child: exchange the function, run the tests, and end with what came of it."""
    os.setpgid(0, 0)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    code = int(pytest.ExitCode.INTERNAL_ERROR)
    try:
        if mutant is not None:
            _exchange(mutant)
        files = sorted({test.partition("::")[0] for test in tests})
        with _silence():
            code = _run(files, Chosen(tests))
    finally:
        os._exit(code)


def _run(tests: list[str], *plugins: object) -> int:
    os.environ.pop("PYTEST_DEBUG_TEMPROOT", None)  # the last run's folder is gone with it
    usual = ["-q", "-x", "--no-header", "-p", "no:cacheprovider", "-p", "no:randomly"]
    return int(pytest.main([*usual, "-m", "not postgres", *tests], plugins=list(plugins)))


def _exchange(mutant: Mutant) -> None:
    """Give every function that runs the old code of the mutant's functions the new one."""
    new = dict(functions_in(mutant.code))
    file = str(mutant.file.resolve())
    for thing in gc.get_objects():
        if not isinstance(thing, FunctionType) or thing.__code__.co_filename != file:
            continue
        old: CodeType = thing.__code__
        code = new.get((old.co_qualname, old.co_firstlineno))
        if code is not None and code.co_freevars == old.co_freevars:
            thing.__code__ = code


@contextlib.contextmanager
def _silence() -> Any:
    """What the tests say is not of interest, only whether they fail."""
    sys.stdout.flush()
    kept = os.dup(1), os.dup(2)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 1)
        os.dup2(nowhere, 2)
        yield
    finally:
        sys.stdout.flush()
        for number, fd in enumerate(kept, 1):
            os.dup2(fd, number)
            os.close(fd)
        os.close(nowhere)
