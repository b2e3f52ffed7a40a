"""Direct debit: a household lets us collect its bills, on its own page, and stops it there."""

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from app import auth
from app.auth import now, open_to
from app.devices import Buyer
from app.extensions import db
from app.forms.direct_debit import ONCE, MandateForm
from purchasing.books import mandates
from purchasing.people import Participant, Role, the_network

blueprint = Blueprint("direct_debit", __name__, url_prefix="/direct-debit")
WRONG = 422


@blueprint.get("/<int:participant_id>")
@open_to(Role.MEMBER)
def show(participant_id: int) -> str:
    """The mandate that is in force, or the form that gives one."""
    return _page(_mine_or_404(participant_id), MandateForm(formdata=None))


@blueprint.post("/<int:participant_id>")
@open_to(Role.MEMBER)
def give(participant_id: int) -> Response | tuple[str, int]:
    buyer, form = _mine_or_404(participant_id), MandateForm()
    if not form.validate():
        return _page(buyer, form), WRONG
    mandates.give(
        db.session(),
        db.session.get_one(Participant, buyer.id),
        account=form.iban.data or "",
        holder=form.holder.data or "",
        one_off=form.how_often.data == ONCE,
        now=now(),
    )
    db.session.commit()
    flash(gettext("Thank you. From now on we collect, and tell you each time beforehand."), "done")
    return redirect(url_for("direct_debit.show", participant_id=buyer.id), 303)


@blueprint.post("/<int:participant_id>/revoke")
@open_to(Role.MEMBER)
def revoke(participant_id: int) -> Response:
    buyer = _mine_or_404(participant_id)
    mandates.revoke(db.session(), buyer.id, now=now())
    db.session.commit()
    flash(gettext("Stopped. From now on you pay your bills yourself."), "done")
    return redirect(url_for("direct_debit.show", participant_id=buyer.id), 303)


def _mine_or_404(participant_id: int) -> Buyer:
    """One's own household or shop: nobody gives or reads a mandate of somebody else."""
    mine = {buyer.id: buyer for buyer in auth.my_participants()}
    if participant_id not in mine:
        abort(404)
    return mine[participant_id]


def _page(buyer: Buyer, form: MandateForm) -> str:
    us = the_network(db.session())
    mandate = mandates.in_force(db.session(), buyer.id)
    if mandate is None and not mandates.is_offered(us):
        abort(404)
    return render_template(
        "direct_debit/show.html", buyer=buyer, form=form, us=us, mandate=mandate
    )
