"""The order grid: choosing, ordering and changing, as somebody with a plain browser does it."""

from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from sqlalchemy import event, select

from app.extensions import db
from purchasing import lifecycle
from purchasing.catalogue import Product
from purchasing.demand import Commitment, Want, find_commitment
from purchasing.papers import Paper
from purchasing.people import Role, VatStatus, the_network
from purchasing.rounds import RoundItem, RoundState
from tests.app.street import CLOSING, NOW, a_street, words
from tests.builders import (
    DAY,
    a_household,
    a_person,
    a_product,
    a_round,
    a_supplier,
    an_order,
)

pytestmark = pytest.mark.usefixtures("app")


@pytest.fixture
def street(session):
    return a_street(session)


@pytest.fixture
def ada(visitor, street):
    return visitor.sign_in(street.ada)


def wants(session, street, participant=None) -> dict[str, tuple[int, int, int]]:
    """By article: drafted, drafted extra, ordered."""
    participant_id = (participant or street.household).id
    query = (
        select(RoundItem.name, Want.quantity, Want.extra, Want.ordered_quantity)
        .join(RoundItem, RoundItem.id == Want.item_id)
        .join(Commitment, Commitment.id == Want.commitment_id)
        .where(Commitment.participant_id == participant_id, Commitment.round_id == street.round.id)
    )
    return {name: tuple(rest) for name, *rest in session.execute(query)}


# --- choosing and ordering ---------------------------------------------------------------------


def test_what_is_chosen_is_not_ordered_yet_and_says_so(ada, street, session):
    page = ada.get(street.grid)

    page = ada.submit(page, street.grid, step=f"{street.item('Rijst')}:1")

    assert wants(session, street) == {"Rijst": (1, 0, 0)}
    assert "Not ordered yet" in words(page, "#bar")
    assert page.title.text.startswith("Not ordered yet")


def test_the_order_button_says_that_one_must_pay(ada, street):
    page = ada.get(street.grid)

    page = ada.submit(page, street.grid, **{f"q{street.item('Rijst')}": "2"})

    assert words(page, "#order") == "Order with obligation to pay"


def test_ordering_saves_what_was_typed_and_orders_it(ada, street, session):
    page = ada.get(street.grid)

    page = ada.submit(page, street.grid, **{f"q{street.item('Rijst')}": "6"}, place="1")

    assert wants(session, street) == {"Rijst": (6, 0, 6)}
    assert words(page, "h1") == "It is ordered"
    assert "Rijst" in words(page, "table")


def test_a_change_after_ordering_does_not_count_until_it_is_ordered(ada, street, session):
    an_order(session, street.round, street.household, {"Rijst": 6}, at=NOW - DAY)
    session.commit()
    page = ada.get(street.grid)

    page = ada.submit(page, street.grid, step=f"{street.item('Rijst')}:-1")

    assert wants(session, street) == {"Rijst": (5, 0, 6)}
    assert "Changed, not confirmed yet" in words(page, "#bar")
    assert words(page, "#order") == "Order the change with obligation to pay"


@pytest.mark.parametrize("page", ["placed", "withdraw"])
def test_the_sum_of_an_order_is_of_what_was_ordered(ada, street, session, page):
    """Not of what was changed since, and does not count yet."""
    an_order(session, street.round, street.household, {"Rijst": 6}, at=NOW - DAY)
    session.commit()
    path = f"{street.grid}/{page}?for={street.home_id}"
    before = words(ada.get(path), "#main .lead")
    assert "€" in before

    ada.submit(ada.get(street.grid), street.grid, step=f"{street.item('Rijst')}:-1")

    assert words(ada.get(path), "#main .lead") == before


@pytest.mark.parametrize("key", ["", "short", "k" * 49])
def test_a_form_with_a_key_that_none_of_ours_has_is_refused(ada, street, session, key):
    """What counts once must be known by something."""
    rice = f"q{street.item('Rijst')}"

    ada.submit(ada.get(street.grid), street.grid, 400, **{rice: "2"}, key=key)

    assert wants(session, street) == {}


