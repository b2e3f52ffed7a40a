"""Bank files into the books: each line is kept once, booked at the bank, and matched.

Reading a file twice, or files that overlap, changes nothing: a line is known by what it says. A
line that a file of another kind told before is held as its twin and not booked.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from purchasing.base import insert_if_absent
from purchasing.books import deciding
from purchasing.books.bank import BankLine, BankStatement, LineState, Match
from purchasing.books.bank_file import BankFile, Line, Statement
from purchasing.errors import N_, Refused
from purchasing.money import Cents
from purchasing.people import the_network

ONCE = 500  # keys in one question to the database
SHORTEST_NUMBER = 7  # digits of an account without IBAN that are enough to know it by


class NoAccountOfOurs(Refused):
    message = N_("Fill in the network's own bank account (IBAN) first.")


class OtherAccount(Refused):
    message = N_("This file is of account %(account)s. Ours is %(ours)s. Nothing was read.")


@dataclass
class TakenIn:
    """What came of a file: how many lines were new, and what was decided about them."""

    new: int = 0
    known: int = 0
    twins: int = 0  # of the new ones, what a file of another kind told before
    states: Counter[str] = field(default_factory=Counter)
    others: set[str] = field(default_factory=set)  # accounts in the file that are not ours
    missing: list[tuple[str, Cents]] = field(default_factory=list)  # statement, and what it lacks


def take_in(
    session: Session, file: BankFile, *, file_name: str, actor: str, now: datetime
) -> TakenIn:
    """Keep, book and match what is new in a file. Raises NoAccountOfOurs, OtherAccount."""
    deciding.hold_books(session)
    ours = the_network(session).iban
    if not ours:
        raise NoAccountOfOurs
    mine = [one for one in file.statements if is_same_account(one.account, ours)]
    taken = TakenIn(others={one.account for one in file.statements} - {m.account for m in mine})
    if not mine:
        raise OtherAccount(account=", ".join(sorted(taken.others))[:80], ours=ours)
    for statement in mine:
        _take_statement(session, taken, file.format, statement, file_name, actor, now)
    taken.states = deciding.decide_what_is_certain(session, actor=actor, now=now)
    return taken


def is_same_account(told: str, ours: str) -> bool:
    """Whether an account is ours; old formats tell it without country, bank and leading zeros."""
    told, ours = (re.sub(r"\s", "", one).upper() for one in (told, ours))
    if told == ours:
        return True
    digits = told.lstrip("0")
    return told.isdigit() and len(digits) >= SHORTEST_NUMBER and ours[8:].lstrip("0") == digits


def _take_statement(
    session: Session,
    taken: TakenIn,
    format_: str,
    statement: Statement,
    file_name: str,
    actor: str,
    now: datetime,
) -> None:
    if statement.missing:
        taken.missing.append((statement.number, statement.missing))
    moved = _keyed(statement, format_)
    known = _known_keys(session, moved)
    taken.known += len(known)
    new = {key: line for key, line in moved.items() if key not in known}
    statement_id = _keep_statement(session, format_, statement, file_name, actor, now)
    if new:
        taken.twins += _keep_lines(session, statement_id, format_, new)
        taken.new += len(new)


def _keyed(statement: Statement, format_: str) -> dict[str, Line]:
    """Every line that moved money, by what tells it from all others.

    Equal lines of one day are counted, for two neighbours may pay the same with nothing said;
    not where the bank numbers the rows of its CSV, which then stand twice in the file.
    """
    seen: Counter[tuple[object, ...]] = Counter()
    keyed: dict[str, Line] = {}
    for line in statement.lines:
        if not line.cents:
            continue
        told = _told(statement.account, line)
        numbered = bool(line.bank_reference) and format_.endswith("-csv")
        keyed[_digest((*told, 0 if numbered else seen[told]))[:40]] = line
        seen[told] += 1
    return keyed


def _told(account: str, line: Line) -> tuple[object, ...]:
    return (
        account,
        line.booked_on.isoformat(),
        line.cents,
        line.bank_reference,
        line.end_to_end,
        line.part,
        line.iban,
        line.name,
        line.text,
        line.reference,
    )


def _digest(value: object) -> str:
    return hashlib.sha256(repr(value).encode()).hexdigest()


def _known_keys(session: Session, moved: Iterable[str]) -> set[str]:
    keys = list(moved)
    known: set[str] = set()
    for start in range(0, len(keys), ONCE):
        some = keys[start : start + ONCE]
        known |= set(session.scalars(select(BankLine.key).where(BankLine.key.in_(some))))
    return known


def _keep_statement(
    session: Session,
    format_: str,
    statement: Statement,
    file_name: str,
    actor: str,
    now: datetime,
) -> int:
    days = [line.booked_on for line in statement.lines]
    digest = _digest((format_, statement))
    insert_if_absent(
        session,
        BankStatement,
        digest=digest,
        account=statement.account,
        number=statement.number,
        format=format_,
        first_on=min(days, default=None),
        last_on=max(days, default=None),
        opening_cents=statement.opening,
        closing_cents=statement.closing,
        missing_cents=statement.missing,
        file_name=file_name[:200],
        read_at=now,
        read_by=actor,
    )
    return session.scalars(select(BankStatement.id).where(BankStatement.digest == digest)).one()


def _keep_lines(session: Session, statement_id: int, format_: str, new: dict[str, Line]) -> int:
    """Returns how many are held as twins."""
    twins = _twins(session, format_, new)
    rows = [
        {
            "key": key,
            "statement_id": statement_id,
            "format": format_,
            **_said(line),
            "state": LineState.TWIN if key in twins else LineState.UNKNOWN,
            "match": Match.TWIN if key in twins else Match.NONE,
            "account": "",
            "paper_ids": [],
            "same_as_id": twins.get(key),
            "decisions": 0,
            "decided_by": "",
        }
        for key, line in new.items()
    ]
    session.execute(insert(BankLine.__table__), rows)  # type: ignore[arg-type]
    deciding.book_at_the_bank(session, [key for key in new if key not in twins])
    return len(twins)


def _said(line: Line) -> dict[str, object]:
    names = (
        "booked_on", "cents", "entry_cents", "part", "name", "iban", "text", "reference",
        "end_to_end", "bank_reference", "returned", "reason",
    )  # fmt: skip
    return {name: getattr(line, name) for name in names}


def _twins(session: Session, format_: str, new: dict[str, Line]) -> dict[str, int]:
    """Lines of another kind of file that seem to tell the same movement: key to line id.

    The day and the amount agree, the accounts do not differ, and each is the twin of one only. A
    batch that one file takes apart is the twin of the whole that the other tells.
    """
    before = _told_otherwise(session, format_, new.values())
    twins: dict[str, int] = {}
    for key, line in new.items():
        same = before[line.booked_on, line.cents] or before[line.booked_on, line.entry_cents]
        fitting = [one for one in same if not (one.iban and line.iban) or one.iban == line.iban]
        if fitting:
            twins[key] = fitting[0].id
            if not line.part or fitting[0].part:
                same.remove(fitting[0])
    return twins


def _told_otherwise(
    session: Session, format_: str, new: Iterable[Line]
) -> dict[tuple[object, Cents], list[BankLine]]:
    days = sorted({line.booked_on for line in new})
    query = select(BankLine).where(
        BankLine.format != format_,
        BankLine.state != LineState.TWIN,
        BankLine.booked_on.between(days[0], days[-1]),
    )
    paired = select(BankLine.same_as_id).where(
        BankLine.state == LineState.TWIN, BankLine.format == format_
    )
    already = set(session.scalars(paired))
    found: dict[tuple[object, Cents], list[BankLine]] = defaultdict(list)
    for line in session.scalars(query.order_by(BankLine.id)):
        if line.id in already and not line.part:
            continue
        found[line.booked_on, line.cents].append(line)
        if line.part:
            found[line.booked_on, line.entry_cents].append(line)
    return found
