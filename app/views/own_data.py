"""One's own data: what is held until when, take it along, have it erased."""

from flask import Blueprint, Response, flash, redirect, render_template, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response as AnyResponse

from app import auth, own_data
from app.auth import SIGNED_IN, now, open_to
from app.documents import archives
from app.extensions import db
from app.forms.own_data import EraseForm
from app.i18n import sentence
from purchasing import privacy
from purchasing.errors import Refused
from purchasing.people import Participant, Person, Role

blueprint = Blueprint("own_data", __name__, url_prefix="/my-data")
WRONG, NOT_NOW = 422, 409


@blueprint.get("")
@open_to(*SIGNED_IN)
def index() -> str:
    mine = _me().participants
    held = privacy.held_answers(db.session(), [one.id for one in mine])
    return render_template("account/own_data.html", held=held, several=len(mine) > 1)


@blueprint.get("/download")
@open_to(*SIGNED_IN)
def download() -> Response:
    me = _me()
    archive = archives.current()
    packet = own_data.packed(db.session(), archive, me.participants, person=me, at=now())
    response = Response(packet, mimetype="application/zip")
    response.headers["Content-Disposition"] = 'attachment; filename="koopkracht.zip"'
    return response


@blueprint.get("/erase")
@open_to(*SIGNED_IN)
def ask_erase() -> str:
    return _page(EraseForm(formdata=None))


@blueprint.post("/erase")
@open_to(*SIGNED_IN)
def erase() -> tuple[str, int] | AnyResponse:
    form, me = EraseForm(), _me()
    if not form.validate():
        return _page(form), WRONG
    try:
        erased = privacy.erase_person(db.session(), me, actor="", now=now())
    except Refused as refusal:
        db.session.rollback()
        return _page(form, problem=sentence(refusal)), NOT_NOW
    own_data.forget_sign_ins(db.session(), erased)
    goodbye = gettext("Your data has been erased. Thank you for taking part.")  # in their language
    auth.forget(db.session(), at=now())
    db.session.commit()
    flash(goodbye, "done")
    return redirect(url_for("home.index"), 303)


def _page(form: EraseForm, *, problem: str = "") -> str:
    me = _me()
    alone = privacy.acts_alone_for(me)
    return render_template(
        "account/erase.html",
        form=form,
        problem=problem,
        goes=alone,
        stays=_without(me.participants, alone),
        has_role=bool(me.roles - {Role.MEMBER}),
    )


def _without(participants: list[Participant], some: list[Participant]) -> list[Participant]:
    return [one for one in participants if one not in some]


def _me() -> Person:
    person = auth.current_person()
    assert person is not None
    return person