@pytest.mark.parametrize("letters", [8, 48])
def test_the_shortest_and_the_longest_key_are_good_ones(ada, street, session, letters):
    rice = f"q{street.item('Rijst')}"

    ada.submit(ada.get(street.grid), street.grid, **{rice: "2"}, key="k" * letters)

    assert wants(session, street) == {"Rijst": (2, 0, 0)}


def test_the_key_of_return_saves_and_never_orders(ada, street):
    page = ada.get(street.grid)

    first = page.select_one("#grid button, #grid input[type=submit]")

    assert first["name"] == "save"


def test_one_can_go_below_nothing_by_no_button(ada, street, session):
    page = ada.get(street.grid)

    ada.submit(page, street.grid, step=f"{street.item('Rijst')}:-1")

    assert wants(session, street) == {}


def test_weighed_goods_are_typed_in_their_unit(ada, street, session):
    page = ada.get(street.grid)

    page = ada.submit(page, street.grid, **{f"q{street.item('Kaas')}": "1,5"})

    assert wants(session, street) == {"Kaas": (3, 0, 0)}
    assert page.select_one(f"#q{street.item('Kaas')}")["value"] == "1.5"  # on an English page


def test_a_shop_orders_by_the_case(ada, street, session):
    page = ada.get(street.grid_for(street.shop))

    ada.submit(page, street.grid, step=f"{street.item('Linzen')}:10")

    assert page.select_one(f"#c{street.item('Linzen')}")["value"].endswith(":10")
    assert wants(session, street, street.shop) == {"Linzen": (10, 0, 0)}
    assert wants(session, street) == {}


def test_a_shop_sees_prices_without_vat_too(ada, street):
    row = f"#r{street.item('Rijst')}"

    assert "€8.21 excl. VAT" in words(ada.get(street.grid_for(street.shop)), row)
    assert "excl. VAT" not in words(ada.get(street.grid_for(street.household)), row)


def test_the_last_order_is_filled_in_again_but_not_ordered(ada, street, session):
    rice = next(item.product_id for item in street.round.items if item.name == "Rijst")
    gone = a_product(session, a_supplier(session, "Een ander"), "Weg")
    earlier = a_round(
        session,
        session.get_one(Product, rice),
        gone,
        opens_at=NOW - 30 * DAY,
        closes_at=NOW - 20 * DAY,
    )
    an_order(session, earlier, street.household, {"Rijst": (4, 1), "Weg": 2}, at=NOW - 25 * DAY)
    session.commit()
    page = ada.get(street.grid)

    page = ada.submit(page, f"{street.grid}/repeat")

    assert wants(session, street) == {"Rijst": (4, 1, 0)}
    assert "Not ordered yet" in words(page, "#bar")


def test_an_order_is_withdrawn_after_one_question(ada, street, session):
    an_order(session, street.round, street.household, {"Rijst": 6}, at=NOW - DAY)
    session.commit()
    page = ada.get(f"{street.grid}/withdraw?for={street.household.id}")
    assert wants(session, street) == {"Rijst": (6, 0, 6)}, "asking changes nothing"

    page = ada.submit(page, f"{street.grid}/withdraw")

    assert wants(session, street) == {"Rijst": (0, 0, 0)}
    assert "withdrawn" in words(page, "#main")


# --- what a row says ---------------------------------------------------------------------------


def test_a_row_says_what_is_missing_with_mine_in_it(ada, street, session):
    an_order(session, street.round, street.neighbour, {"Rijst": 3}, at=NOW - DAY)
    an_order(session, street.round, street.household, {"Rijst": 2}, at=NOW - DAY, placed=False)
    session.commit()

    page = ada.get(street.grid)

    row = f"#r{street.item('Rijst')}"
    assert "With your 2: 1 more needed for a full case." in words(page, row)
    assert [tag.name for tag in page.select(f"{row} .crate > *")] == list("bbbuui")


def test_somebody_elses_draft_does_not_fill_a_case(ada, street, session):
    an_order(session, street.round, street.neighbour, {"Rijst": 3}, at=NOW - DAY, placed=False)
    session.commit()

    page = ada.get(street.grid)

    assert "6 needed for a full case." in words(page, f"#r{street.item('Rijst')}")


