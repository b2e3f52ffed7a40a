"""A process that has imported and made everything, and forks a clock whenever a line comes in.

A clock that is killed ten times a second must be there again in some milliseconds, or it would
spend its life on coming into being. `python -m app.torture.nursery` answers each line with the
new clock's process id, and ends with its input.
"""

import json
import os
import signal
import subprocess
import sys

from app.torture import process


class Nursery:
    """Asks for clocks, from the outside."""

    def __init__(self, told: dict[str, object]) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "app.torture.nursery"],
            env=os.environ | {process.ORDERS: json.dumps(told)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        assert self._process.stdout
        self._process.stdout.readline()  # it is ready

    def bear(self) -> int:
        """A new clock; its process id."""
        assert self._process.stdin and self._process.stdout
        self._process.stdin.write("\n")
        self._process.stdin.flush()
        return int(self._process.stdout.readline())

    def close(self) -> None:
        assert self._process.stdin and self._process.stdout
        self._process.stdin.close()
        self._process.wait()
        self._process.stdout.close()


def main() -> None:
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for the dead
    app = process.clockwork()
    print(flush=True)
    for _ in sys.stdin:
        pid = os.fork()
        if pid == 0:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            process.tick_until_killed(app)
            os._exit(1)
        sys.stdout.write(f"{pid}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
