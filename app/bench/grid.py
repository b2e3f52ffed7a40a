"""The order page with 300 articles: its size, its queries, and how many a second are made.

First by one process without a network between, then over HTTP by the real server.
"""

import asyncio
import gzip
import json
import statistics
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from flask import Flask
from sqlalchemy import Engine, event

from app.bench import neighbourhood, saving
from app.bench.databases import an_app, folder, postgres_database, postgres_url
from app.bench.measure import heading, in_a_process, percentile, spread
from app.bench.web import PROCESSES, THREADS, answer_of, serving
from app.extensions import db

PEOPLE = 200
ARTICLES = 300
EACH = 15
VIEWS = 200
READERS = 8
WARM, SECONDS = 5, 20


def run(quick: bool = False) -> None:
    heading(f"The order page with {ARTICLES} articles, {EACH} of them chosen")
    views, seconds = (20, 3) if quick else (VIEWS, SECONDS)
    with folder() as place, postgres_url(place) as url:
        for name, address in (("SQLite", ""), ("PostgreSQL", url)):
            if address is not None:
                _tell(name, _measure("one", views, address), _measure("many", seconds, address))


def _tell(name: str, one: dict[str, list[float]], many: dict[str, list[float]]) -> None:
    size, packed, queries, few = (one[key][0] for key in ("size", "gzip", "queries", "few"))
    print(f"\n{name}")
    print(f"  {size / 1000:.0f} kB, {packed / 1000:.1f} kB packed")
    print(f"  {queries:.0f} queries; with 30 articles and 5 people {few:.0f}")
    print("  one process, one page after the other, each for somebody else")
    print(f"    until the first byte  {spread(one['ms'], 'ms', 1)}")
    print(f"    pages a second        {1000 / statistics.median(one['ms']):.0f}")
    print(
        f"  over HTTP, {PROCESSES} web processes of {THREADS} threads, {READERS} readers at once"
    )
    print(f"    pages a second        {many['pages'][0]:.0f}, errors {many['errors'][0]:.0f}")
    print(f"    answered in           p50 {many['p50'][0]:.0f} ms, p99 {many['p99'][0]:.0f} ms")


def _measure(how: str, much: int, url: str) -> dict[str, list[float]]:
    if not url:
        with folder() as place:
            return dict(in_a_process("app.bench.grid", how, much, place, ""))
    with folder() as place, postgres_database(url, f"bench_grid_{how}") as address:
        return dict(in_a_process("app.bench.grid", how, much, place, address))


@dataclass
class Scene:
    """A round that is full, a small one beside it, and people who are signed in."""

    app: Flask
    engine: Engine
    full: int
    small: int
    visitors: list[saving.Person]

    def page(self, turn: int, round_id: int) -> tuple[saving.Person, str]:
        visitor = self.visitors[turn % len(self.visitors)]
        return visitor, f"/rounds/{round_id}/order?for={visitor.participant_id}"


def set_the_scene(place: Path, url: str) -> Scene:
    app = an_app(place, url)
    with app.app_context():
        session = db.session()
        people = neighbourhood.settle_in(session, PEOPLE)
        products = neighbourhood.stock_shelves(session, ARTICLES)
        full = neighbourhood.open_round(session, products, closes_at=neighbourhood.FAR_AWAY)
        neighbourhood.fill(session, full, people, EACH)
        small = neighbourhood.open_round(session, products[:30], closes_at=neighbourhood.FAR_AWAY)
        neighbourhood.fill(session, small, people[:5], EACH)
        visitors = [saving.Person.signed_in(app, who) for who in people]
        scene = Scene(app, db.engine, full.id, small.id, visitors)
        session.commit()
    return scene


def look_often(views: int, place: Path, url: str) -> dict[str, list[float]]:
    """Open the page `views` times for different people; milliseconds of each, and its size."""
    scene = set_the_scene(place, url)
    statements: list[str] = []
    event.listen(scene.engine, "before_cursor_execute", lambda *said: statements.append(said[2]))
    client = scene.app.test_client()

    def look(turn: int, round_id: int) -> tuple[float, bytes]:
        visitor, address = scene.page(turn, round_id)
        client.set_cookie("session", visitor.cookie)
        statements.clear()
        start = time.perf_counter()
        answer = client.get(address)
        return (time.perf_counter() - start) * 1000, answer.data

    look(0, scene.small)
    look(1, scene.small)
    few = len(statements)
    for turn in range(5):
        look(turn, scene.full)
    page = look(5, scene.full)[1]
    return {
        "queries": [len(statements)],
        "few": [few],
        "size": [len(page)],
        "gzip": [len(gzip.compress(page))],
        "ms": [look(turn, scene.full)[0] for turn in range(views)],
    }


def look_together(seconds: int, place: Path, url: str) -> dict[str, list[float]]:
    """READERS open the page again and again, each for somebody else every time."""
    scene = set_the_scene(place, url)
    with scene.app.app_context():
        db.engine.dispose()
    with serving(scene.app, place) as port:
        asyncio.run(_read(scene, port, WARM))  # a site that runs has met its first visitors
        waits, errors = asyncio.run(_read(scene, port, seconds))
    return {
        "pages": [len(waits) / seconds],
        "errors": [errors],
        "p50": [percentile(waits, 0.5)],
        "p99": [percentile(waits, 0.99)],
    }


async def _read(scene: Scene, port: int, seconds: int) -> tuple[list[float], int]:
    """Milliseconds that each page took, and how many were none."""
    until = time.monotonic() + seconds
    read = await asyncio.gather(*(_reader(scene, port, at, until) for at in range(READERS)))
    return [wait for waits, _ in read for wait in waits], sum(errors for _, errors in read)


async def _reader(scene: Scene, port: int, turn: int, until: float) -> tuple[list[float], int]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    waits, errors = [], 0
    while (start := time.monotonic()) < until:
        visitor, address = scene.page(turn, scene.full)
        turn += READERS
        writer.write(
            f"GET {address} HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept-Language: en\r\n"
            f"Cookie: session={visitor.cookie}\r\n\r\n".encode()
        )
        status, page = await answer_of(reader)
        waits.append((time.monotonic() - start) * 1000)
        errors += status != 200 or b'id="grid"' not in page
    writer.close()
    return waits, errors


if __name__ == "__main__":
    _measured = {"one": look_often, "many": look_together}[sys.argv[1]]
    print(json.dumps(_measured(int(sys.argv[2]), Path(sys.argv[3]), sys.argv[4])))
