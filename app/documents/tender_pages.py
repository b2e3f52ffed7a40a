"""What the papers of a tender need besides their record."""

from typing import Any

from app.bars import bars_of
from app.documents.heads import head
from app.documents.words import Words
from app.lot_sheet import segments_of
from purchasing.errors import N_

LESS = N_("What you pay in a year: about %(amount)s less")
MORE = N_("What you pay in a year: about %(amount)s more")


def confirmation(paper: dict[str, Any], language: Words) -> dict[str, Any]:
    """The two bars, in millimetres of the paper; and what comes out of them in a sentence."""
    name = language.gettext("Confirmation %(number)s") % {"number": paper["number"]}
    now, new = bars_of(paper["rows"])
    saving = paper["saving"]
    return {
        "made_on": paper["issued_on"],
        "head": head(name, paper["supplier"]["name"]),
        "bars": [bar for bar in (now, new) if bar is not None],
        "headline": _headline(saving, language),
        "totals": {"now": now.total if now else None, "new": new.total},
    }


def _headline(saving: int | None, language: Words) -> str:
    if saving is None:
        return language.gettext("What you pay in a year")
    sentence = LESS if saving > 0 else MORE
    return language.gettext(sentence) % {"amount": language.euro(abs(saving))}


def lot_sheet(paper: dict[str, Any], language: Words) -> dict[str, Any]:
    """All together first, then each segment; moments as day and time."""
    name = language.gettext("Lot sheet %(number)s") % {"number": paper["number"]}
    together, *segments = segments_of(paper)
    for counted in (one for segment in segments for one in segment.counted):
        counted.counts = [(language.month(word), heads) for word, heads in counted.counts]
    return {
        "made_on": paper["issued_on"],
        "head": head(name, paper["round"]["title"]),
        "together": together,
        "segments": segments,
        "bids_until": paper["bids_until"].split("T") if paper["bids_until"] else None,
        "offers_until": paper["offers_until"].split("T") if paper["offers_until"] else None,
    }


def switch_list(paper: dict[str, Any], language: Words) -> dict[str, Any]:
    """Columns that belong together stand in one cell; empty ones leave no line."""
    name = language.gettext("Switch list %(number)s") % {"number": paper["number"]}
    stacks = list(dict.fromkeys(column["stack"] for column in paper["columns"]))
    return {
        "made_on": paper["issued_on"],
        "head": head(name, paper["supplier"]),
        "stacks": stacks,
        "people": [
            [_stacked(stack, paper["columns"], row) for stack in stacks] for row in paper["rows"]
        ],
    }


def _stacked(
    stack: str, columns: list[dict[str, Any]], row: list[dict[str, Any]]
) -> list[dict[str, Any]]:
    return [
        {**cell, "title": column["title"] if column["labelled"] else ""}
        for column, cell in zip(columns, row, strict=True)
        if column["stack"] == stack and (cell.get("text") or cell.get("words"))
    ]
