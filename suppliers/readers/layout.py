"""What is told of a layout: how to recognise it, its columns, and its few quirks."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from suppliers.readers.numbers import Figure, NotANumber, decimal
from suppliers.readers.pricelist import Remarks

# What a column can hold. `content` and `unit` together make the unit ("350", "g"); `case_price`
# is the price of a whole case; a tier is a pair (tier1_quantity, tier1_price).
FIELDS = (
    "number", "name", "unit", "content", "case_size", "price", "case_price", "vat", "deposit",
    "brand", "origin", "category", "note", "ean", "status", "weighed",
)  # fmt: skip


@dataclass(slots=True)
class Draft:
    """One article on its way: its texts by field, as the supplier wrote them.

    A quirk changes the texts; what is left at the end is checked strictly, once for all layouts.
    """

    line: int
    texts: dict[str, str]
    sign: str
    remarks: Remarks

    def __getitem__(self, name: str) -> str:
        return self.texts.get(name, "")

    def __setitem__(self, name: str, text: str) -> None:
        self.texts[name] = text

    def amount(self, name: str) -> Decimal | None:
        """The number in this field; None if it is none (which is reported later)."""
        try:
            return decimal(self[name], self.sign)
        except NotANumber:
            return None

    def put(self, name: str, amount: Decimal) -> None:
        self.texts[name] = Figure(f"{amount:f}")

    def remark(self, message: str, **details: object) -> None:
        self.remarks.add(message, self.line, **details)


# One article's heading, or None: "" leaves the line out, a text is the category of what follows.
Heading = Callable[[Mapping[str, str], Sequence[str]], str | None]
# Looks at all articles together and at the header; gives those that stay, and whether the list is
# the whole assortment.
Survey = Callable[[list[Draft], Sequence[str], Remarks], tuple[list[Draft], bool]]


@dataclass(frozen=True, slots=True)
class Layout:
    """A price list that is known, as data.

    columns: field → the titles its column may have (in small letters), or its position.
    needs: fields whose titles together tell this layout from all others.
    titles: position → the titles that must stand there in the header line; the other way.
    root, item: of an XML document, the outermost element and that of an article.
    complete: the list is the whole assortment; what is not in it is gone.
    sign: the decimal sign, where it is always the same; usual_sign, where the list shows none.
    vat_codes, vat_missing: codes of the classes; the rate where nothing is said.
    gone / there: values of `status` that make an article unavailable / alone make it available.
    fixed: fields that are the same for all articles.
    charset: reads from the first bytes how the file is encoded, where the layout declares it.
    """

    key: str
    name: str
    columns: Mapping[str, tuple[str, ...] | int]
    needs: tuple[str, ...] = ()
    titles: Mapping[int, tuple[str, ...]] = field(default_factory=dict)
    root: str = ""
    item: str = ""
    complete: bool = False
    sign: str = ""
    usual_sign: str = ""
    vat_codes: Mapping[str, Decimal] = field(default_factory=dict)
    vat_missing: Decimal | None = None
    gone: tuple[str, ...] = ()
    there: tuple[str, ...] = ()
    fixed: Mapping[str, str] = field(default_factory=dict)
    heading: Heading | None = None
    refine: Callable[[Draft], None] | None = None
    survey: Survey | None = None
    charset: Callable[[bytes], str] | None = None

    def find_columns(self, cells: Sequence[str]) -> dict[str, int] | None:
        """Field → position, if this line of cells is the header of this layout; else None."""
        names = [plain_title(cell) for cell in cells]
        for position, accepted in self.titles.items():
            if position >= len(names) or names[position] not in accepted:
                return None
        found = {}
        for column, where in self.columns.items():
            at = where if isinstance(where, int) else _position(names, where)
            if at is not None:
                found[column] = at
        return found if all(need in found for need in self.needs) else None


def plain_title(cell: str) -> str:
    return " ".join(cell.lower().split())


def _position(names: Sequence[str], accepted: tuple[str, ...]) -> int | None:
    return next((at for at, name in enumerate(names) if name in accepted), None)
