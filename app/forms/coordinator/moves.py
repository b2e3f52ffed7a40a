"""What a coordinator must say for a move: until when, or why."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from flask_babel import gettext, lazy_gettext
from flask_wtf import FlaskForm
from wtforms import DateField, TextAreaField, TimeField, ValidationError
from wtforms.validators import Length

from app import i18n
from app.forms.coordinator.fields import filled_in, local_moment, required, tidy
from app.forms.coordinator.plan import WhichTime


class ExtendForm(FlaskForm):
    """A later moment on our clocks. After `validate`, `until` is the instant."""

    on = DateField(lazy_gettext("New last day"), validators=[filled_in()])
    at = TimeField(lazy_gettext("Time"), validators=[filled_in()])
    which = WhichTime()

    until: datetime
    asks = False

    def validate_in(self, zone: ZoneInfo, *, delivery_on: date | None = None) -> bool:
        """`delivery_on` is when the goods come: a round closes no later than that day."""
        if not self.validate():
            return False
        if delivery_on is not None and self.on.data > delivery_on:
            day = i18n.day(delivery_on)
            self.on.errors = [
                gettext("The goods come on %(day)s. Close no later than that day.", day=day)
            ]
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


class CancelForm(FlaskForm):
    """Why a round is called off: everybody who takes part reads it."""

    reason = TextAreaField(
        lazy_gettext("Why does the round stop?"),
        validators=[required(), Length(max=1000)],
        filters=[tidy],
    )
