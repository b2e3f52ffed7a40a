"""The network itself: filled in once by an administrator, and changed now and then."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from app.auth import open_to
from app.extensions import db
from app.forms.coordinator.network import NetworkForm
from app.ui import network
from app.views.coordinator.found import WRONG
from purchasing.people import Network, Role, VatStatus

blueprint = Blueprint("coordinator_network", __name__, url_prefix="/coordinator/network")


@blueprint.get("/")
@open_to(Role.ADMINISTRATOR)
def show() -> str:
    usual = {"vat_status": VatStatus.NONE, "payment_days": 14, "timezone": "Europe/Amsterdam"}
    form = NetworkForm(formdata=None, obj=network(), data=None if network() else usual)
    return render_template("coordinator/network.html", form=form)


@blueprint.post("/")
@open_to(Role.ADMINISTRATOR)
def save() -> tuple[str, int] | Response:
    """Change the network, or make it. Rounds that are settled and papers stay as they are."""
    form = NetworkForm()
    if not form.validate():
        return render_template("coordinator/network.html", form=form), WRONG
    row = network()
    if row is None:
        row = Network()
        db.session.add(row)
    form.populate_obj(row)
    db.session.commit()
    flash(gettext("Saved. Papers that were made before stay as they are."))
    return redirect(url_for("coordinator_network.show"), 303)
