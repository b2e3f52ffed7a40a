"""Who is asking, and what may they see: sessions, and every guard.

Each view says who may see it with `open_to`; an object that is not yours is not found.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import wraps
from typing import Any, TypeVar, cast

from flask import Flask, abort, g, redirect, request, session, url_for
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.away import if_there
from app.database import only_read, reading
from app.devices import Asker, Buyer, Device, find_asker, find_buyer, note_seen
from app.extensions import db
from purchasing.papers import Paper, PaperKind
from purchasing.people import Person, Role

EVERYBODY = "everybody"
SIGNED_IN = tuple(Role)  # also who has no role yet, or none any more
SEEN_EVERY = timedelta(minutes=10)
READING = frozenset({"GET", "HEAD", "OPTIONS"})
OBSERVED = (PaperKind.ORDER_SHEET, PaperKind.LOT_SHEET)  # papers that name no household
OTHER_SITES = frozenset({"cross-site", "same-site"})  # what a browser says; others say nothing

View = TypeVar("View", bound=Callable[..., Any])


def now() -> datetime:
    """The moment at which the server received this request; read once, before any waiting."""
    if "received_at" not in g:
        g.received_at = datetime.now(UTC)
    return cast(datetime, g.received_at)


def open_to(*who: Role | str, looks_first: bool = False) -> Callable[[View], View]:
    """Say who may see a view: roles, or EVERYBODY. Others are asked to sign in, or get 403.

    A view that `looks_first` reads on where the guard read who asks, in one transaction, and lets
    go of it by itself before it changes anything.
    """

    def guard(view: View) -> View:
        @wraps(view)
        def guarded(*args: Any, **kwargs: Any) -> Any:
            if EVERYBODY not in who:
                asker = _asker_before_all(keep_open=looks_first)
                if asker is None:
                    return redirect(url_for("account.sign_in", next=_here()))
                if not _is_among(asker, set(who)):
                    abort(403)
            return view(*args, **kwargs)

        guarded.open_to = who  # type: ignore[attr-defined]
        return cast(View, guarded)

    return guard


def _is_among(asker: Asker, who: set[Role | str]) -> bool:
    return who >= set(SIGNED_IN) or bool(asker.roles & (who | {Role.ADMINISTRATOR}))


def asker() -> Asker | None:
    """Who asks, as it was when the request came in."""
    if "asker" not in g:
        g.asker = _who_holds(_token(), now())
    return cast("Asker | None", g.asker)


def _asker_before_all(*, keep_open: bool) -> Asker | None:
    """The same, before anything else is read: who may write later starts from nothing.

    What is read here must not stand open when a change begins, or two would wait for each other.
    """
    with reading():
        found = asker()
    if request.method in READING:
        return found
    unseen = found is not None and now() - found.seen_at > SEEN_EVERY
    if unseen or not keep_open:
        db.session.rollback()
    if unseen:
        note_seen(db.session(), _hash(_token()), at=now())
        db.session.commit()
    return found


def current_person() -> Person | None:
    """The person who asks, itself: to be changed. What is only shown stands in `asker()`."""
    found = asker()
    return db.session.get(Person, found.id) if found else None


def actor() -> str:
    """The name that goes into histories."""
    found = asker()
    return found.name if found else ""


def this_device() -> int | None:
    """The id of the browser that asks, to be known among a person's devices."""
    token_hash = _hash(_token())
    return db.session.scalar(select(Device.id).where(Device.token_hash == token_hash))


def is_coordinator() -> bool:
    found = asker()
    return found is not None and found.is_staff


def observes() -> bool:
    """Whether who asks only reads along."""
    found = asker()
    return found is not None and found.observes


def has_own_page() -> bool:
    """Whether who asks has a page of their own: who buys, or coordinates."""
    found = asker()
    return found is not None and (found.is_staff or Role.MEMBER in found.roles)


def my_participants() -> list[Buyer]:
    """The households and shops that the person who asks may order for, active ones only."""
    found = asker()
    return [buyer for buyer in found.buyers if buyer.active] if found else []


def participant_or_404(participant_id: int) -> Buyer:
    """A household or shop one may act for: one's own, or any for a coordinator."""
    mine = {participant.id: participant for participant in my_participants()}
    participant = mine.get(participant_id)
    if participant is None and is_coordinator():
        participant = find_buyer(db.session(), participant_id)
    if participant is None:
        abort(404)
    return participant


def paper_or_404(paper_id: int) -> Paper:
    """A paper one may read: one's own, for a coordinator any, for an observer what names none."""
    paper = db.session.get(Paper, paper_id)
    if paper is None:
        abort(404)
    mine = {participant.id for participant in my_participants()}
    observed = observes() and paper.kind in OBSERVED
    if paper.participant_id not in mine and not observed and not is_coordinator():
        abort(404)
    return paper


def remember(session_: Session, person: Person, *, label: str, at: datetime) -> None:
    """Sign this browser in: a new token, whatever it held before. For how long says the view."""
    token = secrets.token_urlsafe(32)
    session_.add(
        Device(
            person_id=person.id,
            token_hash=_hash(token),
            label=label[:120],
            signed_in_at=at,
            seen_at=at,
        )
    )
    language = session.get("language")
    session.clear()
    session["device"] = token
    if language:
        session["language"] = language
    g.pop("asker", None)


def forget(session_: Session, *, at: datetime) -> None:
    """Sign this browser out."""
    session_.execute(
        update(Device).where(Device.token_hash == _hash(_token())).values(ended_at=at)
    )
    session.clear()
    g.asker = None


def forget_all(session_: Session, person: Person, *, at: datetime) -> None:
    """Sign a person out everywhere."""
    session_.execute(
        update(Device)
        .where(Device.person_id == person.id, Device.ended_at.is_(None))
        .values(ended_at=at)
    )


def register(app: Flask) -> None:
    @app.before_request
    def receive() -> None:
        now()
        only_read(request.method in READING)

    @app.before_request
    def refuse_other_sites() -> None:
        """A second lock behind the token: a browser says when a page of others sends a form."""
        from_others = request.headers.get("Sec-Fetch-Site") in OTHER_SITES
        if from_others and request.method not in READING:
            abort(400)

    @app.teardown_request
    def done(_problem: BaseException | None) -> None:
        only_read(False)

    @app.context_processor
    def who_is_asking() -> dict[str, object]:
        g.asker = if_there(asker)
        return {
            "person": asker(),
            "coordinates": is_coordinator(),
            "observes": observes(),
            "has_own_page": has_own_page(),
            "only_observes": observes() and not my_participants(),
        }


def _who_holds(token: str, at: datetime) -> Asker | None:
    found = find_asker(db.session(), _hash(token)) if token else None
    return None if found is None or found.is_past(at) else found


def _token() -> str:
    return str(session.get("device", ""))


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _here() -> str:
    return request.full_path.rstrip("?") if request.method == "GET" else "/"
