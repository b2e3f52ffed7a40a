"""What a coordinator says about a supplier's answer: which lines, until when one may reply."""

from flask_babel import lazy_gettext
from wtforms import DateField, SelectMultipleField, TextAreaField
from wtforms.validators import Length, Optional

from app.forms.coordinator.fields import filled_in, tidy
from app.forms.coordinator.moves import UntilForm


class DecisionForm(UntilForm):
    """After `validate_in`, `until` is the instant until which those affected may reply."""

    accept = SelectMultipleField(lazy_gettext("Agreed"), coerce=int)
    on = DateField(lazy_gettext("Those affected may reply until"), validators=[filled_in()])
    note = TextAreaField(
        lazy_gettext("A word to those affected"),
        validators=[Optional(), Length(max=500)],
        filters=[tidy],
    )
