"""Made-up credit notes and supplements, to look at and to test with."""

from typing import Any

from app.documents import samples
from app.documents.correction_shapes import CorrectedLine, Correction


def credit_note(*, language: str = "nl", shop: bool = False, **changes: Any) -> Correction:
    """Two articles came short and one was lighter; a bottle went back."""
    return _correction("credit_note", language, shop, -1, **changes)


def supplement(*, language: str = "nl", **changes: Any) -> Correction:
    """The same the other way round."""
    return _correction("supplement", language, False, 1, **changes)


def _correction(kind: Any, language: str, shop: bool, sign: int, **changes: Any) -> Correction:
    first = samples.invoice(language=language, shop=shop)
    each = [
        samples.line("article", "Rode linzen", sign, 315, 900, shop, "zak 1 kg"),
        samples.line("article", "Afwasmiddel", sign, 295, 2100, shop, "fles 1 liter"),
        samples.line("article", "Jong belegen kaas", 0, 1190, 900, shop, "per kg"),
        samples.line("deposit", "melkfles", sign, 25, None, shop),
    ]
    cheese = {"quantity": {"milli": 42 * sign, "unit": "kg"}, "gross": 50 * sign, "net": 46 * sign}
    each[2] |= {**cheese, "unit_price": 10_917_000 if shop else 11_900_000}  # type: ignore[typeddict-item]
    body: list[CorrectedLine] = [
        {**line, "correction": why} for line, why in zip(each, _whys(sign), strict=True)
    ]
    vat, untaxed = samples.sums([*each])
    total = sum(row["gross"] for row in vat) + untaxed
    record: Any = {
        **first,
        "kind": kind,
        "number": "C-2026-0027" if sign < 0 else "2026-0377",
        "issued_on": "2026-12-14",
        "due_on": "2026-12-28" if sign > 0 else None,
        "pickup": None,
        "lines": body,
        "missing": [],
        "vat": vat,
        "untaxed": untaxed,
        "total": total,
        "payment": samples.payment(total) if total > 0 else None,
        "refers_to": first["number"],
        "refers_to_kind": "invoice",
        "refers_to_on": first["issued_on"],
    }
    return {**record, **changes}  # type: ignore[typeddict-item]


def _whys(sign: int) -> list[Any]:
    def many(count: int) -> dict[str, Any]:
        return {"milli": count * 1000, "unit": ""}

    came = {"given": many(2 + sign), "before": many(2), "came": many(12 + 3 * sign)}
    return [
        {"reason": "less_came" if sign < 0 else "more_came", "ordered": many(12), **came},
        {"reason": "by_hand", "text": "De fles was leeg gelopen"},
        {
            "reason": "weighed",
            "given": {"milli": 512 + 42 * sign, "unit": "kg"},
            "before": {"milli": 512, "unit": "kg"},
        },
        {"reason": "less_came" if sign < 0 else "more_came", "ordered": many(12), **came},
    ]
