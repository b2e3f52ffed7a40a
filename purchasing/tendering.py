"""The seam of rounds that are put to tender: what their room tells the rest of the house.

Neighbours say what they use; suppliers, who see totals only, answer with sealed bids; all bids are
opened together and awarded by a rule that was published before; each participant gets an offer,
and takes it or stays where they are. The house keeps the time, the seals and the papers. The room
knows what a bid is, what it costs somebody, and who should be offered which.

What crosses the seam is plain data that fits in JSON; costs are whole cents a year.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Protocol

from purchasing.errors import Refused
from purchasing.questions import Answer, ConsentText, Question, Said

Plain = dict[str, Any]


@dataclass(frozen=True)
class Figure:
    """A figure that others set and that holds from 1 January of a year: a tax, a grid price.

    `value` is in the unit of its kind; `above` is where its band begins; `group` tells rows of
    one kind apart. A later row of the same kind, group and band replaces it.
    """

    kind: str
    from_year: int
    value: int
    source: str
    above: int = 0
    group: str = ""
    estimated: bool = False

    @property
    def key(self) -> tuple[str, str, int, int]:
        return self.kind, self.group, self.above, self.from_year


@dataclass(frozen=True)
class FigureKind:
    """A kind of figures, for who edits them: its name, and how many of its unit are one."""

    key: str
    label: str
    unit: str  # msgid: "euro per kWh"
    scale: int = 1  # 1_000_000: the value is in millionths of that unit


@dataclass(frozen=True)
class SwitchColumn:
    """A column of the list for a supplier who won; `words` says that its cells are msgids.

    On paper, where eighteen columns would be too narrow, those of one `stack` stand in one cell;
    `labelled` ones with their title before them.
    """

    key: str
    title: str
    stack: str
    words: bool = False
    labelled: bool = False


@dataclass(frozen=True)
class BidPart:
    """A part of the bid form. `folded`: few need it, so it is closed until it is used."""

    key: str
    title: str
    questions: tuple[Question, ...]
    hint: str = ""
    folded: bool = False


class Holds(StrEnum):
    """What a line of a bid holds, so that every page shows it in the reader's way."""

    RATE = "rate"  # millionths of a euro
    CENTS = "cents"
    COUNT = "count"
    WORDS = "words"  # msgids
    STEPS = "steps"  # a list of lines for each step


@dataclass(frozen=True)
class BidLine:
    """One thing that a bid says, to be read by people. `value` None is nothing."""

    label: str
    holds: Holds
    value: Any


@dataclass(frozen=True)
class ExampleCost:
    """What a bid costs an invented home: `hint` says which, in words and values; cents a year."""

    label: str
    hint: Said
    cost: int


@dataclass(frozen=True)
class Entry:
    """One participant without a name: `key` stands for it, `place` is its place in line."""

    key: str
    place: int
    shop: bool
    answered_on: date
    answers: Mapping[str, Answer]


@dataclass(frozen=True)
class PlacedBid:
    """An opened bid. Between equals the earlier `committed_at` wins."""

    key: str
    supplier: str
    committed_at: datetime
    content: Plain


@dataclass(frozen=True)
class TenderCase:
    """All that an award follows from; the order of entries and bids makes no difference."""

    particulars: Mapping[str, Answer]
    entries: tuple[Entry, ...]
    bids: tuple[PlacedBid, ...]
    figures: tuple[Figure, ...]


@dataclass(frozen=True)
class OfferDraft:
    """What one entry is offered: `bid` None is nothing. `cost` and `now` are cents a year."""

    key: str
    bid: str | None = None
    cost: int | None = None
    now: int | None = None
    worse_off: bool = False


@dataclass(frozen=True)
class Awarded:
    """Who is offered what. `words` says the outcome; `published` is what everybody may know."""

    outcome: str
    words: str
    no_deal: bool
    offers: tuple[OfferDraft, ...]
    winners: tuple[str, ...]
    published: Plain


@dataclass(frozen=True)
class Concluded:
    """What acceptances made of a winning bid; `content` is the bid at its final price."""

    bid: str
    accepted: int
    stands: bool
    content: Plain


