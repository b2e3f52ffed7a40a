"""What is done with the lines of the bank: booked by themselves, by one tap, and taken back.

A line moves twice in the books: from the bank to `unmatched` when it is read, and on to whom it
belongs when that is decided. So the bank's balance is always right, and `unmatched` says what
nobody has looked at. Who decides first holds the line; the second is told.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import UTC, date, datetime, time
from typing import Any, cast

from sqlalchemy import CursorResult, select, update
from sqlalchemy.orm import Session

from purchasing.books import accounts, credit, knowing, ledger, matching, open_items
from purchasing.books.bank import BankLine, LineState, Match
from purchasing.books.ledger import Booking
from purchasing.books.matching import Found, Knowledge
from purchasing.books.open_items import OpenItem, Part
from purchasing.errors import N_, Refused
from purchasing.money import Cents
from purchasing.people import Network

OPEN_STATES = (LineState.UNKNOWN, LineState.PROPOSED)
ONCE = 500
NOON = time(12)


class AlreadyDecided(Refused):
    message = N_("Somebody decided about this line a moment ago. Look at it again.")


class NothingProposed(Refused):
    message = N_("Nothing is proposed for this line. Choose whose it is.")


class ProposalIsOld(Refused):
    message = N_("What was proposed has been paid otherwise meanwhile. Choose again.")


class NotOneParticipant(Refused):
    message = N_("Choose papers of one participant.")


class NotBooked(Refused):
    message = N_("This line is not booked, so there is nothing to take back.")


class WasReturned(Refused):
    message = N_("This payment went back. First take that line back, then this one.")


class NotATwin(Refused):
    message = N_("This line is not held back.")


def hold_books(session: Session) -> None:
    """Let nobody else decide until this transaction ends: what is open must not be paid twice."""
    session.execute(select(Network.id).with_for_update())


def book_at_the_bank(session: Session, keys: Sequence[str]) -> None:
    """The first posting of these new lines: the money is at the bank, and unmatched."""
    for start in range(0, len(keys), ONCE):
        some = select(BankLine).where(BankLine.key.in_(keys[start : start + ONCE]))
        by_day: dict[date, list[Booking]] = defaultdict(list)
        for line in session.scalars(some.order_by(BankLine.id)):
            by_day[line.booked_on].append(_at_the_bank(line))
        for day, bookings in by_day.items():
            ledger.post(session, bookings, round_id=None, at=_moment(day))


def decide_what_is_certain(session: Session, *, actor: str, now: datetime) -> Counter[str]:
    """Match every line that is not decided, old ones again; how many got which state.

    Where a person took a decision back nothing is decided by itself any more.
    """
    hold_books(session)
    credit.settle_all(session, now=now)
    undecided = BankLine.state.in_(OPEN_STATES), BankLine.decisions == 0
    query = select(BankLine).where(*undecided)
    lines = list(session.scalars(query.order_by(BankLine.booked_on, BankLine.id)))
    states = _match(session, lines, now=now)
    back = [line for line in lines if line.state in OPEN_STATES and _may_go_back(line)]
    if back and LineState.BOOKED in states.values():
        _match(session, back, now=now)  # a payment and its return may come in one file
    return Counter(str(line.state) for line in lines)


def _may_go_back(line: BankLine) -> bool:
    return line.cents < 0 or line.returned


def _match(session: Session, lines: Sequence[BankLine], *, now: datetime) -> dict[int, LineState]:
    known = knowing.gather(session, lines)
    found = [(line, matching.find(line, known)) for line in lines]
    _book_many(session, [one for one in found if one[1].state == LineState.BOOKED], known, now)
    for line, what in found:
        _note(line, what, actor="", now=now)
    session.flush()
    return {line.id: what.state for line, what in found}


def accept(session: Session, line: BankLine, *, actor: str, now: datetime) -> None:
    """Book what is proposed. Raises NothingProposed, AlreadyDecided, ProposalIsOld."""
    if line.state != LineState.PROPOSED:
        raise AlreadyDecided if line.state == LineState.BOOKED else NothingProposed
    proposed = line.account, list(line.paper_ids), line.returns_id
    _claim(session, line)
    known = knowing.gather(session, [line])
    if line.returns_id is not None:
        found = matching.find(line, known)
        if (found.account, list(found.paper_ids), found.returns_id) != proposed:
            raise ProposalIsOld
        _settle(session, line, found, known, actor, now)
        return
    papers = _papers(known, line.paper_ids)
    if papers and not _is_still_asked(papers, line.cents):
        raise ProposalIsOld
    _settle(session, line, _for(line, papers, line.account, known, line.match), known, actor, now)


def decide(
    session: Session,
    line: BankLine,
    *,
    account: str = "",
    paper_ids: Collection[int] = (),
    actor: str,
    now: datetime,
) -> None:
    """Book a line for papers, or for an account of the ledger; the rest of it is credit there.

    Raises AlreadyDecided, NotOneParticipant.
    """
    _claim(session, line)
    known = knowing.gather(session, [line], paper_ids=paper_ids, account=account)
    papers = _papers(known, paper_ids)
    if len({item.participant_id for item in papers}) > 1:
        raise NotOneParticipant
    if papers:
        account = accounts.of_participant(papers[0].participant_id)
    _settle(session, line, _for(line, papers, account, known, Match.BY_HAND), known, actor, now)


def take_back(session: Session, line: BankLine, *, actor: str, now: datetime) -> None:
    """Undo the decision about a line: its papers are open again, and it is to be decided anew.

    Raises NotBooked, WasReturned.
    """
    hold_books(session)
    session.refresh(line)
    if line.state != LineState.BOOKED:
        raise NotBooked
    if session.scalar(select(BankLine.id).where(BankLine.returns_id == line.id).limit(1)):
        raise WasReturned
    key = line.posting_key
    amounts = {account: -cents for account, cents in ledger.amounts_of(session, key).items()}
    undo = Booking(f"undo:{key}", _memo(line), amounts)
    ledger.post(session, [undo], round_id=None, at=_moment(line.booked_on))
    parts = [(paper_id, -cents) for paper_id, cents in open_items.parts_of(session, key)]
    open_items.write_parts(session, [(key, parts)], at=now)
    _settle_credit(session, amounts, now)
    knowing.forget(session, line)
    line.state, line.match, line.account = LineState.UNKNOWN, Match.NONE, ""
    line.paper_ids, line.returns_id = [], None
    line.decided_by, line.decided_at = actor, now
    session.flush()


def is_another(session: Session, line: BankLine, *, actor: str, now: datetime) -> None:
    """A line that was held as a twin is a payment of its own after all. Raises NotATwin."""
    hold_books(session)
    session.refresh(line)
    if line.state != LineState.TWIN:
        raise NotATwin
    line.state, line.match, line.same_as_id = LineState.UNKNOWN, Match.NONE, None
    line.decided_by, line.decided_at = actor, now
    session.flush()
    book_at_the_bank(session, [line.key])


def _claim(session: Session, line: BankLine) -> None:
    """Hold the line, unless somebody decided about it since it was looked at."""
    hold_books(session)
    claimed = session.execute(
        update(BankLine)
        .where(
            BankLine.id == line.id,
            BankLine.state.in_(OPEN_STATES),
            BankLine.decisions == line.decisions,
        )
        .values(decisions=BankLine.decisions + 1)
        .execution_options(synchronize_session=False)
    )
    if cast("CursorResult[Any]", claimed).rowcount != 1:
        raise AlreadyDecided
    session.refresh(line)


def _is_still_asked(papers: Sequence[OpenItem], cents: Cents) -> bool:
    if len(papers) == 1:
        return papers[0].is_asked(cents)
    return sum(item.open for item in papers) == cents


def _for(
    line: BankLine, papers: Sequence[OpenItem], account: str, known: Knowledge, match: Match
) -> Found:
    """What a person chose; money that came in pays the oldest papers of a participant."""
    named = list(papers)
    participant_id = accounts.owner_id(account, "participant")
    if not named and participant_id is not None and line.cents > 0:
        named = list(known.open_of(participant_id))
    parts = matching.pay(line.cents, named, known) if named and line.cents > 0 else []
    return Found(
        LineState.BOOKED, match, account, tuple(item.paper_id for item in papers), tuple(parts)
    )


def _settle(
    session: Session, line: BankLine, found: Found, known: Knowledge, actor: str, now: datetime
) -> None:
    ledger.post(session, [_paid(line, found, known)], round_id=None, at=_moment(line.booked_on))
    open_items.write_parts(session, [(line.posting_key, found.parts)], at=now)
    _settle_credit(session, [found.account], now)
    _note(line, found, actor=actor, now=now)
    knowing.remember(session, [(line, found)], now=now)
    session.flush()


def _book_many(
    session: Session, found: Sequence[tuple[BankLine, Found]], known: Knowledge, now: datetime
) -> None:
    by_day: dict[date, list[Booking]] = defaultdict(list)
    for line, what in found:
        line.decisions += 1
        by_day[line.booked_on].append(_paid(line, what, known))
    session.flush()
    for day, bookings in sorted(by_day.items()):
        ledger.post(session, bookings, round_id=None, at=_moment(day))
    parts: Iterable[tuple[str, Sequence[Part]]] = (
        (line.posting_key, what.parts) for line, what in found
    )
    open_items.write_parts(session, parts, at=now)
    _settle_credit(session, [what.account for _, what in found if what.returns_id], now)
    knowing.remember(session, found, now=now)


def _settle_credit(session: Session, touched: Iterable[str], now: datetime) -> None:
    owners = {accounts.owner_id(account, "participant") for account in touched}
    credit.settle(session, owners - {None}, now=now)


def _note(line: BankLine, found: Found, *, actor: str, now: datetime) -> None:
    line.state, line.match, line.account = found.state, found.match, found.account
    line.paper_ids, line.returns_id = list(found.paper_ids), found.returns_id
    if found.state == LineState.BOOKED:
        line.decided_by, line.decided_at = actor, now


def _at_the_bank(line: BankLine) -> Booking:
    amounts = {accounts.BANK: line.cents, accounts.UNMATCHED: -line.cents}
    return Booking(f"bank:{line.id}", _memo(line), amounts)


def _paid(line: BankLine, found: Found, known: Knowledge) -> Booking:
    """On from `unmatched`: to the participants whose papers are paid, the rest to the account."""
    amounts: dict[str, Cents] = defaultdict(int)
    for paper_id, cents in found.parts:
        amounts[accounts.of_participant(known.owner(paper_id))] -= cents
    rest = -line.cents - sum(amounts.values())
    first = accounts.of_participant(known.owner(found.paper_ids[0])) if found.paper_ids else ""
    amounts[found.account or first] += rest
    return Booking(line.posting_key, _memo(line), {accounts.UNMATCHED: line.cents, **amounts})


def _papers(known: Knowledge, paper_ids: Collection[int]) -> list[OpenItem]:
    return [known.papers[paper_id] for paper_id in paper_ids if paper_id in known.papers]


def _memo(line: BankLine) -> str:
    return " · ".join(part for part in (line.name, line.text) if part)[:200]


def _moment(day: date) -> datetime:
    """A movement is booked on the day of the bank, at noon: no zone makes another day of it."""
    return datetime.combine(day, NOON, UTC)
