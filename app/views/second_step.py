"""One's own second step: turn it on with a first code, and off with another."""

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from app import auth, second_step
from app.auth import SIGNED_IN, now, open_to
from app.documents.qr import qr
from app.extensions import db
from app.forms.account import SecondCodeForm
from app.i18n import sentence
from app.limits import TooOften
from purchasing.errors import Refused
from purchasing.people import Person

blueprint = Blueprint("second_step", __name__, url_prefix="/details/second-step")
WRONG = 422


@blueprint.get("")
@open_to(*SIGNED_IN)
def index() -> str:
    return _page(SecondCodeForm(formdata=None))


@blueprint.post("")
@open_to(*SIGNED_IN)
def begin() -> Response:
    """A new secret to put into the app; it counts for nothing yet."""
    second_step.begin(db.session(), _me())
    db.session.commit()
    return redirect(url_for("second_step.index"), 303)


@blueprint.post("/confirm")
@open_to(*SIGNED_IN)
def confirm() -> str | tuple[str, int]:
    """The first code turns it on. The rescue codes are on this page, and never again."""
    form, person = SecondCodeForm(), _me()
    if not form.validate():
        return _page(form), WRONG
    try:
        codes = second_step.confirm(db.session(), person.id, form.code.data, at=now())
    except TooOften:
        abort(429)
    except Refused as refusal:
        db.session.commit()  # the try counts
        form.code.errors = [sentence(refusal)]
        return _page(form), WRONG
    db.session.commit()
    return render_template("account/rescue_codes.html", codes=codes)


@blueprint.post("/off")
@open_to(*SIGNED_IN)
def turn_off() -> Response | tuple[str, int]:
    """With a code, so that nobody who finds a browser open can do it."""
    form, person = SecondCodeForm(), _me()
    if not form.validate():
        return _page(form), WRONG
    try:
        second_step.check(db.session(), person.id, form.code.data, at=now())
    except TooOften:
        abort(429)
    except Refused as refusal:
        db.session.commit()  # the try counts
        form.code.errors = [sentence(refusal)]
        return _page(form), WRONG
    second_step.turn_off(db.session(), person.id)
    db.session.commit()
    flash(gettext("Your second step is off."), "done")
    return redirect(url_for("account.details"), 303)


def _me() -> Person:
    person = auth.current_person()
    assert person is not None
    return person


def _page(form: SecondCodeForm) -> str:
    person = _me()
    step = second_step.begun(db.session(), person.id)
    waiting = step is not None and step.confirmed_at is None
    return render_template(
        "account/second_step.html",
        form=form,
        step=step,
        square=qr(second_step.address_of(step, person), _title()) if waiting and step else "",
        secret=second_step.secret_of(step) if waiting and step else "",
        left=second_step.rescue_codes_left(db.session(), person.id),
        required=request.args.get("required"),
    )


def _title() -> str:
    return gettext("Square for your app")
