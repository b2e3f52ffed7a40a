"""What a supplier cannot deliver as ordered, as one participant sees it: numbers and prices."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from purchasing.category import SettlementMode
from purchasing.deliveries.share_replies import LESS, NO, YES, Change
from purchasing.money import cents_of, half_up
from purchasing.rounds import Round, RoundItem


@dataclass(frozen=True)
class ChangeLine:
    """One change. Prices are cents per unit: with VAT for a household, without for a shop."""

    change: Change
    net: bool
    typed: str = ""  # yes, no or less, where a form comes back
    count: str = ""
    problem: str = ""

    @property
    def id(self) -> int:
        return self.change.share.id

    @property
    def item(self) -> RoundItem:
        return self.change.item

    @property
    def before(self) -> int:
        return self.change.share.before

    @property
    def offered(self) -> int:
        return self.change.share.offered

    @property
    def asks(self) -> bool:
        return self.change.asks

    @property
    def dearer(self) -> bool:
        return self.change.dearer

    @property
    def price_before(self) -> int:
        return self._shown(self.change.ordered_price)

    @property
    def price_now(self) -> int:
        return self._shown(self.change.share.unit_price)

    @property
    def said(self) -> str:
        """What is chosen now: what was typed, else what was replied, else nothing."""
        if self.typed or self.change.replied is None:
            return self.typed
        if self.change.replied == self.offered:
            return YES
        return LESS if self.change.replied else NO

    def _shown(self, unit_price: int) -> int:
        taxed = half_up(unit_price * (10_000 + self.item.vat_bp), 10_000)
        return cents_of(unit_price if self.net else taxed)


def lines_of(round_: Round, changes: Iterable[Change], *, for_shop: bool) -> list[ChangeLine]:
    """As the page and the mail show them; a shop sees prices without VAT, if it is invoiced."""
    net = for_shop and round_.settlement_mode != SettlementMode.SHARED
    return [ChangeLine(change, net) for change in changes]
