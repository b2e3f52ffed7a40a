"""The form of a mandate: from which account, in whose name, and yes."""

from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from wtforms import BooleanField, RadioField
from wtforms.validators import DataRequired

from app.forms.coordinator.fields import choices, is_iban, required, text

ALWAYS, ONCE = "always", "once"


class MandateForm(FlaskForm):
    iban = text(lazy_gettext("Your account number (IBAN)"), 42, required(), is_iban)
    holder = text(lazy_gettext("In the name of"), 70, required())
    how_often = RadioField(
        lazy_gettext("For which bills?"),
        choices=choices(
            [
                (ALWAYS, lazy_gettext("For all my bills, until I stop it")),
                (ONCE, lazy_gettext("For one bill only")),
            ]
        ),
        default=ALWAYS,
    )
    agreed = BooleanField(
        lazy_gettext("Yes, I agree"),
        validators=[DataRequired(lazy_gettext("Tick this if you agree."))],
    )
