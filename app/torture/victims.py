"""The processes of the scene: started, killed at random, and started again."""

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from http.client import HTTPConnection
from random import Random
from threading import Event, Thread
from typing import Any

from app.torture import process
from app.torture.nursery import Nursery
from app.torture.scene import Scene, free_port

CLOCKS = 3
WEB = (
    "--interface=wsgi",
    "--workers=1",
    "--blocking-threads=4",
    "--log-level=critical",
    "--no-ws",
)
PAUSE = (0.05, 0.2)  # seconds between two kills
CALM_PAUSE = (0.6, 1.8)
WEB_LIVES = 7.0  # seconds between two kills of a web server, which is there again in one or two
QUICK_START = 2.0  # seconds in which both web servers are up on a quick machine
SLOWEST = 4.0  # no more than so many times slower: a run should end


@dataclass
class Victims:
    """Two web servers and some clocks; within the block somebody kills them."""

    scene: Scene
    settings: dict[str, Any]
    chance: float
    control: str
    seed: int
    kills: int = 0
    pace: float = 1.0  # how many times slower than a quick machine this one is just now
    ports: list[int] = field(default_factory=list)
    died_at_points: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._dice = Random(self.seed)  # noqa: S311
        self._over = Event()
        self._web: list[subprocess.Popen[bytes]] = []
        self._clocks: list[int] = []
        self._keepers: list[Thread] = []
        # With a fault put in, processes live longer: a race shows where they race.
        self._pause = PAUSE if self.control == "none" else CALM_PAUSE
        self.deaths = self.scene.place / "deaths"

    def __enter__(self) -> "Victims":
        began = time.monotonic()
        self.ports = [free_port() for _ in range(2)]
        self._web = [self._start_web(port) for port in self.ports]
        self._nursery = Nursery(self._told(self.chance))
        self._clocks = [self._nursery.bear() for _ in range(CLOCKS)]
        for port in self.ports:
            _until_up(port)
        self.pace = min(SLOWEST, max(1.0, (time.monotonic() - began) / QUICK_START))
        self._keepers = [Thread(target=self._kill), Thread(target=self._raise)]
        for keeper in self._keepers:
            keeper.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        for keeper in self._keepers:
            keeper.join()
        for server in self._web:
            _kill_group(server)
        for clock in self._clocks:
            _kill(clock)
        self._nursery.close()
        if self.deaths.exists():
            self.died_at_points = self.deaths.read_text().splitlines()

    def _kill(self) -> None:
        if not self.chance:
            return
        spared_until = time.monotonic() + WEB_LIVES * self.pace
        while not self._over.wait(self._dice.uniform(*self._pause)):
            if time.monotonic() > spared_until:
                _kill_group(self._dice.choice(self._web))
                self.kills += 1
                spared_until = time.monotonic() + WEB_LIVES * self.pace
            self.kills += _kill(self._dice.choice(self._clocks))

    def _raise(self) -> None:
        """Whoever is dead lives again, as a service manager would have it."""
        while not self._over.wait(0.02):
            for at, clock in enumerate(self._clocks):
                if not _is_alive(clock):
                    self._clocks[at] = self._nursery.bear()
            for at, server in enumerate(self._web):
                if server.poll() is not None:
                    self._web[at] = self._start_web(self.ports[at])

    def _start_web(self, port: int) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "granian", f"--port={port}", *WEB, "--factory"]
        return subprocess.Popen(
            [*command, "app.torture.process:web"],
            env=os.environ | {process.ORDERS: json.dumps(self._told(self.chance / 60))},
            process_group=0,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def _told(self, chance: float) -> dict[str, object]:
        return {
            "settings": self.settings,
            "deaths": str(self.deaths),
            "chance": chance,
            "control": self.control,
        }


def _kill(pid: int) -> bool:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return False
    return True


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def _kill_group(server: subprocess.Popen[bytes]) -> None:
    if server.poll() is None:
        os.killpg(server.pid, signal.SIGKILL)
    server.wait()


def _until_up(port: int) -> None:
    for _ in range(300):
        try:
            connection = HTTPConnection("127.0.0.1", port, timeout=2)
            connection.request("GET", "/healthz")
            if connection.getresponse().status == 200:
                return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError("a web server did not start")
