"""What the crowd was told, and how one asks until there is an answer.

What was not answered, for the server died, is asked again with the same key: so in the end every
change has an answer, and what must be stored is known exactly.
"""

import time
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from random import Random
from urllib.parse import urlencode

from app.torture.scene import Person, Stage

PATIENCE = 30.0  # seconds in which a change must get an answer
DONE, LATE = 303, 409
Form = dict[str, str | list[str]]


@dataclass
class Told:
    """What one person believes about one round."""

    ordered: dict[int, int] = field(default_factory=dict)
    signed_up: bool = False
    left: bool = False  # about when it closed: then one leaves a list, and has a receipt or not
    accepts: bool = False  # what it is offered after a tender


@dataclass
class Memory:
    """All that the crowd was told.

    `told` is by round and participant, `bids` are the prices that were sealed, by invitation.
    """

    told: dict[tuple[int, int], Told] = field(default_factory=dict)
    bids: dict[int, str] = field(default_factory=dict)
    accepted: int = 0
    late: int = 0
    retried: int = 0
    unanswered: int = 0
    errors: list[str] = field(default_factory=list)

    def of(self, stage: Stage, person: Person) -> Told:
        return self.told.setdefault((stage.round_id, person.participant_id), Told())


@dataclass(frozen=True)
class Voice:
    """One browser that asks one of the servers, and the memory that it shares with all others."""

    person: Person
    ports: list[int]
    memory: Memory
    dice: Random

    def told(self, stage: Stage) -> Told:
        return self.memory.of(stage, self.person)

    def ask(self, path: str, form: Form, *, early: int = DONE) -> int | None:
        """The status of the answer; the same form again as long as there is none.

        `early` is a status that means "not yet" here, and no fault.
        """
        proof = {"csrf_token": self.person.token, "for": str(self.person.participant_id)}
        body = urlencode(form | proof, doseq=True)
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            status = _post(self.person, path, body, self.dice.choice(self.ports))
            if status in (DONE, LATE, early):
                self.memory.accepted += status == DONE
                self.memory.late += status == LATE
                return status
            if status is not None:
                self.memory.errors.append(f"{status} for {path}")
                if status < 500:
                    return status
            self.memory.retried += 1
            time.sleep(0.05)
        self.memory.unanswered += 1
        self.memory.errors.append(f"no answer in {PATIENCE:.0f} s for {path}")
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
