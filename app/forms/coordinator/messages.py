"""A message of a coordinator: to whom, and which words."""

from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from wtforms import RadioField, TextAreaField
from wtforms.validators import Length

from app.forms.coordinator.fields import choices, filled_in, text, tidy
from purchasing.messages import LONGEST, Audience

WORDS = {
    Audience.TAKING_PART: lazy_gettext("Everybody who takes part"),
    Audience.ORDERED: lazy_gettext("Who has ordered"),
    Audience.DRAFT: lazy_gettext("Who has chosen, but not ordered"),
}


class MessageForm(FlaskForm):
    """`counts` says how many each audience has now; where there is nobody, none is offered."""

    audience = RadioField(lazy_gettext("To whom?"), validators=[filled_in()])
    subject = text(lazy_gettext("Subject"), 120)
    text = TextAreaField(
        lazy_gettext("Your message"), validators=[Length(max=LONGEST)], filters=[tidy]
    )

    def offer(self, counts: dict[Audience, int]) -> None:
        offered = [(who, count) for who, count in counts.items() if count]
        self.audience.choices = choices(
            (str(who), f"{WORDS[who]} ({count})") for who, count in offered
        )

    def validate(self, extra_validators: object = None) -> bool:
        """A reminder needs no words, for it has its own in every language."""
        if not super().validate():
            return False
        if not self.text.data and self.audience.data != Audience.DRAFT:
            self.text.errors = [lazy_gettext("Please fill this in.")]
        return not self.errors
