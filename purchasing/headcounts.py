"""Heads per option, so that nobody can be recognised: fewer than ten are never told apart.

The number of all who take part is only told in whole tens. With it exact, somebody could
subtract: of 23 people 21 want this, so two do not.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from purchasing.questions import Question

FEWEST = 10


@dataclass(frozen=True)
class Headcount:
    """How many chose one option; None is fewer than ten, which may be nobody."""

    question: str
    option: str
    people: int | None


def at_least(people: int) -> int:
    """Rounded down to whole tens."""
    return people // FEWEST * FEWEST


def heads(
    questions: Iterable[Question], answers: Iterable[Mapping[str, object]]
) -> tuple[Headcount, ...]:
    """One count for each option of each question that is counted, in their order."""
    told = list(answers)
    return tuple(
        Headcount(question.key, option.key, _hidden(counts[option.key]))
        for question in questions
        if question.counted
        for counts in [_count(question.key, told)]
        for option in question.options
    )


def _count(key: str, answers: list[Mapping[str, object]]) -> Counter[str]:
    chosen: Counter[str] = Counter()
    for answer in answers:
        value = answer.get(key)
        chosen.update(set(value) if isinstance(value, list) else {str(value)})
    return chosen


def _hidden(people: int) -> int | None:
    return people if people >= FEWEST else None
