"""Ordering: the grid, one line of it, ordering what is chosen, and taking it back.

Whatever the browser can do, a change goes one way: what was typed is read, compared with what
the page showed, and saved as a draft; only then is it ordered, when that was asked.
"""

from collections.abc import Callable, Iterable
from itertools import groupby
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from markupsafe import Markup
from werkzeug.wrappers import Response

from app import auth, requested
from app.auth import now, open_to
from app.database import reading
from app.devices import Buyer
from app.extensions import db
from app.ordering import form, unusual
from app.ordering.form import Typed
from app.ordering.grid import Grid, draw
from app.ordering.offers import Article, Articles, articles_of
from app.ordering.page import OrderingPage, open_line, open_page
from app.overdue import close_if_overdue
from app.ui import has_page
from purchasing import demand, sheets
from purchasing.demand import OrderState
from purchasing.people import Role
from purchasing.rounds import Round

blueprint = Blueprint("order", __name__, url_prefix="/rounds/<int:round_id>/order")
WHO = (Role.MEMBER, Role.COORDINATOR)
LATE = (demand.TooLate, demand.NotSavedInTime, demand.RoundCancelled, demand.NotOpenYet)
UNREADABLE = 422


@blueprint.get("")
@open_to(*WHO)
def show(round_id: int) -> str | Response:
    round_ = _round_or_404(round_id)
    close_if_overdue(round_, now=now())
    participant = requested.first_participant()
    if not round_.is_open(now()):
        return redirect(url_for("rounds.show", round_id=round_id))
    if participant is None:
        flash(gettext("Choose for whom you order."), "error")
        people = "coordinator_people.index"
        return redirect(url_for(people if has_page(people) else "home.index"))
    return _grid_page(open_page(db.session(), round_, participant), Typed())


@blueprint.post("")
@open_to(*WHO)
def save(round_id: int) -> str | tuple[str, int] | Response:
    """Save what was changed on the page, and order it when that button was pressed.

    Where hardly anybody can mean so much, we ask first; what was typed is saved all the same.
    """
    round_, participant = _round_or_404(round_id), requested.participant_or_404()
    typed = form.read(request.form, articles_of(db.session(), round_))
    placing = "place" in request.form and not typed.problems
    goals: list[str] = []
    late = requested.attempt(
        lambda: goals.append(_save(round_, participant, typed, placing=placing)), LATE
    )
    if late:
        return _too_late(round_, participant, typed, late)
    if typed.problems:
        with reading():
            return _grid_page(open_page(db.session(), round_, participant), typed), UNREADABLE
    if placing:
        return redirect(
            _address(goals[0] if goals else "order.placed", round_id, participant), 303
        )
    return redirect(_back_to_grid(round_id, participant, typed), 303)


def _save(round_: Round, participant: Buyer, typed: Typed, *, placing: bool) -> str:
    """Save the draft, and order it unless we must ask; which page says what came of it."""
    if typed.choices:
        _choose(round_.id, participant, typed)
    if not placing:
        return "order.show"
    asked = "meant" in request.form
    if not asked and unusual.is_unusual(open_page(db.session(), round_, participant)):
        return "order.ask_meant"
    _change(demand.place, round_.id, participant, part="place")
    return "order.placed"


@blueprint.get("/meant")
@open_to(*WHO)
def ask_meant(round_id: int) -> str | Response:
    """Is so much meant? Yes orders what is chosen; no goes back to it."""
    page = open_page(db.session(), _round_or_404(round_id), requested.participant_or_404())
    if not page.round.is_open(now()) or not unusual.is_unusual(page):
        return redirect(_address("order.show", round_id, page.participant))
    return render_template("order/meant.html", page=page, lines=unusual.unusual_lines(page))


@blueprint.post("/<int:item_id>")
@open_to(*WHO, looks_first=True)
def change(round_id: int, item_id: int) -> str | tuple[str, int]:
    """Save one line at once, and answer with its row and the bar."""
    round_, participant, article = _look_at_line(round_id, item_id)
    typed = form.read(request.form, [article], also_unchanged=True)
    late = (
        requested.attempt(lambda: _choose(round_id, participant, typed), LATE)
        if typed.choices
        else None
    )
    with reading():
        page = open_line(db.session(), round_, participant, article)
        problem = (typed.texts[item_id], late) if late else typed.problems.get(item_id)
        row = _grid(page).draw(article, problem)
        return draw("order/answer.html", "answer", page, row, late)


def _look_at_line(round_id: int, item_id: int) -> tuple[Round, Buyer, Article]:
    """What a change of one line is about, read before it takes its turn among the writers.

    Then the session lets go of it: the change begins afresh, and its commit makes nothing stale.
    """
    with reading():
        round_, participant = _round_or_404(round_id), requested.participant_or_404()
        article = next((a for a in articles_of(db.session(), round_) if a.id == item_id), None)
    db.session.close()
    if article is None:
        abort(404)
    return round_, participant, article


