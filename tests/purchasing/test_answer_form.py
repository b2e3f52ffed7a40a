"""What a supplier types about an order, and what it comes to."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from purchasing.deliveries import answer_form
from purchasing.deliveries.answer_form import (
    LONGEST_NOTE,
    AnsweredLine,
    MoreThanOrdered,
    NoVerdict,
    Terms,
    UnknownLine,
    UnlikelyPrice,
    Verdict,
    Why,
    WrongAnswer,
    read_answer,
)

RICE = Terms(1, pieces=24, unit_price=8_210_000, case_pieces=6)
APPLES = Terms(2, pieces=20, unit_price=1_333_300, case_pieces=1, piece_milli=500)
ORDERED = (RICE, APPLES)


def wrong(**raw: str) -> dict:
    with pytest.raises(WrongAnswer) as refusal:
        read_answer(ORDERED, raw)
    return refusal.value.problems


def test_what_is_not_touched_comes_as_ordered() -> None:
    read = read_answer(ORDERED, {"answer": "all", "c1": "4", "p1": "8,21", "c2": "10"})

    assert read.lines == (RICE.as_ordered, APPLES.as_ordered)


@pytest.mark.parametrize(
    ("typed", "pieces"), [("3", 18), ("3+2", 20), ("0+5", 5), ("2,5", 15), ("0", 0), ("", 24)]
)
def test_cases_are_read_as_suppliers_write_them(typed: str, pieces: int) -> None:
    read = read_answer(ORDERED, {"answer": "some", "c1": typed, "note": "x"})

    assert read.lines[0].pieces == pieces


@pytest.mark.parametrize("typed", ["drie", "-1", "2,4", "1+", "+", "3+x", "1e3", "9" * 60])
def test_what_is_no_number_of_cases_is_told_at_its_box(typed: str) -> None:
    assert set(wrong(answer="some", c1=typed)) == {"c1"}


def test_what_is_sold_by_weight_is_counted_in_its_unit() -> None:
    read = read_answer(ORDERED, {"answer": "some", "c2": "7,5"})

    assert read.lines[1].pieces == 15


@pytest.mark.parametrize(
    ("typed", "half_kilos"), [("1+1,5", 13), ("1,5", 15), ("2", 20), ("0+0,5", 1), ("1+2", 14)]
)
def test_what_is_loose_of_goods_by_weight_is_told_in_kilos(typed: str, half_kilos: int) -> None:
    parsnips = Terms(3, pieces=20, unit_price=2_480_000, case_pieces=10, piece_milli=500)

    read = read_answer([parsnips], {"answer": "some", "c3": typed, "note": "x"})

    assert read.lines[0].pieces == half_kilos


def test_nobody_announces_more_than_was_ordered() -> None:
    assert isinstance(wrong(answer="some", c1="5")["c1"], MoreThanOrdered)


@pytest.mark.parametrize(("typed", "price"), [("8,4", 8_400_000), ("€ 8.2125", 8_212_500)])
def test_prices_have_up_to_six_decimals(typed: str, price: int) -> None:
    assert read_answer(ORDERED, {"answer": "some", "p1": typed}).lines[0].unit_price == price


def test_a_slip_of_the_decimal_sign_is_asked_about() -> None:
    for typed in ("821", "0,08", "0"):
        assert isinstance(wrong(answer="some", p1=typed)["p1"], UnlikelyPrice), typed


def test_every_wrong_box_is_told_at_once() -> None:
    problems = wrong(c1="veel", p2="gratis")

    assert set(problems) == {"c1", "p2", "answer"}
    assert isinstance(problems["answer"], NoVerdict)


def test_a_line_that_is_not_in_the_order_is_refused() -> None:
    assert isinstance(wrong(answer="all", c99="1")[""], UnknownLine)


def test_all_right_with_another_line_is_asked_about_not_guessed() -> None:
    assert set(wrong(answer="all", c1="3")) == {"answer"}
    assert set(wrong(answer="some")) == {"answer"}


def test_cannot_deliver_means_nothing_of_any_line() -> None:
    read = read_answer(ORDERED, {"answer": "none", "w1": "sold_out", "note": "Brand"})

    assert [line.pieces for line in read.lines] == [0, 0]
    assert (read.verdict, read.lines[0].why, read.note) == (Verdict.NONE, Why.SOLD_OUT, "Brand")


def test_a_remark_is_one_line_that_fits() -> None:
    read = read_answer(ORDERED, {"answer": "all", "note": "a\n\x00b" + "c" * 500})

    assert read.note.startswith("a bc") and len(read.note) == LONGEST_NOTE


lines = st.lists(
    st.builds(
        Terms,
        st.just(0),
        pieces=st.integers(1, 500),
        unit_price=st.integers(1, 50_000_000),
        case_pieces=st.integers(1, 24),
        piece_milli=st.sampled_from([1000, 500, 250]),
        vat_bp=st.sampled_from([0, 900, 2100]),
        deposit_cents=st.integers(0, 50),
    ),
    min_size=1,
    max_size=8,
).map(lambda found: tuple(Terms(**vars(one) | {"line_id": n}) for n, one in enumerate(found)))


@given(lines, st.data(), st.integers(0, 5000))
def test_the_parts_of_an_answer_add_up(ordered, data, delivery) -> None:
    """Net and VAT follow from the lines alone, and no line is lost between them."""
    said = [
        AnsweredLine(one.line_id, data.draw(st.integers(0, one.pieces)), one.unit_price)
        for one in ordered
    ]

    sums = answer_form.totals(ordered, said, delivery_cents=delivery, delivery_vat_bp=2100)

    alone = [
        answer_form.totals([one], [line], delivery_cents=0, delivery_vat_bp=2100)
        for one, line in zip(ordered, said, strict=True)
    ]
    assert sums.goods == sum(one.goods for one in alone)
    assert sums.deposits == sum(one.deposits for one in alone)
    assert sums.delivery in (0, delivery)
    assert sums.vat.net == sums.net and sums.vat.gross == sums.net + sums.vat.vat
