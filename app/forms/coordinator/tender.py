"""The form of a round that is put to tender: its three moments, and the network's own fee."""

from datetime import UTC, datetime
from typing import Any

from flask_babel import lazy_gettext
from wtforms import DateField, TimeField

from app import i18n
from app.forms.coordinator.fields import filled_in
from app.forms.coordinator.plan import WhichTime, clock_of
from app.forms.coordinator.sign_up import GOODS, KEPT, SignUpRoundForm, typed_terms
from purchasing.rounds import Round

FEE = ("fee_cents", "fee_vat_bp")


class TenderRoundForm(SignUpRoundForm):
    """After `validate`, `bids_until` and `offers_until` are instants too."""

    without = tuple(name for name in GOODS if name not in FEE)
    kept = (*KEPT, *FEE)
    bids_on = DateField(lazy_gettext("Bids are opened on"), validators=[filled_in()])
    bids_time = TimeField(lazy_gettext("Bids are opened at"), validators=[filled_in()])
    bids_which = WhichTime()
    offers_on = DateField(lazy_gettext("Choosing ends on"), validators=[filled_in()])
    offers_time = TimeField(lazy_gettext("Choosing ends at"), validators=[filled_in()])
    offers_which = WhichTime()

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.bids_until = self.offers_until = datetime.min.replace(tzinfo=UTC)

    def write_to(self, round_: Round) -> None:
        super().write_to(round_)
        round_.bids_until, round_.offers_until = self.bids_until, self.offers_until

    def _check_order(self) -> None:
        super()._check_order()
        self.bids_until, self.offers_until = self._moment("bids"), self._moment("offers")
        if not self.errors and self.bids_until <= self.closes_at:
            self.bids_on.errors = [lazy_gettext("Bids are opened after the sign-up has closed.")]
        if not self.errors and self.offers_until <= self.bids_until:
            self.offers_on.errors = [lazy_gettext("Choosing ends after the bids are opened.")]


def typed_tender(round_: Round) -> dict[str, Any]:
    """The values of a round as this form shows them."""
    moments = {"bids": round_.bids_until, "offers": round_.offers_until}
    clocks = [clock_of(name, i18n.local(at)) for name, at in moments.items() if at is not None]
    fee = {name: getattr(round_, name) for name in FEE}
    return typed_terms(round_) | fee | {k: v for clock in clocks for k, v in clock.items()}
