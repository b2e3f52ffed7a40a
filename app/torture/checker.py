"""What must hold when all is over. Each function yields violations as lines; none is the aim."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from email.headerregistry import Address

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from app.documents import archives
from app.documents.errors import Damaged
from app.extensions import db
from app.mail.letter import message_id
from app.torture import tender_checks
from app.torture.asking import Memory
from app.torture.post import PostOffice
from app.torture.scene import Scene, Stage
from purchasing import ordering, signups
from purchasing.books.settlement import list_charges, reconcile
from purchasing.category import Wanted
from purchasing.commitments import Commitment, Want
from purchasing.errands import Errand, ErrandState, Kind
from purchasing.numbers import NumberSeries
from purchasing.papers import Paper, PaperKind, StoredDocument
from purchasing.rounds import Round, RoundEvent, RoundState


def violations(scene: Scene, memory: Memory, office: PostOffice) -> Iterator[str]:
    """Everything that is wrong, one line each."""
    session = db.session()
    yield from memory.errors
    for stage in scene.stages:
        round_ = session.get_one(Round, stage.round_id)
        yield from _closed_once(session, round_)
        yield from _nothing_after_closing(session, round_)
        if stage.items:
            yield from _orders(session, stage, memory)
            yield from _allocation(session, round_)
            yield from _invoices(session, round_)
        elif stage.bids_until:
            yield from tender_checks.violations(session, stage, round_, memory)
        else:
            yield from _sign_ups(session, stage, memory)
    yield from _numbers(session)
    yield from _books(session)
    yield from _documents(session)
    yield from _mails(session, office)


def _closed_once(session: Session, round_: Round) -> Iterator[str]:
    moves = Counter(
        session.scalars(select(RoundEvent.move).where(RoundEvent.round_id == round_.id))
    )
    if round_.state != RoundState.ORDERED:
        yield f"round {round_.id} is {round_.state}, not ordered"
    for move in ("close", "offer", "order"):
        if moves[move] != (move in round_.category.itinerary):
            yield f"round {round_.id}: {move} happened {moves[move]} times"


def _nothing_after_closing(session: Session, round_: Round) -> Iterator[str]:
    late = select(func.count(Commitment.id)).where(
        Commitment.round_id == round_.id, Commitment.changed_at >= round_.closes_at
    )
    if count := session.scalar(late):
        yield f"round {round_.id}: {count} orders were changed after it closed"


def _orders(session: Session, stage: Stage, memory: Memory) -> Iterator[str]:
    """What is stored is what each was told, no more and no less."""
    stored: dict[int, dict[int, int]] = defaultdict(dict)
    rows = session.execute(
        select(Commitment.participant_id, Want.item_id, Want.ordered_quantity)
        .join(Want, Want.commitment_id == Commitment.id)
        .where(Commitment.round_id == stage.round_id, Want.ordered_quantity > 0)
    )
    for who, item, pieces in rows:
        stored[who][item] = pieces
    for (round_id, who), told in memory.told.items():
        if round_id == stage.round_id and stored[who] != told.ordered:
            yield f"round {round_id}, {who}: told {told.ordered}, stored {stored[who]}"


def _allocation(session: Session, round_: Round) -> Iterator[str]:
    """All that was ordered was decided upon, and what was bought was given out."""
    wanted = {(w.participant_id, w.item_id): w.quantity for w in _wants(session, round_)}
    shares = ordering.list_shares(session, round_.id)
    decided = {(s.participant_id, s.item_id): s.wanted for s in shares}
    if wanted != decided:
        yield f"round {round_.id}: {len(set(wanted.items()) ^ set(decided.items()))} shares differ"
    given: Counter[int] = Counter()
    for share in shares:
        given[share.item_id] += share.given
    bought = Counter(
        {
            line.item_id: line.pieces
            for order in ordering.list_orders(session, round_.id)
            for line in order.lines
        }
    )
    if +given != +bought:
        yield f"round {round_.id}: bought {bought}, given {given}"
    if difference := reconcile(session, round_).difference:
        yield f"round {round_.id}: charged and ordered differ by {difference} cents"


def _wants(session: Session, round_: Round) -> tuple[Wanted, ...]:
    return ordering.demand_of(session, round_).wants


def _invoices(session: Session, round_: Round) -> Iterator[str]:
    """One for each who owes something, and for nobody else."""
    owing = {charge.participant_id for charge in list_charges(session, round_.id)}
    papers = Counter(
        session.scalars(
            select(Paper.participant_id).where(
                Paper.round_id == round_.id, Paper.kind == PaperKind.INVOICE
            )
        )
    )
    if set(papers) != owing or any(count > 1 for count in papers.values()):
        yield f"round {round_.id}: invoices {sorted(papers.items(), key=str)}, owing {owing}"


def _sign_ups(session: Session, stage: Stage, memory: Memory) -> Iterator[str]:
    receipts = Counter(
        session.scalars(
            select(Paper.participant_id).where(
                Paper.round_id == stage.round_id, Paper.kind == PaperKind.RECEIPT
            )
        )
    )
    for (round_id, who), told in memory.told.items():
        if round_id != stage.round_id or told.left:
            continue
        if signups.is_signed_up(session, round_id, who) != told.signed_up:
            yield f"round {round_id}, {who}: told {told.signed_up} of the sign-up"
        if receipts[who] != told.signed_up:
            yield f"round {round_id}, {who}: {receipts[who]} receipts"


def _numbers(session: Session) -> Iterator[str]:
    """No number twice, none left out, none beyond the counter."""
    by_series: dict[str, list[int]] = defaultdict(list)
    for kind, number in session.execute(select(Paper.kind, Paper.number)):
        head, _, serial = number.rpartition("-")
        if kind != PaperKind.PACKING_LIST:
            by_series[f"{kind} {head}"].append(int(serial))
    for name, serials in by_series.items():
        if sorted(serials) != list(range(1, len(serials) + 1)):
            yield f"numbers of {name} have gaps or doubles: {_gaps(serials)}"
    counted = {row.key: row.last for row in session.scalars(select(NumberSeries))}
    invoices = sum(len(s) for name, s in by_series.items() if name.startswith("invoice"))
    taken = sum(last for key, last in counted.items() if key.startswith("invoice:"))
    if taken != invoices:
        yield f"{taken} invoice numbers were taken, {invoices} are used"


def _gaps(serials: list[int]) -> str:
    missing = sorted(set(range(1, max(serials) + 1)) - set(serials))
    doubles = [serial for serial, count in Counter(serials).items() if count > 1]
    return f"missing {missing[:5]}, double {doubles[:5]}"


UNBALANCED = text(
    "SELECT posting.key, SUM(entry.cents) FROM posting JOIN entry ON entry.posting_id = posting.id"
    " GROUP BY posting.key HAVING SUM(entry.cents) <> 0"
)
OWED = text(
    "SELECT account, SUM(cents) FROM entry WHERE account LIKE 'participant:%' GROUP BY account"
)


def _books(session: Session) -> Iterator[str]:
    """Read past the books' own code, which might be what is wrong."""
    for key, cents in session.execute(UNBALANCED):
        yield f"posting {key} is off by {cents} cents"
    owed = {account: int(cents) for account, cents in session.execute(OWED)}
    asked: dict[str, int] = defaultdict(int)
    for who, cents in session.execute(
        select(Paper.participant_id, Paper.total_cents).where(Paper.kind == PaperKind.INVOICE)
    ):
        asked[f"participant:{who}"] += cents
    if owed != {account: cents for account, cents in asked.items() if cents}:
        yield "what participants owe in the books is not what their invoices ask"