def test_may_it_be_more_is_asked_only_where_it_helps(ada, street, session):
    an_order(
        session,
        street.round,
        street.household,
        {"Rijst": 4, "Sap": 6, "Zeep": 1},
        at=NOW - DAY,
        placed=False,
    )
    session.commit()

    page = ada.get(street.grid)

    asked = {name: bool(page.select(f"#r{street.item(name)} .range")) for name in ARTICLES}
    assert asked == {"Rijst": True, "Linzen": False, "Kaas": False, "Sap": False, "Zeep": False}


def test_nobody_is_asked_a_question_with_one_answer(ada, street, session):
    """The extras of the neighbours fill the case: there is nothing left to say yes to."""
    at = {"at": NOW - DAY}
    an_order(session, street.round, street.neighbour, {"Rijst": (3, 2)}, **at)
    an_order(session, street.round, street.household, {"Rijst": 1}, **at)
    session.commit()

    row = ada.get(street.grid).select_one(f"#r{street.item('Rijst')}")

    assert "With the extras the case is full" in " ".join(row.text.split())
    assert not row.select("fieldset")


def test_an_extra_is_kept_with_the_quantity(ada, street, session):
    an_order(session, street.round, street.household, {"Rijst": 4}, at=NOW - DAY, placed=False)
    session.commit()
    page = ada.get(street.grid)

    page = ada.submit(page, street.grid, **{f"x{street.item('Rijst')}": "2"})

    assert wants(session, street) == {"Rijst": (4, 2, 0)}
    assert "You get 4, and 2 extra" in words(page, f"#r{street.item('Rijst')}")


def test_a_price_gets_lower_as_soon_as_enough_is_chosen(ada, street):
    page = ada.get(street.grid)
    row = f"#r{street.item('Linzen')}"
    assert "From 20: €2.18." in words(page, row)

    page = ada.submit(page, street.grid, **{f"q{street.item('Linzen')}": "20"})

    assert words(page, f"{row} .price") == "€2.18"
    assert "Now €2.18 by buying together." in words(page, row)


def test_a_name_is_text_whatever_it_holds(ada, street, session):
    street.round.items[0].name = "<b>Rijst</b> & 'co'"
    session.commit()

    page = ada.get(street.grid)

    assert "<b>Rijst</b> & 'co'" in words(page, f"#r{street.round.items[0].id}")


ARTICLES = ("Rijst", "Linzen", "Kaas", "Sap", "Zeep")


# --- when it is over ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("invoice_at", "told"),
    [("closing", "Your bill says what you get"), ("delivery", "when the goods are there")],
)
def test_after_closing_the_page_says_where_the_bill_is(ada, street, session, invoice_at, told):
    street.round.invoice_at = invoice_at
    an_order(session, street.round, street.household, {"Rijst": 6}, at=NOW - DAY)
    lifecycle.close_now(session, street.round, actor="test", now=NOW)
    lifecycle.order(session, street.round, actor="test", now=NOW)
    session.commit()

    said = words(ada.get(f"{street.grid}/placed?for={street.home_id}"), "#main")

    assert told in said
    assert "You do not pay now" not in said


# --- more than anybody can mean ----------------------------------------------------------------


def test_sixty_typed_for_six_is_saved_and_asked_about_before_it_is_ordered(ada, street, session):
    page = ada.get(street.grid)

    page = ada.submit(page, street.grid, **{f"q{street.item('Rijst')}": "60"}, place="1")

    assert wants(session, street) == {"Rijst": (60, 0, 0)}
    assert words(page, "h1") == "Is this meant?"
    assert "Rijst" in words(page, "tbody tr")
    page = ada.submit(page, street.grid, place="1")
    assert wants(session, street) == {"Rijst": (60, 0, 60)}
    assert words(page, "h1") == "It is ordered"


def test_what_was_said_to_be_meant_is_not_asked_again(ada, street, session):
    an_order(session, street.round, street.household, {"Rijst": 60}, at=NOW - DAY)
    session.commit()
    page = ada.get(street.grid)

    ada.submit(page, street.grid, **{f"q{street.item('Zeep')}": "1"}, place="1")

    assert wants(session, street) == {"Rijst": (60, 0, 60), "Zeep": (1, 0, 1)}


