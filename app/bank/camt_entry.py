"""One entry of a CAMT file: a line for each payment in it, or one for the whole."""

from __future__ import annotations

from datetime import date
from xml.etree.ElementTree import Element

from app.bank.refusals import WrongBankLine, WrongDirection
from app.bank.values import account, cents, day, euros_only, one_line
from purchasing.books.bank_file import Line
from purchasing.money import Cents

SIGNS = {"CRDT": 1, "DBIT": -1}
NOTHING_SAID = frozenset({"NOTPROVIDED", "NONREF", "NOTPROVIDED.", ""})


def lines(entry: Element, place: int) -> list[Line]:
    """The booked payments of an entry; nothing where it is not booked (yet).

    A batch is taken apart only when its parts add up to it. Raises UnreadableBankFile.
    """
    if (text_at(entry, "Sts/Cd") or text_at(entry, "Sts")) != "BOOK":
        return []
    whole = _amount(entry, place)
    details = entry.findall("NtryDtls/TxDtls")
    if len(details) > 1:
        parts = [_part_amount(one, whole, place) for one in details]
        if None not in parts and sum(part or 0 for part in parts) == whole:
            return [
                _line(entry, one, part or 0, whole, number, place)
                for number, (one, part) in enumerate(zip(details, parts, strict=True), start=1)
            ]
    only = details[0] if len(details) == 1 else None
    return [_line(entry, only, whole, whole, 0, place)]


def text_at(element: Element | None, path: str) -> str:
    return (element.findtext(path) or "").strip() if element is not None else ""


def _amount(element: Element, place: int) -> Cents:
    amount = element.find("Amt")
    if amount is None:
        raise WrongBankLine(place=place, text="Amt")
    euros_only(amount.get("Ccy", ""), place)
    return _sign(text_at(element, "CdtDbtInd"), place) * cents(amount.text or "", place)


def _part_amount(details: Element, whole: Cents, place: int) -> Cents | None:
    """What one payment of a batch is; None where the bank does not say."""
    amount = details.find("Amt")
    if amount is None:
        amount = details.find("AmtDtls/TxAmt/Amt")
    if amount is None or amount.get("Ccy", "EUR") != "EUR":
        return None
    said = text_at(details, "CdtDbtInd")
    sign = _sign(said, place) if said else (1 if whole >= 0 else -1)
    return sign * cents(amount.text or "", place)


def _sign(word: str, place: int) -> int:
    if word not in SIGNS:
        raise WrongDirection(place=place)
    return SIGNS[word]


def _line(
    entry: Element, details: Element | None, amount: Cents, whole: Cents, part: int, place: int
) -> Line:
    name, iban = _other_side(details, amount)
    reason = text_at(details, "RtrInf/Rsn/Cd") or text_at(details, "RtrInf/Rsn/Prtry")
    return Line(
        booked_on=_booked_on(entry, place),
        cents=amount,
        name=name,
        iban=iban,
        text=_text(entry, details),
        reference=one_line(text_at(details, "RmtInf/Strd/CdtrRefInf/Ref")),
        end_to_end=_said(text_at(details, "Refs/EndToEndId")),
        bank_reference=_bank_reference(entry, details),
        part=part,
        entry_cents=whole,
        returned=text_at(entry, "RvslInd") in ("true", "1") or bool(reason),
        reason=reason,
        place=place,
    )


def _booked_on(entry: Element, place: int) -> date:
    """The day of the booking in the bank's own zone; where it is left out, the value day."""
    for path in ("BookgDt/Dt", "BookgDt/DtTm", "ValDt/Dt", "ValDt/DtTm"):
        if found := text_at(entry, path):
            return day(found[:10], "%Y-%m-%d", place)
    return day("", "%Y-%m-%d", place)


def _other_side(details: Element | None, amount: Cents) -> tuple[str, str]:
    """Who paid, or who was paid: name and account. A last debtor is shown before an agent."""
    role = "Dbtr" if amount >= 0 else "Cdtr"
    paths = [
        f"RltdPties/{kind}{role}{end}" for kind in ("", "Ultmt") for end in ("/Nm", "/Pty/Nm")
    ]
    name = next((found for path in paths if (found := text_at(details, path))), "")
    at = f"RltdPties/{role}Acct/Id"
    number = text_at(details, f"{at}/IBAN") or text_at(details, f"{at}/Othr/Id")
    return one_line(name), account(number)[:34]


def _text(entry: Element, details: Element | None) -> str:
    """What the payer wrote; where nothing, what the bank adds."""
    written = details.findall("RmtInf/Ustrd") if details is not None else []
    added = text_at(details, "AddtlTxInf") or text_at(entry, "AddtlNtryInf")
    return one_line(" ".join(one.text or "" for one in written)) or one_line(added)


def _bank_reference(entry: Element, details: Element | None) -> str:
    own = text_at(details, "Refs/AcctSvcrRef") or text_at(entry, "AcctSvcrRef")
    return _said(own or text_at(entry, "NtryRef"))


def _said(text: str) -> str:
    return "" if text.upper() in NOTHING_SAID else one_line(text)
