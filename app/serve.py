"""Serve the site and keep the clock, as two processes that start and end together.

`python -m app.serve` brings the database up to date, then runs granian and `flask clock run` until
Ctrl-C, a SIGTERM or SIGHUP, or the end of either of them. `site` is what granian asks for.
"""

import argparse
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from app import create_app

if TYPE_CHECKING:
    from flask import Flask

WEB_PROCESSES = 2
THREADS_EACH = 4
LAST_WORDS_SECONDS = 15  # what a request or an errand gets to end by itself
LOOK_SECONDS = 0.2


def main(arguments: list[str] | None = None) -> int:
    """Serve until told to stop. Returns 0 then, or 1 when a process ended by itself."""
    options = _options(arguments)
    os.environ.setdefault("KOOPKRACHT_BASE_URL", f"http://{options.host}:{options.port}")
    subprocess.run([*_flask(), "db", "upgrade"], check=True)
    for ending in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(ending, signal.default_int_handler)
    try:
        with running(_web(options), [*_flask(), "clock", "run"]) as processes:
            if _answers(processes, options.host, options.port):
                where = os.environ["KOOPKRACHT_BASE_URL"]
                print(f"The site is at {where}. Ctrl-C ends it.", flush=True)
            return _wait(processes)
    except KeyboardInterrupt:
        return 0


@contextmanager
def running(*commands: list[str]) -> Iterator[list[subprocess.Popen[bytes]]]:
    """Run commands beside each other; none of them outlives the block.

    Each leads a group of its own: a Ctrl-C reaches us alone, and we tell them to stop.
    """
    processes: list[subprocess.Popen[bytes]] = []
    try:
        for command in commands:
            processes.append(subprocess.Popen(command, process_group=0))
        yield processes
    finally:
        _stop(processes)


def _stop(processes: list[subprocess.Popen[bytes]]) -> None:
    for process in processes:
        process.terminate()
    deadline = time.monotonic() + LAST_WORDS_SECONDS
    for process in processes:
        try:
            process.wait(max(0.0, deadline - time.monotonic()))
        except (subprocess.TimeoutExpired, KeyboardInterrupt):
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _answers(processes: list[subprocess.Popen[bytes]], host: str, port: int) -> bool:
    """Wait for the site: who is told where it is goes there at once. False if one has ended."""
    while all(process.poll() is None for process in processes):
        with suppress(OSError), socket.create_connection((host, port), timeout=LOOK_SECONDS):
            return True
        time.sleep(LOOK_SECONDS)
    return False


def _wait(processes: list[subprocess.Popen[bytes]]) -> int:
    while all(process.poll() is None for process in processes):
        time.sleep(LOOK_SECONDS)
    ended = next(process for process in processes if process.poll() is not None)
    print(f"Ended by itself, so all ends: {ended.args!r}", file=sys.stderr)
    return 1


def _options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="./dev serve", description="Serve the site.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8000)
    return parser.parse_args(arguments)


def _flask() -> list[str]:
    return [sys.executable, "-m", "flask", "--app", "app"]


def _web(options: argparse.Namespace) -> list[str]:
    settings = {
        "interface": "wsgi",
        "host": options.host,
        "port": options.port,
        "workers": WEB_PROCESSES,
        "blocking-threads": THREADS_EACH,
        "log-level": "warning",
    }
    flags = [f"--{name}={value}" for name, value in settings.items()]
    flags += ["--no-ws", "--respawn-failed-workers", "--factory"]
    return [sys.executable, "-m", "granian", *flags, "app.serve:site"]


def site() -> "Flask":
    """The application, for a process of granian. A SIGTERM ends it at once while it is made.

    Until it serves it would note the signal as the process that it was forked from does, and then
    begin all the same: who stops the site just after it was started waited until it was killed.
    So nothing that takes long is imported above.
    """
    for ending in (signal.SIGINT, signal.SIGTERM):
        signal.signal(ending, signal.SIG_DFL)
    return create_app()


if __name__ == "__main__":
    sys.exit(main())
