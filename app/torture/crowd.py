"""People who order and sign up until the deadline and beyond, and remember what they were told.

Each acts for one household and does one thing after another. What was not answered, for the server
died, is asked again with the same key until there is an answer: so in the end every change has
one, and what must be stored is known exactly.
"""

import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection, HTTPException
from random import Random
from threading import Thread
from urllib.parse import urlencode

from app.torture.scene import Person, Scene, Stage

AFTER = timedelta(seconds=1)  # how long people go on after the last deadline
PATIENCE = 30.0  # seconds in which a change must get an answer
SHOWN = "99999+0"  # "the page showed something else", so that every line counts as changed
CONSENT = "2026-1"
LATE, DONE = 409, 303


@dataclass
class Told:
    """What one person believes about one round."""

    ordered: dict[int, int] = field(default_factory=dict)
    signed_up: bool = False
    left: bool = False  # about when it closed: then one leaves a list, and has a receipt or not


@dataclass
class Memory:
    """All that the crowd was told. `told` is by round and participant."""

    told: dict[tuple[int, int], Told] = field(default_factory=dict)
    accepted: int = 0
    late: int = 0
    retried: int = 0
    unanswered: int = 0
    errors: list[str] = field(default_factory=list)

    def of(self, stage: Stage, person: Person) -> Told:
        return self.told.setdefault((stage.round_id, person.participant_id), Told())


def let_loose(scene: Scene, ports: list[int], seed: int) -> Memory:
    """Everybody at once, until all rounds have closed and a little longer."""
    memory = Memory()
    for stage in scene.stages:  # before the threads, so that none changes the table's size
        for person in scene.people:
            memory.of(stage, person)
    threads = [
        Thread(target=_live, args=(person, scene, ports, memory, Random(seed * 1000 + at)))  # noqa: S311
        for at, person in enumerate(scene.people)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return memory


def _live(person: Person, scene: Scene, ports: list[int], memory: Memory, dice: Random) -> None:
    number = 0
    while (now := datetime.now(UTC)) < scene.ends_at + AFTER:
        near = [s for s in scene.stages if s.closes_at > now - timedelta(seconds=0.5)]
        stage = dice.choice(near[:2] or list(scene.stages))  # most go for what closes next
        number += 1
        act = _sign_up if not stage.items else _order
        act(person, stage, ports, memory, dice, f"k{person.participant_id:04d}-{number:05d}")
        time.sleep(dice.uniform(0.0, 0.05))


def _order(
    person: Person, stage: Stage, ports: list[int], memory: Memory, dice: Random, key: str
) -> None:
    told = memory.of(stage, person)
    if told.ordered and dice.random() < 0.15:
        path = f"/rounds/{stage.round_id}/order/withdraw"
        if _ask(person, path, {"key": key}, ports, memory, dice) == DONE:
            told.ordered = {}
        return
    wanted = {item: dice.choice((0, 0, 1, 2, 3, 7)) for item in stage.items}
    wanted[dice.choice(stage.items)] = dice.randrange(1, 6)
    form = {"key": key, "place": "1", "meant": "1"}
    form |= {f"q{item}": str(pieces) for item, pieces in wanted.items()}
    form |= {f"s{item}": SHOWN for item in stage.items}
    if _ask(person, f"/rounds/{stage.round_id}/order", form, ports, memory, dice) == DONE:
        told.ordered = {item: pieces for item, pieces in wanted.items() if pieces}


def _sign_up(
    person: Person, stage: Stage, ports: list[int], memory: Memory, dice: Random, key: str
) -> None:
    told, path = memory.of(stage, person), f"/rounds/{stage.round_id}/sign-up"
    if told.signed_up and dice.random() < 0.3:
        if _ask(person, f"{path}/withdraw", {"key": key}, ports, memory, dice) == DONE:
            told.signed_up = False
            told.left = told.left or datetime.now(UTC) >= stage.closes_at
        return
    form = {
        "key": key,
        "products": dice.choice(("contents", "travel", "legal")),
        "channel": "mail",
        "contact": f"h{person.participant_id}@example.org",
        "language": "nl",
        "consent-recipient": CONSENT,
    }
    if _ask(person, path, form, ports, memory, dice) == DONE:
        told.signed_up = True


def _ask(
    person: Person,
    path: str,
    form: dict[str, str],
    ports: list[int],
    memory: Memory,
    dice: Random,
) -> int | None:
    """The status of the answer; the same form again as long as there is none."""
    body = urlencode(form | {"csrf_token": person.token, "for": str(person.participant_id)})
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        status = _post(person, path, body, dice.choice(ports))
        if status in (DONE, LATE):
            memory.accepted += status == DONE
            memory.late += status == LATE
            return status
        if status is not None:
            memory.errors.append(f"{status} for {path}")
            if status < 500:
                return status
        memory.retried += 1
        time.sleep(0.05)
    memory.unanswered += 1
    memory.errors.append(f"no answer in {PATIENCE:.0f} s for {path}")
    return None


def _post(person: Person, path: str, body: str, port: int) -> int | None:
    connection = HTTPConnection("127.0.0.1", port, timeout=10)
    headers = {
        "Cookie": f"session={person.cookie}",
        "Content-Type": "application/x-www-form-urlencoded",
        "Accept-Language": "en",
    }
    try:
        connection.request("POST", path, body, headers)
        response = connection.getresponse()
        response.read()
    except (OSError, HTTPException):
        return None
    finally:
        connection.close()
    return response.status
