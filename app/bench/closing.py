"""Closing a round: deciding, the two moves, and memory; and how each grows."""

import json
import math
import sys
from pathlib import Path

from app.bench import neighbourhood
from app.bench.databases import an_app, folder, postgres_database, postgres_url
from app.bench.measure import heading, in_a_process, peak_megabytes, spread, timed
from app.extensions import db
from purchasing import lifecycle, ordering
from purchasing.rounds import Round

SIZES = (100, 300, 1000, 3000, 10_000)
ARTICLES = 300
EACH = 15
REPEATS = 3
COLUMNS = ("decide", "close", "order")


def run(quick: bool = False) -> None:
    heading(f"Closing a round: {ARTICLES} articles, {EACH} wants for each participant")
    with folder() as place, postgres_url(place) as url:
        for name, address in (("SQLite", ""), ("PostgreSQL", url)):
            if address is None:
                print("PostgreSQL: none here; set KOOPKRACHT_BENCH_POSTGRES to an address")
                continue
            _table(name, address, SIZES[:3] if quick else SIZES, 1 if quick else REPEATS)


def _table(name: str, url: str, sizes: tuple[int, ...], repeats: int) -> None:
    print(f"\n{name}, medians of {repeats} (least–most), growth as a power of the participants")
    before: dict[str, float] = {}
    for size in sizes:
        found = [measure(size, url) for _ in range(repeats if size <= 1000 else 1)]
        for column in COLUMNS:
            values = [row[column] for row in found]
            grown = power(before.get(column), values[0], before.get("size"), size)
            print(f"{size:6d} participants  {column:8s} {spread(values)}  {grown}")
            before[column] = values[0]
        print(f"{size:6d} participants  memory   {max(row['memory'] for row in found):.0f} MB")
        before["size"] = size


def power(old: float | None, new: float, old_size: float | None, size: int) -> str:
    """ "n^1.02": how it grew since the size before; nothing where there was none."""
    if not old or not old_size:
        return ""
    return f"n^{math.log(new / old) / math.log(size / old_size):.2f}"


def measure(size: int, url: str) -> dict[str, float]:
    if not url:
        with folder() as place:
            return dict(in_a_process("app.bench.closing", size, place, ""))
    with folder() as place, postgres_database(url, "bench_closing") as address:
        return dict(in_a_process("app.bench.closing", size, place, address))


def close_once(size: int, place: Path, url: str) -> dict[str, float]:
    """Make a full round of `size` participants and close it; seconds of each part, and MB."""
    app = an_app(place, url)
    with app.app_context():
        session = db.session()
        people = neighbourhood.settle_in(session, size)
        round_ = neighbourhood.open_round(session, neighbourhood.stock_shelves(session, ARTICLES))
        neighbourhood.fill(session, round_, people, EACH)
        session.commit()
        round_id, now = round_.id, neighbourhood.CLOSES
        session.expunge_all()
        fresh = session.get_one(Round, round_id)
        demand = ordering.demand_of(session, fresh)
        figures = {"decide": timed(lambda: fresh.category.decide(demand))}
        session.rollback()

        def close() -> None:
            lifecycle.close(session, fresh, actor="bench", now=now)
            session.commit()

        def order() -> None:
            lifecycle.order(session, fresh, actor="bench", now=now)
            session.commit()

        return figures | {
            "close": timed(close),
            "order": timed(order),
            "memory": peak_megabytes(),
        }


if __name__ == "__main__":
    print(json.dumps(close_once(int(sys.argv[1]), Path(sys.argv[2]), sys.argv[3])))
