"""An administrator follows up a tax or grid price, and everybody's sums follow."""

import pytest

from purchasing.categories import CATEGORIES
from purchasing.people import Role
from purchasing.tenders import figures
from tests.builders import a_network, a_person

ENERGY = CATEGORIES["energy"]
INDEX = "/coordinator/figures/energy"
CHANGE = f"{INDEX}/change"


@pytest.fixture
def boss(session, visitor):
    a_network(session)
    person = a_person(session, "Baas", role=Role.ADMINISTRATOR, language="en")
    session.commit()
    return visitor.sign_in(person)


@pytest.fixture
def vat():
    return next(figure for figure in ENERGY.tender.figures() if figure.kind == "vat")


def address(figure) -> str:
    named = f"kind={figure.kind}&group={figure.group}&above={figure.above}"
    return f"{CHANGE}?{named}&year={figure.from_year}"


def known(session) -> dict[tuple, int]:
    session.rollback()
    return {figure.key: figure.value for figure in figures.figures_of(session, ENERGY)}


def test_every_shipped_figure_is_shown_with_its_source_and_unit(boss) -> None:
    page = boss.get(INDEX)

    shown = page.select("main section li")
    assert len(shown) == len(ENERGY.tender.figures())
    assert all(row.bdi.text.strip() for row in shown)


def test_a_later_year_stands_beside_the_old_one(session, boss, vat) -> None:
    form = boss.get(address(vat))

    boss.submit(form, CHANGE, from_year="2031", value="22,5", source="A law of 2030")

    found = known(session)
    assert found[("vat", "", 0, 2031)] == 2250
    assert found[vat.key] == vat.value


def test_what_was_entered_can_be_taken_back(session, boss, vat) -> None:
    boss.submit(boss.get(address(vat)), CHANGE, from_year=vat.from_year, value="19", source="X")
    assert known(session)[vat.key] == 1900
    [row] = figures.entered_figures(session, ENERGY)

    boss.submit(boss.get(INDEX), f"/coordinator/figures/{row.id}/drop")

    assert known(session)[vat.key] == vat.value


def test_saving_what_was_shown_changes_no_value(session, boss) -> None:
    before = known(session)
    for figure in ENERGY.tender.figures()[::5]:
        boss.submit(boss.get(address(figure)), CHANGE, from_year=figure.from_year)

    assert known(session) == before


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"value": "veel"}, "value"),
        ({"value": "21,005"}, "value"),
        ({"value": "-1"}, "value"),
        ({"value": "NaN"}, "value"),
        ({"value": "1e99"}, "value"),
        ({"from_year": "1999"}, "from_year"),
        ({"source": " "}, "source"),
    ],
)
def test_what_cannot_be_is_said_at_its_field(session, boss, vat, wrong, field) -> None:
    page = boss.submit(boss.get(address(vat)), CHANGE, status=422, **wrong)

    assert page.select_one(f"#{field}-error").text.strip()
    assert figures.entered_figures(session, ENERGY) == []


def test_a_figure_without_bands_is_named_without_a_band(boss, vat) -> None:
    assert boss.get(f"{CHANGE}?kind=vat&year={vat.from_year}").select_one("#value")


def test_a_figure_that_nobody_knows_is_not_found(boss) -> None:
    assert boss.open(f"{CHANGE}?kind=vat&year=1950").status_code == 404
    assert boss.open("/coordinator/figures/food").status_code == 404
