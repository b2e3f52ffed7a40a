"""What somebody found at one home: one question after another for each article ordered."""

from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from wtforms import Field, IntegerField, RadioField
from wtforms.validators import NumberRange, Optional

from app.forms.coordinator.fields import MoneyField, choices, filled_in, text
from purchasing.commitments import MOST_PIECES
from purchasing.findings import LONGEST_REASON, Found, SurveyFinding

FITS, OTHER, NOT = "fits", "other", "not"
PARTS = ("fits", "quantity", "extra", "reason")


class FindingsForm(FlaskForm):
    """Made for the articles that one participant ordered: `asked`, pieces by article."""

    asked: Mapping[int, int]

    def of(self, item_id: int, part: str) -> Field:
        return self[f"{part}_{item_id}"]

    def validate(self, extra_validators: Any = None) -> bool:
        if not super().validate(extra_validators):
            return False
        for item_id, ordered in self.asked.items():
            self._check(item_id, ordered)
        return not self.errors

    def found(self) -> dict[int, Found]:
        """What was written down, for purchasing.findings."""
        return {item_id: self._one(item_id, ordered) for item_id, ordered in self.asked.items()}

    def _one(self, item_id: int, ordered: int) -> Found:
        fits = self.of(item_id, "fits").data
        quantity = {FITS: ordered, NOT: 0}.get(fits, self.of(item_id, "quantity").data)
        extra = 0 if fits == NOT else self.of(item_id, "extra").data or 0
        return Found(quantity or 0, extra, self.of(item_id, "reason").data or "")

    def _check(self, item_id: int, ordered: int) -> None:
        if self.of(item_id, "fits").data == OTHER and self.of(item_id, "quantity").data is None:
            self.of(item_id, "quantity").errors = [lazy_gettext("Please fill this in.")]
            return
        found = self._one(item_id, ordered)
        if (found.quantity != ordered or found.extra_cents) and not found.reason:
            self.of(item_id, "reason").errors = [
                lazy_gettext("Say why. The participant reads it.")
            ]


def findings_form(
    asked: Mapping[int, int],
    found: Mapping[int, SurveyFinding] | None = None,
    *,
    from_request: bool = True,
) -> FindingsForm:
    """The form for these articles. Without `from_request` it shows what was found before."""
    fields: dict[str, Any] = {"asked": asked}
    for item_id in asked:
        fields |= {f"{part}_{item_id}": field for part, field in _fields().items()}
    form = type("FindingsForm", (FindingsForm,), fields)
    if from_request:
        return form()
    return form(formdata=None, data=_shown(asked, found or {}))


def _fields() -> dict[str, Field]:
    return {
        "fits": RadioField(
            lazy_gettext("Does it fit?"),
            choices=choices(
                [
                    (FITS, lazy_gettext("Yes, as ordered")),
                    (OTHER, lazy_gettext("In another number")),
                    (NOT, lazy_gettext("No")),
                ]
            ),
            validators=[filled_in()],
        ),
        "quantity": IntegerField(
            lazy_gettext("How many fit?"), validators=[Optional(), NumberRange(1, MOST_PIECES)]
        ),
        "extra": MoneyField(lazy_gettext("Extra work")),
        "reason": text(lazy_gettext("Why?"), LONGEST_REASON),
    }


def _shown(asked: Mapping[int, int], found: Mapping[int, SurveyFinding]) -> dict[str, Any]:
    shown: dict[str, Any] = {}
    for item_id, one in found.items():
        fits = FITS if one.quantity == asked.get(item_id) else OTHER if one.quantity else NOT
        values = (fits, one.quantity if fits == OTHER else None, one.extra_cents, one.reason)
        shown |= {f"{part}_{item_id}": v for part, v in zip(PARTS, values, strict=True)}
    return shown
