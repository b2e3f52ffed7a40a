"""Receiving an order on a phone: one tap for all, a line that is short, two who count at once."""

import pytest
from sqlalchemy import select

from purchasing import lifecycle
from purchasing.deliveries.counting import DeliveryCount
from purchasing.deliveries.hand_shares import HandShare
from purchasing.ordering import AllocatedShare, SupplierOrder
from purchasing.papers import Paper, PaperKind
from purchasing.people import Role
from purchasing.rounds import Round, RoundState
from tests.app.coordinator import village
from tests.app.coordinator.village import NOW
from tests.builders import (
    ACTOR,
    a_household,
    a_network,
    a_person,
    a_product,
    a_round,
    a_supplier,
    an_order,
)


@pytest.fixture
def here(session, visitor):
    """An order of six rice and half kilos of cheese, that is weighed."""
    a_network(session)
    farm = a_supplier(session, "De Akker")
    rice = a_product(session, farm, "Rijst")
    cheese = a_product(
        session, farm, "Kaas", unit="1 kg", unit_price=10_000_000, case_milli=500,
        piece_milli=500, weighed=True,
    )  # fmt: skip
    round_ = a_round(session, rice, cheese, **village.TIMES)
    household = a_household(session, "Ada")
    a_person(session, "Ada", household)
    an_order(session, round_, household, {"Rijst": 6, "Kaas": 3}, at=NOW - village.DAY)
    lifecycle.close_now(session, round_, actor=ACTOR, now=NOW)
    lifecycle.order(session, round_, actor=ACTOR, now=NOW)
    visitor.sign_in(a_person(session, "Coor", role=Role.COORDINATOR, language="en"))
    session.commit()
    return session.scalars(select(SupplierOrder)).one()


def address(order) -> str:
    return f"/coordinator/deliveries/{order.id}"


def line(order, name: str):
    return next(line for line in order.lines if line.item.name == name)


def counts(session) -> list[tuple[str, int, int | None]]:
    session.expire_all()
    rows = session.scalars(select(DeliveryCount).order_by(DeliveryCount.id))
    return [(one.by, one.pieces, one.milli) for one in rows]


def send(visitor, order, status: int = 200, **fields):
    return visitor.submit(visitor.get(address(order)), address(order), status, **fields)


def test_all_came_is_one_tap(session, visitor, here) -> None:
    page = send(visitor, here, all="1")

    assert sorted(counts(session)) == [("Coor", 3, None), ("Coor", 6, None)]
    assert page.select_one(".chip").text == "2 of 2 counted"
    assert "2 articles are saved." in page.text


def test_one_tap_leaves_what_was_typed(session, visitor, here) -> None:
    send(visitor, here, all="1", **{f"p{line(here, 'Rijst').id}": "4"})

    assert sorted(counts(session)) == [("Coor", 3, None), ("Coor", 4, None)]


def test_one_line_is_ticked_by_itself(session, visitor, here) -> None:
    send(visitor, here, line=str(line(here, "Kaas").id))

    assert counts(session) == [("Coor", 3, None)]


def test_what_is_sold_by_weight_is_typed_in_its_unit(session, visitor, here) -> None:
    cheese = line(here, "Kaas").id

    send(visitor, here, save="1", **{f"p{cheese}": "1.5", f"w{cheese}": "1,63"})

    assert counts(session) == [("Coor", 3, 1_630)]


def test_saving_twice_saves_what_changed(session, visitor, here) -> None:
    rice = line(here, "Rijst").id
    send(visitor, here, save="1", **{f"p{rice}": "5"})
    assert "saved." not in send(visitor, here, save="1").text
    send(visitor, here, save="1", **{f"p{rice}": "4"})

    assert counts(session) == [("Coor", 5, None), ("Coor", 4, None)]


def test_the_same_form_sent_twice_counts_once(session, visitor, here) -> None:
    page = visitor.get(address(here))
    for _ in range(2):
        visitor.submit(page, address(here), **{f"p{line(here, 'Rijst').id}": "5", "save": "1"})

    assert counts(session) == [("Coor", 5, None)]