def _documents(session: Session) -> Iterator[str]:
    archive = archives.current()
    stored = {row.paper_id: row for row in session.scalars(select(StoredDocument))}
    for paper_id, number in session.execute(select(Paper.id, Paper.number)):
        row = stored.get(paper_id)
        if row is None:
            yield f"paper {number} was never printed"
            continue
        try:
            archive.read(row.path, row.sha256)
        except Damaged as problem:
            yield f"paper {number}: {problem}"


def _mails(session: Session, office: PostOffice) -> Iterator[str]:
    """Every mail that is done has arrived; an order goes to its supplier once, or is in doubt."""
    for errand in session.scalars(select(Errand).order_by(Errand.id)):
        if errand.state in (ErrandState.WAITING, ErrandState.LEASED, ErrandState.DEAD):
            yield f"{errand.key} is {errand.state}: {errand.last_error[:80]}"
        if errand.kind in (Kind.RENDER, Kind.MAIL_SIGN_IN, Kind.HEAR_PAYMENT):
            continue
        arrived = office.received[_name_of_mail(errand)]
        if errand.state == ErrandState.DONE and not arrived and errand.sending_since:
            yield f"{errand.key} is done, and no mail arrived"
        if errand.kind == Kind.MAIL_SHEET and arrived > 1:
            yield f"{errand.key} reached its supplier {arrived} times"


def _name_of_mail(errand: Errand) -> str:
    """The local part of its Message-ID."""
    return message_id(errand, Address("", "x", "x")).strip("<>").partition("@")[0]
