"""Planning a round: its terms, its articles, a last look, publishing."""

from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from purchasing import lifecycle
from purchasing.catalogue import Price
from purchasing.people import Network, VatStatus
from purchasing.rounds import InvoiceAt, Round, RoundState
from tests.app.coordinator import village
from tests.app.coordinator.village import DAY, NOW, TIMES
from tests.builders import (
    ACTOR,
    NOON,
    a_household,
    a_product,
    a_round,
    a_shop,
    a_supplier,
    an_order,
)

NEW = "/coordinator/rounds/new"
FORM = f"{NEW}?category=food"


@pytest.fixture
def here(session, visitor):
    """An open round, and its coordinator at the keyboard."""
    made = village.build(session)
    visitor.sign_in(made.coordinator)
    return made


def plan(visitor, status=200, **fields):
    """Fill in the form of a new round as it is offered, but for what is named."""
    return visitor.submit(visitor.get(FORM), FORM, status, title="Winterronde", **fields)


def the_newest(session) -> Round:
    return session.scalars(select(Round).order_by(Round.id.desc())).first()


def errors_of(page) -> dict[str, str]:
    """What is said at each field."""
    return {
        error["id"].removesuffix("-error"): " ".join(error.text.split())
        for error in page.select("p.error")
    }


def test_a_round_is_planned_in_wall_time(session, visitor, here) -> None:
    plan(
        visitor,
        opens_on="2031-07-01",
        opens_time="09:00",
        closes_on="2031-12-03",
        closes_time="20:00",
        delivery_on="2031-12-12",
    )

    round_ = the_newest(session)
    assert (round_.state, round_.published_at) == (RoundState.PLANNED, None)
    assert round_.opens_at == datetime(2031, 7, 1, 7, tzinfo=UTC)
    assert round_.closes_at == datetime(2031, 12, 3, 19, tzinfo=UTC)
    assert round_.created_by == "Coor"


def test_the_next_step_is_choosing_articles(visitor, here) -> None:
    assert plan(visitor).h1.text == "Choose articles"


def test_an_hour_that_the_clock_skips_is_refused(session, visitor, here) -> None:
    page = plan(visitor, 422, opens_on="2031-03-30", opens_time="02:30", closes_on="2031-04-05",
                delivery_on="2031-04-09")  # fmt: skip

    assert "does not exist" in errors_of(page)["opens_time"]
    assert the_newest(session).id == here.round.id


def test_an_hour_that_comes_twice_is_asked_about(session, visitor, here) -> None:
    times = {
        "opens_on": "2031-10-20",
        "closes_on": "2031-10-26",
        "closes_time": "02:30",
        "delivery_on": "2031-11-01",
    }
    page = plan(visitor, 422, **times)
    assert "comes twice" in errors_of(page)["closes_which"]

    visitor.submit(page, FORM, closes_which="second")

    assert the_newest(session).closes_at == datetime(2031, 10, 26, 1, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("fields", "where"),
    [
        ({"closes_on": "2030-01-01", "opens_on": "2030-02-01"}, "closes_on"),
        ({"closes_on": "2031-02-01", "delivery_on": "2031-01-01"}, "delivery_on"),
        ({"pickup_from": "12:00", "pickup_until": "11:00"}, "pickup_until"),
        ({"title": ""}, "title"),
        ({"extend_days": "0"}, "extend_days"),
        ({"sharing_rule": "by_weight"}, "sharing_rule"),
        ({"title": "x" * 121}, "title"),
        ({"title": " \x07 "}, "title"),
    ],
)
def test_what_cannot_be_is_said_at_its_field(visitor, here, fields, where) -> None:
    page = visitor.submit(visitor.get(FORM), FORM, 422, **{"title": "Ronde"} | fields)

    assert where in errors_of(page) or page.select_one(f"#errors a[href='#{where}']")


