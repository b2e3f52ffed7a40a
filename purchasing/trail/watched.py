"""Which rows are vouched for, by which of their columns, and how that is digested.

Every column named here never changes once its row is written. A column that is added later may be
named too if it is empty in older rows: what is empty is not digested.
"""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import Table, select
from sqlalchemy.orm import Session

from purchasing.base import Base

AT_ONCE = 400  # ids in a statement

Values = Mapping[Any, Any]  # as SQLAlchemy hands over a row


@dataclass(frozen=True)
class Part:
    """Rows that belong to a watched one, and stand in its digest: those whose `to` is its `of`."""

    table: str
    to: str
    columns: tuple[str, ...]
    of: str = "id"
    only: tuple[str, str] | None = None  # a column of the watched row, and what must stand there


@dataclass(frozen=True)
class Watched:
    """A kind of row. `when`, `who`, `round` and `tells` are columns to tell about it."""

    columns: tuple[str, ...]
    when: str
    who: str = ""
    round: str = ""
    tells: tuple[str, ...] = ()
    parts: tuple[Part, ...] = field(default=())


def _watched(columns: str, when: str, *parts: Part, tells: str = "", **more: str) -> Watched:
    return Watched(tuple(columns.split()), when, tells=tuple(tells.split()), parts=parts, **more)


def _part(
    table: str, to: str, columns: str, of: str = "id", only: tuple[str, str] | None = None
) -> Part:
    return Part(table, to, tuple(columns.split()), of, only)


_FILE = "paper_id sha256 size path stored_at"
_FROZEN = ("to_state", "closed")  # the demand of a round stands still from here on

WATCHED: dict[str, Watched] = {
    "act": _watched(
        "about about_id what value actor at", "at", who="actor", tells="about about_id what value"
    ),
    "answer_decision": _watched(
        "supplier_order_id answer_id reply_until note decided_at decided_by",
        "decided_at",
        _part("announced_line", "decision_id", "line_id pieces unit_price"),
        who="decided_by",
        tells="supplier_order_id",
    ),
    "award": _watched(
        "round_id decided_at outcome words figures published",
        "decided_at",
        round="round_id",
        tells="outcome",
    ),
    "bank_line": _watched(
        "key statement_id booked_on cents entry_cents part iban reference end_to_end",
        "booked_on",
        tells="key cents",
    ),
    "bank_statement": _watched(
        "digest account number format first_on last_on opening_cents closing_cents"
        " read_at read_by",
        "read_at",
        who="read_by",
        tells="number closing_cents",
    ),
    "bill_dispute_end": _watched("bill_id part end reason at by", "at", who="by", tells="end"),
    "bill_reversal": _watched("bill_id reason at by", "at", who="by", tells="bill_id"),
    "book_year": _watched(
        "year ends_at result_cents closed_at closed_by",
        "closed_at",
        who="closed_by",
        tells="year result_cents",
    ),
    "collection": _watched(
        "number collect_on creditor_id creditor_name creditor_iban made_at made_by",
        "made_at",
        _part("collection_line", "collection_id", "paper_id mandate_id sequence end_to_end cents"),
        who="made_by",
        tells="number",
    ),
    "collection_refusal": _watched(
        "line_id reason noted_at noted_by", "noted_at", who="noted_by", tells="line_id"
    ),
    "data_file": _watched(_FILE, "stored_at", tells="paper_id"),
    "delivery_count": _watched(
        "line_id pieces milli seen at by key", "at", who="by", tells="line_id pieces"
    ),
    "hand_share": _watched(
        "round_id item_id participant_id pieces milli reason at by key",
        "at",
        who="by",
        round="round_id",
        tells="participant_id pieces",
    ),
    "item_report": _watched(
        "round_id item_id participant_id pieces at key",
        "at",
        round="round_id",
        tells="participant_id pieces",
    ),
    "mail_pause": _watched("since reason paused_by doubts", "since", who="paused_by"),
    "number_gap": _watched(
        "key first last reason actor noted_at", "noted_at", who="actor", tells="key first last"
    ),
    "order_change": _watched(
        "supplier_order_id goods_cents deposit_cents delivery_cents vat_cents key at",
        "at",
        tells="supplier_order_id goods_cents",
    ),
    "paid_part": _watched(
        "paper_id posting_key cents at", "at", tells="paper_id posting_key cents"
    ),
    "paper": _watched(
        "kind number round_id participant_id supplier_order_id issued_on issued_at due_on"
        " reference total_cents snapshot refers_to_id actor",
        "issued_at",
        who="actor",
        round="round_id",
        tells="kind number total_cents",
    ),
    "payment_order": _watched(
        "number execute_on made_at made_by",
        "made_at",
        _part("payment_order_line", "order_id", "supplier_id name iban cents text"),
        who="made_by",
        tells="number",
    ),
    "posting": _watched(
        "key at round_id memo actor",
        "at",
        _part("entry", "posting_id", "account cents"),
        who="actor",
        round="round_id",
        tells="key",
    ),
    "report_decision": _watched(
        "report_id number reason at by", "at", who="by", tells="report_id number"
    ),
    "returned_deposit": _watched(
        "participant_id supplier_id each_cents pieces reason at by key",
        "at",
        who="by",
        tells="participant_id supplier_id pieces each_cents",
    ),
    "round_event": _watched(
        "round_id move from_state to_state at actor note details",
        "at",
        _part("commitment", "round_id", "participant_id ordered_at", "round_id", _FROZEN),
        _part(
            "want",
            "round_id",
            "commitment_id item_id ordered_quantity ordered_extra",
            "round_id",
            _FROZEN,
        ),
        who="actor",
        round="round_id",
        tells="move to_state",
    ),
    "stored_document": _watched(_FILE, "stored_at", tells="paper_id"),
    "substitute": _watched("line_id name unit_price at by key", "at", who="by", tells="line_id"),
    "supplier_bill": _watched(
        "supplier_order_id supplier_id number attempt issued_on due_on total_cents content found"
        " entered_at entered_by",
        "entered_at",
        who="entered_by",
        tells="number total_cents",
    ),
    "supplier_order": _watched(
        "round_id supplier_id number ordered_at goods_cents deposit_cents delivery_cents"
        " delivery_vat_bp vat_cents",
        "ordered_at",
        _part(
            "supplier_order_line",
            "supplier_order_id",
            "item_id cases pieces unit_price net_cents deposit_cents",
        ),
        _part(
            "supplier_order_named_line",
            "supplier_order_id",
            "name pieces each_cents net_cents tax_cents",
        ),
        round="round_id",
        tells="number goods_cents",
    ),
}