@pytest.mark.parametrize(
    ("name", "field", "typed", "said"),
    [
        ("Rijst", "p", "many", "not a number"),
        ("Rijst", "p", "-2", "less than zero"),
        ("Rijst", "p", "60", "6 were ordered"),
        ("Kaas", "w", "0", "weight of nothing"),
        ("Kaas", "w", "5000", "about 1.5 kg"),
        ("Kaas", "w", "heavy", "not a weight"),
    ],
)
def test_what_cannot_be_is_said_at_its_line_and_the_rest_is_saved(
    session, visitor, here, name, field, typed, said
) -> None:
    other = line(here, "Kaas" if name == "Rijst" else "Rijst")
    fields = {f"{field}{line(here, name).id}": typed, "line": str(other.id)}

    page = send(visitor, here, 422, **fields)

    assert said in page.select_one(".came .error").text
    assert page.select_one(f"[name={field}{line(here, name).id}]")["value"] == typed
    assert counts(session) == [("Coor", other.pieces, None)]


def test_more_than_was_ordered_is_saved_when_it_is_meant(session, visitor, here) -> None:
    rice = line(here, "Rijst").id
    page = send(visitor, here, 422, save="1", **{f"p{rice}": "8"})

    visitor.submit(page, address(here), save="1", **{f"sure{rice}": "1"})

    assert counts(session) == [("Coor", 8, None)]


def test_two_who_count_at_once_are_both_shown_and_one_is_chosen(session, visitor, here) -> None:
    rice = line(here, "Rijst").id
    before = visitor.get(address(here))
    visitor.submit(before, address(here), save="1", **{f"p{rice}": "5"})
    bas = a_person(session, "Bas", role=Role.COORDINATOR, language="en")
    session.commit()
    visitor.sign_in(bas)
    stale = visitor.get(address(here))
    stale.select_one(f"[name=s{rice}]")["value"] = "0"
    page = visitor.submit(stale, address(here), save="1", **{f"p{rice}": "4"})
    choices = [button["value"] for button in page.select("[name=take]")]
    assert len(choices) == 2

    page = visitor.submit(page, address(here), take=choices[1])

    assert not page.select("[name=take]")
    assert counts(session)[-1] == ("Bas", 5, None)


def test_a_settled_round_shows_what_came_and_takes_nothing(session, visitor, here) -> None:
    page = visitor.get(address(here))
    round_ = session.get(Round, here.round_id)
    lifecycle.receive(session, round_, actor=ACTOR, now=NOW)
    lifecycle.settle(session, round_, actor=ACTOR, now=NOW)
    session.commit()

    visitor.submit(page, address(here), all="1")

    assert "stands as it is" in visitor.get(address(here)).text
    assert counts(session) == []


def test_short_on_a_phone_becomes_a_credit_note(session, visitor, here) -> None:
    rice = line(here, "Rijst").id
    send(visitor, here, all="1", **{f"p{rice}": "4"})
    of_round = f"/coordinator/rounds/{here.round_id}"
    visitor.submit(visitor.get(f"{of_round}/receive"), f"{of_round}/receive")
    page = visitor.get(f"{of_round}/settle")
    assert "1 credit note" in page.text

    page = visitor.submit(page, f"{of_round}/settle")

    assert session.get(Round, here.round_id).state == RoundState.SETTLED
    note = session.scalars(select(Paper).where(Paper.kind == PaperKind.CREDIT_NOTE)).one()
    assert note.total_cents == -218
    assert "Exact to the cent" in page.text
    assert note.number in page.text


# --- who gets what


def shares_of(order, name: str) -> str:
    return f"/coordinator/deliveries/lines/{line(order, name).id}"


def test_one_may_be_given_less_for_a_reason(session, visitor, here) -> None:
    who = session.scalars(select(AllocatedShare.participant_id)).first()
    path = shares_of(here, "Rijst")

    page = visitor.submit(visitor.get(path), path, **{f"p{who}": "5", "reason": "Een was nat"})

    assert "Een was nat" in page.select_one(".part").text
    assert page.select_one(f"[name=p{who}]")["value"] == "5"
    kept = session.scalars(select(HandShare)).one()
    assert (kept.pieces, kept.reason, kept.by) == (5, "Een was nat", "Coor")


