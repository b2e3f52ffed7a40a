"""A supplier's bill as it is typed over: its totals, one pair of amounts for each VAT rate."""

from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from flask_wtf.file import FileField, FileRequired
from wtforms import DateField
from wtforms.validators import Optional

from app.forms.coordinator.fields import MoneyField, filled_in, required, text
from purchasing.billed import Billed, BilledRate

RATES = (2100, 900, 0)


class BillForm(FlaskForm):
    """All amounts as they stand at the foot of the bill."""

    number = text(lazy_gettext("Number of the bill"), 40, required())
    issued_on = DateField(lazy_gettext("Date of the bill"), validators=[filled_in()])
    due_on = DateField(lazy_gettext("To be paid before"), validators=[Optional()])
    net_900 = MoneyField(lazy_gettext("At 9%, without VAT"))
    vat_900 = MoneyField(lazy_gettext("VAT 9%"))
    net_2100 = MoneyField(lazy_gettext("At 21%, without VAT"))
    vat_2100 = MoneyField(lazy_gettext("VAT 21%"))
    net_0 = MoneyField(lazy_gettext("At 0%"))
    delivery = MoneyField(lazy_gettext("Of these amounts: delivery, without VAT"))
    deposit = MoneyField(lazy_gettext("Deposit, outside VAT"))
    total = MoneyField(lazy_gettext("Total to pay"), validators=[filled_in()])

    def billed(self) -> Billed:
        """What was typed; call it when the form is valid."""
        rates = [
            BilledRate(bp, self._cents(f"net_{bp}"), self._cents(f"vat_{bp}")) for bp in RATES
        ]
        used = tuple(rate for rate in rates if rate.net_cents or rate.vat_cents)
        delivery = self._cents("delivery")
        return Billed(
            number=self.number.data or "",
            issued_on=self.issued_on.data,
            due_on=self.due_on.data,
            goods_cents=sum(rate.net_cents for rate in used) - delivery,
            delivery_cents=delivery,
            deposit_cents=self._cents("deposit"),
            rates=used,
            total_cents=self._cents("total"),
        )

    def _cents(self, name: str) -> int:
        return int(self[name].data or 0) if name in self else 0


class BillFileForm(FlaskForm):
    file = FileField(
        lazy_gettext("The bill as e-invoice (PDF or XML)"),
        validators=[FileRequired(lazy_gettext("Choose a file first."))],
    )