@dataclass(frozen=True)
class Contact:
    """Who accepted, and how to reach them: what a supplier needs besides the answers.

    `accepted_at` is on the clock on the wall.
    """

    reference: str
    name: str
    street: str
    postcode: str
    city: str
    email: str
    phone: str
    kvk: str
    accepted_at: datetime
    agreed_version: str


class Tendering(Protocol):
    """The room of a category whose rounds are put to tender."""

    @property
    def contract_days(self) -> int:
        """How long after the round the answers of who has a contract are kept."""

    def lots(self, entries: Collection[Entry], particulars: Mapping[str, Answer]) -> Plain:
        """What suppliers are told before they bid. It points to nobody."""

    def bid_form(self) -> tuple[BidPart, ...]:
        """What a supplier is asked. All is typed as text, ticks and choices aside."""

    def bid_lines(self, content: Plain) -> tuple[BidLine, ...]:
        """What a bid says, line by line: the same lines for every bid, to stand side by side."""

    def example_costs(
        self, content: Plain, particulars: Mapping[str, Answer], figures: Sequence[Figure]
    ) -> tuple[ExampleCost, ...]:
        """What a bid would cost a few invented homes, of those it is for."""

    def read_bid(self, raw: Mapping[str, str], *, round_ref: str, supplier: str) -> Plain:
        """A supplier's form as a bid. Raises WrongAnswers with all that is wrong, by field."""

    def committed_text(self, content: Plain, nonce: bytes) -> bytes:
        """The bid's one text and the nonce behind it: what the hash is taken of."""

    def commitment(self, content: Plain, nonce: bytes) -> str:
        """The hash to publish at once: SHA-256 of `committed_text`."""

    def award(self, case: TenderCase) -> Awarded:
        """The award by the published rule. Pure and deterministic."""

    def conclude(
        self, bids: Sequence[PlacedBid], offered: Mapping[str, str], accepted: Collection[str]
    ) -> tuple[Concluded, ...]:
        """What became of each winner. `offered`: bid by entry; `accepted`: entries."""

    def understand(
        self, entry: Entry, particulars: Mapping[str, Answer], figures: Sequence[Figure]
    ) -> Any:
        """What was made of somebody's answers: what the room's own templates show."""

    def explain(self, entry: Entry, content: Plain, case: TenderCase, *, accepted: int = 0) -> Any:
        """One bid for one entry, line by line: what the room's own templates show."""

    def costs(self, entry: Entry, case: TenderCase) -> Mapping[str, int]:
        """What each bid that is open to this entry would cost it, as in the award."""

    def acceptance_questions(self, entry: Entry, *, worse_off: bool) -> tuple[Question, ...]:
        """What is asked of who accepts; a stated reason where staying is cheaper."""

    def check_acceptance(
        self, entry: Entry, answers: Mapping[str, Answer]
    ) -> Mapping[str, Refused]:
        """What is wrong with these answers, by key."""

    def acceptance_consent(self, supplier: str) -> ConsentText:
        """That the supplier gets what it needs to make the contract."""

    def switch_columns(self) -> tuple[SwitchColumn, ...]:
        """All that the list for a supplier who won may hold of somebody."""

    def switch_row(
        self,
        entry: Entry,
        details: Mapping[str, Answer],
        contact: Contact,
        content: Plain,
        particulars: Mapping[str, Answer],
    ) -> Mapping[str, str]:
        """One who accepted, by key of the columns."""

    def confirmation(
        self, entry: Entry, details: Mapping[str, Answer], content: Plain, case: TenderCase
    ) -> Plain:
        """What the confirmation says of the contract: costs, rates, days."""

    def ends_on(self, content: Plain, particulars: Mapping[str, Answer]) -> date | None:
        """The last day of a contract on these terms; None where it has none."""

    def figures(self) -> tuple[Figure, ...]:
        """The figures that are shipped, each with its source."""

    def figure_kinds(self) -> tuple[FigureKind, ...]: ...
