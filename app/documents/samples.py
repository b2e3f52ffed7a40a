"""Made-up records in the shapes of `shapes`, to look at, to test with and to measure by."""

from typing import Any

from app.documents.shapes import (
    Invoice,
    Line,
    OrderSheet,
    PackingList,
    Recipient,
    Sender,
    Stop,
    VatRow,
)

SENDER: Sender = {
    "name": "Samen Schalkwijk, coöperatie U.A.",
    "street": "Voorbeeldplein 12",
    "postcode": "2036 XX",
    "city": "Haarlem",
    "kvk": "12345678",
    "vat_id": "NL000099998B57",
    "email": "hulp@samenschalkwijk.example",
    "phone": "023 000 00 00",
    "iban": "NL91ABNA0417164300",
    "account_name": "Samen Schalkwijk",
    "vat_status": "registered",
}
PICKUP: Stop = {
    "on": "2026-12-12",
    "from": "10:00",
    "until": "12:30",
    "place": "Buurthuis De Voorbeeldhof",
    "address": "Voorbeeldlaan 1, Haarlem",
}
SHOP: Recipient = {
    "name": "Buurtwinkel Voorbeeld",
    "attention": "de heer S. Fictief",
    "street": "Proefstraat 101",
    "postcode": "2037 XX",
    "city": "Haarlem",
    "number": "2007",
    "kvk": "87654321",
    "vat_id": "NL123456789B13",
}
_ARTICLES = [  # name, unit, cents with VAT for one, rate
    ("Aardappelen", "zak 5 kg", 495, 900),
    ("Uien", "net 2 kg", 220, 900),
    ("Winterpeen", "zak 1 kg", 135, 900),
    ("Appels, Elstar", "kist 3 kg", 540, 900),
    ("Rode linzen", "zak 1 kg", 315, 900),
    ("Zilvervliesrijst", "zak 2,5 kg", 625, 900),
    ("Volkorenmeel", "zak 5 kg", 510, 900),
    ("Zonnebloemolie", "fles 1 liter", 285, 900),
    ("Halfvolle melk", "glazen fles 1 liter", 145, 900),
    ("Jong belegen kaas", "per kg", 1190, 900),
    ("Koffie, gemalen", "pak 500 g", 575, 900),
    ("Afwasmiddel", "fles 1 liter", 295, 2100),
]


def invoice(
    *, language: str = "nl", shop: bool = False, lines: int = 15, gaps: int = 0, **changes: Any
) -> Invoice:
    """An invoice of `lines` lines: articles, then delivery and two lines of deposit.

    Of `gaps` more articles nothing came.

    With no lines at all there is nothing to pay. `changes` replace fields of the record.
    """
    body = _lines(lines, shop)
    vat, untaxed = sums(body)
    total = sum(row["gross"] for row in vat) + untaxed
    record: Invoice = {
        "kind": "invoice",
        "number": "2026-0318",
        "language": language,
        "prices": "net" if shop else "gross",
        "issued_on": "2026-12-04",
        "due_on": "2026-12-18",
        "round": {"title": "Eten van de streek, week 50", "closed_on": "2026-12-03"},
        "pickup": PICKUP,
        "sender": SENDER,
        "recipient": {
            "name": "Mevrouw F. Yıldız",
            "street": "Voorbeeldstraat 24 B",
            "postcode": "2037 ZZ",
            "city": "Haarlem",
            "number": "1042",
        },
        "lines": body,
        "vat": vat,
        "untaxed": untaxed,
        "total": total,
        "payment": payment(total) if total > 0 else None,
        "notes": [],
        "exempt_reason": None,
    }
    if gaps:
        record["missing"] = [_gap(at) for at in range(gaps)]
    if shop:
        record["number"] = "2026-0341"
        record["recipient"] = SHOP.copy()
    return {**record, **changes}  # type: ignore[typeddict-item]


