"""The processes of the scene: started, killed at random, and started again."""

import os
import signal
import time
from dataclasses import dataclass, field
from http.client import HTTPConnection
from random import Random
from threading import Event, Thread
from typing import Any

from app.torture import lives, process
from app.torture.mix import Mix
from app.torture.nursery import Nursery
from app.torture.scene import Scene, free_port

WEBS, CLOCKS, WORKERS = 2, 2, 2
CHANCE, CALM_CHANCE = 0.05, 0.02  # that a point is fatal to a clock or a worker
OF_A_WEB = 1 / 60  # of that chance: a request passes many points
OF_WHO_IS_WOKEN = 1 / 3  # who is to be woken must live until then
PAUSE = (0.05, 0.2)  # seconds between two kills
CALM_PAUSE = (1.0, 3.0)
DOZES, CALM_DOZES = 0.1, 0.6  # of those who took sheets in hand, longer than their lease
WEB_LIVES = 3.0  # seconds between two kills of a web server
QUICK_START = 3.0  # seconds in which a scene is built and all are up, on a quick machine
SLOWEST = 2.5  # no more than so many times slower: a run should end


@dataclass
class Victims:
    """Two web servers, two clocks and two workers; within the block somebody kills them."""

    nursery: Nursery
    scene: Scene
    settings: dict[str, Any]
    mix: Mix
    control: str
    seed: int
    kills: int = 0
    pace: float = 1.0  # how many times slower than a quick machine this one is just now
    ports: list[int] = field(default_factory=list)
    died_at_points: list[str] = field(default_factory=list)
    woken: int = 0

    def __post_init__(self) -> None:
        self._dice = Random(self.seed)  # noqa: S311
        self._over = Event()
        self._alive: dict[str, int] = {}  # by the role, and its number
        self._keepers: list[Thread] = []
        # With a fault put in, processes live longer: a race shows where they race.
        calm = self.control != "none"
        self._pause = CALM_PAUSE if calm else PAUSE
        self._chance = CALM_CHANCE if calm else CHANCE
        self._dozes = CALM_DOZES if calm else DOZES
        self.journal = self.scene.place / "journal"

    def __enter__(self) -> "Victims":
        self.nursery.prepare(self._told())
        self.ports = [free_port() for _ in range(WEBS)]
        roles = [f"{lives.WEB} {port}" for port in self.ports]
        roles += [f"{lives.CLOCK} {number}" for number in range(CLOCKS)]
        roles += [f"{lives.WORKER} {number}" for number in range(WORKERS)]
        self._alive = {role: self.nursery.bear(role) for role in roles}
        for port in self.ports:
            _until_up(port)
        took = time.monotonic() - self.nursery.began
        self.pace = min(SLOWEST, max(1.0, took / QUICK_START))
        self._keepers = [Thread(target=self._kill), Thread(target=self._raise)]
        for keeper in self._keepers:
            keeper.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        for keeper in self._keepers:
            keeper.join()
        for pid in self._alive.values():
            _kill(pid)
        noted = self.journal.read_text().splitlines() if self.journal.exists() else []
        self.died_at_points = [line[3:] for line in noted if line.startswith("at ")]
        self.woken = noted.count(process.WOKEN)

    def _kill(self) -> None:
        spared_until = time.monotonic() + WEB_LIVES * self.pace
        while not self._over.wait(self._dice.uniform(*self._pause)):
            if time.monotonic() > spared_until:
                self._kill_a(lives.WEB)
                spared_until = time.monotonic() + WEB_LIVES * self.pace
            self._kill_a(self._dice.choice((lives.CLOCK, lives.WORKER)))

    def _kill_a(self, kind: str) -> None:
        spared = kind == lives.WORKER and self.mix.engine and self._dice.random() > OF_WHO_IS_WOKEN
        chosen = self._dice.choice([role for role in self._alive if role.startswith(kind)])
        if not spared:
            self.kills += _kill(self._alive[chosen])

    def _raise(self) -> None:
        """Whoever is dead lives again, as a service manager would have it."""
        while not self._over.wait(0.02):
            for role, pid in self._alive.items():
                if not _is_alive(pid):
                    _kill(pid)  # what is left of a web server's group
                    self._alive[role] = self.nursery.bear(role)

    def _told(self) -> dict[str, object]:
        of_a_worker = OF_WHO_IS_WOKEN if self.mix.engine else 1.0
        chances = {lives.WEB: OF_A_WEB, lives.CLOCK: 1.0, lives.WORKER: of_a_worker}
        return {
            "settings": self.settings,
            "journal": str(self.journal),
            "chances": {role: self._chance * part for role, part in chances.items()},
            "dozes": self._dozes,
            "control": self.control,
        }


def finish(nursery: Nursery) -> None:
    """Let some workers whom nobody kills run all errands that are left, all at once."""
    working = [nursery.bear(lives.FINISHER) for _ in range(WORKERS)]
    while any(_is_alive(pid) for pid in working):
        time.sleep(0.02)


def _kill(group: int) -> bool:
    try:
        os.killpg(group, signal.SIGKILL)
    except ProcessLookupError:
        return False
    return True


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def _until_up(port: int) -> None:
    for _ in range(600):
        try:
            connection = HTTPConnection("127.0.0.1", port, timeout=2)
            connection.request("GET", "/healthz")
            if connection.getresponse().status == 200:
                return
        except OSError:
            time.sleep(0.05)
    raise RuntimeError("a web server did not start")
