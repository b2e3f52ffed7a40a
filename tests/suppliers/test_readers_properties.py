"""Whatever comes in, reading ends: with a price list that is sound, or with a reason."""

import json
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from suppliers.readers import PriceList, Unreadable, as_json, read

SAMPLES = {
    path.name: path.read_bytes()
    for path in sorted((Path(__file__).parent / "price_lists").iterdir())
}
QUICK = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def _sound(price_list: PriceList) -> None:
    """What every reader of a price list may count upon."""
    numbers = [row.number for row in price_list.rows]
    assert len(numbers) == len(set(numbers))
    for row in price_list.rows:
        assert row.number
        assert row.name
        assert row.unit
        assert len(row.number) <= 40
        assert len(row.unit) <= 40
        assert len(row.name) <= 200
        assert 0 < row.case_size <= 100_000
        assert 0 <= row.price <= 100_000
        assert row.price == row.price.quantize(Decimal("0.000001"))
        assert 0 <= row.deposit <= 100_000
        assert row.vat in (0, 9, 21)
    words = json.loads(json.dumps(as_json(price_list)))
    assert all(problem["message"] for problem in words["errors"])
    assert all(words["warnings"])


def _try(data: bytes) -> None:
    try:
        price_list = read(data, filename="iets")
    except Unreadable as refused:
        assert str(refused)
    else:
        _sound(price_list)


@QUICK
@given(st.binary(max_size=2000))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    _try(data)


@QUICK
@given(st.text(alphabet=st.sampled_from('nam;prijs,btw1234.€-"=\n\r\t\x00 é'), max_size=400))
def test_any_text_is_read_or_refused(text: str) -> None:
    _try(("naam;prijs;btw\n" + text).encode())


@pytest.mark.parametrize("name", SAMPLES)
@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_a_damaged_list_is_read_or_refused(name: str, data: st.DataObject) -> None:
    sample = bytearray(SAMPLES[name])
    for _ in range(data.draw(st.integers(1, 6))):
        at = data.draw(st.integers(0, len(sample) - 1))
        match data.draw(st.sampled_from(["change", "drop", "insert", "cut"])):
            case "change":
                sample[at] = data.draw(st.integers(0, 255))
            case "drop":
                del sample[at : at + data.draw(st.integers(1, 40))]
            case "insert":
                sample[at:at] = data.draw(st.binary(max_size=20))
            case _:
                del sample[max(at, 1) :]
        sample = sample or bytearray(b"x")
    _try(bytes(sample))


CELL = st.text(
    alphabet=st.characters(blacklist_categories=["Cs", "Cc"], blacklist_characters='";\n\r'),
    max_size=30,
)


@QUICK
@given(rows=st.lists(st.tuples(CELL, CELL, CELL, CELL, CELL), max_size=8))
def test_every_line_is_an_article_an_error_or_nothing(rows: list[tuple[str, ...]]) -> None:
    lines = "\n".join(";".join(cells) for cells in rows)
    mapping = {"header_row": 1, "number": 0, "name": 1, "price": 2, "vat": 3, "case_size": 4}
    price_list = read(
        f"nr;naam;prijs;btw;per doos\n{lines}".encode(), filename="x", mapping=mapping
    )
    _sound(price_list)
    told = {row.line for row in price_list.rows} | {one.row for one in price_list.errors}
    assert told <= set(range(len(rows) + 2))
