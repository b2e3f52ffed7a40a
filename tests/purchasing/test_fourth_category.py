"""A fourth category is one room and one line: shared meals, made up here, live a whole life.

A cook makes a pot of a dish as soon as enough people want a plate of it. A pot costs what it
costs: whoever eats shares by plates. Nobody receives goods, so the road is short.
"""

from datetime import UTC, datetime, timedelta

import pytest

from purchasing import clock, errands, lifecycle, planning
from purchasing.allocation import Reason
from purchasing.books import ledger, settlement
from purchasing.calendar import Planned
from purchasing.categories import CATEGORIES
from purchasing.category import (
    ChargeDraft,
    ChargeKind,
    Decision,
    Demand,
    ItemTerms,
    NothingAsked,
    OrderDraft,
    OrderLine,
    SettlementMode,
    ShareDraft,
    Wanted,
)
from purchasing.money import amount, share_out
from purchasing.ordering import list_orders, list_shares
from purchasing.papers import PaperKind, list_for_round
from purchasing.people import Role
from purchasing.rounds import Round
from purchasing.rounds import RoundState as S
from tests.builders import (
    ACTOR,
    DAY,
    NOON,
    a_household,
    a_person,
    a_product,
    a_round,
    a_supplier,
    an_order,
)

PRESENT = datetime.now(UTC)


class Meals(NothingAsked):
    key = "meals"
    name = "Shared meals"
    mark = "basket"
    itinerary = ("open", "close", "order")
    settlement_modes = (SettlementMode.SHARED,)
    sells_articles = True

    def decide(self, demand: Demand) -> Decision:
        """A pot of each dish that enough plates are wanted of; `case_pieces` is enough."""
        pots = {
            item: [want for want in demand.wants if want.item_id == item.id]
            for item in sorted(demand.items, key=lambda item: item.id)
        }
        cooked = {
            item: wants
            for item, wants in pots.items()
            if sum(want.quantity for want in wants) >= item.case_pieces
        }
        return Decision(
            shares=tuple(
                _share(item, want, item in cooked)
                for item, wants in pots.items()
                for want in wants
            ),
            orders=tuple(_order(item, wants) for item, wants in cooked.items()),
            charges=tuple(
                charge for item, wants in cooked.items() for charge in _charges(item, wants)
            ),
        )

    def sheet_columns(self) -> tuple[str, ...]:
        return ("name", "pieces", "amount")


def _share(item: ItemTerms, want: Wanted, cooked: bool) -> ShareDraft:
    return ShareDraft(
        participant_id=want.participant_id,
        item_id=item.id,
        wanted=want.quantity,
        extra=0,
        given=want.quantity if cooked else 0,
        reason=Reason.AS_WANTED if cooked else Reason.NOTHING,
        cases=int(cooked),
        case_pieces=item.case_pieces,
    )


def _order(item: ItemTerms, wants: list[Wanted]) -> OrderDraft:
    pot, plates = amount(item.unit_price, 1000), sum(want.quantity for want in wants)
    line = OrderLine(item.id, 1, plates, item.unit_price, pot, 0)
    return OrderDraft(item.supplier_id, (line,), pot, 0, 0, 0, vat_cents=0)


def _charges(item: ItemTerms, wants: list[Wanted]) -> list[ChargeDraft]:
    plates = {want.participant_id: want.quantity for want in wants}
    return [
        ChargeDraft(
            who,
            ChargeKind.ARTICLE,
            cents,
            None,
            item.supplier_id,
            item.id,
            plates[who],
            item.unit_price,
        )
        for who, cents in share_out(amount(item.unit_price, 1000), plates).items()
    ]


@pytest.fixture(autouse=True)
def a_fourth_room(monkeypatch) -> None:
    monkeypatch.setitem(CATEGORIES, Meals.key, Meals())


@pytest.fixture
def soup(session, network):
    """A pot of soup for ten euros, from three plates on."""
    return a_product(
        session, a_supplier(session, "De kok"), "Soep", unit_price=10_000_000, case_milli=3000
    )


def a_meal(session, *dishes, **details) -> Round:
    values = {"category_key": "meals", "settlement_mode": "shared", "title": "Samen eten"}
    return a_round(session, *dishes, **values | details)


def tick(session, at: datetime) -> list[str]:
    done = []
    while duties := clock.due(session, now=at, grace=timedelta(0)):
        for duty in duties:
            duty.lock()
            duty.run(at)
            session.flush()
            done.append(duty.name.split()[0])
    return done


