"""The printing processes: all papers come, also when a worker dies, hangs or is fed junk."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.documents import render, samples
from app.documents.press import Job, Press


def jobs(count: int) -> Iterator[Job]:
    for at in range(count):
        yield Job(at, "invoice", samples.invoice(language="en", lines=2, number=f"2026-{at:04}"))


@pytest.fixture(scope="module")
def press() -> Iterator[Press]:
    with Press(workers=2) as running:
        yield running


def test_a_worker_prints_the_same_bytes_as_this_process(press):
    printed = {result.key: result.pdf for result in press.render_many(jobs(6))}
    assert printed == {job.key: render(job.kind, job.snapshot) for job in jobs(6)}


def test_a_record_that_cannot_be_printed_stops_nobody(press):
    mixed = [Job("junk", "invoice", {"language": "en"}), Job("odd", "poster", {}), *jobs(3)]
    results = {result.key: result for result in press.render_many(mixed)}
    assert "KeyError" in results["junk"].error
    assert "no paper" in results["odd"].error
    assert not results["junk"].lost, "trying again would not help"
    assert all(results[at].pdf for at in range(3))


def test_killed_workers_cost_at_most_the_papers_in_their_hands(press):
    results = []
    for result in press.render_many(jobs(12)):
        results.append(result)
        if len(results) == 2:
            for pid in press.pids():
                os.kill(pid, signal.SIGKILL)
    assert sorted(result.key for result in results) == list(range(12))
    lost = [result for result in results if result.lost]
    assert 1 <= len(lost) <= 2
    assert all(result.pdf for result in results if not result.lost)
    again = list(press.render_many(job for job in jobs(12) if job.key in {r.key for r in lost}))
    assert all(result.pdf for result in again)


def test_a_paper_that_takes_too_long_is_given_up(press):
    list(press.render_many(jobs(2)))
    press.timeout = 0.3
    endless = Job("endless", "order_sheet", samples.order_sheet(lines=1500))
    [result] = press.render_many([endless])
    press.timeout = 120.0
    assert result.lost
    assert "longer than 0.3 seconds" in result.error
    assert [result.pdf is not None for result in press.render_many(jobs(2))] == [True, True]


def test_a_run_that_is_abandoned_leaves_nothing_behind_for_the_next(press):
    next(press.render_many(jobs(4)))
    results = list(press.render_many([Job("next", "invoice", samples.invoice(lines=1))]))
    assert [result.key for result in results] == ["next"]


def test_jobs_are_taken_only_as_fast_as_they_are_printed(press):
    taken = []

    def watched() -> Iterator[Job]:
        for job in jobs(8):
            taken.append(job.key)
            yield job

    running = press.render_many(watched())
    next(running)
    assert len(taken) <= 4
    running.close()


def test_a_worker_retires_after_its_number_of_papers():
    with Press(workers=1, recycle_after=1) as press:
        seen = set()
        for result in press.render_many(jobs(2)):
            assert result.pdf
            seen.update(press.pids())
    assert len(seen) == 2


def test_without_workers_papers_are_printed_here():
    with Press(workers=0) as press:
        results = list(press.render_many([*jobs(2), Job("odd", "poster", {})]))
        assert press.pids() == []
    assert [result.pdf is not None for result in results] == [True, True, False]


_A_PARENT = """
import sys, time
from app.documents import samples
from app.documents.press import Job, Press
if __name__ == "__main__":
    press = Press(workers=1)
    list(press.render_many([Job(1, "invoice", samples.invoice(lines=1))]))
    print(press.pids()[0], flush=True)
    time.sleep(60)
"""


def test_workers_do_not_outlive_a_parent_that_is_killed():
    with subprocess.Popen([sys.executable, "-c", _A_PARENT], stdout=subprocess.PIPE) as parent:
        assert parent.stdout
        worker = int(parent.stdout.readline())
        parent.kill()
    deadline = time.monotonic() + 20
    while _is_running(worker) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not _is_running(worker)


def _is_running(pid: int) -> bool:
    try:
        return "Z" not in Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False


def test_closing_ends_the_workers():
    press = Press(workers=1)
    list(press.render_many(jobs(1)))
    [pid] = press.pids()
    press.close()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
