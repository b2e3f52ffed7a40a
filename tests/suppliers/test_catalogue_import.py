"""Taking over a price list: nothing by halves, and always a way back."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from purchasing import lifecycle, planning
from purchasing.catalogue import CatalogueImport, Price, Product, current_prices, list_products
from purchasing.rounds import RoundState
from suppliers import bulk, catalogue_import
from suppliers.catalogue_import import apply, map_columns, preview, undo
from suppliers.read_list import difference_of, errors_in, warnings_in
from suppliers.readers import Unreadable
from tests.builders import ACTOR, DAY, NOON, a_network, a_product, a_round, a_supplier
from tests.suppliers.made_lists import a_complete_list, a_list_of_its_own, an_article

RICE, FLOUR, OIL = (
    an_article("0204", "Rijst"),
    an_article("0300", "Meel", inkoopprijs="0.80"),
    an_article("0400", "Olie", inkoopprijs="7.50", aantal="4", statiegeld="0.25"),
)


def read(session, supplier, data, *, at=NOON, **more):
    import_ = preview(session, supplier, data, filename="lijst.csv", actor=ACTOR, now=at, **more)
    session.flush()
    return import_


def take_over(session, supplier, *articles, at=NOON):
    """Read and apply a complete list."""
    import_ = read(session, supplier, a_complete_list(*articles), at=at)
    apply(session, import_, actor=ACTOR, now=at)
    return import_


def catalogue(session, supplier, *, at):
    """All there is to know of a supplier's articles at a moment, without ids."""
    prices = current_prices(session, supplier.id, now=at)
    return {
        product.number: (
            product.name,
            product.available,
            (price.unit_price, price.vat_bp, price.case_milli, price.deposit_cents)
            if (price := prices.get(product.id))
            else None,
        )
        for product in list_products(session, supplier.id)
    }


def test_reading_a_list_changes_no_product(session) -> None:
    supplier = a_supplier(session)

    import_ = read(session, supplier, a_complete_list(RICE, FLOUR))

    assert catalogue(session, supplier, at=NOON) == {}
    assert (import_.counts["rows"], import_.counts["new"]) == (2, 2)
    assert (import_.read_by, import_.filename) == (ACTOR, "lijst.csv")


def test_applying_makes_articles_with_their_terms(session) -> None:
    supplier = a_supplier(session)

    take_over(session, supplier, RICE, OIL)

    assert catalogue(session, supplier, at=NOON) == {
        "0204": ("Rijst", True, (1_000_000, 900, 6000, 0)),
        "0400": ("Olie", True, (7_500_000, 900, 4000, 25)),
    }


def test_a_later_list_shows_what_is_new_dearer_and_gone(session) -> None:
    supplier = a_supplier(session)
    take_over(session, supplier, RICE, FLOUR, at=NOON)
    dearer = RICE | {"inkoopprijs": "1.30", "btw": "2", "aantal": "8"}

    later = read(session, supplier, a_complete_list(dearer, OIL), at=NOON + DAY)

    difference = difference_of(later)
    assert [article.number for article in difference.new] == ["0400"]
    assert dict(difference.changed[0].fields) == {
        "unit_price": (1_000_000, 1_300_000),
        "case_milli": (6000, 8000),
        "vat_bp": (900, 2100),
    }
    assert [product.description["name"] for product in difference.gone] == ["Meel"]
    assert {
        name: later.counts[name] for name in ("price_jumps", "vat_changes", "case_changes")
    } == {
        "price_jumps": 1,
        "vat_changes": 1,
        "case_changes": 1,
    }


def test_a_new_price_is_a_new_row_and_the_old_one_stays(session) -> None:
    supplier = a_supplier(session)
    take_over(session, supplier, RICE, FLOUR, at=NOON)

    take_over(session, supplier, RICE | {"inkoopprijs": "1.05"}, FLOUR, at=NOON + DAY)

    assert catalogue(session, supplier, at=NOON)["0204"][2][0] == 1_000_000
    assert catalogue(session, supplier, at=NOON + DAY)["0204"][2][0] == 1_050_000
    assert len(session.scalars(select(Price)).all()) == 3


def test_what_is_gone_can_no_longer_be_ordered_but_is_not_forgotten(session) -> None:
    supplier = a_supplier(session)
    take_over(session, supplier, RICE, FLOUR, at=NOON)

    take_over(session, supplier, RICE, at=NOON + DAY)

    assert catalogue(session, supplier, at=NOON + DAY)["0300"][:2] == ("Meel", False)


