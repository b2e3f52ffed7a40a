"""A round, and a week in which neighbours order, change their minds, and forget to press a key."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from random import Random

from sqlalchemy import select
from sqlalchemy.orm import Session

from purchasing import demand, lifecycle, planning
from purchasing.catalogue import Product
from purchasing.demand import Choice
from purchasing.people import Participant, the_network
from purchasing.rounds import Round, RoundItem, RoundState

COORDINATOR = "Fatma"
SATURDAY = 5
WEEK = timedelta(days=7)


@dataclass
class Tally:
    """How many ordered, chose without ordering, changed later, and withdrew."""

    ordered: int = 0
    drafts: int = 0
    changed: int = 0
    withdrawn: int = 0


def open_round(session: Session, title: str, *, opens_at: datetime, closes_at: datetime) -> Round:
    """A food round with all that is sold by the piece, published and open."""
    network = the_network(session)
    round_ = Round(
        title=title,
        description="Bestel samen, haal op in het buurthuis.",
        category_key="food",
        settlement_mode="resale",
        state=RoundState.PLANNED,
        opens_at=opens_at,
        closes_at=closes_at,
        delivery_on=_saturday_after(closes_at.date()),
        pickup_from=time(10),
        pickup_until=time(12, 30),
        pickup_place=network.pickup_place,
        pickup_address=network.pickup_address,
        contact_name=COORDINATOR,
        contact_phone=network.phone,
        offer_version=0,
        created_by=COORDINATOR,
    )
    session.add(round_)
    session.flush()
    products = session.scalars(select(Product).where(Product.available).order_by(Product.id))
    planning.offer(session, round_, products, now=opens_at)
    planning.offer(  # what is weighed is invoiced at delivery, and this round at closing
        session,
        round_,
        session.scalars(
            select(Product).where(
                Product.id.in_([item.product_id for item in round_.items if not item.weighed])
            )
        ),
        now=opens_at,
    )
    lifecycle.publish(session, round_, actor=COORDINATOR, now=opens_at - timedelta(hours=1))
    lifecycle.open_round(session, round_, actor="clock", now=opens_at)
    session.commit()
    return round_


def order(
    session: Session, round_: Round, participants: list[Participant], *, until: datetime, seed: int
) -> Tally:
    """Let these people order between the opening and `until`: the same orders for a seed."""
    dice = Random(seed)  # noqa: S311 - shopping, not secrets
    tally = Tally()
    items = list(round_.items)
    dice.shuffle(items)
    likes = [1 / (rank + 8) for rank in range(len(items))]
    moments = _moments(dice, round_.opens_at, until, len(participants))
    for participant, at in zip(participants, moments, strict=True):
        choices = _basket(dice, items, likes, participant)
        _shop(session, round_, participant, choices, at=at, until=until, dice=dice, tally=tally)
    session.commit()
    return tally


def _shop(
    session: Session,
    round_: Round,
    participant: Participant,
    choices: dict[int, Choice],
    *,
    at: datetime,
    until: datetime,
    dice: Random,
    tally: Tally,
) -> None:
    who = {"actor": participant.name}
    key = f"{round_.id}-{participant.id}"
    demand.choose(session, round_.id, participant.id, choices, key=f"{key}-c", now=at, **who)
    fate = dice.random()
    if fate < 0.05:
        tally.drafts += 1
        return
    demand.place(session, round_.id, participant.id, key=f"{key}-p", now=at, **who)
    later = at + (until - at) / 2
    if fate < 0.08:
        demand.withdraw(session, round_.id, participant.id, key=f"{key}-w", now=later, **who)
        tally.withdrawn += 1
        return
    tally.ordered += 1
    if fate > 0.85:
        more = {item: Choice(choice.quantity + 1) for item, choice in list(choices.items())[:2]}
        demand.choose(session, round_.id, participant.id, more, key=f"{key}-d", now=later, **who)
        demand.place(session, round_.id, participant.id, key=f"{key}-e", now=later, **who)
        tally.changed += 1


def _basket(
    dice: Random, items: list[RoundItem], likes: list[float], participant: Participant
) -> dict[int, Choice]:
    """Some articles, the popular ones more often; a shop takes cases."""
    wanted = set(dice.choices(range(len(items)), likes, k=dice.randint(6, 16)))
    basket = {}
    for at in sorted(wanted):
        item = items[at]
        if participant.is_shop:
            basket[item.id] = Choice(item.case_pieces * dice.choice((1, 1, 2)))
        else:
            extra = dice.choice((0, 0, 0, 1, 2))
            basket[item.id] = Choice(min(dice.choice((1, 1, 2, 2, 3, 4)), 20), extra)
    return basket


def _moments(dice: Random, start: datetime, end: datetime, count: int) -> list[datetime]:
    """Most people order in the last day, as everywhere."""
    span = (end - start).total_seconds()
    seconds = sorted(span * (1 - dice.random() ** 2 * 0.95) for _ in range(count))
    return [start + timedelta(seconds=min(at, span - 1)) for at in seconds]


def _saturday_after(day: date) -> date:
    """The first Saturday with at least three days to deliver."""
    first = day + timedelta(days=3)
    return first + timedelta(days=(SATURDAY - first.weekday()) % 7)


def week_of(moment: datetime) -> int:
    return moment.astimezone(UTC).isocalendar().week
