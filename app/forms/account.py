"""Signing in, and what a person may change about itself and its household."""

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import BooleanField, HiddenField, SelectField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, Email, Length

from app.i18n import LANGUAGES


def stripped(text: str | None) -> str:
    """Without the blanks that a phone's keyboard leaves around a word."""
    return (text or "").strip()


def address(text: str | None) -> str:
    """A mail address as we keep it."""
    return stripped(text).lower()


def required() -> DataRequired:
    return DataRequired(_l("Please fill this in."))


def email_field() -> StringField:
    wrong = _l("This is not a mail address. It looks like this: name@example.org")
    return StringField(
        _l("Mail address"),
        filters=[address],
        validators=[required(), Length(max=254), Email(wrong)],
    )


class AskCodeForm(FlaskForm):
    email = email_field()


class CodeForm(FlaskForm):
    email = email_field()
    request = HiddenField(filters=[stripped])  # with `key`, from the link in the mail
    key = HiddenField(filters=[stripped])
    code = StringField(_l("Code of 6 digits"), filters=[stripped], validators=[required()])
    shared = BooleanField(_l("Others use this device too"))


class SecondCodeForm(FlaskForm):
    code = StringField(_l("Code of your app"), filters=[stripped], validators=[required()])


class PersonForm(FlaskForm):
    name = StringField(_l("Name"), filters=[stripped], validators=[required(), Length(max=120)])
    language = SelectField(
        _l("Language"), choices=[SelectChoice(code, name) for code, name in LANGUAGES.items()]
    )


class AddressForm(FlaskForm):
    """Where a household or shop is."""

    street = StringField(_l("Street and number"), filters=[stripped], validators=[Length(max=120)])
    postcode = StringField(_l("Postcode"), filters=[stripped], validators=[Length(max=12)])
    city = StringField(_l("Town"), filters=[stripped], validators=[Length(max=80)])
    phone = StringField(_l("Telephone"), filters=[stripped], validators=[Length(max=40)])
