"""Receiving an order: what the page shows of each line, and what its form says came."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from flask_babel import gettext

from app.ui import in_units
from purchasing.deliveries.counting import Counted, MoreThanOrdered, NotWeighed
from purchasing.errors import N_, Refused
from purchasing.money import parse_quantity
from purchasing.ordering import SupplierOrderLine
from purchasing.rounds import RoundItem

LONGEST_KEY = 60
GRAM = 1  # a thousandth of a kilo: weights are whole numbers of them


class NotAWeight(Refused):
    message = N_("“%(text)s” is not a weight. Write it like this: 1.25")


@dataclass
class Row:
    """One line of an order as the page shows it; `error` and texts are of what was just typed."""

    line: SupplierOrderLine
    counted: Counted | None
    announced: int | None = None  # pieces, where the supplier said that others would come
    typed: str | None = None
    typed_weight: str | None = None
    error: str = ""
    asks_if_sure: bool = False

    @property
    def pieces(self) -> int | None:
        return self.counted.newest.pieces if self.counted else None

    @property
    def milli(self) -> int | None:
        return self.counted.newest.milli if self.counted else None

    @property
    def shown(self) -> str:
        """What stands in the field: nothing while nobody counted."""
        if self.typed is not None:
            return self.typed
        return "" if self.pieces is None else in_units(self.pieces, self._step)

    @property
    def shown_weight(self) -> str:
        if self.typed_weight is not None:
            return self.typed_weight
        return "" if self.milli is None else in_units(self.milli, GRAM)

    @property
    def ordered(self) -> str:
        return in_units(self.line.pieces, self._step)

    @property
    def expected_pieces(self) -> int:
        return self.line.pieces if self.announced is None else self.announced

    @property
    def expected(self) -> str:
        return in_units(self.expected_pieces, self._step)

    @property
    def is_short(self) -> bool:
        return self.pieces is not None and self.pieces < self.line.pieces

    @property
    def seen(self) -> int:
        """The newest count that this page shows."""
        return max((one.id for one in self.counted.heads), default=0) if self.counted else 0

    @property
    def _step(self) -> int:
        return self.line.item.piece_milli


@dataclass(frozen=True)
class Said:
    """What a form says came of a line. `key` makes it count once."""

    pieces: int
    milli: int | None
    seen: int
    sure: bool
    key: str


@dataclass
class Form:
    """Readable counts by line id, and the rows that could not be read."""

    said: dict[int, Said] = field(default_factory=dict)
    refused: dict[int, Refused] = field(default_factory=dict)


def read(form: Mapping[str, str], rows: Iterable[Row]) -> Form:
    """What was changed on the page, and what a pressed button adds to that.

    `p12` is what was typed for line 12, `w12` its weight, `o12` what the page showed, `s12` the
    newest count it knew. `all` takes every line that nobody counted as ordered, `line` one line.
    """
    found = Form()
    for row in rows:
        try:
            said = _said(form, row)
        except Refused as refusal:
            found.refused[row.line.id] = refusal
            continue
        if said is not None:
            found.said[row.line.id] = said
    return found


def retype(row: Row, form: Mapping[str, str], refusal: Refused, text: str) -> None:
    """Show again what was typed, and why it was not saved."""
    row.typed, row.typed_weight = form.get(f"p{row.line.id}", ""), form.get(f"w{row.line.id}")
    row.error = text
    row.asks_if_sure = isinstance(refusal, MoreThanOrdered)


def _said(form: Mapping[str, str], row: Row) -> Said | None:
    number = row.line.id
    taken = form.get("take", "").partition(":")
    if taken[0] == str(number) and row.counted:
        for one in row.counted.heads:
            if str(one.id) == taken[2]:
                return _with_key(form, row, one.pieces, one.milli)
    text, heavy = form.get(f"p{number}", "").strip(), form.get(f"w{number}", "").strip()
    pressed = form.get("line") == str(number) or ("all" in form and row.counted is None)
    if not pressed and f"{text}|{heavy}" == form.get(f"o{number}", "|"):
        return None
    if not text and not heavy and not pressed:
        return None
    pieces = parse_quantity(text, row.line.item.piece_milli) if text else row.expected_pieces
    return _with_key(form, row, pieces, weight(heavy, row.line.item) if heavy else None)


def _with_key(form: Mapping[str, str], row: Row, pieces: int, milli: int | None) -> Said:
    number = row.line.id
    key = form.get("key", "")[:LONGEST_KEY]
    seen = form.get(f"s{number}", "")
    return Said(
        pieces=pieces,
        milli=milli,
        seen=int(seen) if re.fullmatch(r"\d{1,9}", seen) else 0,
        sure=f"sure{number}" in form,
        key=f"{key}:{number}:{pieces}:{milli or ''}",
    )


def weight(text: str, item: RoundItem) -> int:
    """ "1,25" of a kilo as 1250. Raises NotWeighed and NotAWeight."""
    if not item.weighed:
        raise NotWeighed(name=item.name)
    plain = text.replace("kg", "").strip()
    whole, _, part = plain.replace(",", ".").partition(".")
    if not re.fullmatch(r"\d{1,7}", whole or "0") or not re.fullmatch(r"\d{0,3}", part):
        raise NotAWeight(text=text[:40])
    return int(whole or "0") * 1000 + int(part.ljust(3, "0") or "0")


def progress(rows: Iterable[Row]) -> str:
    """ "3 of 12 counted"."""
    every = list(rows)
    done = sum(row.counted is not None for row in every)
    return gettext("%(done)s of %(num)s counted", done=done, num=len(every))
