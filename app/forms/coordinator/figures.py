"""The form of a dated figure: from when, how much, and who says so."""

from decimal import Decimal, InvalidOperation
from typing import Any

from flask_babel import format_decimal, lazy_gettext
from flask_wtf import FlaskForm
from wtforms import BooleanField, IntegerField, StringField, ValidationError
from wtforms.validators import InputRequired, Length

from app.forms.coordinator.fields import filled_in
from purchasing.tendering import FigureKind

LONGEST = 20


class FigureForm(FlaskForm):
    """After `validate`, `units` is the value in the smallest unit of its kind."""

    from_year = IntegerField(lazy_gettext("Holds from 1 January of"), validators=[InputRequired()])
    value = StringField(lazy_gettext("How much?"), validators=[filled_in(), Length(max=LONGEST)])
    source = StringField(
        lazy_gettext("Where does it come from?"), validators=[filled_in(), Length(max=200)]
    )
    estimated = BooleanField(lazy_gettext("This is an estimate"))

    def __init__(self, kind: FigureKind, **more: Any) -> None:
        super().__init__(**more)
        self.kind, self.units = kind, 0

    def validate_value(self, field: StringField) -> None:
        """Read "0,0916" or "0.0916" exactly; more decimals than the unit has are refused."""
        try:
            exact = Decimal((field.data or "").strip().replace(",", ".")) * self.kind.scale
        except InvalidOperation:
            raise ValidationError(lazy_gettext("This is not a number.")) from None
        if not exact.is_finite() or exact != exact.to_integral_value():
            raise ValidationError(lazy_gettext("This has too many decimals."))
        self.units = int(exact)


def in_units(value: int, kind: FigureKind) -> str:
    """A value as people write it: 91610 millionths are "0,09161"."""
    return str(format_decimal(Decimal(value) / kind.scale, format="0.######"))
