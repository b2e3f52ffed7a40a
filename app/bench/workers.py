"""From the deadline to the last mail: the clock closes, workers print and mail.

Real processes as they run in earnest, each worker with one process that prints; mail goes into a
folder. Told for one worker and for two, and on PostgreSQL with the task engine too.
"""

import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from typing import Any

from flask import Flask
from sqlalchemy import func, select

from app.bench import neighbourhood
from app.bench.databases import an_app, folder, postgres_database, postgres_url
from app.bench.measure import KILO, heading, in_a_process, spread
from app.extensions import db
from purchasing.errands import Errand, ErrandState, Kind

PARTICIPANTS, ARTICLES, EACH = 300, 300, 15
REPEATS = 3
START = 10  # seconds until the deadline, in which all processes start
LONGEST = 300  # seconds
LOOK = 0.25
STOPPED = 30


def run(quick: bool = False) -> None:
    people, repeats = (60, 1) if quick else (PARTICIPANTS, REPEATS)
    heading(f"From the deadline to the last mail: {people} participants, {EACH} wants each")
    with folder() as place, postgres_url(place) as url:
        for engine, address, name in (
            ("", "", "SQLite"),
            ("", url, "PostgreSQL"),
            ("procrastinate", url, "PostgreSQL, woken by the engine"),
        ):
            if address is not None:
                _compare(name, people, repeats, address, engine)


def _compare(name: str, people: int, repeats: int, url: str, engine: str) -> None:
    one = _tell(name, people, repeats, url, engine, workers=1)
    two = _tell(name, people, repeats, url, engine, workers=2)
    print(f"  two workers need {two / one:.2f} of the time of one")


def _tell(name: str, people: int, repeats: int, url: str, engine: str, *, workers: int) -> float:
    """Print what was found; the median of the seconds that all took."""
    found = [_measure(people, workers, url, engine) for _ in range(repeats)]
    took = [row["all"] for row in found]
    print(f"\n{name}, {workers} worker{'s' if workers > 1 else ''}")
    print(f"  suppliers' sheets mailed after  {spread([row['sheets'] for row in found], 's', 1)}")
    print(f"  invoices mailed before that     {max(row['before'] for row in found):.0f}")
    print(f"  everything mailed after         {spread(took, 's', 1)}")
    print(f"  papers a minute                 {median(row['pace'] for row in found):.0f}")
    print(f"  processor, all together         {spread([row['cpu'] for row in found], 's', 1)}")
    print(f"  largest process                 {max(row['memory'] for row in found):.0f} MB")
    return median(took)


def _measure(people: int, workers: int, url: str, engine: str) -> dict[str, float]:
    work = ("app.bench.workers", people, workers, engine)
    if not url:
        with folder() as place:
            return dict(in_a_process(*work, place, ""))
    with folder() as place, postgres_database(url, "bench_workers") as address:
        return dict(in_a_process(*work, place, address))


def close_and_mail(
    count: int, workers: int, engine: str, place: Path, url: str
) -> dict[str, float]:
    app = an_app(place, url)
    closes_at = datetime.now(UTC) + timedelta(seconds=START + count / 100)
    with app.app_context():
        session = db.session()
        people = neighbourhood.settle_in(session, count)
        products = neighbourhood.stock_shelves(session, ARTICLES)
        round_ = neighbourhood.open_round(session, products, closes_at=closes_at)
        neighbourhood.fill(session, round_, people, EACH)
        session.commit()
        db.engine.dispose()
    with _running(app, place, engine, workers), app.app_context():
        _wait_until_done(closes_at)
    with app.app_context():
        return _judge(closes_at)


@contextmanager
def _running(app: Flask, place: Path, engine: str, workers: int) -> Iterator[None]:
    settings = {
        "INSTANCE": str(place),
        "SQLALCHEMY_DATABASE_URI": app.config["SQLALCHEMY_DATABASE_URI"],
        "ERRANDS": "workers",
        "ENGINE": engine,
        "PRESS_WORKERS": "1",
    }
    env = os.environ | {f"KOOPKRACHT_{name}": value for name, value in settings.items()}
    flask = [sys.executable, "-m", "flask", "--app", "app"]
    commands = [["clock", "run"], *[["worker"]] * workers]
    quiet: dict[str, Any] = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    started = [subprocess.Popen([*flask, *words], env=env, **quiet) for words in commands]
    try:
        yield
    finally:
        for process in started:
            process.terminate()
        for process in started:
            process.wait(STOPPED)


def _wait_until_done(closes_at: datetime) -> None:
    """Until the round has been ordered and no errand is left."""
    time.sleep(max(0.0, (closes_at - datetime.now(UTC)).total_seconds()))
    for _ in range(int(LONGEST / LOOK)):
        if _left() == 0:
            return
        time.sleep(LOOK)
    raise RuntimeError(f"{_left()} errands were left")


def _left() -> int | None:
    """How many errands are not done; None while there are none at all."""
    rows = db.session.execute(select(Errand.state, func.count()).group_by(Errand.state)).all()
    db.session.rollback()
    counted: dict[str, int] = {str(state): number for state, number in rows}
    return sum(counted.values()) - counted.get(ErrandState.DONE, 0) if counted else None


def _judge(closes_at: datetime) -> dict[str, float]:
    done: dict[Kind, list[float]] = {kind: [] for kind in Kind}
    for errand in db.session.scalars(select(Errand)):
        assert errand.done_at is not None
        done[errand.kind].append((errand.done_at - closes_at).total_seconds())
    sheets, took = max(done[Kind.MAIL_SHEET]), max(max(times) for times in done.values() if times)
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return {
        "sheets": sheets,
        "before": sum(after < sheets for after in done[Kind.MAIL_PAPER]),
        "all": took,
        "pace": len(done[Kind.RENDER]) / took * 60,
        "cpu": used.ru_utime + used.ru_stime,
        "memory": used.ru_maxrss / KILO,
    }


if __name__ == "__main__":
    people, workers, engine, place, url = sys.argv[1:6]
    found = close_and_mail(int(people), int(workers), engine, Path(place), url)
    print(json.dumps(found))
