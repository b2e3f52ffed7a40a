"""What the papers of a tender need besides their record."""

from typing import Any

from app.bars import bars_of
from app.documents.heads import head
from app.documents.words import Words
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