@pytest.mark.parametrize("asked", [{"Linzen": 100}, {"Rijst": 15, "Linzen": 40, "Sap": 40}])
def test_many_pieces_or_much_in_all_are_asked_about_too(ada, street, session, asked):
    typed = {f"q{street.item(name)}": str(pieces) for name, pieces in asked.items()}

    page = ada.submit(ada.get(street.grid), street.grid, **typed, place="1")

    assert words(page, "h1") == "Is this meant?"
    assert {ordered for _, _, ordered in wants(session, street).values()} == {0}


def test_extras_that_cannot_be_meant_are_asked_about(ada, street, session):
    wanted = {"Rijst": (1, 5000)}
    an_order(session, street.round, street.household, wanted, at=NOW - DAY, placed=False)
    session.commit()

    page = ada.submit(ada.get(street.grid), street.grid, place="1")

    assert words(page, "h1") == "Is this meant?"


def test_a_shop_may_order_more_without_being_asked(ada, street, session):
    page = ada.get(street.grid_for(street.shop))

    ada.submit(page, street.grid, **{f"q{street.item('Rijst')}": "60"}, place="1")

    assert wants(session, street, street.shop)["Rijst"] == (60, 0, 60)


# --- what came of it ----------------------------------------------------------------------------


def test_after_closing_the_page_says_what_did_not_come_and_why(ada, street, session):
    wants = {"Rijst": 6, "Sap": 4, "Kaas": 3}
    an_order(session, street.round, street.household, wants, at=NOW - DAY)
    lifecycle.close_now(session, street.round, actor="test", now=NOW)
    lifecycle.order(session, street.round, actor="test", now=NOW)
    session.commit()

    page = ada.get(f"{street.grid}/placed?for={street.home_id}")

    missing = [" ".join(row.text.split()) for row in page.select("[aria-labelledby=gaps] li")]
    assert missing == [
        "Kaas kg 0 of 1.5 kg: the case did not fill up",
        "Sap zak 1 kg 0 of 4: the case did not fill up",
    ]


# --- what it costs -----------------------------------------------------------------------------


def test_the_total_is_what_the_invoice_will_say(ada, street, session):
    street.round.fee_cents = 100
    session.commit()
    page = ada.get(street.grid)
    asked = {"Rijst": "6", "Linzen": "20", "Kaas": "4", "Sap": "12", "Zeep": "3"}
    typed = {f"q{street.item(name)}": text for name, text in asked.items()}

    page = ada.submit(page, street.grid, **typed, place="1")
    page = ada.get(street.grid)
    total = words(page, "#bar .total")
    lifecycle.close_now(session, street.round, actor="test", now=NOW)
    lifecycle.order(session, street.round, actor="test", now=NOW)
    session.commit()

    paper = session.scalars(select(Paper).where(Paper.participant_id.is_not(None))).one()
    assert total == f"€{paper.total_cents / 100:,.2f}"


def test_the_lines_add_up_to_the_total(ada, street):
    page = ada.get(street.grid)
    asked = {"Rijst": "1", "Linzen": "3", "Kaas": "0,5", "Sap": "7"}
    typed = {f"q{street.item(name)}": text for name, text in asked.items()}

    page = ada.submit(page, street.grid, **typed)

    lines = [round(float(line.text.strip("€")) * 100) for line in page.select("output.sum")]
    assert f"€{sum(lines) / 100:.2f}" == words(page, "#bar .total")


# --- bad input, two tabs, too late -------------------------------------------------------------


@pytest.mark.parametrize("text", ["veel", "-1", "1,5", "1.000", "999999999", "2; DROP"])
def test_what_cannot_be_read_stays_as_typed_and_loses_nothing_else(ada, street, session, text):
    rice, juice = street.item("Rijst"), street.item("Sap")
    page = ada.get(street.grid)

    page = ada.submit(page, street.grid, 422, **{f"q{rice}": text, f"q{juice}": "2"}, place="1")

    field = page.select_one(f"#q{rice}")
    assert field["value"] == text
    assert field["aria-invalid"] == "true"
    assert words(page, f"#{field['aria-describedby']}")
    assert page.select_one(f"#errors a[href='#q{rice}']")
    assert wants(session, street) == {"Sap": (2, 0, 0)}, "the rest is saved, nothing is ordered"