@pytest.mark.parametrize(
    ("typed", "cents"),
    [("", 0), ("600", 60_000), ("€ 1.234,50", 123_450), ("12,5", 1_250), ("1 234,50", 123_450)],
)
def test_an_amount_is_read_as_people_write_it(session, visitor, here, typed, cents) -> None:
    plan(visitor, minimum_cents=typed)

    assert the_newest(session).minimum_cents == cents


@pytest.mark.parametrize(
    "typed", ["50.000", "veel", "-5", "12,345,6", "1e9", "99999999999", "١٢x"]
)
def test_an_amount_that_is_unclear_is_refused_and_kept_on_the_page(visitor, here, typed) -> None:
    page = plan(visitor, 422, minimum_cents=typed)

    assert errors_of(page)["minimum_cents"]
    assert page.select_one("#minimum_cents")["value"] == typed


@pytest.mark.parametrize(
    ("status", "modes"),
    [
        (VatStatus.NONE, ["shared"]),
        (VatStatus.REGISTERED, ["resale"]),
        (VatStatus.KOR, ["resale", "shared"]),
    ],
)
def test_how_a_round_is_settled_follows_from_vat(session, visitor, here, status, modes) -> None:
    session.scalars(select(Network)).one().vat_status = status
    session.commit()

    page = visitor.get(FORM)

    assert [field["value"] for field in page.select("[name=settlement_mode]")] == modes


def test_a_mode_that_was_not_offered_is_refused(session, visitor, here) -> None:
    plan(visitor, 422, settlement_mode="shared")

    assert the_newest(session).id == here.round.id


def test_articles_that_the_page_did_not_show_stay_as_they_were(session, visitor) -> None:
    here = village.planned(session, 2)
    visitor.sign_in(here.coordinator)
    one, other = {product.supplier_id for product in here.products}
    path = f"/coordinator/rounds/{here.round.id}/articles?supplier={one}"

    page = visitor.get(path)
    visitor.submit(page, path, product=[])

    assert {item.supplier_id for item in session.get(Round, here.round.id).items} == {other}


def test_all_that_was_found_is_added_at_once(session, visitor) -> None:
    here = village.planned(session, 1)
    supplier = a_supplier(session, "Grote")
    for number in range(5):
        a_product(session, supplier, f"Peer {number}")
    a_product(session, supplier, "Kruik")
    session.commit()
    visitor.sign_in(here.coordinator)

    visitor.post(f"/coordinator/rounds/{here.round.id}/articles/all?search=peer")

    names = {item.name for item in session.get(Round, here.round.id).items}
    assert names == {f"Peer {number}" for number in range(5)} | {here.products[0].name}


def test_only_what_is_for_sale_and_has_a_price_can_be_chosen(session, visitor) -> None:
    here = village.planned(session, 1)
    supplier = here.round.suppliers[0].supplier
    gone, free = a_product(session, supplier, "Weg"), a_product(session, supplier, "Prijsloos")
    gone.available = False
    session.delete(session.scalars(select(Price).where(Price.product_id == free.id)).one())
    session.commit()
    visitor.sign_in(here.coordinator)

    page = visitor.get(f"/coordinator/rounds/{here.round.id}/articles")

    assert "Weg" not in page.text
    assert "Prijsloos" not in page.text


def test_a_thousand_articles_can_be_ticked_at_once(session, visitor) -> None:
    here = village.planned(session, 1)
    supplier = a_supplier(session, "Grote")
    for number in range(1000):
        a_product(session, supplier, f"Artikel {number:04d}")
    session.commit()
    visitor.sign_in(here.coordinator)
    path = f"/coordinator/rounds/{here.round.id}/articles?supplier={supplier.id}"
    page = visitor.get(path)
    ids = [box["value"] for box in page.select("[name=product]")]

    visitor.submit(page, path, product=ids)

    assert len(ids) == 1000
    assert len(session.get(Round, here.round.id).items) == 1001


