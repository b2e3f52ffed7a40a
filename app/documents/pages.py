"""From a frozen record to the HTML of its paper, in the reader's language."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from jinja2.utils import missing
from markupsafe import Markup, escape

from app.documents.einvoice.vat import exempt_text
from app.documents.gaps import why
from app.documents.heads import head
from app.documents.plain import plain
from app.documents.qr import qr
from app.documents.tender_pages import confirmation, lot_sheet, switch_list
from app.documents.words import Words, words
from purchasing.errors import N_
from purchasing.money import amount, half_up

TEMPLATES = Path(__file__).parent.parent / "templates" / "papers"
_KINDS = {
    "invoice": "invoice",
    "settlement": "invoice",
    "prepayment": "invoice",
    "credit_note": "correction",
    "supplement": "correction",
    "order_sheet": "order_sheet",
    "packing_list": "packing_list",
    "receipt": "receipt",
    "confirmation": "confirmation",
    "referral_list": "referral_list",
    "lot_sheet": "lot_sheet",
    "switch_list": "switch_list",
    "account": "account",
    "cash_receipt": "cash_receipt",
}
_CARRY_FROM = 12  # lines; fewer always fit on the first page with the sums
_ORDER_OF_SUMS = ("article", "extra", "delivery", "fee", "deposit", "prepayment")


def page(kind: str, snapshot: Mapping[str, Any]) -> str:
    """The whole HTML document of one paper, a function of the record alone.

    Text of the record is shortened to 200 characters and can only ever show as text.
    """
    if kind not in _KINDS:
        raise ValueError(f"there is no paper of kind {kind!r}")
    paper = plain(snapshot)
    form = paper.get("form") or _KINDS[kind]
    language = words(paper["language"])
    facts = _FACTS[form](paper, language)
    notes = [language.gettext(note) for note in paper.get("notes") or () if note]
    template = environment(language.language).get_template(f"{form}.html")
    return template.render(p=paper, w=language, notes=notes, **facts)


@lru_cache(maxsize=8)
def environment(language: str) -> Environment:
    """Jinja for one language. A misspelt name in a template fails, a field left out is empty."""
    speech = words(language)
    env = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        extensions=["jinja2.ext.i18n"],
        undefined=_Absent,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    env.install_gettext_callables(speech.gettext, speech.ngettext, newstyle=True)  # type: ignore[attr-defined]
    env.filters |= {
        "amount": speech.amount,
        "euro": speech.euro,
        "signed": speech.signed,
        "price": speech.price,
        "number": speech.number,
        "quantity": speech.quantity,
        "count": lambda pieces, line: _count(pieces, line, speech),
        "gap": lambda gap: why(gap, lambda pieces: _count(pieces, gap, speech), speech),
        "percent": speech.percent,
        "day": speech.day,
        "weekday": speech.weekday,
        "clock": speech.clock,
        "isolate": speech.isolate,
        "in_fours": _in_fours,
        "say": lambda said: _say(said, speech),
        "qr": qr,
    }
    return env


class _Absent(StrictUndefined):
    """A field that a record leaves out is empty; a name misspelt in a template still fails."""

    def __str__(self) -> str:  # type: ignore[override]
        return super().__str__() if self._undefined_obj is missing else ""

    def __html__(self) -> str:
        return str(self)

    def __bool__(self) -> bool:  # type: ignore[override]
        return super().__bool__() if self._undefined_obj is missing else False


def _invoice(paper: dict[str, Any], language: Words) -> dict[str, Any]:
    net = _has_net_prices(paper)
    number = paper.get("number") or paper.get("reference") or ""
    lines = _with_amounts(paper["lines"], "net" if net else "gross")
    untaxed = [line for line in lines if line["vat_bp"] is None]
    return {
        "made_on": paper["issued_on"],
        "number": number,
        "head": head(_name(paper["kind"], number, language), paper["recipient"]["name"]),
        "net_prices": net,
        "stage": (paper.get("part") or {"is": "whole"})["is"],
        "has_vat": bool(paper["vat"]),
        "numbered": any(line.get("number") for line in lines),
        "lines": lines,
        "sums": _sums(lines),
        "deposit_only": all(line["kind"] == "deposit" for line in untaxed),
        "divisors": _divisors(paper, language),
        "has_odd_cent": any(_is_off(line, line["unit_price"]) for line in lines),
        "exempt_text": exempt_text(paper["exempt_reason"], language),
    }


def _correction(paper: dict[str, Any], language: Words) -> dict[str, Any]:
    """The parts of an invoice, under the name of a correction of one."""
    of = paper["refers_to_kind"]
    name = language.gettext(_CORRECTION_NAMES[of, paper["kind"]]) % {"number": paper["number"]}
    return _invoice({**paper, "kind": of}, language) | {
        "name": name,
        "head": head(name, paper["recipient"]["name"]),
        "first": _name(of, paper["refers_to"], language),
    }


def _name(kind: str, number: str, language: Words) -> str:
    msgid = "Settlement %(number)s" if kind == "settlement" else "Invoice %(number)s"
    return language.gettext(msgid) % {"number": number}


def _has_net_prices(paper: dict[str, Any]) -> bool:
    if paper["kind"] == "settlement" or not paper["vat"]:
        return False
    return (paper.get("prices") or ("net" if paper["recipient"].get("kvk") else "gross")) == "net"


def _with_amounts(lines: list[dict[str, Any]], column: str) -> list[dict[str, Any]]:
    """The lines with the amount to show, and what to carry over where a page may end."""
    shown, running = [], 0
    for line in lines:
        running += line[column]
        carried = running if len(lines) > _CARRY_FROM else 0
        shown.append({**line, "amount": line[column], "carried": carried})
    for line in shown:
        line["printed_price"] = _printed_price(line) if "unit_price" in line else 0
    return shown


def _sums(lines: list[dict[str, Any]]) -> list[tuple[str, int]]:
    by_kind: dict[str, int] = {}
    for line in lines:
        by_kind[line["kind"]] = by_kind.get(line["kind"], 0) + line["amount"]
    return [(kind, by_kind[kind]) for kind in _ORDER_OF_SUMS if kind in by_kind]


def _divisors(paper: dict[str, Any], language: Words) -> str:
    """How the reader gets the price without VAT, which art. 35a Wet OB wants to be known."""
    return ", ".join(
        language.gettext("%(divisor)s for %(rate)s")
        % {
            "divisor": language.price(1_000_000 + row["vat_bp"] * 100),
            "rate": language.percent(row["vat_bp"]),
        }
        for row in paper["vat"]
        if row["vat_bp"]
    )


def _printed_price(line: dict[str, Any]) -> int:
    """The unit price in whole cents where that explains the amount, else as it is (millionths)."""
    cents = half_up(line["unit_price"], 10_000) * 10_000
    return cents if not _is_off(line, cents) else int(line["unit_price"])


def _is_off(line: dict[str, Any], unit_price: int) -> bool:
    """Whether quantity times a price (four decimals) is another amount than the printed one."""
    if not unit_price:
        return False
    measured = line.get("quantity")
    milli = measured["milli"] if measured else line["pieces"] * 1000
    printed = half_up(unit_price, 100) * 100
    return amount(printed, milli) != line["amount"]


def _order_sheet(paper: dict[str, Any], language: Words) -> dict[str, Any]:
    deliver = ""
    if paper.get("deliver"):
        day = language.weekday(paper["deliver"]["on"])
        deliver = language.gettext("deliver on %(day)s") % {"day": day}
    name = language.gettext("Order %(number)s") % {"number": paper["number"]}
    paper["lines"] = _with_amounts(
        [{**line, "net": line["amount"]} for line in paper["lines"]], "net"
    )
    return {
        "made_on": paper["ordered_on"],
        "head": head(name, deliver),
        "cases": sum(line.get("cases", 0) for line in paper["lines"]),
        **_in_all([line for line in paper["lines"] if not line.get("named")]),
        "reply_to": paper["contact"]["email"] or paper["sender"]["email"],
    }


def _in_all(lines: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Of what is counted so many pieces, and of what is measured so much: kilos are no pieces."""
    milli: Counter[str] = Counter()
    for line in lines:
        if measured := line.get("quantity"):
            milli[measured["unit"]] += measured["milli"]
    counted = sum(line["pieces"] for line in lines if not line.get("quantity"))
    measures = [{"milli": sum_, "unit": unit} for unit, sum_ in milli.items()]
    return {"pieces": counted, "measures": measures}