def test_two_tabs_never_undo_each_others_other_lines(ada, street, session):
    one, other = ada.get(street.grid), ada.get(street.grid)

    ada.submit(one, street.grid, **{f"q{street.item('Rijst')}": "2"})
    ada.submit(other, street.grid, **{f"q{street.item('Sap')}": "3"})

    assert wants(session, street) == {"Rijst": (2, 0, 0), "Sap": (3, 0, 0)}


def test_a_form_sent_twice_counts_once_also_after_closing(ada, street, session):
    page = ada.get(street.grid)
    sent = {f"q{street.item('Rijst')}": "6", "place": "1"}
    ada.submit(page, street.grid, **sent)

    with time_machine.travel(CLOSING + timedelta(minutes=1)):
        page = ada.submit(page, street.grid, **sent)

    assert words(page, "h1") == "It is ordered"
    assert wants(session, street) == {"Rijst": (6, 0, 6)}


def test_who_is_late_is_told_the_time_and_keeps_what_was_typed(ada, street, session):
    an_order(session, street.round, street.household, {"Sap": 6}, at=NOW - DAY)
    session.commit()
    page = ada.get(street.grid)

    with time_machine.travel(CLOSING + timedelta(seconds=1), tick=False):
        page = ada.submit(page, street.grid, 409, **{f"q{street.item('Rijst')}": "4"})

    text = words(page, "#main")
    received = (CLOSING + timedelta(seconds=1)).astimezone().strftime(":%M:%S")
    assert received in text, "the server's time, to the second"
    assert "Rijst" in text and "4" in words(page, "#missed ~ ul")
    assert "Sap" in words(page, "table"), "what counts"
    assert "023 000 00 01" in text, "whom to call"
    assert wants(session, street) == {"Sap": (6, 0, 6)}


def test_twenty_oclock_sharp_is_too_late_and_a_moment_before_is_not(ada, street, session):
    page = ada.get(street.grid)
    rice = f"q{street.item('Rijst')}"

    with time_machine.travel(CLOSING - timedelta(microseconds=1), tick=False):
        ada.submit(page, street.grid, **{rice: "4"})
    with time_machine.travel(CLOSING, tick=False):
        ada.submit(page, street.grid, 409, **{rice: "5"}, key="another-key-of-a-form")

    assert wants(session, street) == {"Rijst": (4, 0, 0)}


def test_a_late_change_closes_a_round_that_the_clock_has_not(ada, street, session):
    page = ada.get(street.grid)

    with time_machine.travel(CLOSING + timedelta(seconds=1), tick=False):
        ada.submit(page, street.grid, 409, **{f"q{street.item('Rijst')}": "4"})

    assert street.round.state == RoundState.CLOSED


def test_the_grid_of_a_closed_round_leads_to_its_page(ada, street, session):
    with time_machine.travel(CLOSING + timedelta(seconds=1), tick=False):
        page = ada.get(street.grid)

    assert "This round is closed" in words(page, "#stand")
    assert street.round.state == RoundState.CLOSED


# --- one line at once --------------------------------------------------------------------------


def test_a_line_is_answered_with_its_row_the_bar_and_a_sentence(ada, street, session):
    rice = street.item("Rijst")

    piece = ada.piece(
        f"{street.grid}/{rice}",
        "POST",
        **{"for": street.household.id, "key": "key-of-a-form.1", f"q{rice}": "3"},
    )

    assert wants(session, street) == {"Rijst": (3, 0, 0)}
    assert piece.select_one(f"#r{rice}.mine")
    assert "Not ordered yet" in words(piece, "#bar")
    assert words(piece, "#status").startswith("Saved. Not ordered yet.")