def test_undo_brings_back_exactly_what_was(session) -> None:
    supplier = a_supplier(session)
    take_over(session, supplier, RICE, FLOUR, at=NOON)
    before = catalogue(session, supplier, at=NOON + 9 * DAY)
    changed = RICE | {"omschrijving": "Rijst, nieuw", "inkoopprijs": "2.00", "btw": "2"}
    later = take_over(session, supplier, changed, OIL, at=NOON + DAY)

    undo(session, later, now=NOON + 2 * DAY)

    assert catalogue(session, supplier, at=NOON + 9 * DAY) == before


def test_undoing_all_lists_leaves_nothing(session) -> None:
    supplier = a_supplier(session)
    first = take_over(session, supplier, RICE, at=NOON)
    second = take_over(session, supplier, RICE | {"inkoopprijs": "2"}, at=NOON + DAY)

    undo(session, second, now=NOON + 2 * DAY)
    undo(session, first, now=NOON + 2 * DAY)

    assert session.scalars(select(Product)).all() == session.scalars(select(Price)).all() == []


def test_only_the_latest_list_can_be_undone_and_once(session) -> None:
    supplier = a_supplier(session)
    first = take_over(session, supplier, RICE, at=NOON)
    second = take_over(session, supplier, RICE, FLOUR, at=NOON + DAY)

    with pytest.raises(catalogue_import.NotTheLatest):
        undo(session, first, now=NOON + 2 * DAY)
    undo(session, second, now=NOON + 2 * DAY)
    with pytest.raises(catalogue_import.NotApplied):
        undo(session, second, now=NOON + 2 * DAY)


def test_a_new_article_that_a_round_has_stays_but_is_not_for_sale(session) -> None:
    a_network(session)
    supplier = a_supplier(session)
    import_ = take_over(session, supplier, RICE, FLOUR)
    rice = session.scalars(select(Product).where(Product.number == "0204")).one()
    a_round(session, rice, opens_at=NOON + DAY, closes_at=NOON + 7 * DAY, state=RoundState.PLANNED)

    undo(session, import_, now=NOON + DAY)

    assert catalogue(session, supplier, at=NOON + DAY) == {"0204": ("Rijst", False, None)}


def test_a_round_that_is_open_keeps_what_it_promised(session) -> None:
    a_network(session)
    supplier = a_supplier(session)
    rice = a_product(session, supplier, "Rijst", number="0204")
    round_ = a_round(session, rice, opens_at=NOON - DAY, closes_at=NOON + 7 * DAY)

    later = take_over(session, supplier, RICE | {"inkoopprijs": "9.99"}, at=NOON)
    undo(session, later, now=NOON + DAY)

    assert [item.unit_price for item in round_.items] == [1_000_000]


def test_a_round_that_is_planned_opens_at_the_new_terms(session) -> None:
    a_network(session)
    supplier = a_supplier(session)
    rice = a_product(session, supplier, "Rijst", number="0204")
    round_ = a_round(
        session, rice, state=RoundState.PLANNED, opens_at=NOON + DAY, closes_at=NOON + 7 * DAY
    )
    take_over(session, supplier, RICE | {"inkoopprijs": "1.10"}, at=NOON)

    lifecycle.publish(session, round_, actor=ACTOR, now=NOON)
    lifecycle.open_round(session, round_, actor=ACTOR, now=NOON + DAY)

    assert [item.unit_price for item in round_.items] == [1_100_000]


def test_a_chosen_part_is_applied_and_nothing_is_called_gone(session) -> None:
    supplier = a_supplier(session)
    take_over(session, supplier, RICE, FLOUR, at=NOON)
    list_ = a_complete_list(RICE | {"inkoopprijs": "2"}, OIL)
    later = read(session, supplier, list_, at=NOON + DAY)
    (oil,) = [article.line for article in difference_of(later).new]

    apply(session, later, only={oil}, actor=ACTOR, now=NOON + DAY)

    after = catalogue(session, supplier, at=NOON + DAY)
    assert after["0204"][2][0] == 1_000_000
    assert "0400" in after
    assert after["0300"][1]


def test_choosing_nothing_is_refused(session) -> None:
    import_ = read(session, a_supplier(session), a_complete_list(RICE))

    with pytest.raises(catalogue_import.NothingChosen):
        apply(session, import_, only=set(), actor=ACTOR, now=NOON)


def test_a_list_with_errors_is_applied_only_on_purpose(session) -> None:
    supplier = a_supplier(session)
    take_over(session, supplier, RICE, FLOUR, at=NOON)
    wrong = OIL | {"inkoopprijs": "duur"}
    later = read(session, supplier, a_complete_list(RICE, wrong), at=NOON + DAY)

    with pytest.raises(catalogue_import.RowsAreWrong):
        apply(session, later, actor=ACTOR, now=NOON + DAY)
    apply(session, later, good_rows=True, actor=ACTOR, now=NOON + DAY)

    (error,) = errors_in(later)
    assert (error.row, error.column, error.value) == (3, "inkoopprijs", "duur")
    # Flour is not in the list, but a list with wrong rows cannot say what is gone.
    assert catalogue(session, supplier, at=NOON + DAY)["0300"][1]
    assert "0400" not in catalogue(session, supplier, at=NOON + DAY)


