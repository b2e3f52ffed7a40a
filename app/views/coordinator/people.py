"""Households, shops and the persons who act for them."""

from flask import abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import selectinload
from werkzeug.wrappers import Response

from app import auth
from app.auth import now, open_to
from app.extensions import db
from app.forms.coordinator.people import ROLE_WORDS, MemberForm, ParticipantForm, PersonForm
from app.ui import network
from app.views.coordinator.found import (
    PAGE_SIZE,
    STAFF,
    WRONG,
    asked_id,
    page_number,
    room,
    row_or_404,
)
from purchasing import people as domain
from purchasing.people import Membership, Participant, ParticipantKind, Person, Role
from purchasing.rounds import Round, RoundState

blueprint = room("people", "/people")
MOST_WORDS = 60
OPEN_SHOWN = 5


@blueprint.get("/")
@open_to(*STAFF)
def index() -> str:
    """Households and shops, searched and in pages; with `round`, to order for one of them."""
    search, page = request.args.get("search", "").strip()[:MOST_WORDS], page_number()
    query = select(Participant).options(
        selectinload(Participant.memberships).selectinload(Membership.person)
    )
    for word in search.split():
        query = query.where(_contains(word))
    ordered = query.order_by(Participant.active.desc(), Participant.name, Participant.id)
    rows = list(db.session.scalars(ordered.offset((page - 1) * PAGE_SIZE).limit(PAGE_SIZE + 1)))
    return render_template(
        "coordinator/people/index.html",
        participants=rows[:PAGE_SIZE],
        more=len(rows) > PAGE_SIZE,
        page=page,
        search=search,
        round=_open_round(),
    )


@blueprint.get("/new")
@open_to(*STAFF)
def start() -> str:
    us = network()
    form = ParticipantForm(
        formdata=None,
        kind=ParticipantKind.HOUSEHOLD,
        city=us.city if us else "",
        language=us.language if us else "nl",
    )
    return render_template("coordinator/people/form.html", form=form)


@blueprint.post("/new")
@open_to(*STAFF)
def create() -> tuple[str, int] | Response:
    form = ParticipantForm()
    if not form.validate():
        return render_template("coordinator/people/form.html", form=form), WRONG
    values = {name: value for name, value in form.data.items() if name in _PARTICIPANT}
    participant = domain.enrol(db.session(), now=now(), **values)
    db.session.commit()
    return redirect(_page_of(participant), 303)


@blueprint.get("/<int:participant_id>")
@open_to(*STAFF)
def show(participant_id: int) -> str:
    return _participant_page(_participant_or_404(participant_id), MemberForm(formdata=None))


@blueprint.get("/<int:participant_id>/edit")
@open_to(*STAFF)
def edit(participant_id: int) -> str:
    participant = row_or_404(Participant, participant_id)
    form = ParticipantForm(formdata=None, obj=participant)
    return render_template("coordinator/people/form.html", form=form, participant=participant)


@blueprint.post("/<int:participant_id>/edit")
@open_to(*STAFF)
def save(participant_id: int) -> tuple[str, int] | Response:
    participant = row_or_404(Participant, participant_id)
    form = ParticipantForm()
    if not form.validate():
        page = render_template("coordinator/people/form.html", form=form, participant=participant)
        return page, WRONG
    form.populate_obj(participant)
    db.session.commit()
    flash(gettext("Saved. Papers that were made before stay as they are."))
    return redirect(_page_of(participant), 303)


@blueprint.post("/<int:participant_id>/persons")
@open_to(*STAFF)
def add_person(participant_id: int) -> tuple[str, int] | Response:
    """Let somebody act for a participant; who is known already, by mail address, is taken."""
    participant = _participant_or_404(participant_id)
    form = MemberForm()
    if not form.validate():
        return _participant_page(participant, form), WRONG
    session = db.session()
    person = domain.find_person(session, form.email.data)
    if person is None:
        values = {name: form[name].data for name in ("email", "name", "language")}
        person = domain.admit(session, now=now(), **values)
    domain.appoint(person, Role.MEMBER, participant)
    session.commit()
    flash(gettext("%(name)s can sign in for %(who)s.", name=person.name, who=participant.name))
    return redirect(_page_of(participant), 303)


@blueprint.post("/memberships/<int:membership_id>/end")
@open_to(*STAFF)
def end_membership(membership_id: int) -> Response:
    """Take a role back. A role in the network itself only an administrator can take."""
    membership = row_or_404(Membership, membership_id)
    participant = membership.participant
    if participant is None:
        _administrators_only()
    person_id = membership.person_id
    domain.dismiss(db.session(), membership)
    db.session.commit()
    flash(gettext("Done."))
    if participant is not None:
        return redirect(_page_of(participant), 303)
    return redirect(url_for("coordinator_people.person", person_id=person_id), 303)