def settlement(*, language: str = "nl", lines: int = 15) -> Invoice:
    """The same purchase for a network without a VAT number."""
    record = invoice(language=language, lines=lines)
    del record["number"]
    bare: list[Line] = [{**line, "vat_bp": None, "net": line["gross"]} for line in record["lines"]]
    sender: Sender = {**SENDER, "kvk": "", "vat_id": "", "vat_status": "none"}
    return {
        **record,
        "kind": "settlement",
        "reference": "A-2026-0012",
        "sender": sender,
        "lines": bare,
        "vat": [],
        "untaxed": record["total"],
    }


def payment(total: int) -> Any:
    epc = ["BCD", "002", "1", "SCT", "", SENDER["account_name"], SENDER["iban"]]
    epc += [f"EUR{total // 100}.{total % 100:02}", "", "RF0820260318", "", ""]
    return {
        "iban": SENDER["iban"],
        "name": SENDER["account_name"],
        "reference": "RF0820260318",
        "epc": "\n".join(epc),
    }


def _lines(count: int, shop: bool) -> list[Line]:
    if count == 0:
        return []
    goods = [_article(at, shop) for at in range(max(count - 3, 1))]
    extras = [
        line("delivery", "", 1, 240, 2100, shop),
        line("deposit", "melkfles", 4, 25, None, shop),
        line("deposit", "melkfles", -3, 25, None, shop),
    ]
    return goods + (extras if count > 3 else [])


def _article(at: int, shop: bool) -> Line:
    name, unit, cents, rate = _ARTICLES[at % len(_ARTICLES)]
    made = line("article", name, 1 + at * 7 % 4, cents, rate, shop, unit)
    if name == "Rode linzen":
        made["explanation"] = _why("short", made["pieces"], made["pieces"] + 1, 1, 6)
    if name == "Koffie, gemalen":
        made["explanation"] = _why("helped", made["pieces"], made["pieces"] - 1, 1, 12)
    if name == "Jong belegen kaas":
        made |= {"quantity": {"milli": 512, "unit": "kg"}, "gross": 609, "net": 559}
    if shop:
        made["number"] = str(4000 + at * 7)
    return made


def line(
    kind: Any, name: str, pieces: int, cents: int, rate: int | None, shop: bool, unit: str = ""
) -> Line:
    """A line as an invoice has it; `cents` are with VAT, for one."""
    gross = pieces * cents
    net = round(gross * 10_000 / (10_000 + (rate or 0)))
    price = round(net * 1_000_000 / 100 / (pieces or 1)) if shop else cents * 10_000
    return {
        "kind": kind,
        "name": name,
        "unit": unit,
        "pieces": pieces,
        "unit_price": price,
        "gross": gross,
        "net": net,
        "vat_bp": rate,
        "explanation": None,
    }


def _why(reason: str, given: int, wanted: int, cases: int, size: int) -> Any:
    numbers = {"given": given, "wanted": wanted, "cases": cases, "case_pieces": size}
    return {"reason": reason, **numbers}


def _gap(at: int) -> Any:
    name, unit, *_ = _ARTICLES[(at + 5) % len(_ARTICLES)]
    reasons = ("nothing", 0), ("short", 2), ("supplier_short", 0)
    reason, cases = reasons[at % len(reasons)]
    wanted = 1 + at * 3 % 5
    return {
        "name": name,
        "unit": unit,
        "pieces": wanted,
        "quantity": None,
        "explanation": _why(reason, 0, wanted, cases, 6),
    }


def sums(lines: list[Line]) -> tuple[list[VatRow], int]:
    """The foot of a paper: VAT by rate, and what bears none."""
    rows: list[VatRow] = []
    for rate in sorted({line["vat_bp"] for line in lines if line["vat_bp"]}):
        net = sum(line["net"] for line in lines if line["vat_bp"] == rate)
        vat = (net * rate + 5_000) // 10_000
        rows.append({"vat_bp": rate, "net": net, "vat": vat, "gross": net + vat})
    return rows, sum(line["gross"] for line in lines if line["vat_bp"] is None)


