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


class UntilForm(FlaskForm):
    """A moment on our clocks, `on` a day. After `validate_in`, `until` is the instant."""

    on: DateField
    at = TimeField(lazy_gettext("Time"), validators=[filled_in()])
    which = WhichTime()

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


class ExtendForm(UntilForm):
    """A later moment at which a round closes: no later than the day on which the goods come."""

    on = DateField(lazy_gettext("New last day"), validators=[filled_in()])

    delivery_on: date | None = None

    def validate_on(self, field: DateField) -> None:
        if self.delivery_on and field.data and field.data > self.delivery_on:
            day = i18n.day(self.delivery_on)
            raise ValidationError(
                gettext("The goods come on %(day)s. Close no later than that day.", day=day)
            )


class CancelForm(FlaskForm):
    """Why a round is called off: everybody who takes part reads it."""

    reason = TextAreaField(
        lazy_gettext("Why does the round stop?"),
        validators=[required(), Length(max=1000)],
        filters=[tidy],
    )
