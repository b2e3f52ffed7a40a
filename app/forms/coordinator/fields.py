"""Fields that read as people write: amounts, VAT, moments on the clock on the wall."""

import unicodedata
from collections.abc import Callable, Iterable
from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from flask_babel import lazy_gettext
from stdnum import iban
from stdnum.exceptions import ValidationError as NotValid
from wtforms import EmailField, Form, SelectField, StringField, ValidationError
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, InputRequired, Length, Optional

from app import i18n
from purchasing.calendar import NoSuchTime, is_ambiguous, to_utc
from purchasing.errors import Refused
from purchasing.money import parse_cents

MOST_FORM_CENTS = 100_000_000  # a million euros; no round and no supplier asks for more


class MoneyField(StringField):
    """An amount in whole cents, typed as "12,50" or "€ 1.234,50". Empty is `empty`."""

    def __init__(self, label: Any = None, *, empty: int | None = 0, **options: Any) -> None:
        super().__init__(label, **options)
        self.empty = empty

    def _value(self) -> str:
        if self.raw_data:
            return tidy(str(self.raw_data[0]))
        return "" if self.data is None else _euros(self.data)

    def process_formdata(self, valuelist: list[str]) -> None:
        text = valuelist[0].strip() if valuelist else ""
        if not text:
            self.data = self.empty
            return
        try:
            self.data = parse_cents(text)
        except Refused as refusal:
            self.data = None
            raise ValueError(i18n.sentence(refusal)) from None
        if self.data > MOST_FORM_CENTS:
            raise ValueError(lazy_gettext("This is more than a million euros."))


class VatField(SelectField):
    """One of the VAT rates of this country, in basis points."""

    def __init__(self, label: Any = None, **options: Any) -> None:
        rates = choices((rate, i18n.percent(rate)) for rate in (2100, 900, 0))
        required = [filled_in()]
        super().__init__(label, required, choices=rates, coerce=int, **options)


class LanguageField(SelectField):
    """One of the languages we write in."""

    def __init__(self, label: Any = None, **options: Any) -> None:
        label = label or lazy_gettext("Language of the mails and papers")
        spoken = choices(i18n.LANGUAGES.items())
        super().__init__(label, [filled_in()], choices=spoken, **options)


def required() -> DataRequired:
    """For a text: blanks alone say nothing."""
    return DataRequired(lazy_gettext("Please fill this in."))


def filled_in() -> InputRequired:
    """For anything else: nought is an answer too."""
    return InputRequired(lazy_gettext("Please fill this in."))


def choices(pairs: Iterable[tuple[Any, Any]]) -> list[SelectChoice]:
    """What a field offers, from (value, words)."""
    return [SelectChoice(value, words) for value, words in pairs]


def text(label: Any, longest: int, *validators: Any, **options: Any) -> StringField:
    """A line of text that fits its column."""
    return StringField(
        label,
        validators=[*(validators or (Optional(),)), Length(max=longest)],
        filters=[tidy],
        **options,
    )


def mail(label: Any, *validators: Any) -> EmailField:
    """A mail address, kept in lower case."""
    return EmailField(
        label,
        validators=[*(validators or (Optional(),)), Length(max=254), is_mail],
        filters=[tidy, lambda value: value.lower() if value else value],
    )


def tidy(value: str | None) -> str:
    """Without blanks around it, and without signs that no paper and no page can show."""
    return "".join(sign for sign in value or "" if sign in "\n\t" or is_visible(sign)).strip()


def is_visible(sign: str) -> bool:
    return unicodedata.category(sign) not in ("Cc", "Cs")


def is_mail(_form: Form, field: Any) -> None:
    from email_validator import EmailNotValidError, validate_email

    if not field.data:
        return
    try:
        validate_email(field.data, check_deliverability=False, test_environment=True)
    except EmailNotValidError:
        raise ValidationError(lazy_gettext("This is not a mail address.")) from None


def is_iban(_form: Form, field: Any) -> None:
    """An account number with right check digits; kept without blanks."""
    if not field.data:
        return
    try:
        field.data = iban.validate(field.data)
    except NotValid:
        raise ValidationError(
            lazy_gettext("This is not an account number. It looks like NL91 ABNA 0417 1643 00.")
        ) from None


def local_moment(
    day: date, at: time, zone: ZoneInfo, *, which: str, ask: Callable[[], None]
) -> datetime:
    """The instant of a day and a time on our clocks.

    Where the time comes twice and nobody said which ("first" or "second"), `ask` is called.
    Raises ValidationError where the clock skips it.
    """
    try:
        moment = to_utc(day, at, zone, later=which == "second")
    except NoSuchTime as refusal:
        raise ValidationError(i18n.sentence(refusal)) from None
    if is_ambiguous(day, at, zone) and which not in ("first", "second"):
        ask()
    return moment


def _euros(cents: int) -> str:
    """As an amount is typed here; read back it gives the same cents."""
    return f"{cents // 100},{cents % 100:02d}"
