"""`./dev bench [--quick] [PART ...]`: what can be measured here, part by part."""

import sys

from app.bench import (
    banking,
    city,
    closing,
    grid,
    importing,
    papers,
    saving,
    settling,
    tender,
    workers,
)
from app.bench.measure import machine

PARTS = {
    "closing": closing.run,
    "papers": papers.run,
    "saving": saving.run,
    "grid": grid.run,
    "import": importing.run,
    "tender": tender.run,
    "confirmations": papers.run_confirmations,
    "bank": banking.run,
    "settling": settling.run,
    "workers": workers.run,
    "city": city.run,
}


def main(arguments: list[str]) -> int:
    quick = "--quick" in arguments
    named = [argument for argument in arguments if argument != "--quick"]
    unknown = [name for name in named if name not in PARTS]
    if unknown:
        print(f"There is no part {unknown[0]!r}; there are: {', '.join(PARTS)}", file=sys.stderr)
        return 2
    print(f"On {machine()}")
    for name in named or PARTS:
        PARTS[name](quick=quick)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