def _premium_invoice(paper: dict[str, Any], language: Words) -> dict[str, Any]:
    """One line for each insurance: its premium, and the tax over it where it is not exempt."""
    lines: dict[str, dict[str, Any]] = {}
    for charge in paper["lines"]:
        line = lines.setdefault(charge["name"], {"name": charge["name"], "premium": 0, "tax": 0})
        line["tax" if charge["kind"] == "tax" else "premium"] += charge["net"]
    name = language.gettext("Premium invoice %(number)s") % {"number": paper["number"]}
    return {
        "made_on": paper["issued_on"],
        "head": head(name, paper["recipient"]["name"]),
        "lines": list(lines.values()),
        "premium": sum(line["premium"] for line in lines.values()),
        "tax": sum(line["tax"] for line in lines.values()),
        "exempt": any(not line["tax"] for line in lines.values()),
    }


def _premium_order(paper: dict[str, Any], language: Words) -> dict[str, Any]:
    name = language.gettext("Order %(number)s") % {"number": paper["number"]}
    return {
        "made_on": paper["ordered_on"],
        "head": head(name, paper["supplier"]["name"]),
        "policies": sum(line["policies"] for line in paper["lines"]),
    }


def _packing_list(paper: dict[str, Any], language: Words) -> dict[str, Any]:
    name = language.gettext("Packing list")
    return {"made_on": paper["delivery_on"], "head": head(name, paper["round"]["title"])}