def test_a_list_is_applied_once(session) -> None:
    import_ = take_over(session, a_supplier(session), RICE)

    with pytest.raises(catalogue_import.AlreadyApplied):
        apply(session, import_, actor=ACTOR, now=NOON)


def test_a_list_that_was_overtaken_is_not_applied(session) -> None:
    supplier = a_supplier(session)
    old = read(session, supplier, a_complete_list(RICE), at=NOON)
    take_over(session, supplier, FLOUR, at=NOON + DAY)

    with pytest.raises(catalogue_import.Overtaken):
        apply(session, old, actor=ACTOR, now=NOON + 2 * DAY)


def test_a_list_without_articles_is_not_applied(session) -> None:
    import_ = read(session, a_supplier(session), a_list_of_its_own(("", "", "")))

    with pytest.raises(catalogue_import.NothingReadable):
        apply(session, import_, good_rows=True, actor=ACTOR, now=NOON)


def test_nothing_is_half_applied(session, monkeypatch) -> None:
    supplier = a_supplier(session)
    import_ = read(session, supplier, a_complete_list(RICE, FLOUR))
    session.commit()
    monkeypatch.setattr(bulk, "CHUNK", 1)

    def stop_half_way(done: int, total: int) -> None:
        if done == 1:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        apply(session, import_, actor=ACTOR, now=NOON, on_progress=stop_half_way)
    session.rollback()

    assert catalogue(session, supplier, at=NOON) == {}
    assert session.scalars(select(CatalogueImport)).one().applied_at is None


def test_progress_goes_from_nothing_to_all(session, monkeypatch) -> None:
    import_ = read(session, a_supplier(session), a_complete_list(RICE, FLOUR, OIL))
    monkeypatch.setattr(bulk, "CHUNK", 2)
    seen = []

    apply(session, import_, actor=ACTOR, now=NOON, on_progress=lambda *step: seen.append(step))

    assert seen == [(0, 3), (2, 3), (3, 3)]
    assert import_.progress == 3


def test_columns_nobody_described_are_chosen_and_remembered(session) -> None:
    supplier = a_supplier(session)
    data = a_list_of_its_own(("Rijst", "zak 1 kg", "1,25"))
    import_ = read(session, supplier, data)
    assert import_.counts["rows"] == 0

    mapping = {"header_row": 1, "name": "Wat", "unit": "Hoe", "price": "Zoveel"}
    map_columns(session, import_, mapping, now=NOON)
    apply(session, import_, good_rows=True, actor=ACTOR, now=NOON)
    again = read(session, supplier, data, at=NOON + timedelta(hours=1))

    assert [product.name for product in list_products(session, supplier.id)] == ["Rijst"]
    assert again.counts["rows"] == again.counts["unchanged"] == 1


def test_a_supplier_that_changes_its_layout_is_recognised_anew(session) -> None:
    supplier = a_supplier(session, format_key="terrasana")

    import_ = read(session, supplier, a_complete_list(RICE))

    assert import_.format_key == supplier.format_key == "nieuwe-band-csv"


def test_old_vat_is_understood_and_warned_of(session) -> None:
    import_ = read(session, a_supplier(session), a_complete_list(RICE | {"btw": "6"}))

    assert difference_of(import_).new[0].vat_bp == 900
    assert warnings_in(import_)


def test_two_suppliers_may_use_the_same_number(session) -> None:
    one, other = a_supplier(session, "Een"), a_supplier(session, "Twee")
    take_over(session, one, RICE)

    take_over(session, other, RICE | {"omschrijving": "Andere rijst"})

    assert catalogue(session, one, at=NOON)["0204"][0] == "Rijst"


@pytest.mark.parametrize("data", [b"", b"   \n", b"%PDF-1.7 ...", b"\x00\x01\x02" * 400])
def test_what_is_no_price_list_is_refused_and_leaves_no_trace(session, data: bytes) -> None:
    with pytest.raises(Unreadable):
        read(session, a_supplier(session), data)

    assert session.scalars(select(CatalogueImport)).all() == []


def test_planning_from_a_new_list_takes_its_price(session) -> None:
    a_network(session)
    supplier = a_supplier(session)
    take_over(session, supplier, RICE)
    round_ = a_round(
        session, state=RoundState.PLANNED, opens_at=NOON + DAY, closes_at=NOON + 7 * DAY
    )

    planning.offer(session, round_, list_products(session, supplier.id), now=NOON)

    assert [(item.name, item.case_pieces) for item in round_.items] == [("Rijst", 6)]
