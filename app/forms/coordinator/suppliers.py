"""The forms of a supplier, and of the columns of its price list."""

from typing import Any

from flask_babel import gettext, lazy_gettext
from flask_wtf import FlaskForm
from flask_wtf.file import FileField, FileRequired
from wtforms import BooleanField, SelectField, ValidationError

from app.forms.coordinator.fields import (
    LanguageField,
    MoneyField,
    VatField,
    choices,
    is_iban,
    mail,
    required,
    text,
)
from app.forms.coordinator.people import is_kvk
from suppliers import readers

MAPPED = (
    ("number", lazy_gettext("Article number")),
    ("name", lazy_gettext("Name")),
    ("unit", lazy_gettext("Unit, such as “bag 1 kg”")),
    ("content", lazy_gettext("Content, where it has a column of its own")),
    ("case_size", lazy_gettext("How many in a case")),
    ("price", lazy_gettext("Price without VAT")),
    ("vat", lazy_gettext("VAT")),
    ("deposit", lazy_gettext("Deposit")),
    ("brand", lazy_gettext("Brand")),
    ("origin", lazy_gettext("Origin")),
    ("category", lazy_gettext("Group")),
    ("note", lazy_gettext("Remark")),
    ("ean", lazy_gettext("Barcode (EAN)")),
)
NEEDED = ("name", "price")


class SupplierForm(FlaskForm):
    name = text(lazy_gettext("Name"), 120, required())
    attention = text(lazy_gettext("To the attention of"), 120)
    street = text(lazy_gettext("Street and number"), 120)
    postcode = text(lazy_gettext("Postcode"), 12)
    city = text(lazy_gettext("Town"), 80)
    email = mail(lazy_gettext("Mail address for orders"))
    phone = text(lazy_gettext("Telephone"), 40)
    customer_number = text(lazy_gettext("Our customer number there"), 40)
    iban = text(lazy_gettext("Account number (IBAN)"), 42, is_iban)
    language = LanguageField(lazy_gettext("Language of the orders"))
    minimum_cents = MoneyField(lazy_gettext("Least amount of an order"))
    delivery_cents = MoneyField(lazy_gettext("Cost of a delivery"))
    free_delivery_cents = MoneyField(lazy_gettext("Delivers free from"), empty=None)
    delivery_vat_bp = VatField(lazy_gettext("VAT on the delivery"))
    wants_zero_order = BooleanField(lazy_gettext("Wants a mail when nothing is ordered too"))
    kvk = text(lazy_gettext("Chamber of Commerce number (KvK)"), 12, is_kvk)
    wants_ubl = BooleanField(lazy_gettext("Wants orders as UBL too, for its program"))
    active = BooleanField(lazy_gettext("We buy here"), default=True)

    def validate_wants_ubl(self, field: Any) -> None:
        if field.data and not self.kvk.data:
            raise ValidationError(gettext("An order as UBL is addressed by the KvK number."))


class UploadForm(FlaskForm):
    """A price list; its format is recognised unless one is chosen."""

    file = FileField(
        lazy_gettext("Price list"),
        validators=[FileRequired(lazy_gettext("Choose a file first."))],
    )
    format_key = SelectField(lazy_gettext("Format"))

    def __init__(self, **more: Any) -> None:
        super().__init__(**more)
        known = [(one.key, lazy_gettext(one.name)) for one in readers.formats()]
        self.format_key.choices = choices([("", lazy_gettext("Find out by itself")), *known])


class MappingForm(FlaskForm):
    """Which column is which. Columns are named by their place, for titles may come twice."""

    header_row = SelectField(lazy_gettext("Which row has the titles?"), coerce=int)
    price_is = SelectField(
        lazy_gettext("The price is"),
        choices=choices((("unit", lazy_gettext("per unit")), ("case", lazy_gettext("per case")))),
    )
    vat_default = SelectField(
        lazy_gettext("VAT where the list says nothing"),
        choices=choices((("9", "9%"), ("21", "21%"), ("0", "0%"))),
    )
    decimal = SelectField(
        lazy_gettext("How are amounts written?"),
        choices=choices(
            (("", lazy_gettext("Find out by itself")), (",", "12,50"), (".", "12.50"))
        ),
    )


for _name, _label in MAPPED:
    setattr(MappingForm, f"column_{_name}", SelectField(_label))
