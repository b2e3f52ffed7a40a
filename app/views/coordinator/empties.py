"""Empties: how many bottles and crates a participant hands in, or a supplier takes back."""

from __future__ import annotations

import re

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from app import auth, requested
from app.auth import open_to
from app.extensions import db
from app.i18n import money, sentence
from app.views.coordinator.found import STAFF, WRONG, moment_now, room, row_or_404
from purchasing.books import empties
from purchasing.books.empties import Owner
from purchasing.catalogue import Supplier
from purchasing.errors import N_, Refused
from purchasing.people import Participant

blueprint = room("empties", "/empties")
LONGEST_KEY = 48


class NotACount(Refused):
    message = N_("“%(text)s” is not a number of bottles or crates.")


@blueprint.get("/participants/<int:participant_id>")
@open_to(*STAFF)
def of_participant(participant_id: int) -> str:
    return _page(row_or_404(Participant, participant_id))


@blueprint.post("/participants/<int:participant_id>")
@open_to(*STAFF)
def from_participant(participant_id: int) -> Response | tuple[str, int]:
    return _save(row_or_404(Participant, participant_id))


@blueprint.get("/suppliers/<int:supplier_id>")
@open_to(*STAFF)
def of_supplier(supplier_id: int) -> str:
    return _page(row_or_404(Supplier, supplier_id))


@blueprint.post("/suppliers/<int:supplier_id>")
@open_to(*STAFF)
def to_supplier(supplier_id: int) -> Response | tuple[str, int]:
    return _save(row_or_404(Supplier, supplier_id))


def _save(owner: Owner) -> Response | tuple[str, int]:
    try:
        back = empties.take_back(
            db.session(),
            owner,
            _counts(),
            reason=request.form.get("reason", ""),
            key=f"{owner.id}:{requested.key(LONGEST_KEY)}",
            actor=auth.actor(),
            now=moment_now(),
        )
    except Refused as refusal:
        db.session.rollback()
        return _page(row_or_404(type(owner), owner.id), sentence(refusal)), WRONG
    here = _here(owner)
    db.session.commit()
    flash(gettext("It is booked: %(amount)s of deposit went back.", amount=money(back)))
    return redirect(here, 303)


def _counts() -> dict[int, int]:
    """`n25` says how many of 25 cents came back."""
    found = {}
    for name, text in request.form.items():
        each = re.fullmatch(r"n(\d{1,6})", name)
        if each and text.strip():
            if not re.fullmatch(r"[-−]?\d{1,6}", text.strip()):
                raise NotACount(text=text.strip()[:20])
            found[int(each[1])] = int(text.strip().replace("−", "-"))
    return found


def _page(owner: Owner, problem: str = "") -> str:
    session = db.session()
    return render_template(
        "coordinator/empties.html",
        owner=owner,
        is_supplier=isinstance(owner, Supplier),
        here=_here(owner),
        containers=empties.containers_of(session, owner),
        returned=empties.list_returned(session, owner)[:20],
        problem=problem,
        typed=request.form,
    )


def _here(owner: Owner) -> str:
    if isinstance(owner, Supplier):
        return url_for("coordinator_empties.of_supplier", supplier_id=owner.id)
    return url_for("coordinator_empties.of_participant", participant_id=owner.id)
