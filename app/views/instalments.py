"""Paying a bill in parts: chosen by the household itself, on a page that nobody else sees."""

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from app import auth
from app.auth import now, open_to
from app.extensions import db
from app.i18n import local
from purchasing.books import instalments, open_items
from purchasing.books.open_items import OpenItem
from purchasing.papers import Paper
from purchasing.people import Role

blueprint = Blueprint("instalments", __name__, url_prefix="/in-parts")


@blueprint.get("/<int:paper_id>")
@open_to(Role.MEMBER)
def show(paper_id: int) -> str:
    """The plans that can be chosen, or the one that was."""
    paper = _mine_or_404(paper_id)
    item = _item_or_404(paper)
    return render_template(
        "instalments/show.html",
        paper=paper,
        item=item,
        plan=instalments.find(db.session(), paper.id),
        choices=instalments.list_choices(db.session(), paper, item, now=now()),
        today=local(now()).date(),
    )


@blueprint.post("/<int:paper_id>")
@open_to(Role.MEMBER)
def choose(paper_id: int) -> Response:
    paper = _mine_or_404(paper_id)
    count = request.form.get("parts", 0, type=int)
    instalments.choose(db.session(), paper, count, now=now())
    db.session.commit()
    flash(gettext("That is agreed."), "done")
    return redirect(url_for("instalments.show", paper_id=paper.id), 303)


@blueprint.post("/<int:paper_id>/end")
@open_to(Role.MEMBER)
def end(paper_id: int) -> Response:
    paper = _mine_or_404(paper_id)
    instalments.end(db.session(), paper, now=now())
    db.session.commit()
    flash(gettext("The plan has ended. You pay the rest at once."), "done")
    return redirect(url_for("instalments.show", paper_id=paper.id), 303)


def _mine_or_404(paper_id: int) -> Paper:
    """A bill of one's own; not even a coordinator opens this page of somebody else."""
    paper = db.session.get(Paper, paper_id)
    mine = {participant.id for participant in auth.my_participants()}
    if paper is None or paper.participant_id not in mine:
        abort(404)
    return paper


def _item_or_404(paper: Paper) -> OpenItem:
    items = open_items.find_items(db.session(), paper_ids=[paper.id])
    if not items or items[0].total <= 0:
        abort(404)
    return items[0]
