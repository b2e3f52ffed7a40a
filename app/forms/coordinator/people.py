"""The forms of households, shops and persons."""

from typing import Any

from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from wtforms import BooleanField, RadioField, ValidationError

from app.forms.coordinator.fields import LanguageField, mail, required, text
from app.forms.coordinator.plan import worded
from app.i18n import sentence
from purchasing.errors import N_, Refused
from purchasing.people import ParticipantKind, Role, check_kvk, check_vat_id

KIND_WORDS = {ParticipantKind.HOUSEHOLD: N_("Household"), ParticipantKind.SHOP: N_("Shop")}

ROLE_WORDS = {
    Role.COORDINATOR: N_("Coordinator"),
    Role.ADMINISTRATOR: N_("Administrator"),
    Role.OBSERVER: N_("Observer"),
}


def is_kvk(_form: FlaskForm, field: Any) -> None:
    """Eight digits; kept without blanks."""
    try:
        field.data = check_kvk(field.data or "")
    except Refused as refusal:
        raise ValidationError(sentence(refusal)) from None


def is_vat_id(_form: FlaskForm, field: Any) -> None:
    """A Dutch VAT id with right check digits."""
    try:
        field.data = check_vat_id(field.data or "")
    except Refused as refusal:
        raise ValidationError(sentence(refusal)) from None


class ParticipantForm(FlaskForm):
    kind = RadioField(
        lazy_gettext("What is it?"),
        choices=worded(KIND_WORDS),
    )
    name = text(lazy_gettext("Name"), 120, required())
    street = text(lazy_gettext("Street and number"), 120)
    postcode = text(lazy_gettext("Postcode"), 12)
    city = text(lazy_gettext("Town"), 80)
    email = mail(lazy_gettext("Mail address for papers"))
    phone = text(lazy_gettext("Telephone"), 40)
    language = LanguageField()
    kvk = text(lazy_gettext("Chamber of Commerce number (KvK)"), 12, is_kvk)
    vat_id = text(lazy_gettext("VAT id"), 20, is_vat_id)
    active = BooleanField(lazy_gettext("Takes part"), default=True)


class MemberForm(FlaskForm):
    """Somebody who may sign in for a participant."""

    name = text(lazy_gettext("Name"), 120, required())
    email = mail(lazy_gettext("Mail address to sign in with"), required())
    language = LanguageField(lazy_gettext("Language"))


class PersonForm(MemberForm):
    active = BooleanField(lazy_gettext("May sign in"), default=True)
