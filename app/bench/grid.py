"""The order page with 300 articles: its size, its queries, and how many a second are made."""

import gzip
import json
import statistics
import sys
import time
from pathlib import Path

from sqlalchemy import event

from app.bench import neighbourhood, saving
from app.bench.databases import an_app, folder, postgres_database, postgres_url
from app.bench.measure import heading, in_a_process, spread
from app.extensions import db

PEOPLE = 200
ARTICLES = 300
EACH = 15
VIEWS = 200


def run(quick: bool = False) -> None:
    heading(f"The order page with {ARTICLES} articles, {EACH} of them chosen, in one process")
    views = 20 if quick else VIEWS
    with folder() as place, postgres_url(place) as url:
        for name, address in (("SQLite", ""), ("PostgreSQL", url)):
            if address is not None:
                _tell(name, _measure(views, address))


def _tell(name: str, found: dict[str, list[float]]) -> None:
    size, packed, queries, few = (found[key][0] for key in ("size", "gzip", "queries", "few"))
    print(f"\n{name}")
    print(f"  {size / 1000:.0f} kB, {packed / 1000:.1f} kB packed")
    print(f"  {queries:.0f} queries; with 30 articles and 5 people {few:.0f}")
    print(f"  until the first byte  {spread(found['ms'], 'ms', 1)}")
    print(f"  pages a second        {1000 / statistics.median(found['ms']):.0f}")


def _measure(views: int, url: str) -> dict[str, list[float]]:
    if not url:
        with folder() as place:
            return dict(in_a_process("app.bench.grid", views, place, ""))
    with folder() as place, postgres_database(url, "bench_grid") as address:
        return dict(in_a_process("app.bench.grid", views, place, address))


def look_often(views: int, place: Path, url: str) -> dict[str, list[float]]:
    """Open the page `views` times for different people; milliseconds of each, and its size."""
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
        rounds = (full.id, small.id)
        session.commit()
        engine = db.engine
    statements: list[str] = []
    event.listen(engine, "before_cursor_execute", lambda *said: statements.append(said[2]))
    client = app.test_client()

    def look(turn: int, round_id: int) -> tuple[float, bytes]:
        visitor = visitors[turn % len(visitors)]
        client.set_cookie("session", visitor.cookie)
        statements.clear()
        start = time.perf_counter()
        answer = client.get(f"/rounds/{round_id}/order?for={visitor.participant_id}")
        return (time.perf_counter() - start) * 1000, answer.data

    look(0, rounds[1])
    look(1, rounds[1])
    few = len(statements)
    for turn in range(5):
        look(turn, rounds[0])
    page = look(5, rounds[0])[1]
    return {
        "queries": [len(statements)],
        "few": [few],
        "size": [len(page)],
        "gzip": [len(gzip.compress(page))],
        "ms": [look(turn, rounds[0])[0] for turn in range(views)],
    }


if __name__ == "__main__":
    print(json.dumps(look_often(int(sys.argv[1]), Path(sys.argv[2]), sys.argv[3])))
