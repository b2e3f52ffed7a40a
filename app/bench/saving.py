"""The last minute: 200 people save at once, over HTTP, until the round closes under them.

The real server on a free port of this machine, each person on a connection of their own. First
each sends the next change as soon as the last is answered (a closed loop: the most there is),
and beside it the same from a Flask application with nothing of ours (`minimal`). Then 60 changes
a second come whatever the answers do (an open loop: what people wait in the busiest minute).
Afterwards the database must hold exactly what the people were told: nothing lost, nothing late.
"""

import asyncio
import json
import sys
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlencode

from flask import Flask
from itsdangerous import URLSafeTimedSerializer
from sqlalchemy import select

from app.bench import neighbourhood
from app.bench.databases import an_app, folder, postgres_database, postgres_url
from app.bench.measure import heading, in_a_process, percentile
from app.bench.web import OURS, PROCESSES, THREADS, answer_of, serving
from app.extensions import db
from purchasing.demand import Commitment, Want

PEOPLE = 200
ARTICLES = 300
SECONDS = 30
EACH_SECOND = 60  # changes of the open loop
LEAST = "app.bench.minimal:create_app"
TAUGHT = "app.bench.minimal:create_taught_app"
WARM = 2  # seconds that do not count: a site that runs has met its first visitors long ago
AFTER = 2  # seconds that people go on after the deadline
START = 6  # seconds to start the server in


def run(quick: bool = False) -> None:
    people, seconds = (50, 6) if quick else (PEOPLE, SECONDS)
    heading(f"{people} people save at once in the last {seconds} seconds of a round, over HTTP")
    with folder() as place, postgres_url(place) as url:
        for name, address in (("SQLite", ""), ("PostgreSQL", url)):
            if address is not None:
                _tell_of(name, people, seconds, address)


def _tell_of(name: str, people: int, seconds: int, address: str) -> None:
    print(f"\n{name}, synchronous, {PROCESSES} web processes of {THREADS} threads")
    most = _measure(people, seconds, address, 0, OURS)
    _tell("as many as can be", seconds, most)
    for site, what in (
        (TAUGHT, "the same five statements, as Flask-SQLAlchemy teaches, and nothing else"),
        (LEAST, "the same five statements as text by Flask alone, and nothing else"),
    ):
        found = _measure(people, seconds, address, 0, site)
        _tell(what, seconds, found)
        print(f"    the site saves {most['saved'] / found['saved']:.2f} of that")
    steady = _measure(people, seconds, address, EACH_SECOND, OURS)
    _tell(f"{EACH_SECOND} a second, whatever the answers do", seconds, steady)


def _tell(what: str, seconds: int, found: dict[str, float]) -> None:
    print(f"  {what}")
    print(f"    changes saved  {found['saved']:.0f}, {found['saved'] / seconds:.0f} a second")
    print(f"    answered in    p50 {found['p50']:.0f} ms, p99 {found['p99']:.0f} ms")
    print(f"    refused as too late {found['late']:.0f}, errors {found['errors']:.0f}")
    print(f"    lost {found['lost']:.0f}, saved after closing {found['after']:.0f}")


def _measure(people: int, seconds: int, url: str, pace: int, site: str) -> dict[str, float]:
    work = ("app.bench.saving", people, seconds, pace, site)
    if not url:
        with folder() as place:
            return dict(in_a_process(*work, place, ""))
    with folder() as place, postgres_database(url, "bench_saving") as address:
        return dict(in_a_process(*work, place, address))


@dataclass
class Person:
    """One browser: its cookie and form token, and what it was told."""

    participant_id: int
    cookie: str
    token: str
    told: dict[int, int] = field(default_factory=dict)  # pieces by item, as acknowledged
    unsure: set[int] = field(default_factory=set)  # items with a change that was never answered
    waits: list[float] = field(default_factory=list)
    late: int = 0
    errors: int = 0

    @classmethod
    def signed_in(cls, app: Flask, participant_id: int) -> "Person":
        """Somebody who is signed in: cookie and token as the site itself makes them."""
        device = neighbourhood.signed_in(db.session(), participant_id)
        raw = f"{participant_id:040d}"
        signer = app.session_interface.get_signing_serializer(app)  # type: ignore[attr-defined]
        cookie = signer.dumps({"device": device, "csrf_token": raw, "language": "en"})
        token = URLSafeTimedSerializer(app.secret_key or "", salt="wtf-csrf-token").dumps(raw)
        return cls(participant_id, cookie, str(token))


