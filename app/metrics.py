"""Figures for Prometheus, in its text format. All come from the database, so that each of several
processes gives the same ones; no name, no address, no amount is among them.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app import vital_signs
from purchasing.errands import Errand, ErrandState
from purchasing.rounds import Round, RoundState

Labels = Mapping[str, str]


def text(session: Session, *, now: datetime) -> str:
    """All figures, each with its help and type."""
    signs = vital_signs.take(session, now=now)
    clock = signs.clock.total_seconds() if signs.clock is not None else float("nan")
    lines = [
        *_gauge("clock_age_seconds", "Since the clock last looked.", [({}, clock)]),
        *_gauge("workers", "Workers heard of in the last two minutes.", [({}, signs.workers)]),
        *_gauge(
            "errand_wait_seconds",
            "How long the oldest due errand has waited.",
            [({}, signs.errand.total_seconds())],
        ),
        *_gauge(
            "round_overdue_seconds",
            "How long the oldest open round is past its closing.",
            [({}, signs.round_.total_seconds())],
        ),
        *_gauge("mail_paused", "1 while mail is held.", [({}, signs.mail_paused)]),
        *_gauge("migrations_in_step", "1 if the schema fits the code.", [({}, signs.in_step)]),
        *_gauge("errands", "Errands by state.", _counts(session, Errand.state, ErrandState)),
        *_gauge("rounds", "Rounds by state.", _counts(session, Round.state, RoundState)),
    ]
    return "\n".join(lines) + "\n"


def _counts(session: Session, column: object, states: type) -> list[tuple[Labels, float]]:
    rows = session.execute(select(column, func.count()).group_by(column))  # type: ignore[call-overload]
    found = {str(state): count for state, count in rows}
    return [({"state": str(state)}, found.get(str(state), 0)) for state in states]  # type: ignore[attr-defined]


def _gauge(name: str, told: str, values: list[tuple[Labels, float]]) -> Iterator[str]:
    yield f"# HELP koopkracht_{name} {told}"
    yield f"# TYPE koopkracht_{name} gauge"
    for labels, value in values:
        named = ",".join(f'{key}="{text_}"' for key, text_ in labels.items())
        yield f"koopkracht_{name}{f'{{{named}}}' if named else ''} {_number(value)}"


def _number(value: float) -> str:
    return "NaN" if value != value else f"{float(value):g}"
