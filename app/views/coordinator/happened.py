"""What happened: who did what and when, of one round or of all; and whether anybody hid a trace.

An observer reads it too. Then it names who works for the network, and nobody who takes part.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby, islice

from flask import abort, render_template, request
from flask_babel import gettext
from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from app import auth, trail
from app.auth import open_to
from app.database import reading
from app.extensions import db
from app.i18n import local
from app.pages import happened as words
from app.views.coordinator.found import (
    STAFF,
    WHO_SEES_SUMS,
    announced_or_404,
    asked_id,
    room,
    round_or_404,
)
from purchasing import acts
from purchasing.acts import Act
from purchasing.catalogue import Supplier
from purchasing.people import Membership, Person, Role
from purchasing.rounds import Round
from purchasing.trail import sealing
from purchasing.trail.happenings import Happening, fold
from purchasing.trail.rows import Note
from purchasing.trail.telling import PERSON, Wanted, person_of, tell

blueprint = room("happened", "/happened")
ON_A_PAGE = 40
MOST_LETTERS = 120
MOST_FAULTS = 20
TOLD = tuple(kind for _, kinds in words.KINDS.values() for kind in kinds)
NOT_A_PERSON = ("clock", "command line")


@dataclass(frozen=True)
class Entry:
    """One happening as the page shows it, at our hour. With `who` one asks for all they did."""

    at: datetime
    hand: str
    who: str
    round: Round | None
    lines: Sequence[str]


@blueprint.get("/")
@open_to(*WHO_SEES_SUMS)
def index() -> str:
    """What was done, the newest first; by one person, of one kind, in one round."""
    session, kind, who, round_ = db.session(), _kind(), _who(), _round()
    wanted = Wanted(
        kinds=words.KINDS[kind][1] if kind else TOLD,
        signed=_ways_to_sign(session, who),
        round_id=round_.id if round_ else None,
        before=asked_id("before"),
    )
    found = list(islice(fold(tell(session, wanted)), ON_A_PAGE + 1))
    shown = found[:ON_A_PAGE]
    return render_template(
        "coordinator/happened/index.html",
        days=_by_day(_entries(session, shown)),
        next=shown[-1].last_id if len(found) > ON_A_PAGE else None,
        later=wanted.before is not None,
        kind=kind,
        kinds={key: label for key, (label, _) in words.KINDS.items()},
        who=who,
        hands=_hands(session, who),
        round=round_,
        sealed=_sealed(session),
    )


@blueprint.get("/check")
@open_to(*WHO_SEES_SUMS)
def check() -> str:
    """Walk the whole chain, and compare it with what it vouches for. Takes some seconds."""
    with reading():
        session = db.session()
        found = list(islice(trail.check(session), MOST_FAULTS + 1))
        cuts = trail.times_put_back(session)
        head = sealing.head(session)
    return render_template(
        "coordinator/happened/check.html",
        faults=[(one, words.WRONG[one.wrong], words.kind_of(one.about)) for one in found],
        most=MOST_FAULTS,
        cuts=cuts,
        count=head.seq,
    )


def _kind() -> str:
    kind = request.args.get("kind", "")
    if kind and kind not in words.KINDS:
        abort(404)
    return kind


def _who() -> str:
    return request.args.get("who", "").strip()[:MOST_LETTERS]


def _round() -> Round | None:
    round_id = asked_id("round")
    if round_id is None:
        return None
    return round_or_404(round_id) if auth.is_coordinator() else announced_or_404(round_id)


def _ways_to_sign(session: Session, who: str) -> frozenset[str]:
    """Some rows keep the name of who did it, others the number: both are asked for."""
    if not who:
        return frozenset()
    known = select(Person.id, Person.name).where(_may_be_named())
    person = person_of(who)
    mine = Person.name == who if person is None else Person.id == person
    rows = session.execute(known.where(mine)).all()
    if person is not None and not rows:
        abort(404)
    return frozenset({who, *(f"{PERSON}{id_}" for id_, _ in rows), *(name for _, name in rows)})


def _may_be_named() -> ColumnElement[bool]:
    """Who reads along sees the names of who works or worked for the network, and no others."""
    if auth.is_coordinator():
        return Person.id.is_not(None)
    had = select(Act.about_id).where(
        Act.about == "person", Act.what == acts.GIVEN, Act.value.in_([*STAFF, Role.OBSERVER])
    )
    return Person.id.in_(had)


def _hands(session: Session, who: str) -> Mapping[str, str]:
    """Of whom one may ask what they did: who works here now, the house, and who is asked for."""
    works = select(Membership.person_id).where(Membership.participant_id.is_(None))
    people = select(Person.id, Person.name).where(Person.id.in_(works)).order_by(Person.name)
    hands = {f"{PERSON}{id_}": name for id_, name in session.execute(people)}
    hands |= {one: gettext(words.HANDS[one]) for one in NOT_A_PERSON}
    return hands if not who or who in hands else hands | {who: _name(session, who)}


def _name(session: Session, who: str) -> str:
    person = person_of(who)
    if person is None:
        return who
    return session.scalar(select(Person.name).where(Person.id == person)) or who


def _entries(session: Session, shown: Sequence[Happening]) -> list[Entry]:
    rounds = _rounds(session, {one.round_id for one in shown})
    names = _names(session, shown)
    return [
        Entry(
            at=local(one.at),
            hand=_hand(one, names),
            who=_asks_for(one, names),
            round=(round_ := rounds.get(one.round_id)),
            lines=words.lines(one.done, names, coy=_is_coy(round_)),
        )
        for one in shown
    ]


def _is_coy(round_: Round | None) -> bool:
    return round_ is not None and not auth.is_coordinator() and not round_.category.sells_articles


def _hand(one: Happening, names: words.Names) -> str:
    person = person_of(one.who)
    if person is not None and person in names.people:
        return names.people[person]
    nameless = words.HANDS.get("participant" if person else one.who)
    return gettext(nameless) if nameless else one.hand


def _asks_for(one: Happening, names: words.Names) -> str:
    """Nobody asks for all that one household did whose name they may not see."""
    person = person_of(one.who)
    if person is None:
        return "" if one.who == "participant" else one.who
    return one.who if person in names.people else ""


def _rounds(session: Session, ids: Iterable[int | None]) -> Mapping[int | None, Round]:
    wanted = [id_ for id_ in ids if id_ is not None]
    return {one.id: one for one in session.scalars(select(Round).where(Round.id.in_(wanted)))}


def _names(session: Session, shown: Sequence[Happening]) -> words.Names:
    facts = [told.facts for one in shown for told in one.done if told.about == "act"]
    people = {one["about_id"] for one in facts if one["about"] == "person"}
    people |= {person_of(one.who) for one in shown} - {None}
    suppliers = {one["about_id"] for one in facts if one["about"] == "supplier"}
    named = select(Person.id, Person.name).where(Person.id.in_(people), _may_be_named())
    sold = select(Supplier.id, Supplier.name).where(Supplier.id.in_(suppliers))
    return words.Names(
        {id_: name for id_, name in session.execute(named)},
        {id_: name for id_, name in session.execute(sold)},
    )


def _by_day(entries: Sequence[Entry]) -> list[tuple[date, list[Entry]]]:
    days = groupby(entries, lambda one: one.at.date())
    return [(day, list(some)) for day, some in days]


def _sealed(session: Session) -> tuple[int, datetime | None]:
    """How many acts are sealed, and when the last of them was."""
    count = sealing.head(session).seq
    return count, session.scalar(select(Note.sealed_at).where(Note.seq == count))