def test_without_a_reason_nothing_is_changed(session, visitor, here) -> None:
    who = session.scalars(select(AllocatedShare.participant_id)).first()
    path = shares_of(here, "Rijst")

    page = visitor.submit(visitor.get(path), path, 422, **{f"p{who}": "5"})

    assert "Say why" in page.select_one(".part .error").text
    assert session.scalars(select(HandShare)).all() == []


@pytest.mark.parametrize(
    ("name", "fields", "said"),
    [
        ("Rijst", {"p": "60"}, "at most 6 were wanted"),
        ("Rijst", {"p": "-1"}, "less than zero"),
        ("Rijst", {"p": "a few"}, "not a number"),
        ("Kaas", {"w": "0"}, "weight of nothing"),
        ("Kaas", {"w": "5000"}, "about 1.5 kg"),
    ],
)
def test_nobody_is_given_what_cannot_be(session, visitor, here, name, fields, said) -> None:
    who = session.scalars(select(AllocatedShare.participant_id)).first()
    path = shares_of(here, name)
    typed = {f"{letter}{who}": text for letter, text in fields.items()}

    page = visitor.submit(visitor.get(path), path, 422, **typed, reason="So it was")

    assert said in page.select_one(".part .error").text
    for field, text in typed.items():
        assert page.select_one(f"[name={field}]")["value"] == text
    assert session.scalars(select(HandShare)).all() == []


@pytest.mark.parametrize("weight", ["0", "5000"])
def test_a_weight_that_cannot_be_is_not_taken_by_saying_yes(
    session, visitor, here, weight
) -> None:
    """A yes to more than was ordered is no yes to nothing, or to five tonnes."""
    cheese = line(here, "Kaas").id

    send(visitor, here, 422, save="1", **{f"w{cheese}": weight, f"sure{cheese}": "1"})

    assert counts(session) == []


def test_who_is_weighed_apart_needs_no_reason(session, visitor, here) -> None:
    who = session.scalars(select(AllocatedShare.participant_id)).first()
    path = shares_of(here, "Kaas")

    visitor.submit(visitor.get(path), path, **{f"w{who}": "1.58"})

    assert session.scalars(select(HandShare.milli)).one() == 1_580


def test_the_packing_list_follows_what_came(session, visitor, here) -> None:
    of_round = f"/coordinator/rounds/{here.round_id}"
    send(visitor, here, save="1", **{f"p{line(here, 'Rijst').id}": "4"})
    visitor.submit(visitor.get(f"{of_round}/receive"), f"{of_round}/receive")
    anew = f"/coordinator/deliveries/rounds/{here.round_id}/list"

    page = visitor.submit(visitor.get(of_round), anew)
    assert "says what came already" in page.text
    send(visitor, here, save="1", **{f"p{line(here, 'Rijst').id}": "3"})
    visitor.submit(visitor.get(of_round), anew)

    session.expire_all()
    lists = session.scalars(
        select(Paper).where(Paper.kind == PaperKind.PACKING_LIST).order_by(Paper.id)
    ).all()
    rice = [{i["name"]: i["pieces"] for i in p.snapshot["items"]}["Rijst"] for p in lists]
    assert rice == [6, 4, 3]
    assert [paper.number[-2:] for paper in lists[1:]] == ["-2", "-3"]


def test_something_else_came_is_noted_and_taken_back(session, visitor, here) -> None:
    instead = f"/coordinator/deliveries/lines/{line(here, 'Rijst').id}/instead"
    form = {"name": "Basmati", "price": "0,95"}

    for wrong in ({"name": " "}, {"price": "1,50"}, {"price": "x"}):
        page = visitor.submit(visitor.get(instead), instead, 422, **form | wrong)
        assert page.select_one("[role=alert]")
    page = visitor.submit(visitor.get(instead), instead, **form)

    assert "Basmati came instead" in page.text
    assert "0.95" in visitor.get(instead).select_one("#price")["value"]
    page = visitor.submit(visitor.get(instead), instead, back="1")
    assert "Basmati" not in page.text
    visitor.get("/coordinator/deliveries/lines/999999/instead", 404)
