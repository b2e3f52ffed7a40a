"""Signing in by a code from the mail, signing out, and a person's own details."""

from flask import Blueprint, abort, flash, redirect, render_template, request, session, url_for
from flask_babel import gettext
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response

from app import auth, codes, second_step
from app.auth import EVERYBODY, SIGNED_IN, now, open_to
from app.devices import STAFF, Device
from app.extensions import db
from app.forms.account import (
    AddressForm,
    AskCodeForm,
    CodeForm,
    PersonForm,
    SecondCodeForm,
    address,
)
from app.i18n import sentence
from app.limits import TooOften
from app.links import own_path
from purchasing import errands
from purchasing.errors import Refused
from purchasing.people import Participant, Person, Role

blueprint = Blueprint("account", __name__)
HALF_WAY_SECONDS = 600  # between the code from the mail and the one of the app
MOST_ASKED = 5  # requests that a browser remembers
WRONG = 422  # the form comes back with what is wrong in it
BROWSERS = (
    ("Edg/", "Edge"),
    ("Firefox/", "Firefox"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
SYSTEMS = ("Android", "iPhone", "iPad", "Windows", "Macintosh", "Linux")


@blueprint.get("/sign-in")
@open_to(EVERYBODY)
def sign_in() -> str | Response:
    if auth.asker():
        return redirect(own_path(request.args.get("next")))
    return render_template("account/sign_in.html", form=AskCodeForm(), next=_next())


@blueprint.post("/sign-in")
@open_to(EVERYBODY)
def ask_code() -> str | tuple[str, int] | Response:
    """Mail a code. The answer is the same whether we know the address or not."""
    form = AskCodeForm()
    if not form.validate():
        return render_template("account/sign_in.html", form=form, next=_next()), WRONG
    try:
        _ask_for(form.email.data)
    except codes.AskedTooOften:
        abort(429)
    return redirect(url_for("account.code", next=_next()), 303)


def _ask_for(email: str) -> None:
    """Note the request, in this browser too: its tries are its own."""
    row = codes.ask_for_code(db.session(), email, address=request.remote_addr or "", at=now())
    if row is not None and row.person_id is not None:
        errands.ask(
            db.session(),
            errands.Kind.MAIL_SIGN_IN,
            row.id,
            priority=errands.Priority.AWAITED,
            recipient=row.email,
            now=now(),
        )
    db.session.commit()
    session["signing_in"] = email
    if row is not None:
        session["asked"] = [*_asked(), row.id][-MOST_ASKED:]


def _asked() -> list[int]:
    """The requests that this browser made; our signature on the cookie says it is true."""
    return list(session.get("asked", ()))


@blueprint.get("/sign-in/code")
@open_to(EVERYBODY)
def code() -> str | Response:
    """Where the code is typed. The link in the mail leads here; opening it changes nothing."""
    if auth.asker():
        return redirect(own_path(request.args.get("next")))
    email = address(request.args.get("email")) or session.get("signing_in", "")
    mailed = {name: request.args.get(name, "") for name in ("request", "key")}
    form = CodeForm(formdata=None, email=email, **mailed)
    return render_template("account/code.html", form=form, next=_next())


@blueprint.post("/sign-in/code")
@open_to(EVERYBODY)
def use_code() -> str | tuple[str, int] | Response:
    form = CodeForm()
    if form.validate():
        try:
            person = _sign_in(form)
        except Refused as refusal:
            form.code.errors = [sentence(refusal)]
        else:
            return _go_on(person, shared=form.shared.data)
        db.session.commit()  # the try counts, also when it was wrong
    return render_template("account/code.html", form=form, next=_next()), WRONG


def _sign_in(form: CodeForm) -> Person:
    """Raises WrongCode, CodeExpired."""
    wanted = str(form.request.data or "")
    number = int(wanted) if wanted.isascii() and wanted.isdigit() and len(wanted) < 10 else None
    opened = codes.opened_with(db.session(), number, form.key.data or "")
    email, code = str(form.email.data), str(form.code.data)
    return codes.sign_in(db.session(), email, code, asked=_asked(), opened=opened, at=now())


def _go_on(person: Person, *, shared: bool) -> Response:
    """In; or, where somebody has a second step, to that, with what was proved so far."""
    if not second_step.is_on(db.session(), person.id):
        return _welcome(person, shared=shared)
    db.session.commit()  # the code from the mail is used
    session["half_way"] = {"person": person.id, "shared": shared, "at": now().timestamp()}
    return redirect(url_for("account.second_code", next=_next()), 303)


@blueprint.get("/sign-in/second")
@open_to(EVERYBODY)
def second_code() -> str | Response:
    if auth.asker() or _half_way() is None:
        return redirect(url_for("account.sign_in", next=_next()))
    return render_template(
        "account/second_code.html", form=SecondCodeForm(formdata=None), next=_next()
    )


@blueprint.post("/sign-in/second")
@open_to(EVERYBODY)
def use_second_code() -> str | tuple[str, int] | Response:
    person, form = _half_way(), SecondCodeForm()
    if person is None:
        return redirect(url_for("account.sign_in", next=_next()), 303)
    if form.validate():
        try:
            second_step.check(db.session(), person.id, form.code.data, at=now())
        except TooOften:
            abort(429)
        except Refused as refusal:
            form.code.errors = [sentence(refusal)]
        else:
            return _welcome(person, shared=session["half_way"]["shared"])
        db.session.commit()  # the try counts, also when it was wrong
    return render_template("account/second_code.html", form=form, next=_next()), WRONG


def _half_way() -> Person | None:
    """Who proved in this browser, a short while ago, that they read their mail."""
    proved = session.get("half_way")
    if not proved or not 0 <= now().timestamp() - proved["at"] <= HALF_WAY_SECONDS:
        return None
    person = db.session.get(Person, proved["person"])
    return person if person is not None and person.active else None


@blueprint.post("/sign-out")
@open_to(EVERYBODY)
def sign_out() -> Response:
    auth.forget(db.session(), at=now())
    db.session.commit()
    flash(gettext("You are signed out."), "done")
    return redirect(url_for("home.index"), 303)


@blueprint.post("/sign-out/everywhere")
@open_to(*SIGNED_IN)
def sign_out_everywhere() -> Response:
    auth.forget_all(db.session(), _me(), at=now())
    auth.forget(db.session(), at=now())
    db.session.commit()
    flash(gettext("You are signed out on every device."), "done")
    return redirect(url_for("home.index"), 303)


@blueprint.post("/devices/<int:device_id>/sign-out")
@open_to(*SIGNED_IN)
def sign_out_device(device_id: int) -> Response:
    device = db.session.get(Device, device_id)
    if device is None or device.person_id != _me().id:
        abort(404)
    device.ended_at = now()
    db.session.commit()
    flash(gettext("That device is signed out."), "done")
    return redirect(url_for("account.details"), 303)


@blueprint.get("/details")
@open_to(*SIGNED_IN)
def details() -> str:
    return _details_page(PersonForm(obj=_me()), _address_forms())


@blueprint.post("/details")
@open_to(*SIGNED_IN)
def save_details() -> tuple[str, int] | Response:
    form = PersonForm()
    if not form.validate():
        return _details_page(form, _address_forms()), WRONG
    form.populate_obj(_me())
    session["language"] = form.language.data
    return _saved()


@blueprint.post("/details/<int:participant_id>")
@open_to(*SIGNED_IN)
def save_address(participant_id: int) -> tuple[str, int] | Response:
    """The address of one's own household or shop; of others a coordinator keeps it elsewhere."""
    participant = next((p for p in _mine() if p.id == participant_id), None)
    if participant is None:
        abort(404)
    form = AddressForm(prefix=_prefix(participant))
    if not form.validate():
        forms = _address_forms() | {participant.id: form}
        return _details_page(PersonForm(formdata=None, obj=_me()), forms), WRONG
    form.populate_obj(participant)
    return _saved()


def _saved() -> Response:
    db.session.commit()
    flash(gettext("Saved."), "done")
    return redirect(url_for("account.details"), 303)


def _details_page(form: PersonForm, address_forms: dict[int, AddressForm]) -> str:
    forms: list[FlaskForm] = [form, *address_forms.values()]
    devices = db.select(Device).where(Device.person_id == _me().id, Device.ended_at.is_(None))
    return render_template(
        "account/details.html",
        form=form,
        wrong=next((f for f in forms if f.errors), form),
        address_forms=address_forms,
        participants=_mine(),
        devices=db.session.scalars(devices.order_by(Device.seen_at.desc())).all(),
        this_device=auth.this_device(),
        second_step=second_step.is_on(db.session(), _me().id),
    )


def _address_forms() -> dict[int, AddressForm]:
    return {
        participant.id: AddressForm(formdata=None, obj=participant, prefix=_prefix(participant))
        for participant in _mine()
    }


def _prefix(participant: Participant) -> str:
    return f"p{participant.id}-"


def _mine() -> list[Participant]:
    """The households and shops of the person who asks, to be changed."""
    return [participant for participant in _me().participants if participant.active]


def _me() -> Person:
    person = auth.current_person()
    assert person is not None
    return person


def _welcome(person: Person, *, shared: bool) -> Response:
    target = _next()
    auth.remember(db.session(), person, label=_device_label(), at=now())
    db.session.commit()
    session.permanent = not shared
    return redirect(own_path(target) if target else _first_page(person), 303)


def _first_page(person: Person) -> str:
    """Who only works for the network, or reads along, has nothing on a page of its own."""
    if not person.participants and person.roles & STAFF:
        return url_for("coordinator_today.index")
    if not person.participants and Role.OBSERVER in person.roles:
        return url_for("coordinator_observer.index")
    return url_for("mine.index" if person.roles else "home.index")


def _next() -> str:
    return request.values.get("next", "")


def _device_label() -> str:
    """ "Firefox, Android": enough to know one's own phone again."""
    agent = request.user_agent.string
    browser = next((name for sign, name in BROWSERS if sign in agent), "")
    system = next((name for name in SYSTEMS if name in agent), "")
    return ", ".join(filter(None, (browser, system))) or "?"
