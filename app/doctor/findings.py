"""What one look found."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum


class Grade(StrEnum):
    FINE = "ok"
    WARNING = "warning"
    WRONG = "wrong"


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at; `about` is a word, `told` a sentence for the operator."""

    about: str
    grade: Grade
    told: str


Findings = Iterator[Finding]


def fine(about: str, told: str) -> Finding:
    return Finding(about, Grade.FINE, told)


def warning(about: str, told: str) -> Finding:
    return Finding(about, Grade.WARNING, told)


def wrong(about: str, told: str) -> Finding:
    return Finding(about, Grade.WRONG, told)
