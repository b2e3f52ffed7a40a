"""A thousand papers of a kind: by worker processes, beside a plain loop over the same pages."""

import json
import sys
from statistics import median

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
    some = LOOP if not quick else 30
    ways = {"loop": some, "loop of the same": some} | {str(team): count for team in WORKERS}
    # In turn, so that a busy moment of the machine does not fall on one of them alone.
    rows = [{how: measure(kind, how, many) for how, many in ways.items()} for _ in range(repeats)]
    paces = {how: [row[how] for row in rows] for how in ways}
    loop, same = paces.pop("loop"), paces.pop("loop of the same")
    _tell("plain HTML(string).write_pdf() loop, without tags", loop, loop, same)
    _tell("the same loop, tagged PDF/A-3 as ours are", same, loop, same)
    for team, found in paces.items():
        _tell("1 worker process" if team == "1" else f"{team} worker processes", found, loop, same)


def _tell(name: str, paces: list[Pace], loop: list[Pace], same: list[Pace]) -> None:
    wall, cpu = _wall(paces), _cpu(paces)
    print(f"\n{name}")
    print(f"  seconds for {paces[0].count:5d}   {spread([p.seconds for p in paces], 's', 1)}")
    print(
        f"  wall each          {spread(wall, 'ms', 1)}  {_beside(wall, _wall(loop), _wall(same))}"
    )
    print(f"  processor each     {spread(cpu, 'ms', 1)}  {_beside(cpu, _cpu(loop), _cpu(same))}")
    print(f"  size each          {spread([p.kilobytes for p in paces], 'kB', 1)}")


def _wall(paces: list[Pace]) -> list[float]:
    return [pace.seconds / pace.count * 1000 for pace in paces]


def _cpu(paces: list[Pace]) -> list[float]:
    return [pace.cpu_ms for pace in paces]


def _beside(ours: list[float], loop: list[float], same: list[float]) -> str:
    """The medians beside those of the two loops."""
    return f"{median(ours) / median(loop):.2f} and {median(ours) / median(same):.2f} of the loops"


def measure(kind: str, how: str, count: int) -> Pace:
    return Pace(**in_a_process("app.bench.papers", kind, how, count))


def _paced(kind: str, how: str, count: int) -> Pace:
    if how.isdigit():
        return by_press(kind, count, int(how))
    return by_plain_loop(kind, count, None if how == "loop" else "pdf/a-3a")


if __name__ == "__main__":
    kind, how, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
    print(json.dumps(vars(_paced(kind, how, count))))
