"""What stands on papers, on order sheets and packing lists most of all: for the app to lay out.

The shapes are those of app/documents/shapes.py; amounts are whole cents, days ISO dates.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from types import MappingProxyType
from typing import Any

from sqlalchemy.orm import Session

from purchasing import ordering
from purchasing.category import ChargeDraft, ChargeKind, ShareDraft
from purchasing.errors import N_
from purchasing.money import amount, piece_price_gross
from purchasing.ordering import SupplierOrder, SupplierOrderLine, SupplierOrderNamedLine
from purchasing.payment_reference import epc_payload
from purchasing.people import Network, Participant
from purchasing.rounds import Round, RoundItem

Snapshot = dict[str, Any]
Gaps = dict[int, list[Snapshot]]  # by participant
NOTHING_THIS_TIME = N_("We order nothing this time.")


def sender(network: Network) -> Snapshot:
    """The network as it stands at the head of a paper."""
    return {
        "name": network.name,
        "street": network.street,
        "postcode": network.postcode,
        "city": network.city,
        "kvk": network.kvk,
        "vat_id": network.vat_id,
        "email": network.email,
        "phone": network.phone,
        "iban": network.iban,
        "account_name": network.account_name or network.name,
        "vat_status": str(network.vat_status),
    }


def recipient(participant: Participant) -> Snapshot:
    """Whom a paper is for, as it stands on it."""
    return {
        "name": participant.name,
        "street": participant.street,
        "postcode": participant.postcode,
        "city": participant.city,
        "number": str(participant.number),
    }


def payment(network: Network, cents: int, reference: str) -> Snapshot | None:
    """How a paper is paid; None where there is nothing to pay, or no account to pay to."""
    if not network.iban or cents <= 0:
        return None
    name = network.account_name or network.name
    return {
        "iban": network.iban,
        "name": name,
        "reference": reference,
        "epc": _qr_text(name, network.iban, cents, reference),
    }


def _qr_text(name: str, iban: str, cents: int, reference: str) -> str:
    """What the QR code says; nothing where its standard has no room for the name or the amount.

    The paper can be paid without, and must not keep a round from being ordered.
    """
    try:
        return epc_payload(name, iban, cents, reference)
    except ValueError:
        return ""


def piece_price(
    participant: Participant, charge: ChargeDraft, item: RoundItem | None, gross: int
) -> int:
    """Millionths of a euro per piece: without VAT for a shop, with it for a household.

    Per unit (a kilo, say) where a piece is not a unit.
    """
    if charge.kind == ChargeKind.PREPAYMENT:
        return 0  # a part of a price is no price
    if item is None or charge.kind in (ChargeKind.DEPOSIT, ChargeKind.EXTRA):
        whole = charge.cents if participant.is_shop else gross
        return abs(whole) * 10_000 // max(abs(charge.pieces), 1)
    rate = 0 if participant.is_shop else (charge.vat_bp or 0)
    if charge.vat_bp is None:  # VAT is inside the price already, whoever buys
        rate = item.vat_bp
    return piece_price_gross(charge.unit_price, 1000, rate)


def pickup(round_: Round) -> Snapshot | None:
    """Where and when the goods are handed out; None while that has not been fixed."""
    if round_.delivery_on is None:
        return None
    return {
        "on": round_.delivery_on.isoformat(),
        "from": round_.pickup_from.strftime("%H:%M") if round_.pickup_from else None,
        "until": round_.pickup_until.strftime("%H:%M") if round_.pickup_until else None,
        "place": round_.pickup_place,
        "address": round_.pickup_address,
        "at_home": round_.at_home,
    }


def order_sheet(
    network: Network,
    round_: Round,
    order: SupplierOrder,
    *,
    ordered_on: date,
    answer_link: int | None = None,
) -> Snapshot:
    """One supplier's order: cases and pieces, no household names.

    `answer_link` is the id of the link to answer with; only the app can make an address of it.
    """
    supplier = order.supplier
    columns = list(round_.category.order_columns() or round_.category.sheet_columns())
    return {
        "kind": "order_sheet",
        "number": order.number,
        "language": supplier.language,
        "ordered_on": ordered_on.isoformat(),
        "round": {"title": round_.title},
        "deliver": pickup(round_),
        "contact": {
            "name": round_.contact_name,
            "phone": round_.contact_phone or network.phone,
            "email": network.email,
        },
        "sender": sender(network),
        "supplier": {
            "name": supplier.name,
            "attention": supplier.attention,
            "street": supplier.street,
            "postcode": supplier.postcode,
            "city": supplier.city,
            "customer_number": supplier.customer_number,
            "kvk": supplier.kvk,
        },
        "columns": columns,
        "lines": [_sheet_line(line) for line in order.lines]
        + [_named_line(line, columns) for line in order.named],
        "goods": order.goods_cents,
        "deposits": order.deposit_cents,
        "delivery": order.delivery_cents,
        "total": order.net_cents,
        "vat": order.vat_cents,
        "repeat": False,
        "notes": [] if order.lines or order.named else [NOTHING_THIS_TIME],
        **({"answer_link": answer_link} if answer_link else {}),
        **form_of(round_, "order_sheet"),
    }


def form_of(round_: Round, kind: str) -> Snapshot:
    """What is added to a paper that is printed in a form of its own: which, and for what party."""
    form = round_.category.forms.get(kind)
    if form is None:
        return {}
    _, name, licence = round_.category.receipt(round_.particulars).party
    said = {"text": licence.text, "values": dict(licence.values)}
    return {"form": form, "party": {"name": name, "licence": said}}


def quantity(pieces: int, item: RoundItem, milli: int | None = None) -> Snapshot | None:
    """The quantity in units where a piece is not one unit, in thousandths: half kilos, say.

    `milli` is what it weighed, where that is known.
    """
    if item.piece_milli == 1000 and milli is None:
        return None
    return {
        "milli": pieces * item.piece_milli if milli is None else milli,
        "unit": unit_word(item),
    }


def unit_word(item: RoundItem) -> str:
    """ "kg" of something that costs so much per "1 kg"."""
    return item.unit.removeprefix("1 ")


def gap(share: ShareDraft, item: RoundItem) -> Snapshot:
    """An article that somebody asked for and gets nothing of, and why."""
    return {
        "name": item.name,
        "unit": item.unit,
        "pieces": share.wanted,
        "quantity": quantity(share.wanted, item),
        "explanation": explanation(share),
    }


def explanation(share: ShareDraft, came: int | None = None) -> Snapshot:
    """Why somebody gets another number than was asked for; all but `cases` are pieces."""
    said = {
        "reason": str(share.reason),
        "given": share.given,
        "wanted": share.wanted,
        "cases": share.cases,
        "case_pieces": share.case_pieces,
    }
    return said if came is None else said | {"came": came}


def gaps(session: Session, round_id: int, participant_ids: Collection[int]) -> Gaps:
    """What these participants asked for in an ordered round and get nothing of."""
    found: Gaps = defaultdict(list)
    for share, item in ordering.list_gaps(session, round_id, participant_ids):
        found[share.participant_id].append(gap(share, item))
    return found


def packing_list(
    network: Network,
    round_: Round,
    shares: Iterable[ShareDraft],
    participants: Mapping[int, Participant],
    cases: Mapping[int, int],
    instead: Mapping[int, str] = MappingProxyType({}),
) -> Snapshot:
    """By article, to divide; and by participant, to lie in the crate. Crates go by name.

    `instead` names what came for an article.
    """
    by_item: dict[int, dict[int, int]] = defaultdict(dict)
    for share in shares:
        if share.given:
            by_item[share.item_id][share.participant_id] = share.given
    lines: dict[int, list[list[Any]]] = defaultdict(list)
    for item in round_.items:
        for who, pieces in by_item.get(item.id, {}).items():
            lines[who].append(_slip_line(pieces, item, instead))
    crates = _crates([participants[who] for who in lines])
    return {
        "kind": "packing_list",
        "number": f"P-{round_.id:04d}",
        "language": network.language,
        "round": {"title": round_.title},
        "delivery_on": round_.delivery_on.isoformat() if round_.delivery_on else None,
        "place": round_.pickup_place,
        "sender": sender(network),
        "items": [
            _packing_item(item, by_item[item.id], crates, cases.get(item.id, 0), instead)
            for item in round_.items
            if item.id in by_item
        ],
        "slips": [_slip(number, participants[who], lines[who]) for who, number in crates.items()],
    }


def _sheet_line(line: SupplierOrderLine) -> Snapshot:
    item = line.item
    return {
        "number": item.number,
        "name": item.name,
        "brand": item.brand,
        "unit": item.unit,
        "case_pieces": item.case_pieces,
        "cases": line.cases,
        "pieces": line.pieces,
        "quantity": quantity(line.pieces, item),
        "case_price": amount(line.unit_price, item.case_pieces * item.piece_milli),
        "amount": line.net_cents,
    }


def _named_line(line: SupplierOrderNamedLine, columns: Sequence[str]) -> Snapshot:
    """What is ordered by name and not from a price list, in the columns of this sheet."""
    if "name" in columns:  # among articles
        return {
            "name": line.name,
            "named": True,
            "pieces": line.pieces,
            "amount": line.net_cents,
        }
    return {
        "policy": line.name,
        "policies": line.pieces,
        "premium": line.each_cents,
        "premiums": line.net_cents,
        "premium_tax": line.tax_cents,
        "with_tax": line.net_cents + line.tax_cents,
    }


def _crates(participants: list[Participant]) -> dict[int, int]:
    """A crate number for each who gets something, in the order of their names."""
    ranked = sorted(participants, key=lambda who: (who.name.casefold(), who.id))
    return {participant.id: index + 1 for index, participant in enumerate(ranked)}


def _packing_item(
    item: RoundItem,
    given: Mapping[int, int],
    crates: Mapping[int, int],
    cases: int,
    instead: Mapping[int, str],
) -> Snapshot:
    return {
        "name": _called(item, instead),
        "unit": item.unit,
        "pieces": sum(given.values()),
        "quantity": quantity(sum(given.values()), item),
        "cases": cases,
        "case_pieces": item.case_pieces,
        "crates": sorted([crates[who], pieces] for who, pieces in given.items()),
    }


def _slip(crate: int, participant: Participant, lines: list[list[Any]]) -> Snapshot:
    return {
        "crate_no": crate,
        "participant": participant.name,
        "lines": lines,
        "pieces": sum(line[0] if len(line) == 2 else 1 for line in lines),
        "count": len(lines),
    }


def _slip_line(pieces: int, item: RoundItem, instead: Mapping[int, str]) -> list[Any]:
    """So many of what; or, behind it, how much of it, where a piece is a part of a unit."""
    if measured := quantity(pieces, item):
        return [pieces, _called(item, instead), measured]
    return [pieces, _named(item, instead)]


def _named(item: RoundItem, instead: Mapping[int, str]) -> str:
    name = _called(item, instead)
    return f"{name}, {item.unit}" if item.unit else name


def _called(item: RoundItem, instead: Mapping[int, str]) -> str:
    """ "Spelt (Pasta)" where spelt came for the pasta that was ordered."""
    return f"{instead[item.id]} ({item.name})" if item.id in instead else item.name
