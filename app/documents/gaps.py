"""The words for an article that was asked for and did not come: on paper, on pages, in mails."""

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from purchasing.allocation import Reason


class Speech(Protocol):
    """A language that translates; Words is one."""

    def gettext(self, text: str, /) -> str: ...

    def ngettext(self, one: str, more: str, number: int, /) -> str: ...


def why(gap: Mapping[str, Any], count: Callable[[int], str], speech: Speech) -> str:
    """Why nothing came of it, in a few words. `count` puts pieces into words.

    `gap` has the shape of shapes.Gap.
    """
    told = gap["explanation"]
    if told["reason"] == Reason.SUPPLIER_SHORT:
        return speech.gettext("too few orders for this supplier")
    if told["reason"] == Reason.LESS_CAME:
        return speech.gettext("the supplier did not have enough")
    if not told["cases"]:
        return speech.gettext("the case did not fill up")
    words = speech.ngettext(
        "%(num)s case of %(size)s came, for others",
        "%(num)s cases of %(size)s came, for others",
        told["cases"],
    )
    return words % {"num": told["cases"], "size": count(told["case_pieces"])}