def _receipt(paper: dict[str, Any], language: Words) -> dict[str, Any]:
    name = language.gettext("Receipt %(number)s") % {"number": paper["number"]}
    return {"made_on": paper["issued_on"], "head": head(name, paper["round"]["title"])}


def _referral_list(paper: dict[str, Any], language: Words) -> dict[str, Any]:
    name = language.gettext("List %(number)s") % {"number": paper["number"]}
    return {"made_on": paper["issued_on"], "head": head(name, paper["round"]["title"])}


def _account(paper: dict[str, Any], language: Words) -> dict[str, Any]:
    name = language.gettext("Account statement %(number)s") % {"number": paper["number"]}
    return {"made_on": paper["issued_on"], "head": head(name, paper["recipient"]["name"])}


def _cash_receipt(paper: dict[str, Any], language: Words) -> dict[str, Any]:
    name = language.gettext("Cash receipt %(number)s") % {"number": paper["number"]}
    return {"made_on": paper["issued_on"], "head": head(name, paper["recipient"]["name"])}


_CORRECTION_NAMES = {
    ("invoice", "credit_note"): N_("Credit note %(number)s"),
    ("invoice", "supplement"): N_("Supplementary invoice %(number)s"),
    ("settlement", "credit_note"): N_("Settlement, in your favour %(number)s"),
    ("settlement", "supplement"): N_("Supplementary settlement %(number)s"),
}
_FACTS: dict[str, Callable[[dict[str, Any], Words], dict[str, Any]]] = {
    "invoice": _invoice,
    "correction": _correction,
    "order_sheet": _order_sheet,
    "packing_list": _packing_list,
    "premium_invoice": _premium_invoice,
    "premium_order": _premium_order,
    "receipt": _receipt,
    "confirmation": confirmation,
    "lot_sheet": lot_sheet,
    "switch_list": switch_list,
    "account": _account,
    "cash_receipt": _cash_receipt,
    "referral_list": _referral_list,
}


def _say(said: str | Mapping[str, Any], speech: Words) -> Markup:
    """A msgid, or a sentence with its values, in the reader's language; values stay apart."""
    if isinstance(said, str):
        return escape(speech.gettext(said)) if said else Markup()
    text, values = str(said["text"]), said["values"]
    return escape(speech.gettext(text)) % {name: speech.isolate(v) for name, v in values.items()}


def _count(pieces: int, line: Mapping[str, Any], speech: Words) -> str:
    """So many pieces of what stands on a line, in its units where a piece is not a unit."""
    measured = line.get("quantity")
    if not measured or not line["pieces"]:
        return speech.number(pieces)
    milli = pieces * measured["milli"] // line["pieces"]
    return speech.quantity({"milli": milli, "unit": measured["unit"]})


def _in_fours(text: str) -> str:
    """ "NL91ABNA0417164300" as "NL91 ABNA 0417 1643 00"."""
    solid = "".join(text.split())
    return " ".join(solid[at : at + 4] for at in range(0, len(solid), 4))