def test_a_meal_is_planned_announced_opened_closed_and_ordered_by_the_clock(session, soup) -> None:
    round_ = a_meal(session, soup, state=S.PLANNED)
    lifecycle.publish(session, round_, actor=ACTOR, now=NOON - 8 * DAY)

    assert tick(session, NOON - 7 * DAY) == ["open"]
    an_order(session, round_, a_household(session, "Ada"), {"Soep": 2})
    an_order(session, round_, a_household(session, "Ben"), {"Soep": 1})
    assert tick(session, NOON) == ["close", "order"]

    assert round_.state == S.ORDERED
    assert lifecycle.possible_moves(round_) == []
    with pytest.raises(lifecycle.WrongState):
        lifecycle.receive(session, round_, actor=ACTOR, now=NOON)


def test_a_meal_s_own_rule_decides_who_pays_what(session, soup) -> None:
    round_ = a_meal(session, soup)
    ada, ben = a_household(session, "Ada"), a_household(session, "Ben")
    an_order(session, round_, ada, {"Soep": 2})
    an_order(session, round_, ben, {"Soep": 1})

    tick(session, NOON)

    assert ledger.balance(session, f"participant:{ada.id}") == 667
    assert ledger.balance(session, f"participant:{ben.id}") == 333
    assert ledger.balance(session, f"round:{round_.id}") == 0
    assert settlement.reconcile(session, round_).difference == 0
    assert [order.net_cents for order in list_orders(session, round_.id)] == [1000]


def test_a_meal_has_the_papers_sheets_and_errands_of_every_round(session, soup) -> None:
    round_ = a_meal(session, soup)
    an_order(session, round_, a_household(session, "Ada"), {"Soep": 3})

    tick(session, NOON)

    papers = {paper.kind: paper.snapshot for paper in list_for_round(session, round_.id)}
    assert set(papers) == {PaperKind.SETTLEMENT, PaperKind.ORDER_SHEET, PaperKind.PACKING_LIST}
    assert papers[PaperKind.ORDER_SHEET]["columns"] == ["name", "pieces", "amount"]
    assert papers[PaperKind.SETTLEMENT]["total"] == 1000
    asked = [e.ref for e in errands.list_for_round(session, round_.id) if e.kind == "render"]
    assert len(asked) == 3


def test_a_dish_that_too_few_want_is_not_cooked_and_they_hear_it(session, soup) -> None:
    round_ = a_meal(session, soup)
    an_order(session, round_, a_household(session, "Ada"), {"Soep": 2})

    tick(session, NOON)

    assert [share.given for share in list_shares(session, round_.id)] == [0]
    told = [
        e.recipient for e in errands.list_for_round(session, round_.id) if e.kind == "mail_news"
    ]
    assert told == ["Ada"]
    assert list_for_round(session, round_.id) == []


def test_a_meal_can_come_back_every_week(session, soup) -> None:
    template = a_meal(session, soup)
    week = timedelta(days=7)
    next_week = Planned(
        template.delivery_on + week, template.opens_at + week, template.closes_at + week
    )

    coming = planning.repeat(session, template, next_week, now=NOON)

    assert (coming.category_key, coming.category.name) == ("meals", "Shared meals")


# --- the pages


@pytest.fixture
def open_meal(session, soup) -> Round:
    round_ = a_meal(session, soup, opens_at=PRESENT - DAY, closes_at=PRESENT + DAY)
    an_order(session, round_, a_household(session, "Ada"), {"Soep": 3}, at=PRESENT)
    return round_


def test_who_takes_part_meets_a_meal_on_the_usual_pages(session, open_meal, visitor) -> None:
    ben = a_household(session, "Ben")
    person, round_id = a_person(session, "Ben", ben), open_meal.id
    session.commit()
    visitor.sign_in(person)

    for path in ("/", "/mine", f"/rounds/{round_id}", f"/rounds/{round_id}/order"):
        assert "Samen eten" in visitor.get(path).text, path


def test_a_coordinator_leads_a_meal_on_the_usual_pages(session, open_meal, visitor) -> None:
    person, round_id = a_person(session, "Cor", role=Role.COORDINATOR), open_meal.id
    session.commit()
    visitor.sign_in(person)

    of_the_round = f"/coordinator/rounds/{round_id}"
    for path in ("/coordinator/", "/coordinator/rounds/", of_the_round):
        assert "Samen eten" in visitor.get(path).text, path
    for move in ("close", "order"):
        if session.get_one(Round, round_id).state in (S.OPEN, S.CLOSED):
            visitor.submit(visitor.get(f"{of_the_round}/{move}"), f"{of_the_round}/{move}")
    assert session.get_one(Round, round_id).state == S.ORDERED
