"""A form from a room's questions, so that no form class need know a category."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from wtforms import (
    BooleanField,
    DateField,
    Field,
    IntegerField,
    RadioField,
    SelectMultipleField,
    StringField,
    widgets,
)
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length, Optional

from app import i18n
from purchasing.errors import Refused
from purchasing.questions import Answer, Question, QuestionKind, WrongAnswers

DEFAULTS: dict[QuestionKind, object] = {QuestionKind.CHOICES: []}


def questions_form(
    questions: Iterable[Question],
    *,
    answers: Mapping[str, Answer] | None = None,
    from_request: bool = True,
    prefix: str = "",
) -> FlaskForm:
    """The form of these questions. Without `from_request` it shows `answers`, if there are any."""
    asked = tuple(questions)
    fields: dict[str, Any] = {question.key: _field(question) for question in asked}
    form_class = type("QuestionsForm", (FlaskForm,), fields)
    given = {q.key: _shown(q, (answers or {}).get(q.key)) for q in asked}
    if from_request:
        return form_class(prefix=prefix)
    return form_class(formdata=None, data=given, prefix=prefix)


def typed(form: FlaskForm, questions: Iterable[Question]) -> dict[str, object]:
    """What was filled in, for purchasing.questions.read; it judges, not the form."""
    raw = {question.key: _raw(form[question.key]) for question in questions}
    return {key: value for key, value in raw.items() if value not in (None, "", [])}


def show_problems(form: FlaskForm, wrong: WrongAnswers) -> None:
    """Put each refusal under its own field; on top, what is wrong with several together."""
    for key, refusal in wrong.problems.items():
        if key in form:
            form[key].errors = [_worded(refusal)]
        else:
            form.form_errors = [*form.form_errors, _worded(refusal)]


def _raw(field: Field) -> object:
    """What the field made of it, else the very text, so that the domain can say what is wrong."""
    if field.data is None and field.raw_data:
        return field.raw_data[0]
    return field.data


def _worded(refusal: Refused) -> str:
    return i18n.sentence(refusal)


def _field(question: Question) -> Any:
    label = lazy_gettext(question.label)
    needed = [
        InputRequired(lazy_gettext("Please fill this in.")) if question.required else Optional()
    ]
    choices = [SelectChoice(o.key, lazy_gettext(o.label)) for o in question.options]
    made: dict[QuestionKind, type[Field]] = {
        QuestionKind.NUMBER: IntegerField,
        QuestionKind.DATE: DateField,
        QuestionKind.YES_NO: BooleanField,
    }
    if question.kind == QuestionKind.CHOICES:
        return SelectMultipleField(
            label,
            choices=choices,
            validators=needed,
            widget=widgets.ListWidget(prefix_label=False),
            option_widget=widgets.CheckboxInput(),
        )
    if question.kind == QuestionKind.CHOICE:
        return RadioField(label, choices=choices, validators=needed)
    if question.kind == QuestionKind.TEXT:
        return StringField(label, validators=[*needed, Length(max=question.longest)])
    return made[question.kind](label, validators=needed)


def _shown(question: Question, answer: Answer | None) -> object:
    """Where there is but one option, it is chosen."""
    if answer is None and question.kind == QuestionKind.CHOICE and len(question.options) == 1:
        return question.options[0].key
    if answer is None:
        return DEFAULTS.get(question.kind)
    if question.kind == QuestionKind.DATE:
        return date.fromisoformat(str(answer))
    return answer