def test_weighed_articles_put_the_papers_off_until_the_delivery(session, visitor, here) -> None:
    supplier = a_supplier(session, "Kaasboer")
    a_product(session, supplier, "Kaas", weighed=True, case_milli=4500, piece_milli=500)
    session.commit()
    plan(visitor)
    round_id = the_newest(session).id

    visitor.post(f"/coordinator/rounds/{round_id}/articles/all?supplier={supplier.id}")

    assert session.get(Round, round_id).invoice_at == InvoiceAt.DELIVERY


def test_checking_shows_all_answers_and_publishing_announces(session, visitor) -> None:
    here = village.planned(session, 1)
    visitor.sign_in(here.coordinator)
    page = visitor.get(f"/coordinator/rounds/{here.round.id}/check")
    assert here.round.title in page.text

    page = visitor.submit(page, f"/coordinator/rounds/{here.round.id}/publish")

    assert "It opens by itself" in page.select_one(".note").text
    round_ = session.get(Round, here.round.id)
    assert round_.published_at is not None
    assert [event.move for event in round_.history] == ["publish"]


def test_a_round_whose_hour_has_come_opens_at_once(session, visitor) -> None:
    here = village.planned(session, 1, opens_at=NOW - DAY)
    visitor.sign_in(here.coordinator)

    visitor.post(f"/coordinator/rounds/{here.round.id}/publish")

    assert session.get(Round, here.round.id).state == RoundState.OPEN


def test_an_empty_round_is_not_published(session, visitor, here) -> None:
    plan(visitor)
    round_id = the_newest(session).id

    page = visitor.post(f"/coordinator/rounds/{round_id}/publish")

    assert "at least one article" in page.select_one("[role=alert]").text
    assert session.get(Round, round_id).published_at is None


def test_what_was_published_keeps_its_terms(session, visitor) -> None:
    here = village.planned(session, 1)
    visitor.sign_in(here.coordinator)
    path = f"/coordinator/rounds/{here.round.id}/terms"
    page = visitor.get(path)
    visitor.post(f"/coordinator/rounds/{here.round.id}/publish")

    page = visitor.submit(page, path, title="Anders")

    assert "its terms stay as they are" in page.select_one("[role=alert]").text
    assert session.get(Round, here.round.id).title == "Proefronde"


def test_the_articles_of_an_open_round_are_fixed(session, visitor, here) -> None:
    page = visitor.post(f"/coordinator/rounds/{here.round.id}/articles", shown="1")

    assert "stay as promised" in page.select_one("[role=alert]").text
    assert len(session.get(Round, here.round.id).items) == 1


def test_terms_that_are_saved_again_unchanged_stay_the_same(session, visitor) -> None:
    here = village.planned(session, 1, minimum_cents=60_000, pickup_from=time(10))
    visitor.sign_in(here.coordinator)
    path = f"/coordinator/rounds/{here.round.id}/terms"
    before = {key: value for key, value in vars(here.round).items() if not key.startswith("_")}
    before = {k: v for k, v in before.items() if k not in ("items", "suppliers", "history")}

    visitor.submit(visitor.get(path), path)

    after = session.get(Round, here.round.id)
    changed = {key for key, value in before.items() if getattr(after, key) != value}
    assert changed <= {"opens_at", "closes_at"}  # seconds are not on the form
    assert abs(after.closes_at - before["closes_at"]).seconds < 60


def test_a_copy_comes_whole_weeks_later_at_the_same_hour_on_the_wall(session, visitor) -> None:
    here = village.build(session)
    template = a_round(session, *here.products, title="Oud", state=RoundState.PLANNED,
                       opens_at=NOON - 7 * DAY, closes_at=NOON)  # fmt: skip
    session.commit()
    visitor.sign_in(here.coordinator)

    page = visitor.post(f"/coordinator/rounds/{template.id}/copy")

    assert page.h1.text.strip() == "Terms of the round"
    copy = the_newest(session)
    zone = ZoneInfo("Europe/Amsterdam")
    was, now = template.closes_at.astimezone(zone), copy.closes_at.astimezone(zone)
    assert (copy.title, [item.name for item in copy.items]) == ("Oud", [here.products[0].name])
    assert (now.time(), now.weekday()) == (was.time(), was.weekday())
    assert copy.opens_at > NOW
    assert (copy.delivery_on - template.delivery_on).days % 7 == 0
    assert copy.published_at is None


