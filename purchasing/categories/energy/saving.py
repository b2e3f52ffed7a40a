"""What an offer means for one participant: the cost now, the cost then, and what leaving costs.

Nobody is worse off by accident: a saving that is not known is not shown, an exit fee that is not
known is not taken for nothing, and a dearer offer is accepted only for a stated reason.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from purchasing.categories.energy.connection import Connection
from purchasing.categories.energy.costs import Assumption, YearlyCost
from purchasing.categories.energy.rates import Rates
from purchasing.categories.energy.tariff import (
    Part,
    anniversary,
    cost_of_parts,
    parts,
    yearly_cost,
)
from purchasing.categories.energy.terms import Contract, ContractKind, TariffOffer, Usage
from purchasing.errors import N_, Refused
from purchasing.money import BasisPoints, Cents, half_up

WHOLE = 10_000
SUN_BAND: BasisPoints = 3_000  # how far the share of power fed in may be off, either way


class Basis(StrEnum):
    """What a saving is measured against, or why there is none."""

    RATES = "rates"
    BILL = "bill"  # the amount of the last yearly bill
    UNKNOWN = "unknown"  # nobody told us what is paid now
    DYNAMIC = "dynamic"  # an hourly price has no yearly cost beforehand
    FEE_UNKNOWN = "fee_unknown"  # leaving may cost something, and we cannot tell what


BASIS_WORDS = {
    Basis.RATES: N_("Compared with the prices of your present contract."),
    Basis.BILL: N_("Compared with the amount of your last yearly bill."),
    Basis.UNKNOWN: N_("You did not tell us what you pay now, so we cannot tell what you save."),
    Basis.DYNAMIC: N_("Your present price changes by the hour, so nobody can tell what you save."),
    Basis.FEE_UNKNOWN: N_(
        "Your present contract runs on, and we do not know what leaving it costs. "
        "Ask your supplier first."
    ),
}


class AcceptReason(StrEnum):
    """Why somebody takes an offer that costs more than staying."""

    GREEN = "green"
    SERVICE = "service"
    CERTAINTY = "certainty"


class WorseOff(Refused):
    message = N_(
        "This offer costs you %(more_cents)s a year more than staying where you are. "
        "To take it all the same, say why."
    )


@dataclass(frozen=True, slots=True)
class ExitFee:
    """What leaving the present contract costs, in cents; None if nobody can tell."""

    cents: Cents | None
    estimated: bool = False


@dataclass(frozen=True, slots=True)
class Comparison:
    """An offer beside the present contract, over the twelve months from its start.

    `now` has the lines where the present rates are known. `band`: the saving without bonus if use
    and feed-in turn out lower or higher; from the least to the most.
    """

    new: YearlyCost
    now: YearlyCost | None
    now_total: Cents | None
    fee: ExitFee
    basis: Basis
    band: tuple[Cents, Cents] | None = None

    @property
    def saving(self) -> Cents | None:
        """Without the bonus: what counts for "no harm"."""
        if self.now_total is None or self.fee.cents is None:
            return None
        return self.now_total - self.new.total - self.fee.cents

    @property
    def saving_with_bonus(self) -> Cents | None:
        return None if self.saving is None else self.saving + self.new.bonus

    @property
    def worse_off(self) -> bool:
        return self.saving is not None and self.saving < 0


def check_acceptance(saving: Cents | None, reason: AcceptReason | None) -> None:
    """Refuse an offer known to cost more than staying, unless a reason is given."""
    if saving is not None and saving < 0 and reason is None:
        raise WorseOff(more_cents=-saving)


def compare(
    usage: Usage,
    connection: Connection,
    contract: Contract | None,
    offer: TariffOffer,
    *,
    start: date,
    rates: Rates,
    market: TariffOffer | None = None,
    band_bp: BasisPoints = 1_000,
) -> Comparison:
    """What the offer would change. `market`: today's prices, where the supplier's are not known.

    `band_bp` is how far the yearly use may be off, either way (see `Profile.band_bp`).
    """
    new = yearly_cost(usage, connection, offer, start=start, rates=rates)
    now = present_cost(usage, connection, contract, start=start, rates=rates)
    fee = exit_fee(contract, usage, leaves=start, rates=rates, market=market)
    basis = basis_of(contract, fee)
    total = present_total(contract, now) if basis in (Basis.RATES, Basis.BILL) else None
    band = None
    if basis is Basis.RATES:
        band = _band(usage, connection, contract, offer, start, rates, market, band_bp)
    return Comparison(new, now, total, fee, basis, band)


def present_total(contract: Contract | None, now: YearlyCost | None) -> Cents | None:
    if now is not None:
        return now.total
    return contract.yearly if contract is not None else None


def basis_of(contract: Contract | None, fee: ExitFee) -> Basis:
    if contract is None:
        return Basis.UNKNOWN
    if contract.kind is ContractKind.DYNAMIC:
        return Basis.DYNAMIC
    if contract.tariff is None and contract.yearly is None:
        return Basis.UNKNOWN
    if fee.cents is None:
        return Basis.FEE_UNKNOWN
    return Basis.RATES if contract.tariff is not None else Basis.BILL


def present_cost(
    usage: Usage, connection: Connection, contract: Contract | None, *, start: date, rates: Rates
) -> YearlyCost | None:
    """The same twelve months without the offer; None where the present rates are not known.

    After the last day of a fixed term its successor counts, or, if that is not known, the same
    terms once more; either way the result says so.
    """
    if contract is None or contract.tariff is None or contract.kind is ContractKind.DYNAMIC:
        return None
    end = anniversary(start)
    last = contract.ends if contract.kind is ContractKind.FIXED else None
    turn = min(max(start, last + timedelta(days=1)), end) if last else end
    then = contract.after or contract.tariff
    stretch: list[Part] = parts(contract.tariff, start, turn) + parts(then, turn, end)
    cost = cost_of_parts(usage, connection, stretch, rates)
    if turn == end:
        return cost
    known = contract.after is not None
    said = Assumption.CONTRACT_FOLLOWED if known else Assumption.CONTRACT_GOES_ON
    return YearlyCost(
        lines=cost.lines,
        total=cost.total,
        total_net=cost.total_net,
        years=cost.years,
        assumptions=cost.assumptions | {said},
    )


def exit_fee(
    contract: Contract | None,
    usage: Usage,
    *,
    leaves: date,
    rates: Rates,
    market: TariffOffer | None = None,
) -> ExitFee:
    """What leaving on this day costs, with VAT: only a fixed price with a fixed term can ask it.

    For contracts since June 2023 it is at most what the old rate lies above the same supplier's
    rate of today, times what would still have been used, per product (ACM; Stcrt. 2023, 1492).
    Without today's rates those of the market stand in. VAT is counted to be on the safe side.
    """
    if contract is None or contract.kind is not ContractKind.FIXED:
        return ExitFee(0)
    if contract.ends is not None and contract.ends < leaves:
        return ExitFee(0)
    if contract.exit_fee is not None:
        return ExitFee(contract.exit_fee)
    today = contract.today or market
    if contract.ends is None or contract.tariff is None or today is None:
        return ExitFee(None)
    if not today.fits(usage) or not contract.tariff.fits(usage):
        return ExitFee(None)
    days = (contract.ends - leaves).days + 1
    lost = _lost_in_a_year(usage, contract.tariff, today, netting=rates.year(leaves.year).netting)
    vat_bp = rates.year(leaves.year).vat_bp
    cents = half_up(lost * days * (WHOLE + vat_bp), 10**4 * WHOLE * 365)
    return ExitFee(cents, estimated=contract.today is None)


def _lost_in_a_year(usage: Usage, old: TariffOffer, today: TariffOffer, *, netting: bool) -> int:
    """What the old rates bring the supplier above today's, in millionths of a euro."""
    use = (usage.netted if netting else usage.unnetted).use
    registers = zip(old.power_rates(usage), today.power_rates(usage), strict=True)
    power = sum(
        kwh * (was - now - old.discount.power)
        for kwh, (was, now) in zip(use, registers, strict=True)
    )
    gas = (usage.gas or 0) * ((old.gas or 0) - old.discount.gas - (today.gas or 0))
    return max(0, power) + max(0, gas)


def _band(
    usage: Usage,
    connection: Connection,
    contract: Contract | None,
    offer: TariffOffer,
    start: date,
    rates: Rates,
    market: TariffOffer | None,
    band_bp: BasisPoints,
) -> tuple[Cents, Cents]:
    """The least and the most saving when use, and feed-in if there is any, are off."""
    sun = (-SUN_BAND, 0, SUN_BAND) if usage.fed_in else (0,)
    savings: list[Cents] = []
    for use_off in (-band_bp, 0, band_bp):
        for sun_off in sun:
            other = usage.scaled(WHOLE + use_off, WHOLE + sun_off)
            now = present_cost(other, connection, contract, start=start, rates=rates)
            new = yearly_cost(other, connection, offer, start=start, rates=rates)
            fee = exit_fee(contract, other, leaves=start, rates=rates, market=market)
            savings.append((now.total if now else 0) - new.total - (fee.cents or 0))
    return min(savings), max(savings)
