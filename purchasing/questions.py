"""Questions as data: what may be asked, how an answer is read, and how long it is kept.

A room declares its questions; the app makes a form from them, the domain reads what came back
with `read`, and the clock deletes what is kept no longer. Nothing else is ever asked or stored.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum

from purchasing.errors import N_, Refused

Answer = str | int | bool | list[str]
MOST_NUMBER = 1_000_000_000
USUAL_DAYS = 365


class QuestionKind(StrEnum):
    """What an answer is: text, a whole number, an ISO day, a bool, an option, some options."""

    TEXT = "text"
    NUMBER = "number"
    DATE = "date"
    YES_NO = "yes_no"
    CHOICE = "choice"
    CHOICES = "choices"


class Asked(StrEnum):
    """Who is asked a question, or offered an option."""

    EVERYBODY = "everybody"
    HOUSEHOLDS = "household"
    SHOPS = "shop"

    def includes(self, *, shop: bool) -> bool:
        return self == Asked.EVERYBODY or shop == (self == Asked.SHOPS)


@dataclass(frozen=True)
class Option:
    """One of the answers to choose from."""

    key: str
    label: str
    asked: Asked = Asked.EVERYBODY


@dataclass(frozen=True)
class Question:
    """One thing that may be asked; the app builds the field from it.

    `keep_days` is how long after the end of the round the answer is kept. `on_receipt` says
    whether the participant's receipt repeats the answer, which is kept as long as the receipt.
    `counted` lets closing count heads per option.
    """

    key: str
    label: str
    kind: QuestionKind = QuestionKind.TEXT
    required: bool = True
    keep_days: int = USUAL_DAYS
    options: tuple[Option, ...] = ()
    short: str = ""  # in tables, where a whole question is too long
    hint: str = ""
    known: str = ""  # what we know of a participant that may be filled in: language, email
    longest: int = 120
    asked: Asked = Asked.EVERYBODY
    on_receipt: bool = True
    counted: bool = False
    public: bool = False  # of a round: told on its page
    usual: Answer | None = None  # of a round: what a new one starts with
    section: str = ""  # of a round: the heading under which it stands, if not the usual one

    @property
    def title(self) -> str:
        return self.short or self.label

    def label_of(self, key: str) -> str:
        return next((option.label for option in self.options if option.key == key), key)


@dataclass(frozen=True)
class Said:
    """A sentence to translate, and the values that go into it."""

    text: str
    values: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class ConsentText:
    """What somebody agrees to, for one recipient. Another wording is another version."""

    key: str
    recipient: str
    version: str
    said: Said


@dataclass(frozen=True)
class ReceiptWords:
    """What a room wants said on a receipt, besides the answers. The first warning is bold.

    `party` is a word for who gets the list, its name, and its licence.
    """

    intro: Said
    warnings: tuple[Said, ...]
    party: tuple[str, str, Said]
    steps: tuple[Said, ...]
    leaving: tuple[Said, ...]
    roles: tuple[Said, ...]


class Unanswered(Refused):
    message = N_("Please fill this in.")


class NotAsked(Refused):
    message = N_("This is not asked here.")


class NotAnOption(Refused):
    message = N_("Choose from what is offered.")


class TooLong(Refused):
    message = N_("At most %(most)s signs.")


class NotPlain(Refused):
    message = N_("This has a character that cannot be kept.")


class NotANumber(Refused):
    message = N_("Fill in a whole number, such as 12.")


class NotADay(Refused):
    message = N_("Fill in a day.")


class WrongAnswers(Refused):
    """`problems` says what is wrong, by the key of the question."""

    message = N_("Not all answers are right yet.")

    def __init__(self, problems: Mapping[str, Refused]) -> None:
        super().__init__()
        self.problems = problems


def for_whom(questions: Iterable[Question], *, shop: bool) -> tuple[Question, ...]:
    """The questions as a household or a shop gets them, with the options that are for it."""
    return tuple(
        replace(question, options=_offered(question, shop=shop))
        for question in questions
        if question.asked.includes(shop=shop)
    )


def read(questions: Iterable[Question], raw: Mapping[str, object]) -> dict[str, Answer]:
    """The answers, checked, as plain data for JSON; what was left open is left out.

    Raises WrongAnswers, also for a key that nobody asked for.
    """
    asked = {question.key: question for question in questions}
    problems: dict[str, Refused] = {key: NotAsked() for key in raw if key not in asked}
    answers: dict[str, Answer] = {}
    for key, question in asked.items():
        try:
            answer = _READERS[question.kind](question, raw.get(key))
        except Refused as refusal:
            problems[key] = refusal
            continue
        if answer is not None:
            answers[key] = answer
        elif question.required:
            problems[key] = Unanswered()
    if problems:
        raise WrongAnswers(problems)
    return answers


def _offered(question: Question, *, shop: bool) -> tuple[Option, ...]:
    return tuple(option for option in question.options if option.asked.includes(shop=shop))


def _text(question: Question, raw: object) -> Answer | None:
    text = str(raw or "").strip()
    if len(text) > question.longest:
        raise TooLong(most=question.longest)
    if not text.isprintable():
        raise NotPlain
    return text or None


def _number(question: Question, raw: object) -> Answer | None:
    text = "" if raw is None else str(raw).strip()
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and int(text) <= MOST_NUMBER):
        raise NotANumber
    return int(text)


def _day(question: Question, raw: object) -> Answer | None:
    if not raw:
        return None
    try:
        return date.fromisoformat(str(raw)).isoformat()
    except ValueError:
        raise NotADay from None


def _yes_no(question: Question, raw: object) -> Answer | None:
    """No is an answer; only where yes is required must it be yes."""
    return True if raw is True else None if question.required or raw is None else False


def _choice(question: Question, raw: object) -> Answer | None:
    if not raw:
        return None
    if raw not in {option.key for option in question.options}:
        raise NotAnOption
    return str(raw)


def _choices(question: Question, raw: object) -> Answer | None:
    """In the order in which they are offered, each once."""
    chosen = set(raw) if isinstance(raw, list | tuple) else set()
    offered = [option.key for option in question.options]
    if chosen - set(offered):
        raise NotAnOption
    return [key for key in offered if key in chosen] or None


_READERS: dict[QuestionKind, Callable[[Question, object], Answer | None]] = {
    QuestionKind.TEXT: _text,
    QuestionKind.NUMBER: _number,
    QuestionKind.DATE: _day,
    QuestionKind.YES_NO: _yes_no,
    QuestionKind.CHOICE: _choice,
    QuestionKind.CHOICES: _choices,
}