@pytest.mark.parametrize("status", [VatStatus.REGISTERED, VatStatus.NONE])
def test_a_saved_line_says_the_total_of_the_page_with_the_fee_and_its_vat(
    ada, street, session, status
):
    rice, us, round_ = street.item("Rijst"), the_network(session), street.round
    us.vat_status, round_.fee_cents, round_.fee_vat_bp = status, 10_00, 2100
    session.commit()

    piece = ada.piece(
        f"{street.grid}/{rice}",
        "POST",
        **{"for": street.household.id, "key": "key-of-a-form.1", f"q{rice}": "3"},
    )

    fee = 12_10 if status == VatStatus.REGISTERED else 10_00
    total, line = (
        cents(words(piece, place)) for place in ("#bar output.total", f"#r{rice} output.sum")
    )
    assert total == line + fee
    assert words(piece, "#bar output.total") == words(ada.get(street.grid), "#bar output.total")


def cents(amount: str) -> int:
    return int(amount.removeprefix("€").replace(".", ""))


def test_a_line_that_is_set_back_is_saved_too(ada, street, session):
    rice = street.item("Rijst")
    for number, text in enumerate(("2", "3", "2")):
        ada.piece(
            f"{street.grid}/{rice}",
            "POST",
            **{"for": street.household.id, "key": f"key-of-a-form.{number}", f"q{rice}": text},
        )

    assert wants(session, street) == {"Rijst": (2, 0, 0)}


def test_a_late_line_says_so_in_its_row(ada, street, session):
    rice = street.item("Rijst")

    with time_machine.travel(CLOSING + timedelta(seconds=1), tick=False):
        piece = ada.piece(
            f"{street.grid}/{rice}",
            "POST",
            **{"for": street.household.id, "key": "key-of-a-form.1", f"q{rice}": "3"},
        )

    assert "This round closed on" in words(piece, f"#r{rice} .error")
    assert piece.select_one(f"#q{rice}")["value"] == "3"
    assert wants(session, street) == {}


# --- finding articles --------------------------------------------------------------------------


def test_my_choice_shows_only_what_i_chose(ada, street, session):
    an_order(session, street.round, street.household, {"Sap": 2}, at=NOW - DAY, placed=False)
    session.commit()

    page = ada.get(f"{street.grid_for(street.household)}&mine=1")

    assert [row["id"] for row in page.select(".item")] == [f"r{street.item('Sap')}"]


def test_searching_finds_words_of_an_article(ada, street):
    page = ada.get(f"{street.grid_for(street.household)}&q=kaa")

    assert [row["id"] for row in page.select(".item")] == [f"r{street.item('Kaas')}"]


def test_changing_a_line_keeps_the_view(ada, street, session):
    an_order(session, street.round, street.household, {"Sap": 2}, at=NOW - DAY, placed=False)
    session.commit()
    page = ada.get(f"{street.grid_for(street.household)}&mine=1")

    page = ada.submit(page, street.grid, step=f"{street.item('Sap')}:1")

    assert len(page.select(".item")) == 1


# --- who may -----------------------------------------------------------------------------------


def test_nobody_orders_for_the_neighbours(ada, street, session):
    rice, theirs = street.item("Rijst"), {"for": street.neighbour.id, "key": "key-of-a-form"}

    ada.get(street.grid_for(street.neighbour), 404)
    ada.get(f"{street.grid}/placed?for={street.neighbour.id}", 404)
    ada.get(f"{street.grid}/withdraw?for={street.neighbour.id}", 404)
    ada.post(street.grid, 404, **theirs, **{f"q{rice}": "1"})
    ada.post(f"{street.grid}/{rice}", 404, **theirs, **{f"q{rice}": "1"})
    ada.post(f"{street.grid}/withdraw", 404, **theirs)
    ada.post(f"{street.grid}/repeat", 404, **theirs)

    assert find_commitment(session, street.round.id, street.neighbour.id) is None


def test_an_article_of_another_round_is_not_found(ada, street, session):
    other = a_round(
        session,
        a_product(session, a_supplier(session, "Ander"), "Vis"),
        opens_at=NOW - DAY,
        closes_at=NOW + DAY,
    )
    session.commit()
    fish = other.items[0].id

    ada.post(
        f"{street.grid}/{fish}",
        404,
        **{"for": street.household.id, "key": "key-of-a-form", f"q{fish}": "1"},
    )


