"""What a form or an address asks: of which round, for whom, under which key; and doing it."""

from collections.abc import Callable

from flask import abort, request
from sqlalchemy import bindparam, select

from app import auth, limits
from app.devices import Buyer
from app.extensions import db
from app.i18n import sentence
from purchasing.answering import SavedAlready
from purchasing.errors import Refused
from purchasing.rounds import Round

SHORTEST_KEY, LONGEST_KEY = 8, 64
_ROUND = select(Round).where(Round.id == bindparam("round_id"))


def round_or_404(round_id: int) -> Round:
    """A round that has been announced."""
    round_ = db.session.scalar(_ROUND, {"round_id": round_id})
    if round_ is None or round_.published_at is None:
        abort(404)
    return round_


def participant_or_404() -> Buyer:
    """For whom the form or the address says it is; one's own, or any for a coordinator."""
    return auth.participant_or_404(request.values.get("for", 0, int))


def first_participant() -> Buyer | None:
    """The same; or one's own first household or shop where a page is only looked at."""
    if "for" in request.values or request.method == "POST":
        return participant_or_404()
    return next(iter(auth.my_participants()), None)


def first_participant_or_404() -> Buyer:
    """The same, and not found for who has neither household nor shop."""
    return first_participant() or auth.participant_or_404(0)


def key(longest: int = LONGEST_KEY) -> str:
    """What the form was given when it was made, so that it counts once."""
    given = request.form.get("key", "")
    if not SHORTEST_KEY <= len(given) <= longest:
        abort(400)
    return given


def count_or_429(what: str, *, most: int) -> None:
    """Count and commit one more of `what`; 429 after so many in a quarter of an hour."""
    try:
        limits.count(db.session(), what, most=most, at=auth.now())
    except limits.TooOften:
        db.session.rollback()
        abort(429)
    db.session.commit()


def attempt(change: Callable[[], object], late: tuple[type[Refused], ...]) -> str | None:
    """Make a change and commit it. None, or the sentence of one of `late`: it came too late."""
    try:
        change()
        db.session.commit()
    except late as refusal:
        db.session.rollback()
        return sentence(refusal)
    except SavedAlready:  # the same form, twice at once
        db.session.rollback()
    return None
