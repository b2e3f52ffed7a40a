"""What a sign-up takes, what it refuses, and what it estimates."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from purchasing.categories.energy import present, reading, sign_up
from purchasing.categories.energy.averages import HAARLEM_2024, Dwelling
from purchasing.categories.energy.connection import Connection, PowerSize, size_hint
from purchasing.categories.energy.plain import canonical, from_canonical
from purchasing.categories.energy.profile import Address, Profile, Segment, Source, estimate
from purchasing.categories.energy.questions import check_acceptance
from purchasing.categories.energy.rates import RATES
from purchasing.categories.energy.reading import NotRight
from purchasing.categories.energy.sign_up import read_profile
from purchasing.categories.energy.switching import switch_row
from purchasing.categories.energy.terms import Contract, ContractKind, TariffOffer, Usage
from purchasing.errors import Refused
from purchasing.tendering import Contact

TODAY = date(2026, 3, 1)
HOME = {
    "postcode": "2036ab",
    "house_number": "12",
    "product": "power_gas",
    "kwh": "1.880",
    "gas_m3": "800",
}
SHOP = HOME | {"power_size": "3x35A", "kvk": "12345678", "trade_name": "Bakker"}
PRICES = {
    "contract": "variable",
    "prices_are": "bare",
    "rate_single": "0,135",
    "rate_gas": "0.435",
    "fixed_power_month": "6,00",
    "fixed_gas_month": "€ 7,25",
}


def signed_up(answers: dict[str, str], *, shop: bool = False) -> Profile:
    return read_profile(answers, shop=shop, today=TODAY)


def problems(answers: dict[str, str], *, shop: bool = False) -> dict[str, type[Refused]]:
    with pytest.raises(NotRight) as refused:
        signed_up(answers, shop=shop)
    return {key: type(problem) for key, problem in refused.value.problems.items()}


# --- what comes out


def test_a_household_signs_up_with_five_answers():
    profile = signed_up(HOME)

    assert profile.address == Address("2036 AB", 12)
    assert profile.usage == Usage(1_880, gas=800)
    assert profile.connection.power is PowerSize.A3X25
    assert profile.connection.dwelling
    assert (profile.segment, profile.source) == (Segment.POWER_AND_GAS, Source.BILL)
    assert profile.contract is None


def test_a_double_meter_has_two_totals():
    answers = HOME | {"kwh": "", "kwh_normal": "900", "kwh_low": "1000", "feed_in_low": "5"}

    assert signed_up(answers).usage == Usage(900, 1_000, 800, 0, 5)


def test_what_is_fed_in_in_low_hours_is_a_part_of_all_that_is_fed_in():
    double = HOME | {"kwh": "", "kwh_normal": "900", "kwh_low": "1000", "feed_in": "2000"}

    usage = signed_up(double | {"feed_in_low": "600"}).usage

    assert (usage.fed_in, usage.feed_in_low) == (2_000, 600)
    assert problems(double | {"feed_in_low": "2001"}) == {"feed_in_low": sign_up.MoreThanAll}


@pytest.mark.parametrize(
    ("changes", "shop", "segment"),
    [
        ({"product": "power", "gas_m3": ""}, False, Segment.POWER),
        ({}, False, Segment.POWER_AND_GAS),
        ({"feed_in": "900"}, False, Segment.FEED_IN),
        ({"feed_in": "900", "power_size": "3x35A"}, True, Segment.SHOP),
    ],
)
def test_everybody_is_in_one_segment(changes, shop, segment):
    assert signed_up(HOME | changes, shop=shop).segment is segment


def test_a_shop_tells_its_size_and_is_no_dwelling():
    shop = signed_up(SHOP, shop=True)

    assert (shop.connection.power, shop.kvk, shop.trade_name) == (
        PowerSize.A3X35,
        "12345678",
        "Bakker",
    )
    assert not shop.connection.dwelling
    assert signed_up(SHOP | {"dwelling": "yes"}, shop=True).connection.dwelling


def test_a_household_is_not_asked_for_a_trade_register():
    assert signed_up(HOME | {"kvk": "12345678", "trade_name": "x"}).kvk == ""


def test_a_profile_survives_being_stored():
    profile = signed_up(HOME | PRICES | {"contract": "fixed", "contract_end": "2026-12-31"})

    assert from_canonical(Profile, canonical(profile)) == profile


# --- estimates


@pytest.mark.parametrize("dwelling", Dwelling)
def test_who_does_not_know_gets_the_average_of_such_a_home(dwelling):
    answers = HOME | {"kwh": "", "gas_m3": "", "dwelling_type": dwelling.value}
    profile = signed_up(answers)

    average = HAARLEM_2024[dwelling]
    assert profile.usage == Usage(average.supplied_kwh, gas=average.gas_m3)
    assert profile.is_estimated
    assert profile.band_bp > signed_up(HOME).band_bp


def test_what_is_known_is_not_estimated():
    profile = signed_up(HOME | {"gas_m3": "", "dwelling_type": "apartment"})

    assert profile.usage == Usage(1_880, gas=630)
    assert profile.is_estimated


def test_the_average_homes_are_those_of_the_statistics(shared_data):
    path = shared_data / "energy" / "cbs_81528NED_haarlem_nl_2018_2024.csv"
    rows = [line.split(",") for line in path.read_text().splitlines()]
    haarlem = {
        tuple(int(float(f)) for f in r[5:8]) for r in rows if r[0] == "GM0392" and r[4] == "2024"
    }

    ours = {(a.gas_m3, a.supplied_kwh, a.net_kwh) for a in HAARLEM_2024.values()}
    assert ours == haarlem


def test_panels_without_a_figure_are_estimated():
    profile = signed_up(HOME | {"panels_kw": "4"})

    assert (profile.usage.fed_in, profile.is_estimated) == (2_400, True)
    assert not signed_up(HOME | {"panels_kw": "4", "feed_in": "0"}).is_estimated
    assert estimate(Dwelling.ANY, gas=False, panels_kw=1).fed_in == 600


# --- what is refused


@pytest.mark.parametrize(
    ("changes", "key", "refusal"),
    [
        ({"postcode": "0036AB"}, "postcode", reading.NotAPostcode),
        ({"postcode": "2036SS"}, "postcode", reading.NotAPostcode),
        ({"postcode": ""}, "postcode", reading.Missing),
        ({"house_number": "12a"}, "house_number", reading.NotAHouseNumber),
        ({"house_number": "0"}, "house_number", reading.NotAHouseNumber),
        ({"addition": "x" * 9}, "addition", sign_up.TooLong),
        ({"product": "gas"}, "product", reading.NotAChoice),
        ({"product": ""}, "product", reading.Missing),
        ({"power_size": "3x100A"}, "power_size", reading.NotAChoice),
        ({"dwelling": "perhaps"}, "dwelling", reading.NotAChoice),
        ({"kwh": "-5"}, "kwh", reading.BelowZero),
        ({"kwh": "12,5"}, "kwh", reading.NotWhole),
        ({"kwh": "lots"}, "kwh", reading.NotWhole),
        ({"kwh": "50001"}, "kwh", sign_up.TooMuchForAHousehold),
        ({"kwh": "151111"}, "kwh", sign_up.TooMuchForTheWire),
        ({"gas_m3": "12001"}, "gas_m3", sign_up.TooMuchForAHousehold),
        ({"gas_m3": "87601"}, "gas_m3", sign_up.TooMuchForThePipe),
        ({"contract": "variable", "yearly_amount": "1000001"}, "yearly_amount", present.TooMuch),
        (PRICES | {"exit_fee": "1.000.001,00"}, "exit_fee", present.TooMuch),
        (PRICES | {"fixed_gas_month": "10001"}, "fixed_gas_month", present.TooMuch),
        ({"feed_in": "20701"}, "feed_in", sign_up.TooMuchForTheWire),
        ({"panels_kw": "56"}, "panels_kw", sign_up.TooMuchForAHousehold),
        ({"kwh_normal": "1", "kwh_low": "2"}, "kwh", sign_up.TwoTotals),
        ({"kwh": "", "kwh_normal": "1"}, "kwh_low", reading.Missing),
        ({"product": "power"}, "gas_m3", sign_up.NoGasHere),
        ({"kwh": ""}, "kwh", sign_up.UseOrDwelling),
        ({"gas_m3": ""}, "gas_m3", sign_up.UseOrDwelling),
        ({"kwh": "", "dwelling_type": "castle"}, "dwelling_type", reading.NotAChoice),
    ],
)
def test_an_answer_that_cannot_be_right_is_refused_at_its_question(changes, key, refusal):
    assert problems(HOME | changes) == {key: refusal}


@pytest.mark.parametrize(
    ("changes", "key", "refusal"),
    [
        ({"power_size": ""}, "power_size", reading.Missing),
        ({"kvk": "1234567"}, "kvk", reading.NotAKvk),
        ({"kwh": "", "dwelling_type": "any"}, "kwh", reading.Missing),
    ],
)
def test_a_shop_is_asked_more_and_gets_no_estimate(changes, key, refusal):
    assert problems(SHOP | changes, shop=True) == {key: refusal}


def test_all_that_is_wrong_is_said_at_once():
    answers = {"postcode": "x", "product": "power_gas", "kwh": "x", "ean_power": "x"} | {
        "contract": "fixed"
    }

    assert problems(answers).keys() == {
        "postcode",
        "house_number",
        "kwh",
        "ean_power",
        "contract_end",
    }


def test_a_refusal_shows_no_more_than_a_line_of_what_was_typed():
    with pytest.raises(NotRight) as refused:
        signed_up(HOME | {"kwh": "9" * 5_000})

    assert len(str(refused.value.problems["kwh"])) < 150


# --- codes


@pytest.mark.parametrize(
    "code",
    ["871687100000123453", "871687100099999991", "8716 8710 0012 3456 76", "٨71687100012345676"],
)
def test_a_right_ean_is_kept_in_plain_digits(code):
    kept = signed_up(HOME | {"ean_power": code}).ean_power

    assert kept.isascii() and len(kept) == 18


@pytest.mark.parametrize(
    ("code", "refusal"),
    [
        ("871687100000123454", reading.WrongCheckDigit),
        ("87168710000012345", reading.NotAnEan),
        ("8716871000001234530", reading.NotAnEan),
        ("87168710000012345X", reading.NotAnEan),
        ("541687100000123453", reading.NotAnEan),
    ],
)
def test_a_wrong_ean_is_refused(code, refusal):
    assert problems(HOME | {"ean_power": code}) == {"ean_power": refusal}


@given(place=st.integers(2, 17), digit=st.integers(0, 9))
def test_no_single_wrong_digit_passes(place, digit):
    right = "871687100000123453"
    typed = right[:place] + str(digit) + right[place + 1 :]

    if typed == right:
        assert reading.ean(typed) == right
    else:
        with pytest.raises(reading.WrongCheckDigit):
            reading.ean(typed)


def test_power_and_gas_have_codes_of_their_own():
    code = "871687100000123453"

    both = HOME | {"ean_power": code, "ean_gas": code}
    assert problems(both) == {"ean_gas": sign_up.SameCode}
    no_gas = both | {"product": "power", "gas_m3": ""}
    assert signed_up(no_gas).ean_gas == ""


# --- the present contract


def test_the_present_prices_are_kept_without_vat_and_tax():
    bare = signed_up(HOME | PRICES).contract

    assert bare == Contract(
        ContractKind.VARIABLE,
        TariffOffer(single=135_000, gas=435_000, fixed_power=7_200, fixed_gas=8_700),
    )


@pytest.mark.parametrize(
    ("are", "power", "gas"),
    [("with_vat", "0,16335", "0,52635"), ("all_in", "0.274198", "1.253149")],
)
def test_vat_and_tax_are_taken_off_a_price_from_a_bill(are, power, gas):
    answers = HOME | PRICES | {"prices_are": are, "rate_single": power, "rate_gas": gas}
    tariff = signed_up(answers).contract.tariff

    assert (tariff.single, tariff.gas) == (135_000, 435_000)
    assert tariff.fixed_power == round(7_200 / 1.21)


def test_an_hourly_contract_is_asked_for_no_price():
    assert signed_up(HOME | PRICES | {"contract": "dynamic"}).contract == Contract(
        ContractKind.DYNAMIC
    )


def test_the_amount_of_a_bill_is_enough():
    contract = signed_up(HOME | {"contract": "variable", "yearly_amount": "1.857,49"}).contract

    assert contract == Contract(ContractKind.VARIABLE, yearly=1_857_49)


@pytest.mark.parametrize(
    ("changes", "key", "refusal"),
    [
        ({"contract": "fixed"}, "contract_end", present.EndNeeded),
        (
            {"contract": "fixed", "contract_end": "28-02-2026"},
            "contract_end",
            present.EndInThePast,
        ),
        ({"contract": "fixed", "contract_end": "2037-01-01"}, "contract_end", present.EndTooFar),
        ({"contract": "fixed", "contract_end": "30-02-2027"}, "contract_end", reading.NotADate),
        ({"contract": "cheap"}, "contract", reading.NotAChoice),
        ({"contract": ""}, "contract", present.KindNeeded),
        ({"rate_gas": ""}, "rate_gas", present.PricesIncomplete),
        ({"fixed_power_month": ""}, "fixed_power_month", present.PricesIncomplete),
        ({"rate_single": "-0,1"}, "rate_single", reading.BelowZero),
        ({"rate_single": "13,5"}, "rate_single", reading.RateTooHigh),
        ({"rate_single": "cheap"}, "rate_single", reading.NotARate),
        ({"prices_are": "all_in"}, "rate_gas", present.TooLowForTax),
    ],
)
def test_a_contract_that_cannot_be_right_is_refused(changes, key, refusal):
    found = problems(HOME | PRICES | {"rate_single": "0,29"} | changes)

    assert found == {key: refusal}


def test_a_contract_may_end_today():
    answers = HOME | PRICES | {"contract": "fixed", "contract_end": TODAY.isoformat()}

    assert signed_up(answers).contract.ends == TODAY


# --- numbers as people type them


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("2500", 2_500),
        ("2.500", 2_500),
        ("2 500", 2_500),
        ("1,234,567", 1_234_567),
        ("٢٥٠٠", 2_500),
    ],
)
def test_whole_numbers_may_have_separators(text, number):
    assert reading.whole(text) == number


@pytest.mark.parametrize("text", ["", "2.50", "2.5000", "1.234,567", "12345678", "1e3", "½"])
def test_what_is_no_whole_number_is_refused(text):
    with pytest.raises(reading.NotWhole):
        reading.whole(text)


@given(st.text(max_size=80))
def test_whatever_is_typed_is_read_or_refused(text):
    for parse in (reading.whole, reading.rate(2_000_000), reading.day, reading.postcode):
        try:
            parse(text)
        except Refused as refusal:
            assert str(refusal)


@given(answers=st.dictionaries(st.sampled_from(sorted(HOME | PRICES)), st.text(max_size=12)))
def test_no_form_breaks_the_sign_up(answers):
    for shop in (False, True):
        try:
            signed_up(HOME | PRICES | answers, shop=shop)
        except NotRight as refused:
            assert refused.problems


# --- the size of a connection


def test_a_shop_with_a_wire_too_large_gets_a_hint():
    shop = Connection(power=PowerSize.A3X35, dwelling=False, business=True)

    hint = size_hint(shop, 12_000, 0, year=2026, rates=RATES)

    assert hint is not None
    assert (hint.enough, hint.yearly_saving) == (PowerSize.A3X25, 1_871_23 - 495_00)


@pytest.mark.parametrize(
    ("size", "kwh", "feed_in"),
    [
        (PowerSize.A3X35, 20_000, 0),
        (PowerSize.A3X35, 5_000, 20_000),
        (PowerSize.A3X25, 100, 0),
        (PowerSize.A3X40, 20_000, 0),  # 3x35A costs the same
        (PowerSize.A1X10, 100, 0),
        (PowerSize.A3X80, 400_000, 0),
    ],
)
def test_there_is_no_hint_where_it_fits_or_saves_nothing(size, kwh, feed_in):
    assert size_hint(Connection(power=size), kwh, feed_in, year=2026, rates=RATES) is None


@pytest.mark.parametrize(
    ("street", "postcode", "post"),
    [
        ("Lente 12", "2036 AB", ""),
        ("Lente 12", "2036ab", ""),
        ("Lente 112", "2036 AB", "Lente 112, 2036 AB Haarlem"),  # a neighbour, at the same code
        ("Lente 12 A", "2036 AB", "Lente 12 A, 2036 AB Haarlem"),
        ("Lente 12", "2036 AC", "Lente 12, 2036 AC Haarlem"),
    ],
)
def test_the_supplier_is_told_where_post_goes_unless_it_is_where_energy_goes(
    street, postcode, post
):
    profile = replace(signed_up(HOME), address=Address("2036 AB", 12))
    where = {"street": street, "postcode": postcode, "city": "Haarlem"}
    rest = dict.fromkeys(["reference", "name", "email", "phone", "kvk", "agreed_version"], "")
    contact = Contact(**where, **rest, accepted_at=datetime(2026, 11, 1, 12, tzinfo=UTC))

    assert switch_row(profile, {}, contact, date(2027, 2, 1))["correspondence"] == post


def test_the_supplier_gets_codes_and_amounts_in_digits_that_its_program_knows():
    contact = Contact(
        *[""] * 8, accepted_at=datetime(2026, 11, 1, 12, tzinfo=UTC), agreed_version=""
    )
    arabic = str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")
    typed = {
        "ean_power": "8716 871 00000123453",
        "ean_gas": "871687100099999991".translate(arabic),
        "advance": "120".translate(arabic),
    }

    row = switch_row(signed_up(HOME), typed, contact, date(2027, 2, 1))

    assert row["ean_power"] == "871687100000123453"
    assert row["ean_gas"] == "871687100099999991"
    assert row["advance"] == "120"


def test_one_code_in_two_scripts_is_one_code():
    code = "871687100000123453"
    twice = {"ean_power": code, "ean_gas": code.translate(str.maketrans("1", "١"))}

    assert check_acceptance(twice).keys() == {"ean_gas"}