def table(name: str) -> Table:
    return Base.metadata.tables[name]


def read(session: Session, about: str, ids: Iterable[int]) -> dict[int, Values]:
    """The watched columns of these rows, by id; without those that are not there."""
    return {row["id"]: row for row in _rows(session, about, "id", WATCHED[about].columns, ids)}


def contents(session: Session, about: str, ids: Iterable[int]) -> dict[int, str]:
    """What a digest is made of, for each of these rows that is there: always the same words."""
    rows = read(session, about, ids)
    said = {id_: [_plain(row)] for id_, row in rows.items()}
    for part in WATCHED[about].parts:
        held = {id_: row[part.of] for id_, row in rows.items() if _has(row, part)}
        gathered = _gather(session, part, held.values())
        for id_, key in held.items():
            said[id_] += [{"of": part.table} | one for one in gathered[key]]
    return {id_: json.dumps(one, sort_keys=True) for id_, one in said.items()}


def digest(salt: str, content: str) -> str:
    return hashlib.sha256(f"{salt}\n{content}".encode()).hexdigest()


def _has(row: Values, part: Part) -> bool:
    return part.only is None or row[part.only[0]] == part.only[1]


def _gather(session: Session, part: Part, keys: Iterable[int]) -> dict[int, list[dict[str, Any]]]:
    found: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for row in _rows(session, part.table, part.to, part.columns, set(keys)):
        found[row[part.to]].append(_plain(row))
    return found


def _rows(
    session: Session, name: str, key: str, columns: tuple[str, ...], keys: Iterable[int]
) -> Iterable[Values]:
    columns_ = [table(name).c[column] for column in dict.fromkeys(("id", key, *columns))]
    wanted = sorted(keys)
    for first in range(0, len(wanted), AT_ONCE):
        some = table(name).c[key].in_(wanted[first : first + AT_ONCE])
        query = select(*columns_).where(some).order_by(table(name).c.id)
        yield from session.execute(query).mappings()


def _plain(row: Values) -> dict[str, Any]:
    """As JSON can say it, the same whichever database it came from. What is empty is left out."""
    return {name: _said(value) for name, value in row.items() if value is not None}


def _said(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    return value.isoformat() if isinstance(value, date) else value
