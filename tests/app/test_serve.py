"""Serving: two processes that start and end together."""

import socket
import sys

from app.serve import _answers, _wait, running

FOR_EVER = [sys.executable, "-c", "import time; time.sleep(600)"]
ONCE = [sys.executable, "-c", ""]
DEAF = [
    sys.executable,
    "-c",
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print(flush=True);"
    "time.sleep(600)",
]


def test_no_process_outlives_the_block():
    with running(FOR_EVER, FOR_EVER) as processes:
        assert [process.poll() for process in processes] == [None, None]

    assert all(process.poll() is not None for process in processes)


def test_when_one_process_ends_by_itself_all_end(capfd):
    with running(FOR_EVER, ONCE) as processes:
        assert _wait(processes) == 1

    assert processes[0].poll() is not None
    assert "Ended by itself" in capfd.readouterr().err


def test_a_process_that_does_not_listen_is_ended_all_the_same(monkeypatch, capfd):
    monkeypatch.setattr("app.serve.LAST_WORDS_SECONDS", 0.5)
    with running(DEAF) as processes:
        while not capfd.readouterr().out:
            pass

    assert processes[0].poll() == -9


def test_an_error_in_the_block_ends_the_processes_too():
    try:
        with running(FOR_EVER) as processes:
            raise LookupError
    except LookupError:
        assert processes[0].poll() is not None


LATE = """
import socket, sys, time
time.sleep(0.5)
with socket.create_server(("127.0.0.1", int(sys.argv[1]))) as server:
    server.accept()
    time.sleep(600)
"""


def test_where_the_site_is_is_told_when_it_answers():
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]

    with running([sys.executable, "-c", LATE, str(port)]) as processes:
        assert _answers(processes, "127.0.0.1", port)
    with running(FOR_EVER, ONCE) as processes:
        assert not _answers(processes, "127.0.0.1", port)
