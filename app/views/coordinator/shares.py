"""Who gets what of an article that came: by the rule of the round, or decided with a reason."""

from __future__ import annotations

from dataclasses import dataclass

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext
from sqlalchemy import select
from werkzeug.wrappers import Response

from app import auth, requested
from app.auth import open_to
from app.extensions import db
from app.i18n import sentence
from app.pages import delivery
from app.ui import in_units
from app.views.coordinator.found import STAFF, WRONG, moment_now, room, round_or_404, row_or_404
from purchasing.books import hand_out
from purchasing.books.differences import outcome_of
from purchasing.category import ShareDraft
from purchasing.deliveries import counting, hand_shares
from purchasing.deliveries.expectations import expected_of
from purchasing.errors import Refused
from purchasing.money import parse_quantity
from purchasing.ordering import SupplierOrder, SupplierOrderLine
from purchasing.people import Participant
from purchasing.rounds import Round, RoundItem

blueprint = room("shares", "/deliveries")
LONGEST_KEY = 60


@dataclass
class Row:
    """One participant's part of an article; `was` is what was decided at ordering."""

    name: str
    was: int
    share: ShareDraft
    milli: int | None
    reason: str
    typed: str
    typed_weight: str
    error: str = ""

    @property
    def who(self) -> int:
        return self.share.participant_id


@blueprint.get("/lines/<int:line_id>")
@open_to(*STAFF)
def show(line_id: int) -> str:
    line, order, round_ = _line_or_404(line_id)
    return _page(line, order, round_, _rows(round_, line.item), "")


@blueprint.post("/lines/<int:line_id>")
@open_to(*STAFF)
def save(line_id: int) -> Response | tuple[str, int]:
    """Decide by hand what was changed on the page: all of it, or nothing and the reason."""
    line, order, round_ = _line_or_404(line_id)
    rows = _rows(round_, line.item)
    reason = request.form.get("reason", "")
    for row in rows:
        row.typed = request.form.get(f"p{row.who}", row.typed).strip()
        row.typed_weight = request.form.get(f"w{row.who}", row.typed_weight).strip()
    for row, pieces, milli in _changed(rows, line.item):
        try:
            _give(round_, line.item, row, pieces, milli, reason)
        except counting.NotCountedNow:
            raise
        except Refused as refusal:
            row.error = sentence(refusal)
    if any(row.error for row in rows):
        db.session.rollback()
        line, order, round_ = _line_or_404(line_id)
        return _page(line, order, round_, rows, reason), WRONG
    db.session.commit()
    flash(gettext("It is saved."))
    return redirect(url_for("coordinator_shares.show", line_id=line_id), 303)


@blueprint.post("/rounds/<int:round_id>/list")
@open_to(*STAFF)
def print_list(round_id: int) -> Response:
    """The packing list, by what came as it is known now."""
    round_ = round_or_404(round_id)
    if hand_out.follow(db.session(), round_, now=moment_now()):
        db.session.commit()
        flash(gettext("The packing list is being made anew."))
    else:
        flash(gettext("The packing list says what came already."))
    return redirect(url_for("coordinator_rounds.show", round_id=round_id), 303)


def _changed(rows: list[Row], item: RoundItem) -> list[tuple[Row, int, int | None]]:
    """What was typed that is not what stands, those first who get less than before."""
    found = []
    for row in rows:
        try:
            pieces = parse_quantity(row.typed, item.piece_milli)
            milli = delivery.weight(row.typed_weight, item) if row.typed_weight else None
        except Refused as refusal:
            row.error = sentence(refusal)
            continue
        if (pieces, milli) != (row.share.given, row.milli):
            found.append((row, pieces, milli))
    return sorted(found, key=lambda one: one[1] - one[0].share.given)


def _give(
    round_: Round, item: RoundItem, row: Row, pieces: int, milli: int | None, reason: str
) -> None:
    key = requested.key(LONGEST_KEY)
    hand_shares.give(
        db.session(),
        round_,
        item,
        row.who,
        pieces,
        milli=milli,
        reason=reason,
        key=f"{key}:{item.id}:{row.who}:{pieces}:{milli or ''}",
        actor=auth.actor(),
        now=moment_now(),
    )


def _rows(round_: Round, item: RoundItem) -> list[Row]:
    outcome = outcome_of(db.session(), round_)
    pairs = [(was, now) for was, now in outcome.pairs() if now.item_id == item.id]
    ids = [now.participant_id for _, now in pairs]
    query = select(Participant.id, Participant.name).where(Participant.id.in_(ids))
    names: dict[int, str] = {who: name for who, name in db.session.execute(query)}
    rows = []
    for was, share in pairs:
        place = item.id, share.participant_id
        milli, by_hand = outcome.arrival.weights.get(place), outcome.by_hand.get(place)
        rows.append(
            Row(
                name=names[share.participant_id],
                was=was.given,
                share=share,
                milli=milli,
                reason=by_hand.reason if by_hand else "",
                typed=in_units(share.given, item.piece_milli),
                typed_weight="" if milli is None else in_units(milli, 1),
            )
        )
    return sorted(rows, key=lambda row: (row.name.casefold(), row.who))


def _page(
    line: SupplierOrderLine, order: SupplierOrder, round_: Round, rows: list[Row], reason: str
) -> str:
    came = expected_of(db.session(), round_).came.get(line.item_id)
    return render_template(
        "coordinator/deliveries/shares.html",
        line=line,
        order=order,
        round=round_,
        item=line.item,
        rows=rows,
        reason=reason,
        came=line.pieces if came is None else came.pieces,
        counting=round_.state in counting.COUNTED_IN,
    )


def _line_or_404(line_id: int) -> tuple[SupplierOrderLine, SupplierOrder, Round]:
    line = row_or_404(SupplierOrderLine, line_id)
    order = row_or_404(SupplierOrder, line.supplier_order_id)
    return line, order, round_or_404(order.round_id)
