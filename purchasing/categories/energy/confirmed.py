"""What a confirmation says of a contract: costs, prices as somebody pays them, and its days."""

from typing import Any

from purchasing.categories.energy.explained import Explained
from purchasing.categories.energy.plain import to_plain
from purchasing.categories.energy.terms import TariffOffer
from purchasing.errors import N_
from purchasing.money import BasisPoints, Millionths, half_up

WHOLE = 10_000
PER_CENT = 10_000  # millionths of a euro
PER_KWH, PER_M3, PER_YEAR = N_("per kWh"), N_("per m³"), N_("per year")


def confirmation(told: Explained, vat_bp: BasisPoints) -> dict[str, Any]:
    """The part of the record that this room knows; amounts in cents with VAT, over a year."""
    usage, comparison = told.profile.usage, told.comparison
    return {
        "rows": [to_plain(row) for row in told.rows],
        "now": comparison.now_total,
        "new": comparison.new.total,
        "bonus": comparison.new.bonus,
        "exit_fee": comparison.fee.cents,
        "saving": comparison.saving,
        "use": {"kwh": usage.power, "m3": usage.gas, "fed_in": usage.fed_in},
        "estimated": told.profile.is_estimated,
        "prices_with_vat": not told.profile.connection.business,
        "prices": prices(told, vat_bp),
        "green": told.green_words,
        "term_months": told.tariff.term_months,
        "start_on": told.start.isoformat(),
        "fixed_until": told.fixed_until.isoformat() if told.fixed_until else "",
        "assumptions": list(told.assumption_words),
    }


def prices(told: Explained, vat_bp: BasisPoints) -> list[dict[str, Any]]:
    """The supplier's prices without energy tax: with VAT for a household, without for a shop.

    Power fed in is paid without VAT to who is no business.
    """
    tariff, usage = told.tariff, told.profile.usage
    vat = 0 if told.profile.connection.business else vat_bp
    found: list[dict[str, Any]] = []
    if usage.kwh_low is not None and tariff.normal is not None and tariff.low is not None:
        found += [
            _price(N_("Electricity, normal hours"), _power(tariff, tariff.normal), PER_KWH, vat),
            _price(N_("Electricity, low hours"), _power(tariff, tariff.low), PER_KWH, vat),
        ]
    elif tariff.single is not None:
        found.append(_price(N_("Electricity"), _power(tariff, tariff.single), PER_KWH, vat))
    if usage.gas is not None and tariff.gas is not None:
        found.append(_price(N_("Gas"), tariff.gas - tariff.discount.gas, PER_M3, vat))
    if usage.fed_in:
        found.append(_price(N_("Power fed in, you get"), tariff.feed_in, PER_KWH, 0))
        if tariff.feed_in_cost:
            found.append(_price(N_("Feeding in, you pay"), tariff.feed_in_cost, PER_KWH, vat))
        if step := tariff.feed_in_step(usage.fed_in):
            found.append(_price(N_("Feeding in, you pay"), step * PER_CENT, PER_YEAR, vat))
    fixed = tariff.fixed_power - tariff.discount.fixed
    fixed += tariff.fixed_gas if usage.gas is not None else 0
    found.append(_price(N_("Fixed costs"), fixed * PER_CENT, PER_YEAR, vat))
    return found


def _power(tariff: TariffOffer, rate: Millionths) -> Millionths:
    return rate - tariff.discount.power


def _price(label: str, net: Millionths, unit: str, vat_bp: BasisPoints) -> dict[str, Any]:
    return {"label": label, "price": half_up(net * (WHOLE + vat_bp), WHOLE), "unit": unit}
