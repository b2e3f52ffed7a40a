"""What a coordinator says about a supplier's answer: which lines, until when one may reply."""

from datetime import datetime
from zoneinfo import ZoneInfo

from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from wtforms import DateField, SelectMultipleField, TextAreaField, TimeField, ValidationError
from wtforms.validators import Length, Optional

from app.forms.coordinator.fields import filled_in, local_moment, tidy
from app.forms.coordinator.plan import WhichTime


class DecisionForm(FlaskForm):
    """After `validate_in`, `until` is the instant until which those affected may reply."""

    accept = SelectMultipleField(lazy_gettext("Agreed"), coerce=int)
    on = DateField(lazy_gettext("Those affected may reply until"), validators=[filled_in()])
    at = TimeField(lazy_gettext("Time"), validators=[filled_in()])
    which = WhichTime()
    note = TextAreaField(
        lazy_gettext("A word to those affected"),
        validators=[Optional(), Length(max=500)],
        filters=[tidy],
    )

    until: datetime
    asks = False

    def validate_in(self, zone: ZoneInfo) -> bool:
        if not self.validate():
            return False
        try:
            self.until = local_moment(
                self.on.data, self.at.data, zone, which=self.which.data or "", ask=self._ask
            )
        except ValidationError as error:
            self.at.errors = [str(error)]
        return not self.errors

    def _ask(self) -> None:
        self.asks = True
        words = lazy_gettext("The clock goes back that night, so this time comes twice.")
        self.which.errors = [words]
