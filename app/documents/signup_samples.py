"""Made-up receipts and lists in the shapes of `shapes`, beside those of `samples`."""

from typing import Any

from app.documents import samples
from app.documents.samples import SENDER
from app.documents.shapes import Party, Receipt, Recipient, ReferralList

PARTY: Party = {
    "word": "Adviser",
    "name": "Proefadvies Verzekeringen B.V.",
    "licence": {"text": "AFM number %(afm_number)s", "values": {"afm_number": "12000000"}},
}
RECIPIENT: Recipient = {
    "name": "Familie Verzonnen",
    "street": "Voorbeeldstraat 31",
    "postcode": "2037 ZZ",
    "city": "Haarlem",
    "number": "1163",
}


def receipt(*, language: str = "nl", **changes: Any) -> Receipt:
    """A receipt as the insurance room words it. `changes` replace fields of the record."""
    values = {"recipient": PARTY["name"], "contact": "info@proefadvies.example"}
    record: Receipt = {
        "kind": "receipt",
        "number": "O-2026-0163",
        "language": language,
        "issued_on": "2026-12-18",
        "received_on": "2026-12-02",
        "round": {"title": "Woonverzekering 2027", "closed_on": "2026-12-18"},
        "sender": SENDER,
        "recipient": RECIPIENT,
        "party": PARTY,
        "intro": _said("We noted your interest in insurance."),
        "warnings": [
            _said("This does not insure you."),
            _said("Do not cancel your present insurance. You have signed nothing."),
            _said("You need not pay anything."),
        ],
        "answers": [
            {
                "label": "Interest",
                "words": ["Contents of the home", "Liability"],
            },
            {"label": "Reach by", "words": ["By phone"]},
            {"label": "Language", "words": ["Türkçe"]},
        ],
        "steps": [
            _said(
                "%(recipient)s gets your name, how to reach you, and what stands above.", **values
            ),
            _said("%(recipient)s calls or writes to you. You decide for yourself.", **values),
            _said("We delete your answers 30 days after the list was made."),
        ],
        "leaving": [
            _said(
                "As long as you have signed nothing with %(recipient)s, you can leave.", **values
            )
        ],
        "roles": [
            _said("We bring people together. We give no advice, and we earn nothing by it."),
            _said("Advice and offers come from %(recipient)s (%(contact)s).", **values),
        ],
        "notes": [],
    }
    return {**record, **changes}  # type: ignore[typeddict-item]


def referral_list(*, language: str = "nl", people: int = 40, **changes: Any) -> ReferralList:
    """A list of so many people. `changes` replace fields of the record."""
    names = ("Familie Verzonnen", "A. Voorbeeld", "Łucja Proef", "S. el Fictief")
    record: ReferralList = {
        "kind": "referral_list",
        "number": "L-2026-0007",
        "language": language,
        "issued_on": "2026-12-18",
        "round": {"title": "Woonverzekering 2027"},
        "sender": SENDER,
        "party": PARTY,
        "columns": [
            "Name",
            "Interest",
            "Reach by",
            "Address or number",
            "Language",
        ],
        "rows": [
            [
                {"text": names[at % len(names)]},
                {"words": ["Contents of the home", "Liability"][: 1 + at % 2]},
                {"words": ["By mail"]},
                {"text": f"{1000 + at}@voorbeeld.example"},
                {"words": ["Nederlands"]},
            ]
            for at in range(people)
        ],
        "notes": [],
    }
    return {**record, **changes}  # type: ignore[typeddict-item]


def _said(text: str, **values: str) -> Any:
    return {"text": text, "values": values}


_POLICIES: list[tuple[str, int, int, int]] = [  # msgid, cents a year without tax, tax, how many
    ("Contents of the home", 11050, 2321, 64),
    ("Liability", 3990, 838, 81),
    ("Supplementary health insurance", 29400, 0, 12),
]


def premium_invoice(*, language: str = "nl", **changes: Any) -> dict[str, Any]:
    """An invoice of premium, two policies with premium tax and one that is exempt."""
    total = sum(premium + tax for _, premium, tax, _ in _POLICIES)
    lines = [
        {"kind": kind, "name": name, "net": cents}
        for name, premium, tax, _ in _POLICIES
        for kind, cents in (("premium", premium), ("tax", tax))
        if cents
    ]
    record = samples.invoice(language=language, lines=0)
    return {
        **record,
        "form": "premium_invoice",
        "number": "2026-0377",
        "round": {"title": "Woonverzekering 2027", "closed_on": "2026-12-18"},
        "issued_on": "2026-12-18",
        "due_on": "2027-01-01",
        "recipient": RECIPIENT,
        "party": PARTY,
        "lines": lines,
        "total": total,
        "payment": samples.payment(total),
    } | changes


def premium_order(*, language: str = "nl", **changes: Any) -> dict[str, Any]:
    """What is asked of the licensed party: so many policies of each kind."""
    lines: list[dict[str, Any]] = [
        {
            "policy": name,
            "policies": count,
            "premium": premium,
            "premiums": count * premium,
            "premium_tax": count * tax,
            "with_tax": count * (premium + tax),
        }
        for name, premium, tax, count in _POLICIES
    ]
    record = samples.order_sheet(language=language, lines=0)
    return {
        **record,
        "form": "premium_order",
        "number": "B-2026-0041",
        "round": {"title": "Woonverzekering 2027"},
        "party": PARTY,
        "supplier": {**record["supplier"], "name": PARTY["name"], "customer_number": ""},
        "columns": list(lines[0]),
        "lines": lines,
        "total": sum(line["with_tax"] for line in lines),
        "notes": [],
    } | changes
