"""Settling a round in which every third article came short, and how that grows.

Beside it stands what the same round took to be ordered and invoiced: the correction of all papers
should cost no more than the papers did.
"""

import json
import sys
from collections.abc import Callable
from pathlib import Path

from app.bench import neighbourhood
from app.bench.closing import ARTICLES, EACH, power
from app.bench.databases import an_app, on_each_database
from app.bench.measure import heading, peak_megabytes, spread, timed
from app.extensions import db
from purchasing import lifecycle, ordering
from purchasing.books import settlement
from purchasing.deliveries import counting
from purchasing.papers import PaperKind, list_for_round
from purchasing.rounds import Round

SIZES = (100, 300, 1000)
REPEATS = 3
SHORT = 3  # every so many articles comes with a tenth less
CORRECTIONS = (PaperKind.CREDIT_NOTE, PaperKind.SUPPLEMENT)


def run(quick: bool = False) -> None:
    heading(f"Settling a round: every third of {ARTICLES} articles came short")
    before: dict[tuple[str, int], float] = {}
    for place, size in enumerate(SIZES):
        for name, found in on_each_database(
            "app.bench.settling", "bench_settling", size, 1 if quick else REPEATS
        ):
            before[name, size] = found[0]["settle"]
            old = before.get((name, SIZES[place - 1])) if place else None
            print(f"{size:6d} participants on {name}: {found[0]['papers']:.0f} corrections")
            print(
                f"    settle {spread([row['settle'] for row in found])}  "
                f"{power(old, found[0]['settle'], SIZES[place - 1], size)}"
            )
            print(f"    order  {spread([row['order'] for row in found])}")
            shares = [row["settle"] / row["order"] for row in found]
            print(f"    ratio  {spread(shares, '', 2)}, {found[0]['memory']:.0f} MB")


def settle_once(size: int, place: Path, url: str) -> dict[str, float]:
    """Seconds of ordering and settling a full round, the papers that corrected it, and MB."""
    app = an_app(place, url)
    with app.app_context():
        session, now = db.session(), neighbourhood.CLOSES
        people = neighbourhood.settle_in(session, size)
        round_ = neighbourhood.open_round(session, neighbourhood.stock_shelves(session, ARTICLES))
        neighbourhood.fill(session, round_, people, EACH)
        lifecycle.close(session, round_, actor="bench", now=now)
        session.commit()
        order = timed(lambda: _move(round_, lifecycle.order))
        _move(round_, lifecycle.receive)
        _count(round_)
        settle = timed(lambda: _move(round_, lifecycle.settle))
        if settlement.reconcile(session, round_).difference:
            raise RuntimeError("the round does not add up")
        papers = sum(one.kind in CORRECTIONS for one in list_for_round(session, round_.id))
        return {
            "order": order,
            "settle": settle,
            "papers": papers,
            "memory": peak_megabytes(),
        }


def _move(round_: Round, verb: Callable[..., None]) -> None:
    session = db.session()
    verb(session, round_, actor="bench", now=neighbourhood.CLOSES)
    session.commit()
    session.expire_all()


def _count(round_: Round) -> None:
    session, now = db.session(), neighbourhood.CLOSES
    lines = [line for one in ordering.list_orders(session, round_.id) for line in one.lines]
    for line in lines[::SHORT]:
        came = line.pieces - max(1, line.pieces // 10)
        key = f"bench-{line.id}"
        counting.count(session, round_, line, came, seen=0, key=key, actor="bench", now=now)
    session.commit()


if __name__ == "__main__":
    print(json.dumps(settle_once(int(sys.argv[1]), Path(sys.argv[2]), sys.argv[3])))
