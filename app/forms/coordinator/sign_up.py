"""The form of a round that people sign up to: its terms, without goods, suppliers and money."""

from typing import Any

from flask_babel import lazy_gettext

from app.forms.coordinator.plan import RoundForm, typed
from purchasing.rounds import Round

KEPT = ("title", "description", "settlement_mode", "contact_name", "contact_phone")
GOODS = (
    "delivery_on",
    "pickup_from",
    "pickup_until",
    "pickup_place",
    "pickup_address",
    "minimum_cents",
    "fee_cents",
    "fee_vat_bp",
    "sharing_rule",
    "delivery_share",
    "shortfall_rule",
    "extend_days",
    "invoice_at",
    "order_at_close",
)


class SignUpRoundForm(RoundForm):
    """Nothing is ordered, delivered or paid, so nothing about that is asked."""

    without: tuple[str, ...] = GOODS
    kept: tuple[str, ...] = KEPT

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        for name in self.without:
            delattr(self, name)

    def write_to(self, round_: Round) -> None:
        for name in self.kept:
            setattr(round_, name, self[name].data)
        round_.opens_at, round_.closes_at = self.opens_at, self.closes_at

    def _check_order(self) -> None:
        if self.opens_at >= self.closes_at:
            self.closes_on.errors = [lazy_gettext("A round must close after it opens.")]


def typed_terms(round_: Round) -> dict[str, Any]:
    """The values of a round as this form shows them."""
    return {name: value for name, value in typed(round_).items() if name not in GOODS}
