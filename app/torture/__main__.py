"""`./dev torture [--minutes M] [--seed S] [--database URL] [--control NAME]`: see the package."""

import argparse
import re
import sys
import time
from collections import Counter
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import update

from app import create_app
from app.bench.databases import folder, postgres_database, postgres_url
from app.duties import do_what_is_due
from app.errands import run_until_done
from app.extensions import db
from app.torture import checker, controls, crowd, mix, process, scene, victims
from app.torture.asking import Memory
from app.torture.nursery import Nursery
from app.torture.post import PostOffice
from app.torture.victims import Victims
from purchasing.errands import Errand, ErrandState

PEOPLE = 8
LONGEST_ROAD = ("close", "offer", "order")  # what may be left to do of one round
SHOWN = 12  # kinds of violations that are printed of a run
POSTGRES = "postgresql"


@dataclass
class Tally:
    """What many runs came to."""

    runs: int = 0
    closings: int = 0
    kills: int = 0
    accepted: int = 0
    late: int = 0
    retried: int = 0
    bids: int = 0
    contracts: int = 0
    mails: int = 0
    repeated: int = 0
    violations: int = 0
    woken: int = 0
    points: Counter[str] = field(default_factory=Counter)
    mixes: Counter[str] = field(default_factory=Counter)


def main(arguments: list[str] | None = None) -> int:
    """Returns 0 when nothing was violated; with a control, when it was caught."""
    options = _options(arguments)
    tally, until = Tally(), time.monotonic() + 60 * options.minutes
    seed = options.seed
    with ExitStack() as stack:
        server = _server(stack, options.database)
        while not tally.runs or time.monotonic() < until:
            _print_kinds(seed, run(seed, server, options, tally))
            seed += 1
            if options.control != "none" and tally.violations:
                break
    _tell(tally, options, seed)
    return int(bool(tally.violations) == (options.control == "none"))


def run(seed: int, server: str, options: argparse.Namespace, tally: Tally) -> list[str]:
    """One installation from its first order to its last mail; the violations found."""
    with ExitStack() as stack:
        place, nursery = stack.enter_context(folder()), stack.enter_context(Nursery())
        url = stack.enter_context(postgres_database(server, f"torture_{seed}")) if server else ""
        office = stack.enter_context(PostOffice(seed, calm=True))
        mixed = mix.of(seed, postgres=bool(server))
        settings = scene.settings(place, url, office.port, mixed)
        built = scene.open_rounds(scene.build(place, url, people=PEOPLE), rounds=options.rounds)
        with Victims(nursery, built, settings, mixed, options.control, seed) as dying:
            built, office.calm = scene.set_deadlines(built, pace=dying.pace), False
            memory = crowd.let_loose(built, dying.ports, seed)
            time.sleep(1.0)
        office.calm = True
        found = _drain_and_check(settings, built, memory, office, nursery)
    tally.runs += 1
    tally.closings += len(built.stages)
    tally.mixes[str(mixed)] += 1
    tally.kills += dying.kills + len(dying.died_at_points)
    tally.points.update(dying.died_at_points)
    tally.woken += dying.woken
    tally.accepted += memory.accepted
    tally.late += memory.late
    tally.retried += memory.retried
    tally.bids += len(memory.bids)
    tally.contracts += sum(told.accepts for told in memory.told.values())
    tally.mails += len(office.received)
    tally.repeated += sum(count - 1 for count in office.received.values())
    tally.violations += len(found)
    return found


def _drain_and_check(
    settings: dict[str, Any],
    built: scene.Scene,
    memory: Memory,
    office: PostOffice,
    nursery: Nursery,
) -> list[str]:
    """Nobody kills any more: what is left is done at once, and then everything is looked at."""
    app = create_app(**settings)
    process.blame_nobody()
    process.print_quickly()
    with app.app_context():
        for _ in LONGEST_ROAD:
            do_what_is_due(grace=timedelta(0))
        for hours in (1, 2, 3):  # so far ahead that no wait and no lease holds anything up
            later = datetime.now(UTC) + timedelta(hours=hours)
            db.session.execute(
                update(Errand)
                .where(Errand.state == ErrandState.WAITING)
                .values(not_before=datetime.now(UTC))
            )
            db.session.commit()
            if hours == 1:
                victims.finish(nursery)
            run_until_done(app, now=lambda later=later: later)  # type: ignore[misc]
        found = list(checker.violations(built, memory, office))
        db.session.remove()
        db.engine.dispose()
    return found


def _server(stack: ExitStack, database: str) -> str:
    """The address of a PostgreSQL, of ours or given; empty for SQLite."""
    if database == "sqlite":
        return ""
    if database != POSTGRES:
        return database
    server = stack.enter_context(postgres_url(stack.enter_context(folder())))
    if server is None:
        raise SystemExit("There is no PostgreSQL here: give --database an address.")
    return server


def _print_kinds(seed: int, found: list[str]) -> None:
    """The violations of a run by their kind, one example of each."""
    kinds = Counter(re.sub(r"[0-9]+|\{.*\}", "#", line) for line in found)
    examples = {re.sub(r"[0-9]+|\{.*\}", "#", line): line for line in reversed(found)}
    for kind, count in kinds.most_common(SHOWN):
        print(f"  seed {seed}: {count} × {examples[kind]}", flush=True)


def _tell(tally: Tally, options: argparse.Namespace, seed: int) -> None:
    points = ", ".join(f"{point} {count}" for point, count in sorted(tally.points.items()))
    mixes = ", ".join(f"{count} of {mixed}" for mixed, count in sorted(tally.mixes.items()))
    print(
        f"{options.database}, control {options.control}, seeds {options.seed}–{seed - 1}: "
        f"{tally.runs} runs ({mixes}; woken {tally.woken} times), "
        f"{tally.closings} closings, {tally.kills} kills "
        f"(at points: {points or 'none'}); {tally.accepted} changes accepted, "
        f"{tally.late} too late, {tally.retried} asked again; "
        f"{tally.bids} bids, {tally.contracts} offers taken; {tally.mails} mails, "
        f"{tally.repeated} repeated; {tally.violations} violations"
    )


def _options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="./dev torture", description="Kill, and count losses.")
    parser.add_argument("--minutes", type=float, default=2.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=120, help="in each run; 120 if not told")
    parser.add_argument(
        "--database",
        default="sqlite",
        help="sqlite, postgresql (one of our own), or the address of a PostgreSQL",
    )
    parser.add_argument("--control", choices=sorted(controls.CONTROLS), default="none")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
