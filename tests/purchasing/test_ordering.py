"""What ordering writes down: orders, charges, postings, numbered papers, sheets and errands."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import undefer

from purchasing import errands, lifecycle
from purchasing.books import ledger, settlement
from purchasing.books.ledger import Entry, Posting
from purchasing.categories import CATEGORIES
from purchasing.ordering import list_orders, list_shares
from purchasing.papers import Paper, PaperKind, list_for_participants
from purchasing.people import VatStatus
from purchasing.rounds import Round
from tests.builders import (
    ACTOR,
    DAY,
    NOON,
    a_household,
    a_network,
    a_product,
    a_round,
    a_shop,
    a_supplier,
    an_order,
)

HOUR = timedelta(hours=1)


@pytest.fixture
def rice(session, network):
    return a_product(session, a_supplier(session), "Rijst")  # a euro at 9 %, six in a case


def ordered(session, round_: Round, *, at: datetime | None = None) -> Round:
    """Close a round and order."""
    at = at or round_.closes_at
    lifecycle.close(session, round_, actor=ACTOR, now=at)
    lifecycle.order(session, round_, actor=ACTOR, now=at)
    session.flush()
    return round_


def papers(session, kind: PaperKind = PaperKind.INVOICE) -> list[Paper]:
    query = select(Paper).where(Paper.kind == kind).order_by(Paper.id)
    return list(session.scalars(query.options(undefer(Paper.snapshot))))


def numbers_of(session, kind: PaperKind = PaperKind.INVOICE) -> list[str]:
    return [paper.number for paper in papers(session, kind)]


# --- everything at once: three rates, deposit, tiers, weighed, delivery, a fee


def a_full_round(session, **rules: Any) -> Round:
    """Ada, Ben and a shop order from two suppliers, so that nothing divides evenly."""
    farm = a_supplier(session, "Boerderij", delivery_cents=1001, delivery_vat_bp=2100)
    mill = a_supplier(session, "Molen", delivery_cents=775, free_delivery_cents=100_00)
    products = [
        a_product(session, farm, "Melk", unit_price=1_333_333, deposit_cents=25, case_milli=7000),
        a_product(session, farm, "Bier", unit_price=2_199_000, vat_bp=2100, case_milli=3000),
        a_product(
            session,
            farm,
            "Kaas",
            unit_price=12_345_678,
            piece_milli=500,
            case_milli=2500,
            weighed=True,
            unit="kg",
        ),
        a_product(session, mill, "Meel", unit_price=999_000, tiers=[[6, 899_500]]),
        a_product(session, mill, "Boek", unit_price=4_990_000, vat_bp=0, case_milli=1000),
    ]
    round_ = a_round(session, *products, fee_cents=150, **rules)
    ada, ben, shop = a_household(session, "Ada"), a_household(session, "Ben"), a_shop(session)
    an_order(session, round_, ada, {"Melk": 3, "Bier": 1, "Kaas": (2, 1), "Meel": 1})
    an_order(session, round_, ben, {"Melk": 3, "Bier": 1, "Kaas": 2, "Boek": 2})
    an_order(session, round_, shop, {"Melk": 1, "Bier": 2, "Kaas": 1, "Meel": 5})
    return round_


MODES = [
    (VatStatus.REGISTERED, "resale"),
    (VatStatus.KOR, "resale"),
    (VatStatus.NONE, "shared"),
    (VatStatus.REGISTERED, "shared"),
]


@pytest.mark.parametrize("rule", ["equal", "by_amount"])
@pytest.mark.parametrize(("status", "mode"), MODES)
def test_what_is_charged_is_what_was_ordered_and_the_fees(session, status, mode, rule) -> None:
    a_network(session, vat_status=status)
    round_ = ordered(session, a_full_round(session, settlement_mode=mode, delivery_share=rule))

    sums = settlement.reconcile(session, round_)

    assert sums.difference == 0
    assert sums.fees == 3 * 150
    assert sums.charged > sums.ordered > 0


@pytest.mark.parametrize(("status", "mode"), MODES)
def test_the_books_of_a_round_come_to_zero(session, status, mode) -> None:
    a_network(session, vat_status=status)
    round_ = ordered(session, a_full_round(session, settlement_mode=mode))

    balances = dict(
        session.execute(select(Entry.account, func.sum(Entry.cents)).group_by(Entry.account)).all()
    )

    assert balances.pop(f"round:{round_.id}") == 0
    assert sum(balances.values()) == 0
    assert balances["fees"] == -3 * 150
    for order in list_orders(session, round_.id):
        assert balances[f"supplier:{order.supplier_id}"] == -(order.net_cents + order.vat_cents)


@pytest.mark.parametrize(("status", "mode"), MODES)
def test_every_participant_owes_what_its_paper_asks(session, status, mode) -> None:
    a_network(session, vat_status=status)
    ordered(session, a_full_round(session, settlement_mode=mode))

    asked = [p for p in session.scalars(select(Paper)) if p.participant_id]

    assert len(asked) == 3
    for paper in asked:
        owed = ledger.balance(session, f"participant:{paper.participant_id}")
        assert owed == paper.total_cents > 0


@pytest.mark.parametrize(("status", "mode"), MODES)
def test_the_lines_of_a_paper_add_up_to_its_total(session, status, mode) -> None:
    a_network(session, vat_status=status)
    ordered(session, a_full_round(session, settlement_mode=mode))

    kind = PaperKind.SETTLEMENT if mode == "shared" else PaperKind.INVOICE
    for paper in papers(session, kind):
        printed = paper.snapshot
        assert sum(line["gross"] for line in printed["lines"]) == printed["total"]
        assert (
            sum(rate["gross"] for rate in printed["vat"]) + printed["untaxed"] == printed["total"]
        )
        assert paper.total_cents == printed["total"]


def test_no_posting_is_out_of_balance_and_none_is_empty(session, network) -> None:
    ordered(session, a_full_round(session))

    for posting in session.scalars(select(Posting)):
        assert len(posting.entries) > 1
        assert sum(entry.cents for entry in posting.entries) == 0


def test_free_goods_are_ordered_and_nothing_is_booked(session, rice) -> None:
    free = a_product(session, rice.supplier, "Folder", unit_price=0)
    round_ = a_round(session, free)
    an_order(session, round_, a_household(session), {"Folder": 6})

    ordered(session, round_)

    assert [paper.total_cents for paper in papers(session)] == [0]
    assert session.scalars(select(Posting)).all() == []


def test_an_unbalanced_posting_is_refused(session) -> None:
    lopsided = ledger.Booking("x", "x", {"participant:1": 100, "fees": -99})

    with pytest.raises(ledger.Unbalanced):
        ledger.post(session, [lopsided], round_id=None, at=NOON)


# --- the four ways to settle


def test_a_vat_registered_network_states_vat_over_the_total_of_each_rate(session, rice) -> None:
    third = a_product(session, rice.supplier, "Melk", unit_price=333_333, case_milli=3000)
    beer = a_product(session, rice.supplier, "Bier", unit_price=50_000, vat_bp=2100)
    round_ = a_round(session, rice, third, beer)
    an_order(session, round_, a_household(session), {"Rijst": 6, "Melk": 3, "Bier": 6})

    ordered(session, round_)

    [invoice] = papers(session)
    assert invoice.snapshot["vat"] == [
        {"vat_bp": 900, "net": 700, "vat": 63, "gross": 763},
        {"vat_bp": 2100, "net": 30, "vat": 6, "gross": 36},
    ]
    assert invoice.total_cents == 799
    assert ledger.balance(session, "vat:output:900") == -63
    assert ledger.balance(session, "vat:input") == 69


def test_a_paper_says_of_each_article_that_did_not_come_why_not(session, rice) -> None:
    """Ada is billed for rice. No beans come; of the peas, Ben was ahead of her."""
    beans = a_product(session, rice.supplier, "Bonen")
    peas = a_product(session, rice.supplier, "Erwten")
    other = a_supplier(session, "Kaasmaker", minimum_cents=100_00)
    cheese = a_product(session, other, "Kaas", piece_milli=500, case_milli=1000, unit="kg")
    rules = {"sharing_rule": "first_come", "shortfall_rule": "cancel"}
    round_ = a_round(session, rice, beans, peas, cheese, **rules)
    an_order(session, round_, a_household(session, "Ben"), {"Erwten": 6}, at=NOON - 2 * HOUR)
    wants = {"Rijst": 6, "Bonen": 4, "Erwten": 2, "Kaas": 3}
    an_order(session, round_, a_household(session, "Ada"), wants, at=NOON - HOUR)

    ordered(session, round_)

    ben, ada = (paper.snapshot for paper in papers(session))
    assert [line["name"] for line in ada["lines"]] == ["Rijst"]
    assert [
        (gap["name"], gap["pieces"], gap["explanation"]["reason"], gap["explanation"]["cases"])
        for gap in ada["missing"]
    ] == [("Bonen", 4, "nothing", 0), ("Erwten", 2, "short", 1), ("Kaas", 3, "supplier_short", 0)]
    assert ada["missing"][2]["quantity"] == {"milli": 1500, "unit": "kg"}
    assert ben["missing"] == []


def test_neighbours_who_share_get_a_settlement_without_vat(session) -> None:
    a_network(session, vat_status=VatStatus.NONE)
    ordered(session, a_full_round(session, settlement_mode="shared"))

    settlements = papers(session, PaperKind.SETTLEMENT)

    assert [paper.number for paper in settlements] == [
        "A-2026-0001",
        "A-2026-0002",
        "A-2026-0003",
    ]
    for paper in settlements:
        assert paper.snapshot["vat"] == []
        assert {line["vat_bp"] for line in paper.snapshot["lines"]} == {None}
        assert paper.snapshot["exempt_reason"] is None
    assert papers(session, PaperKind.INVOICE) == []
    assert ledger.balance(session, "vat:input") == 0


def test_a_small_business_writes_invoices_without_vat_and_says_why(session) -> None:
    a_network(session, vat_status=VatStatus.KOR)
    ordered(session, a_full_round(session))

    for paper in papers(session):
        assert paper.snapshot["vat"] == []
        assert paper.snapshot["exempt_reason"] == "kor"
        assert paper.snapshot["untaxed"] == paper.total_cents
    assert numbers_of(session) == ["2026-0001", "2026-0002", "2026-0003"]


def test_a_round_that_is_invoiced_at_delivery_is_charged_by_settling_it(session, network) -> None:
    round_ = ordered(session, a_full_round(session, invoice_at="delivery"))
    assert papers(session) == []
    assert ledger.balance(session, f"round:{round_.id}") > 0
    assert len(papers(session, PaperKind.ORDER_SHEET)) == 2

    lifecycle.receive(session, round_, actor=ACTOR, now=NOON + 8 * DAY)
    assert papers(session) == []
    lifecycle.settle(session, round_, actor=ACTOR, now=NOON + 9 * DAY)
    session.flush()

    assert [paper.issued_on for paper in papers(session)] == [date(2026, 3, 15)] * 3
    assert ledger.balance(session, f"round:{round_.id}") == 0
    assert settlement.reconcile(session, round_).difference == 0


def test_settling_a_round_that_was_invoiced_at_closing_writes_nothing_more(session, rice) -> None:
    round_ = a_round(session, rice)
    an_order(session, round_, a_household(session), {"Rijst": 6})
    ordered(session, round_)

    lifecycle.receive(session, round_, actor=ACTOR, now=NOON + 8 * DAY)
    lifecycle.settle(session, round_, actor=ACTOR, now=NOON + 9 * DAY)

    assert len(papers(session)) == 1


def test_a_paper_says_the_same_whenever_it_is_written(session) -> None:
    """At closing it is written from the decision, at delivery from the books."""
    a_network(session)
    ordered(session, a_full_round(session))
    at_closing = [paper.snapshot["lines"] for paper in papers(session)]
    session.rollback()

    a_network(session)
    round_ = ordered(session, a_full_round(session, invoice_at="delivery"))
    for move in (lifecycle.receive, lifecycle.settle):
        move(session, round_, actor=ACTOR, now=NOON)
    session.flush()

    assert [paper.snapshot["lines"] for paper in papers(session)] == at_closing


# --- numbers


def test_invoices_are_numbered_without_gaps_also_over_a_move_that_failed(session, rice) -> None:
    rounds = [a_round(session, rice) for _ in range(3)]
    for round_ in rounds:
        for name in ("Ada", "Ben"):
            an_order(session, round_, a_household(session, name), {"Rijst": 3})
        lifecycle.close(session, round_, actor=ACTOR, now=NOON)
    session.commit()

    for round_ in rounds:
        lifecycle.order(session, round_, actor=ACTOR, now=NOON)
        session.flush()
        session.rollback()  # the machine fell over
        lifecycle.order(session, round_, actor=ACTOR, now=NOON)
        session.commit()

    assert numbers_of(session) == [f"2026-{number:04d}" for number in range(1, 7)]
    orders = [order for round_ in rounds for order in list_orders(session, round_.id)]
    assert [order.number for order in orders] == ["B-2026-0001", "B-2026-0002", "B-2026-0003"]


def test_a_new_year_begins_on_the_clock_on_the_wall(session, rice) -> None:
    new_year = datetime(2026, 12, 31, 23, 30, tzinfo=UTC)  # half past midnight in Haarlem
    round_ = a_round(session, rice, closes_at=new_year)
    an_order(session, round_, a_household(session), {"Rijst": 6})

    ordered(session, round_)

    assert numbers_of(session) == ["2027-0001"]
    assert papers(session)[0].issued_on == date(2027, 1, 1)
    assert papers(session)[0].due_on == date(2027, 1, 15)
    assert [order.number for order in list_orders(session, round_.id)] == ["B-2027-0001"]


def test_a_round_without_participants_takes_no_number(session, rice) -> None:
    ordered(session, a_round(session, rice))
    round_ = a_round(session, rice)
    an_order(session, round_, a_household(session), {"Rijst": 6})

    ordered(session, round_)

    assert numbers_of(session) == ["2026-0001"]


# --- what is printed


def test_a_paper_is_a_snapshot_and_does_not_follow_later_changes(session, rice) -> None:
    round_ = a_round(session, rice)
    ada = a_household(session, "Ada")
    an_order(session, round_, ada, {"Rijst": 6})
    ordered(session, round_)

    ada.name, round_.title, round_.items[0].name = "Adriana", "Anders", "Zilvervlies"
    session.commit()

    printed = papers(session)[0].snapshot
    assert printed["recipient"]["name"] == "Ada"
    assert printed["round"]["title"] == "Proefronde"
    assert printed["lines"][0]["name"] == "Rijst"


def test_an_invoice_says_who_pays_whom_how_much_and_when(session, rice) -> None:
    shop = a_shop(session, "Winkel")
    round_ = a_round(session, rice)
    an_order(session, round_, shop, {"Rijst": 6})

    ordered(session, round_)

    [invoice] = papers(session)
    printed = invoice.snapshot
    assert (invoice.issued_on, invoice.due_on) == (date(2026, 3, 6), date(2026, 3, 20))
    assert printed["sender"]["vat_id"] == "NL123456782B90"
    assert printed["recipient"]["kvk"] == "87654321"
    assert printed["payment"]["reference"] == invoice.reference
    assert invoice.reference.startswith("RF")
    assert printed["payment"]["iban"] == "NL91ABNA0417164300"
    assert "EUR6.54" in printed["payment"]["epc"]
    assert printed["round"]["closed_on"] == "2026-03-06"


def test_a_network_without_a_bank_account_asks_for_no_transfer(session) -> None:
    a_network(session, iban="")
    round_ = a_round(session, a_product(session, a_supplier(session)))
    an_order(session, round_, a_household(session), {"Rijst": 6})

    ordered(session, round_)

    assert papers(session)[0].snapshot["payment"] is None


@pytest.mark.parametrize("name", ["Samen " * 15, "Samen\u2028Testwijk"])
def test_a_name_with_no_place_in_a_qr_code_keeps_no_round_from_being_ordered(
    session, name
) -> None:
    a_network(session, name=name, account_name="")
    round_ = a_round(session, a_product(session, a_supplier(session)))
    an_order(session, round_, a_household(session), {"Rijst": 6})

    ordered(session, round_)

    payment = papers(session)[0].snapshot["payment"]
    assert (payment["epc"], payment["iban"]) == ("", "NL91ABNA0417164300")


def test_no_quantity_that_can_be_ordered_is_too_much_to_write_down(session, network) -> None:
    supplier = a_supplier(session)
    boiler = {"unit_price": 2_000_000_000, "deposit_cents": 100_00}
    names = [f"Ketel {n}" for n in range(6)]
    round_ = a_round(session, *(a_product(session, supplier, name, **boiler) for name in names))
    an_order(session, round_, a_household(session), dict.fromkeys(names, 100_000 - 100_000 % 6))

    ordered(session, round_)

    assert papers(session)[0].total_cents > 100_000_000_000
    assert settlement.reconcile(session, round_).difference == 0


def test_a_shop_reads_prices_without_vat_and_a_household_with(session, rice) -> None:
    round_ = a_round(session, rice)
    an_order(session, round_, a_household(session), {"Rijst": 3})
    an_order(session, round_, a_shop(session), {"Rijst": 3})

    ordered(session, round_)

    prices = {p.snapshot["prices"]: p.snapshot["lines"][0]["unit_price"] for p in papers(session)}
    assert prices == {"gross": 1_090_000, "net": 1_000_000}


def test_a_line_explains_why_it_is_not_what_was_wanted(session, rice) -> None:
    round_ = a_round(session, rice)
    an_order(session, round_, a_household(session, "Ada"), {"Rijst": 6})
    an_order(session, round_, a_household(session, "Ben"), {"Rijst": 4})

    ordered(session, round_)

    explanations = [paper.snapshot["lines"][0]["explanation"] for paper in papers(session)]
    short = {"reason": "short", "cases": 1, "case_pieces": 6}
    assert explanations == [
        short | {"given": 4, "wanted": 6},
        short | {"given": 2, "wanted": 4},
    ]


def test_a_paper_is_written_in_its_reader_s_language(session, rice) -> None:
    round_ = a_round(session, rice)
    an_order(session, round_, a_household(session, "Ada", language="en"), {"Rijst": 3})
    an_order(session, round_, a_household(session, "Ben", language="nl"), {"Rijst": 3})

    ordered(session, round_)

    assert [paper.language for paper in papers(session)] == ["en", "nl"]


# --- sheets


def test_an_order_sheet_tells_the_supplier_totals_and_no_names(session, rice) -> None:
    round_ = a_round(session, rice)
    an_order(session, round_, a_household(session, "Adelheid"), {"Rijst": 7})
    an_order(session, round_, a_household(session, "Boudewijn"), {"Rijst": 5})

    ordered(session, round_)

    [sheet] = papers(session, PaperKind.ORDER_SHEET)
    [line] = sheet.snapshot["lines"]
    assert (line["cases"], line["pieces"], line["case_price"], line["amount"]) == (
        2,
        12,
        600,
        1200,
    )
    assert (sheet.snapshot["total"], sheet.snapshot["vat"]) == (1200, 108)
    assert "Adelheid" not in str(sheet.snapshot)
    assert "Boudewijn" not in str(sheet.snapshot)


def test_the_packing_list_divides_what_was_ordered_over_crates_by_name(session, network) -> None:
    round_ = ordered(session, a_full_round(session))

    [packing] = papers(session, PaperKind.PACKING_LIST)
    slips, items = packing.snapshot["slips"], packing.snapshot["items"]

    assert [(slip["crate_no"], slip["participant"]) for slip in slips] == [
        (1, "Ada"),
        (2, "Ben"),
        (3, "Winkel"),
    ]
    in_crates = sorted((crate, pieces) for item in items for crate, pieces in item["crates"])
    on_slips = sorted((s["crate_no"], line[0]) for s in slips for line in s["lines"])
    assert in_crates == on_slips
    articles = [line[1].partition(",")[0] for line in slips[0]["lines"]]
    assert articles == [i.name for i in round_.items if i.name != "Boek"]
    given = sum(share.given for share in list_shares(session, round_.id))
    assert sum(line[0] for slip in slips for line in slip["lines"]) == given


def test_the_packing_list_gives_half_kilos_as_what_they_weigh(session, network) -> None:
    """Who ordered a kilo and a half of cheese must not be handed three kilos."""
    kilo = {"unit": "kg", "piece_milli": 500, "case_milli": 4000, "weighed": True}
    supplier = a_supplier(session, "Kaasboer")
    cheese = a_product(session, supplier, "Kaas", **kilo)
    round_ = a_round(session, cheese, a_product(session, supplier, "Zeep", case_milli=1000))
    an_order(session, round_, a_household(session, "Ada"), {"Kaas": 3, "Zeep": 2})
    an_order(session, round_, a_household(session, "Ben"), {"Kaas": 5})
    ordered(session, round_)

    [packing] = papers(session, PaperKind.PACKING_LIST)
    ada = packing.snapshot["slips"][0]

    weighs = {"milli": 1_500, "unit": "kg"}
    assert ada["lines"] == [[3, "Kaas", weighs], [2, "Zeep, zak 1 kg"]]
    assert ada["pieces"] == 1 + 2
    assert packing.snapshot["items"][0]["quantity"] == {"milli": 4_000, "unit": "kg"}
    assert packing.snapshot["items"][1]["quantity"] is None


def test_a_supplier_that_wants_to_know_is_told_that_nothing_is_ordered(session, rice) -> None:
    mill = a_supplier(session, "Molen", wants_zero_order=True)
    a_supplier(session, "Een derde", wants_zero_order=True)  # has nothing to do with it
    round_ = a_round(session, rice, a_product(session, mill, "Meel"))
    an_order(session, round_, a_household(session), {"Rijst": 6, "Meel": 5})

    ordered(session, round_)

    orders = {order.supplier_id: len(order.lines) for order in list_orders(session, round_.id)}
    assert orders == {rice.supplier_id: 1, mill.id: 0}
    sheets = {
        p.snapshot["supplier"]["name"]: p.snapshot for p in papers(session, PaperKind.ORDER_SHEET)
    }
    assert sheets["Molen"]["lines"] == []
    assert sheets["Molen"]["notes"] == ["We order nothing this time."]
    assert sheets[rice.supplier.name]["notes"] == []


def test_a_left_out_supplier_that_wants_to_know_is_told_too(session, rice) -> None:
    mill = a_supplier(session, "Molen", wants_zero_order=True, minimum_cents=10_00)
    round_ = a_round(session, rice, a_product(session, mill, "Meel"), shortfall_rule="cancel")
    an_order(session, round_, a_household(session), {"Rijst": 6, "Meel": 6})

    ordered(session, round_)

    orders = {order.supplier_id: order.net_cents for order in list_orders(session, round_.id)}
    assert orders == {rice.supplier_id: 600, mill.id: 0}


def test_where_nothing_comes_there_is_nothing_to_pack(session, rice) -> None:
    rice.supplier.wants_zero_order = True

    ordered(session, a_round(session, rice))

    assert len(papers(session, PaperKind.ORDER_SHEET)) == 1
    assert papers(session, PaperKind.PACKING_LIST) == []


# --- errands


def test_every_paper_is_to_be_rendered_and_the_supplier_s_sheet_goes_first(
    session, network
) -> None:
    round_ = ordered(session, a_full_round(session))

    asked = [e for e in errands.list_for_round(session, round_.id) if e.kind == "render"]

    every_paper = {str(paper.id) for paper in session.scalars(select(Paper))}
    assert {errand.ref for errand in asked} == every_paper
    first = [session.get(Paper, int(errand.ref)).kind for errand in asked]
    assert first[:2] == [PaperKind.ORDER_SHEET] * 2
    assert PaperKind.ORDER_SHEET not in first[2:]


def test_a_participant_sees_its_own_papers_the_newest_first(session, rice) -> None:
    ada, ben = a_household(session, "Ada"), a_household(session, "Ben")
    for closes_at in (NOON, NOON + 7 * DAY):
        round_ = a_round(session, rice, closes_at=closes_at)
        for who in (ada, ben):
            an_order(session, round_, who, {"Rijst": 3})
        ordered(session, round_)

    mine = list_for_participants(session, [ada.id])

    assert [paper.number for paper in mine] == ["2026-0003", "2026-0001"]


# --- what was lost before


def test_who_lost_in_an_earlier_round_goes_first_where_the_rule_says_so(session, rice) -> None:
    ada, ben = a_household(session, "Ada"), a_household(session, "Ben")
    given = []
    for closes_at in (NOON, NOON + 7 * DAY):
        round_ = a_round(session, rice, sharing_rule="rotate", closes_at=closes_at)
        for who, pieces in ((ada, 6), (ben, 1)):
            an_order(session, round_, who, {"Rijst": pieces})
        ordered(session, round_)
        given.append([share.given for share in list_shares(session, round_.id)])

    assert given == [[5, 1], [6, 0]]


def test_a_loss_in_one_category_gives_nobody_precedence_in_another(
    session, rice, monkeypatch
) -> None:
    monkeypatch.setitem(CATEGORIES, "goods", CATEGORIES["food"])
    ada, ben = a_household(session, "Ada"), a_household(session, "Ben")
    given = []
    for category in ("food", "goods"):
        round_ = a_round(session, rice, sharing_rule="rotate", category_key=category)
        for who, pieces in ((ada, 6), (ben, 1)):
            an_order(session, round_, who, {"Rijst": pieces})
        ordered(session, round_)
        given.append([share.given for share in list_shares(session, round_.id)])

    assert given == [[5, 1], [5, 1]]


def test_what_a_cancelled_round_did_not_give_is_no_loss(session, rice) -> None:
    ada, ben = a_household(session, "Ada"), a_household(session, "Ben")
    off = a_round(session, rice)
    an_order(session, off, ben, {"Rijst": 3})
    lifecycle.cancel(session, off, reason="Ziek", actor=ACTOR, now=NOON - HOUR)
    round_ = a_round(session, rice, sharing_rule="rotate")
    for who in (ada, ben):
        an_order(session, round_, who, {"Rijst": 5})

    ordered(session, round_)

    assert [share.given for share in list_shares(session, round_.id)] == [3, 3]
