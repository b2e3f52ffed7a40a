"""Reading the order form: which lines differ from what the page showed, and which are unreadable.

Only lines that were changed on this page are saved, so two open pages never undo each other's
other lines. `q12` is what was typed for article 12, `x12` the extra, and `s12` what the page
showed ("2+1"; nothing stands for "0+0").
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from app.i18n import sentence
from app.ordering.offers import Article
from purchasing.demand import MOST_PIECES, Choice
from purchasing.errors import Refused
from purchasing.money import parse_quantity


@dataclass
class Typed:
    """What a form asks: readable changes, and per article what could not be read, and why."""

    choices: dict[int, Choice] = field(default_factory=dict)
    problems: dict[int, tuple[str, str]] = field(default_factory=dict)
    texts: dict[int, str] = field(default_factory=dict)  # every changed line, as typed


def read(
    form: Mapping[str, str], articles: Iterable[Article], *, also_unchanged: bool = False
) -> Typed:
    """Read all lines that are in the form; a pressed + or − is added to what is typed."""
    typed = Typed()
    stepped, pieces = _step(form.get("step", ""))
    for article in articles:
        text = form.get(f"q{article.id}")
        if text is None:
            continue
        shown = _shown(form.get(f"s{article.id}", ""))
        more = pieces if article.id == stepped else 0
        try:
            choice = _choice(article, text, form.get(f"x{article.id}"), shown, more)
        except Refused as refusal:
            typed.problems[article.id] = (text, sentence(refusal))
            typed.texts[article.id] = text
            continue
        if choice != shown or also_unchanged:
            typed.choices[article.id] = choice
            typed.texts[article.id] = text
    return typed


def _choice(
    article: Article, text: str, extra_text: str | None, shown: Choice, more: int
) -> Choice:
    quantity = max(0, parse_quantity(text, article.piece_milli) + more)
    extra = _whole(extra_text) if extra_text else shown.extra
    return Choice(quantity, extra if quantity else 0)


def _step(text: str) -> tuple[int, int]:
    """ "12:-1" as article and pieces; nothing at all for anything else."""
    article, _, pieces = text.partition(":")
    sign = -1 if pieces.startswith("-") else 1
    return _whole(article), sign * _whole(pieces.removeprefix("-"))


def _shown(text: str) -> Choice:
    quantity, _, extra = text.partition("+")
    return Choice(_whole(quantity), _whole(extra))


def _whole(text: str) -> int:
    """Digits as a number. What our own pages send is never anything else."""
    return (
        min(int(text), MOST_PIECES) if text.isascii() and text.isdigit() and len(text) < 10 else 0
    )