def order_sheet(*, language: str = "nl", lines: int = 48, **changes: Any) -> OrderSheet:
    """An order of `lines` lines from one supplier. `changes` replace fields of the record."""
    body = [_order_line(at) for at in range(lines)]
    goods = sum(line["amount"] for line in body)
    record: OrderSheet = {
        "number": "B-2026-0050",
        "language": language,
        "ordered_on": "2026-12-03",
        "round": {"title": "Eten van de streek, week 50"},
        "deliver": {
            "on": "2026-12-11",
            "from": "07:30",
            "until": "09:00",
            "place": "Buurthuis De Voorbeeldhof",
            "address": "Voorbeeldlaan 1, 2036 XX Haarlem",
        },
        "contact": {"name": "Nora Voorbeeld", "phone": "06 00 00 00 00", "email": ""},
        "sender": SENDER,
        "supplier": {
            "name": "Groothandel De Proefpolder B.V.",
            "attention": "Bestellingen",
            "street": "Testweg 7",
            "postcode": "2000 AA",
            "city": "Fictiedorp",
            "customer_number": "30418",
        },
        "lines": body,
        "goods": goods,
        "deposits": 1_240,
        "delivery": 2_500,
        "total": goods + 3_740,
        "repeat": False,
        "notes": [],
    }
    return {**record, **changes}  # type: ignore[typeddict-item]


def _order_line(at: int) -> Any:
    name, unit, cents, _rate = _ARTICLES[at % len(_ARTICLES)]
    cases, size = 1 + at * 5 % 4, (4, 6, 12, 1, 8)[at % 5]
    return {
        "number": str(71_000 + at * 37),
        "name": name,
        "unit": unit,
        "brand": "De Proef" if at % 4 == 1 else "",
        "case_pieces": size,
        "cases": cases,
        "pieces": cases * size,
        "case_price": cents * size,
        "amount": cents * size * cases,
    }


def packing_list(
    *, language: str = "nl", participants: int = 8, articles: int = 12
) -> PackingList:
    """The hand-out of `articles` articles over `participants` crates."""
    wanted = [
        [max(0, (crate * 3 + at * 5 + crate * at) % 7 - 3) for at in range(articles)]
        for crate in range(participants)
    ]
    names = [_ARTICLES[at % len(_ARTICLES)] for at in range(articles)]
    return {
        "language": language,
        "round": {"title": "Eten van de streek, week 50"},
        "delivery_on": "2026-12-12",
        "place": "Buurthuis De Voorbeeldhof",
        "sender": SENDER,
        "items": [_packed(at, names[at], [row[at] for row in wanted]) for at in range(articles)],
        "slips": [_slip(crate, names, row) for crate, row in enumerate(wanted, start=1)],
    }


def _packed(at: int, article: tuple[str, str, int, int], column: list[int]) -> Any:
    size = (4, 6, 12, 8)[at % 4]
    return {
        "name": article[0],
        "unit": article[1],
        "pieces": sum(column),
        "cases": -(-sum(column) // size),
        "case_pieces": size,
        "crates": [[crate, pieces] for crate, pieces in enumerate(column, start=1) if pieces],
    }


def _slip(crate: int, names: list[tuple[str, str, int, int]], row: list[int]) -> Any:
    people = ("F. Yıldız", "A. Voorbeeld", "Łucja Proef", "Familie Verzonnen", "S. el Fictief")
    lines = [
        [pieces, f"{names[at][0]}, {names[at][1]}"] for at, pieces in enumerate(row) if pieces
    ]
    return {
        "crate_no": crate,
        "participant": people[crate % len(people)],
        "slot": f"{10 + crate // 12}.00–{10 + crate // 12}.30" if crate % 3 else None,
        "lines": lines,
        "pieces": sum(row),
        "count": len(lines),
    }
