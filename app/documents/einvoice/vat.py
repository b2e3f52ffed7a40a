"""Under which heading of VAT each line of a record falls, and why no VAT is on it.

An invoice has at most one total for "exempt", so its reasons are named together. "Outside VAT"
may stand beside no other heading, and with no VAT id: it is left to sellers who have none.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from app.documents.einvoice.model import Heading, VatTotal
from app.documents.words import Words

_CODES = {Heading.REVERSE_CHARGE: "VATEX-EU-AE", Heading.OUTSIDE: "VATEX-EU-O"}
_INSURANCE = "VATEX-EU-135-1"  # art. 135(1)(a) of the directive, art. 11-1-k Wet OB
REVERSE_CHARGE = "reverse_charge"
Figures = Mapping[str, Any]


def heading(line: Figures, record: Figures) -> Heading:
    """The heading of one line; `record` is the whole paper."""
    if line.get("vat_bp"):
        return Heading.STANDARD
    if line.get("vat_bp") == 0:
        return Heading.ZERO
    if record.get("exempt_reason") == REVERSE_CHARGE:
        return Heading.REVERSE_CHARGE
    return Heading.EXEMPT if record["sender"].get("vat_id") else Heading.OUTSIDE


def totals(record: Figures, language: Words) -> tuple[VatTotal, ...]:
    """One total for each heading and rate: those of the paper, and one of what bears no VAT."""
    rates = [
        VatTotal(
            Heading.STANDARD if row["vat_bp"] else Heading.ZERO,
            row["vat_bp"],
            row["net"],
            row["vat"],
        )
        for row in record["vat"]
    ]
    untaxed = [line for line in record["lines"] if line.get("vat_bp") is None]
    return (*rates, *([_untaxed(untaxed, record, language)] if untaxed else []))


def exempt_text(reason: str | None, language: Words) -> str:
    """What a paper says of the reason why it has no VAT; nothing where there is none."""
    if not reason:
        return ""
    if reason == "kor":
        return language.gettext("Exempt from VAT (small businesses scheme, art. 25 Wet OB).")
    if reason == REVERSE_CHARGE:
        return language.gettext("VAT reverse-charged: the buyer declares it.")
    return language.gettext(reason)


def _untaxed(lines: Sequence[Figures], record: Figures, language: Words) -> VatTotal:
    under = heading(lines[0], record)
    kinds = {line["kind"] for line in lines}
    code = _CODES.get(under, "")
    if not code and kinds <= {"premium", "tax"}:
        code = _INSURANCE
    base = sum(line["net"] for line in lines)
    return VatTotal(under, 0, base, 0, " ".join(_reasons(kinds, record, language)), code)


def _reasons(kinds: set[str], record: Figures, language: Words) -> Iterable[str]:
    if text := exempt_text(record.get("exempt_reason"), language):
        yield text
    if "premium" in kinds:
        yield language.gettext("Insurance is exempt from VAT (art. 11 Wet OB).")
    if "deposit" in kinds:
        yield language.gettext("There is no VAT on deposits.")
    if not text and not kinds & {"premium", "deposit"}:
        yield language.gettext("No VAT is charged.")
