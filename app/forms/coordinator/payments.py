"""The forms of the treasurer: the bank's file, whose a line is, money on the table."""

from typing import Any

from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from flask_wtf.file import FileField, FileRequired
from wtforms import SelectField

from app.forms.coordinator.fields import MoneyField, filled_in, required, text
from purchasing.books import accounts
from purchasing.errors import N_

ACCOUNT_WORDS = {
    accounts.BANK_COSTS: N_("Costs of the bank"),
    accounts.OTHER_INCOME: N_("Other income"),
    accounts.OTHER_COSTS: N_("Other costs"),
    accounts.BETWEEN: N_("Between our own accounts"),
    accounts.ONLINE: N_("Paid online, on its way"),
}


class BankFileForm(FlaskForm):
    file = FileField(
        lazy_gettext("The file of your bank"),
        validators=[FileRequired(lazy_gettext("Choose a file first."))],
    )


class WhoseForm(FlaskForm):
    """Whose a line of the bank is; the choices come from who is there."""

    account = SelectField(lazy_gettext("Whose is it?"), validators=[filled_in()])

    def offer(self, participants: Any, suppliers: Any) -> None:
        """Participants and suppliers as (id, name), and the accounts that are nobody's."""
        people = [(accounts.of_participant(one), name) for one, name in participants]
        sellers = [(accounts.of_supplier(one), name) for one, name in suppliers]
        free = [(key, lazy_gettext(ACCOUNT_WORDS[key])) for key in accounts.FREE_ACCOUNTS]
        self.account.choices = {
            "": [("", lazy_gettext("Choose…"))],
            str(lazy_gettext("Participants")): people,
            str(lazy_gettext("Suppliers")): sellers,
            str(lazy_gettext("Nobody's")): free,
        }


class CashForm(FlaskForm):
    cents = MoneyField(lazy_gettext("How much was paid in cash?"), validators=[filled_in()])


class ProviderCostsForm(FlaskForm):
    cents = MoneyField(lazy_gettext("How much did it keep?"), validators=[filled_in()])


class WriteOffForm(FlaskForm):
    reason = text(lazy_gettext("Why is it written off?"), 160, required())
