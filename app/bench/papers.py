"""A thousand papers of a kind: by worker processes, beside a plain loop over the same pages."""

import json
import sys

from app.bench.measure import heading, in_a_process, spread
from app.documents.bench import Pace, by_plain_loop, by_press

COUNT = 1000
LOOP = 100  # the plain loop is measured on fewer: its pace does not depend on the count
REPEATS = 3
WORKERS = (1, 2)


def run(quick: bool = False) -> None:
    _measure_kind("invoice", "invoices of one page", quick)


def run_confirmations(quick: bool = False) -> None:
    _measure_kind("confirmation", "confirmations of a contract", quick)


def _measure_kind(kind: str, words: str, quick: bool) -> None:
    count, repeats = (100, 1) if quick else (COUNT, REPEATS)
    heading(f"{count} {words} as PDF, start of the workers included")
    loop = [_measure(kind, "loop", LOOP if not quick else 30) for _ in range(repeats)]
    _tell("plain HTML(string).write_pdf() loop", loop, loop)
    for workers in WORKERS:
        paces = [_measure(kind, str(workers), count) for _ in range(repeats)]
        _tell(f"{workers} worker process{'es' if workers > 1 else ''}", paces, loop)


def _tell(name: str, paces: list[Pace], loop: list[Pace]) -> None:
    wall = [pace.seconds / pace.count * 1000 for pace in paces]
    cpu = [pace.cpu_ms for pace in paces]
    beside_wall = wall[0] / (loop[0].seconds / loop[0].count * 1000)
    print(f"\n{name}")
    print(f"  seconds for {paces[0].count:5d}   {spread([p.seconds for p in paces], 's', 1)}")
    print(f"  wall each          {spread(wall, 'ms', 1)}   {beside_wall:.2f} of the loop")
    print(
        f"  processor each     {spread(cpu, 'ms', 1)}   {cpu[0] / loop[0].cpu_ms:.2f} of the loop"
    )
    print(f"  size each          {spread([p.kilobytes for p in paces], 'kB', 1)}")


def _measure(kind: str, how: str, count: int) -> Pace:
    return Pace(**in_a_process("app.bench.papers", kind, how, count))


if __name__ == "__main__":
    kind, how, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
    pace = by_plain_loop(kind, count) if how == "loop" else by_press(kind, count, int(how))
    print(json.dumps(vars(pace)))