def test_an_unknown_kind_of_round_is_not_found(visitor, here) -> None:
    visitor.get(f"{NEW}?category=holidays", 404)


def test_a_closing_moment_that_is_past_is_told_before_publishing(session, visitor) -> None:
    here = village.planned(
        session, 1, **TIMES | {"opens_at": NOW - 3 * DAY, "closes_at": NOW - DAY}
    )
    visitor.sign_in(here.coordinator)

    assert "past" in visitor.get(f"/coordinator/rounds/{here.round.id}/check").text


# --- a down payment


GOODS = f"{NEW}?category=energy_goods"


def test_goods_can_be_paid_in_two_parts_of_which_the_first_is_half_at_most(
    session, visitor, here
) -> None:
    page = visitor.get(GOODS)
    parts = [int(option["value"]) for option in page.select("#prepayment_bp option")]
    assert (min(parts), max(parts)) == (0, 5000)

    visitor.submit(page, GOODS, title="Zon op het dak", prepayment_bp="3000")

    round_ = the_newest(session)
    assert (round_.category_key, round_.prepayment_bp) == ("energy_goods", 3000)
    check = visitor.get(f"/coordinator/rounds/{round_.id}/check")
    assert "a down payment of 30%" in check.text


def test_a_larger_part_is_refused_with_what_the_law_allows(session, visitor, here) -> None:
    round_ = a_round(
        session, *here.products, state=RoundState.PLANNED,
        **TIMES | {"category_key": "energy_goods", "prepayment_bp": 6000},
    )  # fmt: skip
    session.commit()

    page = visitor.post(f"/coordinator/rounds/{round_.id}/publish")

    assert "At most 50% of the price may be asked for ahead" in page.text
    assert the_newest(session).published_at is None


def test_the_zero_rate_warns_and_names_the_shops_that_ordered_at_it(session, visitor) -> None:
    made = village.build(session)
    panel = a_product(session, made.products[0].supplier, "Zonnepaneel", vat_bp=0)
    round_ = a_round(session, panel, **TIMES | {"category_key": "energy_goods"})
    an_order(session, round_, a_household(session, "Ada"), {"Zonnepaneel": 6}, at=NOW - DAY)
    an_order(session, round_, a_shop(session, "Bakkerij Vork"), {"Zonnepaneel": 6}, at=NOW - DAY)
    lifecycle.close_now(session, round_, actor=ACTOR, now=NOW)
    session.commit()
    visitor.sign_in(made.coordinator)

    page = visitor.get(f"/coordinator/rounds/{round_.id}/order")

    assert "only for solar panels on or near a home" in page.text
    assert "Shops that ordered at this rate: Bakkerij Vork" in " ".join(page.text.split())
    assert "Ada" not in page.text


def test_goods_come_home_unless_a_place_is_named(session, visitor, here) -> None:
    page = visitor.get(GOODS)
    assert page.select_one("#pickup_place")["value"] == ""

    visitor.submit(page, GOODS, title="Zon op het dak")

    round_ = the_newest(session)
    assert round_.at_home
    assert "At everybody's home" in visitor.get(f"/coordinator/rounds/{round_.id}/check").text


def test_groceries_are_not_paid_ahead(session, visitor, here) -> None:
    assert not visitor.get(FORM).select("#prepayment_bp")

    plan(visitor, prepayment_bp="3000")

    assert the_newest(session).prepayment_bp == 0
