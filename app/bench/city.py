"""What one installation takes, and what a city of them would need on a Friday at eight.

Measured here: the memory of an installation at rest, the processor time of a change, of a closing
and of a paper. The rest is arithmetic on those figures, and is shown as such.
"""

import json
import subprocess
import sys
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from os import environ
from pathlib import Path

from app.bench import closing, neighbourhood, papers, saving
from app.bench.databases import an_app, folder
from app.bench.measure import heading, in_a_process, percentile
from app.bench.web import free_port
from app.extensions import db

NETWORKS, HOUSEHOLDS = 1000, 500_000
LINES, IN_LAST = 30, 600  # changes of each household in the last ten minutes, all at once
PAPERS_WITHIN = 3600  # seconds in which everybody has an invoice
SOLD_GB = 64  # memory of a machine as they are rented
CHANGES, ARTICLES, PEOPLE = 300, 300, 50
SETTLE = 12  # seconds until a server and a clock have started and done their first round


@dataclass(frozen=True)
class Needs:
    """MB of an installation at rest; processor seconds of a change, a closing, a paper."""

    megabytes: float
    change: float
    close: float
    paper: float


def run(quick: bool = False) -> None:
    heading("One installation, and a city of them")
    needs = _measured()
    each = HOUSEHOLDS // NETWORKS
    changes = HOUSEHOLDS * LINES / IN_LAST
    machines = NETWORKS * needs.megabytes / 1024 / SOLD_GB
    print("  measured")
    print(f"    at rest: 2 web processes and the clock     {needs.megabytes:.0f} MB")
    print(f"    a change, with its page                    {needs.change * 1000:.1f} ms of a core")
    print(f"    closing and ordering, {each} households      {needs.close:.2f} s")
    print(f"    a paper                                    {needs.paper * 1000:.0f} ms of a core")
    print(f"  {NETWORKS} networks, {HOUSEHOLDS:,} households, all closing at eight: arithmetic")
    print(
        f"    {LINES} changes each in the last {IN_LAST // 60} minutes   {changes:,.0f} a second,"
    )
    print(f"                                               {changes * needs.change:.0f} cores")
    print(f"    every invoice within the hour              {_cores_for_papers(needs):.0f} cores")
    print(
        f"    memory at rest                             {machines:.1f} machines of {SOLD_GB} GB"
    )
    print(
        f"    mails within the hour                      {HOUSEHOLDS / PAPERS_WITHIN:.0f} a second"
    )


def _cores_for_papers(needs: Needs) -> float:
    return HOUSEHOLDS * needs.paper / PAPERS_WITHIN


def _measured() -> Needs:
    with folder() as place:
        found = dict(in_a_process("app.bench.city", place))
    closed = closing.measure(HOUSEHOLDS // NETWORKS, "")
    pace = papers.measure("invoice", "1", 200)
    return Needs(
        megabytes=found["megabytes"],
        change=found["change"],
        close=closed["close"] + closed["order"],
        paper=pace.cpu_ms / 1000,
    )


def of_one_installation(place: Path) -> dict[str, float]:
    """Processor seconds of a change (median), and the MB of the processes that stand ready."""
    app = an_app(place)
    with app.app_context():
        session = db.session()
        people = neighbourhood.settle_in(session, PEOPLE)
        products = neighbourhood.stock_shelves(session, ARTICLES)
        closes_at = datetime.now(UTC) + timedelta(days=1)
        round_ = neighbourhood.open_round(session, products, closes_at=closes_at)
        round_id, items = round_.id, [item.id for item in round_.items]
        visitors = [saving.Person.signed_in(app, who) for who in people]
        session.commit()
    client = app.test_client()

    def change(turn: int) -> float:
        visitor, item = visitors[turn % PEOPLE], items[turn * 7 % ARTICLES]
        form = saving.form_of(visitor, item, 1 + turn % 9, turn)
        client.set_cookie("session", visitor.cookie)
        start = time.process_time()
        answer = client.post(f"/rounds/{round_id}/order/{item}", data=form)
        used = time.process_time() - start
        if b"Saved." not in answer.data:
            raise RuntimeError(answer.status)
        return used

    spent = [change(turn) for turn in range(CHANGES)]
    return {"change": percentile(spent[CHANGES // 10 :], 0.5), "megabytes": _at_rest(place)}


def _at_rest(place: Path) -> float:
    """The memory that belongs to an installation's processes, what they share counted once."""
    command = [sys.executable, "-m", "app.serve", "--port", str(free_port())]
    env = environ | {"KOOPKRACHT_INSTANCE": str(place)}
    serve = subprocess.Popen(command, env=env, stdout=subprocess.DEVNULL)
    try:
        time.sleep(SETTLE)
        return sum(_own_megabytes(pid) for pid in _family(serve.pid))
    finally:
        serve.terminate()
        serve.wait(30)


def _family(pid: int) -> list[int]:
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [pid, *(one for child in children for one in _family(int(child)))]


def _own_megabytes(pid: int) -> float:
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return sum(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024


if __name__ == "__main__":
    print(json.dumps(of_one_installation(Path(sys.argv[1]))))