@blueprint.get("/placed")
@open_to(*WHO)
def placed(round_id: int) -> str | Response:
    """It is ordered: what, for how much, and until when it can be changed."""
    page = open_page(
        db.session(), _round_or_404(round_id), requested.participant_or_404(), ordered_only=True
    )
    if page.basket.state not in (OrderState.ORDERED, OrderState.CHANGED):
        return redirect(_address("order.show", round_id, page.participant))
    who = page.participant.id
    gaps = sheets.gaps(db.session(), round_id, [who]).get(who, [])
    return render_template("order/placed.html", page=page, gaps=gaps)


@blueprint.get("/withdraw")
@open_to(*WHO)
def ask_withdraw(round_id: int) -> str:
    page = open_page(
        db.session(), _round_or_404(round_id), requested.participant_or_404(), ordered_only=True
    )
    return render_template("order/withdraw.html", page=page)


@blueprint.post("/withdraw")
@open_to(*WHO)
def withdraw(round_id: int) -> str | tuple[str, int] | Response:
    round_, participant = _round_or_404(round_id), requested.participant_or_404()
    late = requested.attempt(
        lambda: _change(demand.withdraw, round_id, participant, part="withdraw"), LATE
    )
    if late:
        return _too_late(round_, participant, Typed(), late)
    flash(gettext("Your order is withdrawn. You owe nothing."), "done")
    return redirect(_address("order.show", round_id, participant), 303)


@blueprint.post("/repeat")
@open_to(*WHO)
def repeat(round_id: int) -> str | tuple[str, int] | Response:
    """Choose what was ordered last time, as far as it is here again; nothing is ordered yet."""
    round_, participant = _round_or_404(round_id), requested.participant_or_404()
    choices = demand.choices_of_last_round(db.session(), round_, participant.id)
    typed = Typed(choices=choices)
    late = (
        requested.attempt(lambda: _choose(round_id, participant, typed), LATE) if choices else None
    )
    if late:
        return _too_late(round_, participant, Typed(), late)
    if not choices:
        flash(gettext("Nothing of your last order is in this round."), "error")
    return redirect(_address("order.show", round_id, participant), 303)


def _grid_page(page: OrderingPage, typed: Typed) -> str:
    grid, problems = _grid(page), typed.problems
    groups = [
        (category, _joined(grid.draw(a, problems.get(a.id)) for a in group))
        for category, group in groupby(_shown(page), key=lambda article: article.category)
    ]
    return render_template("order/grid.html", page=page, groups=groups, typed=typed)


def _joined(rows: Iterable[Markup]) -> Markup:
    """Rows as one text: three hundred pieces cost a template more than they cost us."""
    return Markup().join(rows)


def _grid(page: OrderingPage) -> Grid:
    return Grid(page.round, page.sums, page.basket, for_shop=page.participant.is_shop)


def _shown(page: OrderingPage) -> Articles:
    """The articles that were asked for: all, `?mine`, or those with `?q=` in their name."""
    if page.only_mine:
        return tuple(article for article in page.articles if article.id in page.basket.chosen)
    if page.search:
        return tuple(article for article in page.articles if article.has_words(page.search))
    return page.articles


def _choose(round_id: int, participant: Buyer, typed: Typed) -> None:
    demand.choose(
        db.session(),
        round_id,
        participant.id,
        typed.choices,
        key=_key("choose"),
        actor=auth.actor(),
        now=now(),
    )


def _change(verb: Callable[..., Any], round_id: int, participant: Buyer, *, part: str) -> None:
    verb(db.session(), round_id, participant.id, key=_key(part), actor=auth.actor(), now=now())


def _key(part: str) -> str:
    """The key of the form, for one of the changes it makes."""
    return f"{requested.key(longest=48)}/{part}"


def _too_late(round_: Round, participant: Buyer, typed: Typed, late: str) -> tuple[str, int]:
    """What counts, what came too late and is kept on the page, and whom to ask."""
    close_if_overdue(round_, now=now())
    with reading():
        page = open_page(db.session(), round_, participant, ordered_only=True)
        missed = [(a, typed.texts[a.id]) for a in page.articles if a.id in typed.texts]
        return render_template("order/late.html", page=page, missed=missed, late=late), 409


def _round_or_404(round_id: int) -> Round:
    round_ = requested.round_or_404(round_id)
    if not round_.category.sells_articles:
        abort(404)
    return round_


def _address(endpoint: str, round_id: int, participant: Buyer, **more: str) -> str:
    values: dict[str, Any] = {"for": participant.id, "round_id": round_id} | more
    return url_for(endpoint, **values)


def _back_to_grid(round_id: int, participant: Buyer, typed: Typed) -> str:
    """The same view of the grid, at the line that was changed."""
    view = {name: request.form[name] for name in ("mine", "q") if request.form.get(name)}
    changed = next(iter(typed.texts), None)
    anchor = {"_anchor": f"r{changed}" if changed else "grid"}
    return _address("order.show", round_id, participant, **view | anchor)