@blueprint.get("/persons/<int:person_id>")
@open_to(*STAFF)
def person(person_id: int) -> str:
    person = _person_or_404(person_id)
    return _person_page(person, PersonForm(formdata=None, obj=person))


@blueprint.post("/persons/<int:person_id>")
@open_to(*STAFF)
def save_person(person_id: int) -> tuple[str, int] | Response:
    """Change who signs in. Who may not any more is signed out everywhere."""
    person = _person_or_404(person_id)
    if person.roles - {Role.MEMBER}:
        _administrators_only()
    form = PersonForm()
    if not (form.validate() and _address_is_free(form, person) and _may_go(form, person)):
        return _person_page(person, form), WRONG
    moved = person.email != form.email.data
    form.populate_obj(person)
    if moved or not person.active:
        auth.forget_all(db.session(), person, at=now())
    db.session.commit()
    flash(gettext("Saved."))
    return redirect(url_for("coordinator_people.person", person_id=person.id), 303)


@blueprint.get("/staff")
@open_to(Role.ADMINISTRATOR)
def staff() -> str:
    """Who works for the network, and who reads along."""
    return _staff_page(MemberForm(formdata=None))


@blueprint.post("/staff")
@open_to(Role.ADMINISTRATOR)
def appoint() -> tuple[str, int] | Response:
    form, role = MemberForm(), request.form.get("role", "")
    if role not in ROLE_WORDS:
        abort(400)
    if not form.validate():
        return _staff_page(form), WRONG
    session = db.session()
    person = domain.find_person(session, form.email.data)
    if person is None:
        values = {name: form[name].data for name in ("email", "name", "language")}
        person = domain.admit(session, now=now(), **values)
    domain.appoint(person, Role(role))
    session.commit()
    flash(gettext("%(name)s has got the role.", name=person.name))
    return redirect(url_for("coordinator_people.staff"), 303)


_PARTICIPANT = tuple(
    name for name in vars(ParticipantForm) if name in Participant.__table__.columns
)


def _administrators_only() -> None:
    person = auth.current_person()
    if person is None or Role.ADMINISTRATOR not in person.roles:
        abort(403)


def _may_go(form: PersonForm, person: Person) -> bool:
    """Nobody locks out the last administrator, and nobody itself."""
    if form.active.data or person is not auth.current_person():
        return True
    form.active.errors = [gettext("You cannot shut yourself out.")]
    return False


def _address_is_free(form: PersonForm, person: Person) -> bool:
    other = domain.find_person(db.session(), form.email.data)
    if other is None or other.id == person.id:
        return True
    form.email.errors = [gettext("Somebody else signs in with this address.")]
    return False


def _participant_or_404(participant_id: int) -> Participant:
    found = db.session.scalar(
        select(Participant)
        .where(Participant.id == participant_id)
        .options(selectinload(Participant.memberships).selectinload(Membership.person))
    )
    if found is None:
        abort(404)
    return found


def _person_or_404(person_id: int) -> Person:
    found = db.session.scalar(
        select(Person)
        .where(Person.id == person_id)
        .options(selectinload(Person.memberships).selectinload(Membership.participant))
    )
    if found is None:
        abort(404)
    return found


def _participant_page(participant: Participant, form: MemberForm) -> str:
    rounds = db.session.scalars(
        select(Round)
        .where(Round.state == RoundState.OPEN, Round.closes_at > now())
        .order_by(Round.closes_at)
        .limit(OPEN_SHOWN)
    )
    return render_template(
        "coordinator/people/show.html", participant=participant, form=form, rounds=list(rounds)
    )


def _person_page(person: Person, form: PersonForm) -> str:
    return render_template(
        "coordinator/people/person.html", one=person, form=form, role_words=ROLE_WORDS
    )


def _staff_page(form: MemberForm) -> str:
    rows = db.session.scalars(
        select(Membership)
        .where(Membership.role != Role.MEMBER)
        .options(selectinload(Membership.person))
        .order_by(Membership.role, Membership.id)
    )
    return render_template(
        "coordinator/people/staff.html",
        memberships=list(rows),
        form=form,
        role_words=ROLE_WORDS,
    )


def _page_of(participant: Participant) -> str:
    return url_for("coordinator_people.show", participant_id=participant.id)


def _open_round() -> Round | None:
    """The round for which somebody is looked up, as long as it is open."""
    round_id = asked_id("round")
    round_ = db.session.get(Round, round_id) if round_id else None
    return round_ if round_ is not None and round_.is_open(now()) else None


def _contains(word: str) -> ColumnElement[bool]:
    columns = (Participant.name, Participant.street, Participant.postcode, Participant.email)
    number = Participant.number == int(word[:9]) if word.isascii() and word.isdigit() else None
    found = [column.icontains(word, autoescape=True) for column in columns]
    return or_(*found) if number is None or len(word) > 9 else or_(number, *found)
