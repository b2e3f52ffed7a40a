"""The form of the network itself: who it is, how it stands to VAT, where it is paid."""

from typing import Any
from zoneinfo import available_timezones

from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from wtforms import IntegerField, RadioField, SelectField, ValidationError
from wtforms.validators import NumberRange

from app.forms.coordinator.fields import (
    LanguageField,
    choices,
    filled_in,
    is_iban,
    mail,
    required,
    text,
)
from app.forms.coordinator.people import is_kvk, is_vat_id
from app.forms.coordinator.plan import worded
from app.i18n import sentence
from purchasing.books import instalments, mandates
from purchasing.errors import N_, Refused
from purchasing.people import VatStatus, check_afm_number

VWORDS = {
    VatStatus.NONE: N_("No VAT number: neighbours share the costs and get a settlement"),
    VatStatus.REGISTERED: N_("VAT number: the network resells and its invoices state VAT"),
    VatStatus.KOR: N_("Small-business scheme (KOR): invoices without VAT"),
}


def is_afm_number(_form: FlaskForm, field: Any) -> None:
    """Eight digits; kept without blanks."""
    try:
        field.data = check_afm_number(field.data or "")
    except Refused as refusal:
        raise ValidationError(sentence(refusal)) from None


def is_creditor_id(_form: FlaskForm, field: Any) -> None:
    """Kept without blanks."""
    try:
        field.data = mandates.check_creditor_id(field.data or "")
    except Refused as refusal:
        raise ValidationError(sentence(refusal)) from None


class NetworkForm(FlaskForm):
    name = text(lazy_gettext("Name of the network"), 120, required())
    street = text(lazy_gettext("Street and number"), 120)
    postcode = text(lazy_gettext("Postcode"), 12)
    city = text(lazy_gettext("Town"), 80)
    email = mail(lazy_gettext("Mail address"))
    phone = text(lazy_gettext("Telephone"), 40)
    phone_hours = text(lazy_gettext("When can people phone?"), 120)
    kvk = text(lazy_gettext("Chamber of Commerce number (KvK)"), 12, is_kvk)
    afm_number = text(lazy_gettext("AFM number of a licensed party"), 12, is_afm_number)
    vat_status = RadioField(
        lazy_gettext("How does the network stand to VAT?"),
        choices=worded(VWORDS),
    )
    vat_id = text(lazy_gettext("VAT id"), 20, is_vat_id)
    iban = text(lazy_gettext("Account number (IBAN)"), 42, is_iban)
    account_name = text(lazy_gettext("Name of the account"), 70)
    payment_days = IntegerField(
        lazy_gettext("Days to pay"), validators=[filled_in(), NumberRange(0, 90)]
    )
    reminder_days = IntegerField(
        lazy_gettext("Remind who is late, every so many days"),
        validators=[filled_in(), NumberRange(0, 90)],
        default=0,
    )
    creditor_id = text(lazy_gettext("Creditor id (Incassant-ID)"), 42, is_creditor_id)
    debit_notice_days = IntegerField(
        lazy_gettext("Tell people at least so many days before"),
        validators=[filled_in(), NumberRange(1, 30)],
        default=5,
    )
    instalments_most = IntegerField(
        lazy_gettext("Let people pay a bill in at most so many parts"),
        validators=[filled_in(), NumberRange(0, instalments.MOST)],
        default=0,
    )
    pickup_place = text(lazy_gettext("Usual place to collect"), 120)
    pickup_address = text(lazy_gettext("Address of that place"), 160)
    language = LanguageField(lazy_gettext("Language of lists and letters of our own"))
    timezone = SelectField(lazy_gettext("Time zone"), validators=[filled_in()])

    def __init__(self, **more: Any) -> None:
        super().__init__(**more)
        self.timezone.choices = choices((zone, zone) for zone in sorted(available_timezones()))

    def validate_vat_id(self, field: Any) -> None:
        if self.vat_status.data == VatStatus.REGISTERED and not field.data:
            raise ValidationError(lazy_gettext("Who states VAT on invoices has a VAT id."))
