"""A process that has imported and made everything, and forks a victim whenever it is asked for.

A clock that is killed ten times a second must be there again in some milliseconds, or it would
spend its life on coming into being; so must a web server on a slow machine. To
`python -m app.torture.nursery` the first line is what victims are told, as JSON; each other one
is a role, and answered with the process id of who plays it. It ends with its input.
"""

import json
import multiprocessing
import os
import signal
import subprocess
import sys
import time

from flask import Flask

from app.torture import lives, process


class Nursery:
    """Asks for victims, from the outside. It begins to import at once, while others build."""

    def __init__(self) -> None:
        self.began = time.monotonic()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "app.torture.nursery"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )

    def __enter__(self) -> "Nursery":
        return self

    def __exit__(self, *_: object) -> None:
        assert self._process.stdin and self._process.stdout
        self._process.stdin.close()
        self._process.wait()
        self._process.stdout.close()

    def prepare(self, told: dict[str, object]) -> None:
        """Say once what victims are told; return when they can be asked for."""
        self._ask(json.dumps(told))

    def bear(self, role: str) -> int:
        """Somebody new who plays this role; the process id, which is that of a group too."""
        return int(self._ask(role))

    def _ask(self, line: str) -> str:
        assert self._process.stdin and self._process.stdout
        self._process.stdin.write(f"{line}\n")
        self._process.stdin.flush()
        return self._process.stdout.readline()


def main() -> None:
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for the dead
    multiprocessing.set_start_method("fork")  # as granian starts its workers
    app = process.made_ready(json.loads(sys.stdin.readline()))
    print(flush=True)
    for role in sys.stdin:
        print(_fork(app, role.strip()), flush=True)


def _fork(app: Flask, role: str) -> int:
    pid = os.fork()
    if pid:
        return pid
    try:
        os.setpgid(0, 0)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        nowhere = os.open(os.devnull, os.O_RDWR)
        os.dup2(nowhere, 0)
        os.dup2(nowhere, 1)
        lives.live(app, role)
    finally:
        os._exit(1)


if __name__ == "__main__":
    main()
