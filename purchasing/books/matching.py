"""Whose money is it? For each line of the bank: booked, proposed or unknown, and why.

In this order: a payment that is taken back; a valid reference, with exactly what is open or the
part that was agreed, with another amount, or of a paper that is paid; a number of a paper in the
text; an account that was paid from before, with exactly what one paper asks or all that is open;
the account of a supplier. Before all that: what a payment provider pays out is nobody's payment.
Only what carries a reference is booked by itself. A name alone decides nothing, ever.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from purchasing.books import accounts
from purchasing.books.bank import BankLine, LineState, Match
from purchasing.books.bank_file import Line
from purchasing.books.open_items import OpenItem, Part, offset, spread
from purchasing.books.payouts import NO_PROVIDER, ProviderKnown
from purchasing.money import Cents
from purchasing.payment_reference import numbers_in, references_in

Told = Line | BankLine  # what a match looks at is the same before and after it was stored


@dataclass(frozen=True)
class Earlier:
    """A payment that was booked before and may be taken back."""

    line_id: int
    cents: Cents
    iban: str
    end_to_end: str
    account: str
    parts: tuple[Part, ...]


@dataclass
class Knowledge:
    """What is known while lines are matched; what is booked lowers what is open in it."""

    papers: Mapping[int, OpenItem] = field(default_factory=dict)
    by_reference: Mapping[str, OpenItem] = field(default_factory=dict)
    by_number: Mapping[str, OpenItem] = field(default_factory=dict)
    of_participant: Mapping[int, Sequence[OpenItem]] = field(default_factory=dict)
    known_accounts: Mapping[str, int] = field(default_factory=dict)
    suppliers: Mapping[str, int] = field(default_factory=dict)
    earlier: list[Earlier] = field(default_factory=list)
    provider: ProviderKnown = NO_PROVIDER

    def owner(self, paper_id: int) -> int:
        return self.papers[paper_id].participant_id

    def open_of(self, participant_id: int) -> Sequence[OpenItem]:
        return [item for item in self.of_participant.get(participant_id, ()) if item.open]


@dataclass(frozen=True)
class Found:
    """What a line is booked or proposed for. `parts` is what it pays of which papers."""

    state: LineState = LineState.UNKNOWN
    match: Match = Match.NONE
    account: str = ""
    paper_ids: tuple[int, ...] = ()
    parts: tuple[Part, ...] = ()
    returns_id: int | None = None


UNKNOWN = Found()


def find(line: Told, known: Knowledge) -> Found:
    """Decide about one line; where it is booked, `known` is changed accordingly."""
    if known.provider.pays_out(line.name, line.iban, line.cents):
        return Found(LineState.PROPOSED, Match.PAYOUT, accounts.ONLINE)
    named = _named(line, known)
    if line.cents < 0 or line.returned:
        return _taken_back(line, known) or _to_supplier(line, known)
    if named:
        return _by_reference(line.cents, named, known)
    return _by_number(line, known) or _by_account(line, known) or UNKNOWN


def pay(cents: Cents, named: Sequence[OpenItem], known: Knowledge) -> list[Part]:
    """What so much money pays: the papers named, then the oldest of the same participant."""
    whose = {item.participant_id for item in named}
    others = known.open_of(next(iter(whose))) if len(whose) == 1 else ()
    parts = spread(cents, named, others)
    for participant_id in whose:
        parts += offset(known.open_of(participant_id))
    return parts


def _named(line: Told, known: Knowledge) -> list[OpenItem]:
    """Papers whose reference stands in the line, each once."""
    said = " ".join((line.reference, "|", line.end_to_end, "|", line.text))
    found: dict[int, OpenItem] = {}
    for piece in (line.reference, line.end_to_end, line.text, said):
        for reference in references_in(piece):
            if item := known.by_reference.get(reference):
                found[item.paper_id] = item
    return list(found.values())


def _by_reference(cents: Cents, named: list[OpenItem], known: Knowledge) -> Found:
    """Book what carries a valid reference, whatever the amount; the rest is credit."""
    whose = {item.participant_id for item in named}
    asked = sum(item.open for item in named)
    if len(whose) > 1 and asked != cents:
        return Found(match=Match.REFERENCES, paper_ids=tuple(one.paper_id for one in named))
    if len(named) > 1:
        match = Match.REFERENCES if asked == cents else _compared(cents, asked)
    else:
        match = _compared_with(cents, named[0])
    account = accounts.of_participant(named[0].participant_id) if len(whose) == 1 else ""
    return Found(
        LineState.BOOKED,
        match,
        account,
        tuple(item.paper_id for item in named),
        tuple(pay(cents, named, known)),
    )


def _compared_with(cents: Cents, item: OpenItem) -> Match:
    if item.open == cents:
        return Match.REFERENCE
    return Match.REFERENCE_PART if item.is_asked(cents) else _compared(cents, item.open)


def _compared(cents: Cents, asked: Cents) -> Match:
    if asked <= 0:
        return Match.REFERENCE_PAID
    return Match.REFERENCE_LESS if cents < asked else Match.REFERENCE_MORE


def _by_number(line: Told, known: Knowledge) -> Found | None:
    found = {
        item.paper_id: item
        for number in numbers_in(f"{line.text} {line.end_to_end}")
        if (item := known.by_number.get(number))
    }
    named = list(found.values())
    if named and sum(item.open for item in named) == line.cents and len(_whose(named)) == 1:
        return _proposed(Match.NUMBER, named)
    return None


def _by_account(line: Told, known: Knowledge) -> Found | None:
    participant_id = known.known_accounts.get(line.iban) if line.iban else None
    if participant_id is None:
        return None
    open_items = known.open_of(participant_id)
    exact = [item for item in open_items if item.is_asked(line.cents)]
    if len(exact) == 1:
        return _proposed(Match.ACCOUNT, exact)
    if open_items and sum(item.open for item in open_items) == line.cents:
        return _proposed(Match.BALANCE, open_items)
    return None


def _taken_back(line: Told, known: Knowledge) -> Found | None:
    """A payment that comes back, in or out. Booked only when the bank says so and one fits."""
    opposite = [one for one in known.earlier if one.cents == -line.cents]
    same_id = [one for one in opposite if line.end_to_end and one.end_to_end == line.end_to_end]
    named = {item.paper_id for item in _named(line, known)}
    same_paper = [one for one in opposite if named & {paper_id for paper_id, _ in one.parts}]
    same_account = [one for one in opposite if line.iban and one.iban == line.iban]
    for fitting in (same_id, same_paper):
        if line.returned and len(fitting) == 1:
            known.earlier.remove(fitting[0])  # a payment goes back once
            return _returning(fitting[0], LineState.BOOKED, Match.RETURN)
    likely = same_id or same_paper or (same_account if line.returned else [])
    if len(likely) == 1:
        return _returning(likely[0], LineState.PROPOSED, Match.RETURN_LIKELY)
    return None


def _returning(earlier: Earlier, state: LineState, match: Match) -> Found:
    parts = tuple((paper_id, -cents) for paper_id, cents in earlier.parts)
    papers = tuple(dict.fromkeys(paper_id for paper_id, _ in parts))
    return Found(state, match, earlier.account, papers, parts, earlier.line_id)


def _to_supplier(line: Told, known: Knowledge) -> Found:
    supplier_id = known.suppliers.get(line.iban) if line.iban else None
    if supplier_id is None:
        return UNKNOWN
    return Found(LineState.PROPOSED, Match.SUPPLIER, accounts.of_supplier(supplier_id))


def _proposed(match: Match, items: Iterable[OpenItem]) -> Found:
    items = list(items)
    whose = _whose(items)
    account = accounts.of_participant(items[0].participant_id) if len(whose) == 1 else ""
    return Found(LineState.PROPOSED, match, account, tuple(item.paper_id for item in items))


def _whose(items: Iterable[OpenItem]) -> set[int]:
    return {item.participant_id for item in items}
