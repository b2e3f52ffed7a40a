"""What a supplier cannot deliver as ordered: a participant says yes, no, or fewer."""

from dataclasses import replace
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from app import requested
from app.auth import now, open_to
from app.database import reading
from app.devices import Buyer
from app.extensions import db
from app.i18n import sentence
from app.pages.change import ChangeLine, lines_of
from purchasing.answering import FormReused, SavedAlready
from purchasing.deliveries import share_replies
from purchasing.deliveries.share_replies import NotYourChange, ReplyTooLate, WrongReplies
from purchasing.people import Role
from purchasing.rounds import Round, RoundState

blueprint = Blueprint("change", __name__, url_prefix="/rounds/<int:round_id>/changes")
WHO = (Role.MEMBER, Role.COORDINATOR)
UNREADABLE, TOO_LATE = 422, 409


@blueprint.get("")
@open_to(*WHO)
def show(round_id: int) -> str | Response:
    """Each change, what was chosen so far, and until when one may choose."""
    round_, participant = requested.round_or_404(round_id), requested.first_participant_or_404()
    lines = _lines(round_, participant)
    if not lines:
        return redirect(url_for("rounds.show", round_id=round_id))
    return _page(round_, participant, lines)


@blueprint.post("")
@open_to(*WHO)
def reply(round_id: int) -> str | tuple[str, int] | Response:
    round_, participant = requested.round_or_404(round_id), requested.first_participant_or_404()
    try:
        share_replies.reply(
            db.session(), round_.id, participant.id, _chosen(), key=requested.key(), now=now()
        )
        db.session.commit()
    except WrongReplies as wrong:
        db.session.rollback()
        problems = {share_id: sentence(why) for share_id, why in wrong.problems.items()}
        with reading():
            return _back(round_id, participant, problems), UNREADABLE
    except (ReplyTooLate, NotYourChange) as refusal:
        db.session.rollback()
        with reading():
            return _back(round_id, participant, {}, sentence(refusal)), TOO_LATE
    except (SavedAlready, FormReused):
        db.session.rollback()
    else:
        flash(gettext("Noted. Thank you."), "done")
    values: dict[str, Any] = {"round_id": round_id, "for": participant.id}
    return redirect(url_for("change.show", **values), 303)


def _back(round_id: int, participant: Buyer, problems: dict[int, str], problem: str = "") -> str:
    """The page once more, with what was typed."""
    round_, raw = requested.round_or_404(round_id), _chosen()
    lines = [
        replace(
            line,
            typed=raw.get(f"s{line.id}", ""),
            count=raw.get(f"q{line.id}", ""),
            problem=problems.get(line.id, ""),
        )
        for line in _lines(round_, participant)
    ]
    return _page(round_, participant, lines, problem)


def _page(round_: Round, participant: Buyer, lines: list[ChangeLine], problem: str = "") -> str:
    until = max((line.change.until for line in lines if line.change.until), default=None)
    return render_template(
        "change/show.html",
        round=round_,
        participant=participant,
        lines=lines,
        problem=problem,
        until=until,
        is_open=until is not None and now() < until and round_.state == RoundState.ORDERED,
    )


def _lines(round_: Round, participant: Buyer) -> list[ChangeLine]:
    changes = share_replies.changes_for(db.session(), round_.id, participant.id)
    return lines_of(round_, changes, for_shop=participant.is_shop)


def _chosen() -> dict[str, str]:
    return {k: v[:40] for k, v in request.form.items() if k[:1] in "sq" and k[1:].isdecimal()}
