"""The form of a round that comes back: in whole weeks, counted back from the delivery."""

from typing import Any

from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from wtforms import DateField, IntegerField, TimeField, ValidationError
from wtforms.validators import NumberRange

from app.forms.coordinator.fields import filled_in, required, text
from app.i18n import sentence
from purchasing.calendar import ImpossibleRhythm, Rhythm


class RhythmForm(FlaskForm):
    title = text(lazy_gettext("Name"), 120, required())
    every_weeks = IntegerField(
        lazy_gettext("Every how many weeks?"), validators=[filled_in(), NumberRange(1, 52)]
    )
    anchor_on = DateField(lazy_gettext("First delivery"), validators=[filled_in()])
    close_days_before = IntegerField(
        lazy_gettext("Closes how many days before the delivery?"),
        validators=[filled_in(), NumberRange(1, 60)],
    )
    close_at = TimeField(lazy_gettext("Closes at"), validators=[filled_in()])
    open_days_before = IntegerField(
        lazy_gettext("Opens how many days before the delivery?"),
        validators=[filled_in(), NumberRange(1, 366)],
    )
    open_at = TimeField(lazy_gettext("Opens at"), validators=[filled_in()])
    ahead = IntegerField(
        lazy_gettext("How many rounds are planned ahead?"),
        validators=[filled_in(), NumberRange(1, 6)],
    )

    def validate_open_days_before(self, field: Any) -> None:
        """What can follow one another is a rule of the calendar, not of this form."""
        if any(self[name].errors or self[name].data is None for name in _RULED):
            return
        try:
            Rhythm(
                delivery_weekday=self.anchor_on.data.weekday(),
                anchor=self.anchor_on.data,
                **{name: self[name].data for name in _RULED if name != "anchor_on"},
            )
        except ImpossibleRhythm as refusal:
            raise ValidationError(sentence(refusal)) from None


_RULED = (
    "every_weeks",
    "anchor_on",
    "close_days_before",
    "close_at",
    "open_days_before",
    "open_at",
)