def save_at_once(
    count: int, seconds: int, pace: int, site: str, place: Path, url: str
) -> dict[str, float]:
    """What people are told until the round closes; `pace` changes a second, or 0: the most."""
    app = an_app(place, url)
    closes_at = datetime.now(UTC) + timedelta(seconds=START + WARM + seconds)
    with app.app_context():
        session = db.session()
        participants = neighbourhood.settle_in(session, count)
        products = neighbourhood.stock_shelves(session, ARTICLES)
        round_ = neighbourhood.open_round(session, products, closes_at=closes_at)
        items = [item.id for item in round_.items]
        people = [Person.signed_in(app, who) for who in participants]
        round_id = round_.id
        session.commit()
        db.engine.dispose()
    with serving(app, place, site) as port:
        wait = (closes_at - datetime.now(UTC)).total_seconds() - seconds - WARM
        time.sleep(max(0.0, wait))
        asyncio.run(_crowd(people, round_id, items, port, WARM + seconds + AFTER, pace))
    with app.app_context():
        return _judge(people, round_id, closes_at)


async def _crowd(
    people: list[Person], round_id: int, items: list[int], port: int, seconds: float, pace: int
) -> None:
    """Everybody clicks until the time is over; with a `pace`, each when it is their turn."""
    counts = time.monotonic() + WARM
    until = time.monotonic() + seconds
    every = len(people) / pace if pace else 0.0
    await asyncio.gather(
        *(
            _click(person, round_id, items, port, (counts, until), every, every * at / len(people))
            for at, person in enumerate(people)
        )
    )


async def _click(
    person: Person,
    round_id: int,
    items: list[int],
    port: int,
    span: tuple[float, float],
    every: float,
    first: float,
) -> None:
    """One person's changes: from the first moment of `span` on they count, at the second they end.

    The wait is from when a change was to be sent, so that no waiting is hidden.
    """
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    turn, due = person.participant_id, time.monotonic() + first
    while not person.late:
        await asyncio.sleep(max(0.0, due - time.monotonic()))
        start = due if every else time.monotonic()
        if start >= span[1]:
            break
        due += every
        turn += 1
        item, pieces = items[turn * 7 % len(items)], 1 + turn % 9
        writer.write(_request(person, round_id, item, pieces, turn))
        try:
            status, body = await answer_of(reader)
        except (OSError, EOFError, ValueError):
            person.errors += 1
            person.unsure.add(item)
            break
        if start >= span[0]:
            person.waits.append((time.monotonic() - start) * 1000)
        _note(person, item, pieces, status, body)
    writer.close()


def _note(person: Person, item: int, pieces: int, status: int, body: bytes) -> None:
    if status != 200:
        person.errors += 1
        person.unsure.add(item)
    elif b"Saved." in body:
        person.told[item] = pieces
    else:
        person.late += 1


def form_of(person: Person, item: int, pieces: int, turn: int) -> dict[str, str]:
    """The fields that a browser sends for one changed line."""
    return {
        "csrf_token": person.token,
        "key": f"bench-{person.participant_id}-{turn}",
        "for": str(person.participant_id),
        f"q{item}": str(pieces),
    }


def _request(person: Person, round_id: int, item: int, pieces: int, turn: int) -> bytes:
    body = urlencode(form_of(person, item, pieces, turn)).encode()
    head = (
        f"POST /rounds/{round_id}/order/{item} HTTP/1.1\r\nHost: 127.0.0.1\r\n"
        f"Cookie: session={person.cookie}\r\nHX-Request: true\r\nAccept-Language: en\r\n"
        "Content-Type: application/x-www-form-urlencoded\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def _judge(people: list[Person], round_id: int, closes_at: datetime) -> dict[str, float]:
    """Compare what people were told with what is stored."""
    rows = db.session.execute(
        select(Commitment.participant_id, Want.item_id, Want.quantity)
        .join(Want, Want.commitment_id == Commitment.id)
        .where(Commitment.round_id == round_id)
    )
    stored = {(who, item): quantity for who, item, quantity in rows}
    lost = sum(
        stored.get((person.participant_id, item), 0) != pieces
        for person in people
        for item, pieces in person.told.items()
        if item not in person.unsure
    )
    changed = db.session.scalars(
        select(Commitment.changed_at).where(Commitment.round_id == round_id)
    )
    waits = [wait for person in people for wait in person.waits]
    return {
        "saved": sum(len(person.waits) - person.late for person in people),
        "p50": percentile(waits, 0.5),
        "p99": percentile(waits, 0.99),
        "late": sum(person.late for person in people),
        "errors": sum(person.errors for person in people),
        "lost": lost,
        "after": sum(at >= closes_at for at in changed),
    }


if __name__ == "__main__":
    count, seconds, pace, site, place, url = sys.argv[1:7]
    figures = save_at_once(int(count), int(seconds), int(pace), site, Path(place), url)
    print(json.dumps(figures))