def test_a_round_that_was_not_announced_is_not_found(ada, session):
    product = a_product(session, a_supplier(session, "Ander"), "Vis")
    secret = a_round(
        session, product, state=RoundState.PLANNED, opens_at=NOW + DAY, closes_at=NOW + 2 * DAY
    )
    session.commit()

    ada.get(f"/rounds/{secret.id}/order", 404)
    ada.get(f"/rounds/{secret.id}", 404)


def test_a_visitor_is_asked_to_sign_in_and_comes_back(visitor, street):
    page = visitor.get(street.grid)

    assert page.select_one("input[autocomplete=email]")
    assert page.select_one("input[name=next]")["value"] == street.grid


def test_a_coordinator_orders_for_anybody_and_history_says_who(visitor, street, session):
    visitor.sign_in(a_person(session, "Coor", role=Role.COORDINATOR, language="en"))
    page = visitor.get(street.grid_for(street.neighbour))
    assert f"You order for {street.neighbour.name}" in words(page, "#main")

    visitor.submit(page, street.grid, **{f"q{street.item('Rijst')}": "2"}, place="1")

    commitment = find_commitment(session, street.round.id, street.neighbour.id)
    assert commitment is not None
    assert commitment.changed_by == "Coor"
    assert wants(session, street, street.neighbour) == {"Rijst": (2, 0, 2)}


# --- speed -------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["", "/placed", "/withdraw"])
def test_more_articles_and_neighbours_need_no_more_queries(visitor, session, count_queries, path):
    counts = [_queries(visitor, session, count_queries, path, many) for many in (1, 3)]

    assert counts[0] == counts[1]
    assert counts[0] <= 12


def _queries(visitor, session, count_queries, path, many) -> int:
    if many == 1:
        a_street(session)
    household = a_household(session, f"Telhuis{many}")
    person = a_person(session, f"Teller{many}", household)
    supplier = a_supplier(session, f"Veel{many}")
    products = [a_product(session, supplier, f"Waar{n}") for n in range(many)]
    round_ = a_round(session, *products, opens_at=NOW - DAY, closes_at=NOW + DAY)
    everything = {product.name: 2 for product in products}
    for n in range(many):
        other = a_household(session, f"Ander{many}{n}")
        an_order(session, round_, other, everything, at=NOW)
    an_order(session, round_, household, everything, at=NOW)
    session.commit()
    visitor.sign_in(person)
    address = f"/rounds/{round_.id}/order{path}?for={household.id}"
    visitor.get(address)
    with count_queries() as queries:
        visitor.get(address)
    return len([query for query in queries if query != "BEGIN"])


def test_a_line_is_saved_by_few_statements_in_three_transactions(ada, street, session):
    """One looks, one changes, one looks what came of it: only in the second do others wait."""
    rice = street.item("Rijst")
    form = {"for": street.household.id, "key": "key-of-a-form.1", f"q{rice}": "1"}
    ada.piece(f"{street.grid}/{rice}", "POST", **form)

    with each_transaction() as transactions:
        ada.piece(
            f"{street.grid}/{rice}", "POST", **form | {"key": "key-of-a-form.2", f"q{rice}": "2"}
        )

    assert [len(statements) for statements in transactions] == [2, 5, 3]
    assert wants(session, street) == {"Rijst": (2, 0, 0)}


@contextmanager
def each_transaction():
    """Gathers the statements that change or read something, by transaction."""
    transactions = []

    def begin(_connection) -> None:
        transactions.append([])

    def note(_connection, _cursor, statement, *_) -> None:
        if not statement.startswith("BEGIN"):
            transactions[-1].append(statement)

    event.listen(db.engine, "begin", begin)
    event.listen(db.engine, "before_cursor_execute", note)
    try:
        yield transactions
    finally:
        event.remove(db.engine, "begin", begin)
        event.remove(db.engine, "before_cursor_execute", note)


def test_a_row_is_drawn_anew_when_somebody_orders(ada, street, session):
    row = f"#r{street.item('Rijst')}"
    assert "6 needed" in words(ada.get(street.grid), row)

    an_order(session, street.round, street.neighbour, {"Rijst": 2}, at=datetime.now(UTC))
    session.commit()

    assert "4 more needed" in words(ada.get(street.grid), row)
