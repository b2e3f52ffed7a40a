"""An evening on which a round closes at eight, as the boundary grid lives it.

Every verb says in a word what came of it: its result, or the name of the refusal.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from functools import wraps
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from flask import Flask
from sqlalchemy import select, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from app.clock_guard import ClockGuard
from app.documents import press
from app.documents.archives.folder import FolderArchive
from app.documents.errors import Damaged
from app.duties import do_what_is_due
from app.errands import PostRoom, PressRoom, run_until_done
from purchasing import calendar, demand, errands, going_back, handing_out, lifecycle, numbers
from purchasing.books import ledger
from purchasing.deliveries import counting
from purchasing.demand import Choice, Want
from purchasing.errands import Errand, ErrandState, Kind
from purchasing.errors import Refused
from purchasing.ordering import demand_of, list_orders, list_shares
from purchasing.papers import Paper, PaperKind, StoredDocument
from purchasing.rounds import Round
from tests.builders import (
    ACTOR,
    DAY,
    a_household,
    a_network,
    a_product,
    a_round,
    a_supplier,
)

EIGHT = datetime(2026, 3, 6, 19, tzinfo=UTC)  # on a Friday in Haarlem
TICK = timedelta(microseconds=1)
SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)
HOME = ZoneInfo("Europe/Amsterdam")
LEASE_OVER = errands.LEASE + SECOND


def told(verb: Callable[..., Any]) -> Callable[..., Any]:
    """A refusal is an answer, by its name; what was half done is undone."""

    @wraps(verb)
    def asked(self: Evening, *args: Any, **named: Any) -> Any:
        try:
            answer = verb(self, *args, **named)
            self.session.commit()
        except Refused as refusal:
            self.session.rollback()
            return type(refusal).__name__
        except DBAPIError:
            self.session.rollback()
            return "the database refuses"
        return answer

    return asked


def seen(look: Callable[..., Any]) -> Callable[..., Any]:
    """Looking holds nobody up: no transaction stays open behind it."""

    @wraps(look)
    def looked(self: Evening, *args: Any, **named: Any) -> Any:
        try:
            return look(self, *args, **named)
        finally:
            self.session.rollback()

    return looked


class Evening:
    def __init__(self, app: Flask, session: Session) -> None:
        self.app, self.session = app, session
        app.config["PRESS_WORKERS"] = 0
        a_network(session)
        self.rice = a_product(session, a_supplier(session), case_milli=1000)
        self.ids = {name: a_household(session, name).id for name in ("Ada", "Ben")}
        self.names = {id_: name for name, id_ in self.ids.items()}
        self.begins()

    def begins_with_cases_of(self, pieces: int) -> str:
        """The round is open, and the rice comes in cases."""
        farm = a_supplier(self.session, "Boerderij")
        self.rice = a_product(self.session, farm, "Rijst in dozen", case_milli=1000 * pieces)
        return self.begins()

    def begins(self, **details: Any) -> str:
        """The round is open, with rules of its own if need be."""
        self.round_id = a_round(
            self.session, self.rice, opens_at=EIGHT - 7 * DAY, closes_at=EIGHT, **details
        ).id
        self.session.commit()
        return "open"

    @property
    def round(self) -> Round:
        return self.session.get_one(Round, self.round_id)

    # --- what people do

    @told
    def orders(
        self, at: timedelta = -HOUR, *, who: str = "Ada", pieces: int = 6, key: str = ""
    ) -> str:
        """`at` is when the server had received it, counted from eight."""
        mine, now = (self.round_id, self.ids[who]), EIGHT + at
        key = key or f"{who} {at}"
        choices = {self.round.items[0].id: Choice(pieces)}
        demand.choose(self.session, *mine, choices, key=f"c{key}", actor=who, now=now)
        version = demand.place(self.session, *mine, key=f"p{key}", actor=who, now=now)["version"]
        return f"ordered, version {version}"

    @told
    def extends(self, until: timedelta, *, at: timedelta) -> str:
        new, now = EIGHT + until, EIGHT + at
        lifecycle.extend(self.session, self.round, until=new, actor=ACTOR, now=now)
        return "extended"

    @told
    def moves(self, verb: Callable[..., None], *, at: timedelta, **details: Any) -> str:
        verb(self.session, self.round, actor=ACTOR, now=EIGHT + at, **details)
        return str(self.round.state)

    @told
    def goes_round_the_code(self, *, pieces: int) -> str:
        self.session.execute(update(Want).values(ordered_quantity=pieces))
        return "changed"

    @told
    def counts(self, pieces: int) -> str:
        """What was delivered of the rice."""
        (order,) = list_orders(self.session, self.round_id)
        about = {"seen": 0, "key": f"{pieces}", "actor": ACTOR, "now": EIGHT + DAY}
        counting.count(self.session, self.round, order.lines[0], pieces, **about)
        return f"{pieces} came"

    # --- what the house does

    def clock(self, at: timedelta = timedelta(0), *, grace: timedelta = timedelta(0)) -> str:
        """The clock comes by at this time, counted from eight; the round's state afterwards."""
        outcome = do_what_is_due(now=lambda: EIGHT + at, grace=grace)
        assert outcome.failed == []
        self.session.expire_all()
        state = str(self.round.state)
        self.session.rollback()
        return state

    def errands_run(self, at: timedelta = timedelta(0)) -> str:
        run_until_done(self.app, now=lambda: EIGHT + at)
        self.session.expire_all()
        return "run"

    def sheet_is_being_sent(self) -> str:
        return self._is_being_sent(Kind.MAIL_SHEET)

    def bill_is_being_sent(self) -> str:
        return self._is_being_sent(Kind.MAIL_PAPER)

    def order_mail_is_being_sent(self) -> str:
        return self._is_being_sent(Kind.MAIL_ORDER_PLACED)

    def _is_being_sent(self, kind: Kind) -> str:
        """A worker has begun to send this mail, and nobody hears of it again."""
        PressRoom(self.app, now=lambda: EIGHT).run_due()
        (errand,) = handing_out.claim(self.session, now=EIGHT, limit=1, kinds=(kind,))
        errands.begin_sending(
            self.session, errand.id, errand.lease_token, now=EIGHT, budget=errands.LEASE
        )
        self.session.commit()
        return "being sent"

    def post_room_comes(self, *, after: timedelta = LEASE_OVER) -> str:
        room = PostRoom(self.app, now=lambda: EIGHT + after)
        while room.run_due():
            """What somebody died with goes alone."""
        self.session.expire_all()
        return "came"

    def backup_is_put_back(self, **marks: int) -> str:
        highest = {f"{name}:2026": last for name, last in marks.items()}
        going_back.wake(self.session, highest, actor=ACTOR, now=EIGHT)
        self.session.commit()
        return "put back"

    # --- what can be seen

    @seen
    def divided(self) -> dict[str, int]:
        """Who gets how many pieces."""
        shares = list_shares(self.session, self.round_id)
        return {self.names[share.participant_id]: share.given for share in shares}

    @seen
    def closed_at(self) -> timedelta:
        """How long after eight it was really closed."""
        assert self.round.closed_at is not None
        return self.round.closed_at - EIGHT

    @seen
    def states(self, kind: Kind) -> list[str]:
        """Of all errands of this kind, in the order in which they were asked."""
        rows = self.session.scalars(select(Errand).order_by(Errand.id))
        return [str(errand.state) for errand in rows if errand.kind == kind]

    @seen
    def numbers(self, kind: PaperKind = PaperKind.INVOICE) -> list[str]:
        query = select(Paper.number).where(Paper.kind == kind).order_by(Paper.id)
        return list(self.session.scalars(query))

    @seen
    def taken(self) -> dict[str, int]:
        """The last number of each series of papers."""
        standing = numbers.standing(self.session)
        return {key: last for key, last in standing.items() if ":" in key}

    @seen
    def bills(self) -> list[tuple[str, int]]:
        kinds = (PaperKind.INVOICE, PaperKind.CREDIT_NOTE)
        query = select(Paper).where(Paper.kind.in_(kinds)).order_by(Paper.id)
        return [(paper.number, paper.total_cents) for paper in self.session.scalars(query)]

    @seen
    def owes(self, who: str = "Ada") -> int:
        return ledger.balance(self.session, f"participant:{self.ids[who]}")

    def sent(self) -> Counter[str]:
        """How often each mail was put into the folder of mails, by the domain it went to."""
        log = Path(self.app.config["MAIL_FOLDER"]) / "sent.log"
        lines = log.read_text().splitlines() if log.exists() else []
        kinds = ["sheet" if "bestel@" in line else "participant" for line in lines]
        return Counter(kinds)

    @seen
    def same_decision_in_any_order(self) -> bool:
        """The rows of the demand come from the database as they like."""
        asked = demand_of(self.session, self.round)
        turned = replace(asked, wants=tuple(reversed(asked.wants)))
        return self.round.category.decide(asked) == self.round.category.decide(turned)

    @seen
    def prints_the_same_twice(self) -> bool:
        paper = self.session.scalars(select(Paper).where(Paper.kind == PaperKind.INVOICE)).one()
        once, again = (press.render(str(paper.kind), paper.snapshot) for _ in range(2))
        return once == again

    @seen
    def prints_otherwise(self, monkeypatch: Any) -> str:
        """The same record is printed once more by a house that prints it otherwise."""
        kept = self._documents()
        monkeypatch.setattr(press, "render", lambda kind, snapshot: b"%PDF otherwise")
        for errand in self.session.scalars(select(Errand).where(Errand.key.like("render:%"))):
            errand.state, errand.not_before = ErrandState.WAITING, EIGHT
        self.session.commit()
        PressRoom(self.app, now=lambda: EIGHT + HOUR).run_due()
        self.session.expire_all()
        return "kept the first" if self._documents() == kept else "overwritten"

    def _documents(self) -> list[str]:
        query = select(StoredDocument.sha256).order_by(StoredDocument.id)
        return list(self.session.scalars(query))

    @seen
    def archive_holds(self) -> str:
        """Whether every paper that the database calls printed can be read back."""
        folder = Path(self.app.config["DOCUMENTS_FOLDER"])
        try:
            for row in self.session.scalars(select(StoredDocument)):
                FolderArchive(folder).read(row.path, row.sha256)
        except Damaged:
            return "Damaged"
        return f"{len(self._documents())} of {len(self._papers())}"

    def _papers(self) -> list[Paper]:
        return list(self.session.scalars(select(Paper)))

    def files(self) -> int:
        return len(list(Path(self.app.config["DOCUMENTS_FOLDER"]).rglob("*.pdf")))

    def a_file_changes(self) -> str:
        path = next(Path(self.app.config["DOCUMENTS_FOLDER"]).rglob("*.pdf"))
        path.write_bytes(path.read_bytes() + b" ")
        return "changed"

    def dies_between_file_and_row(self, monkeypatch: Any) -> str:
        """The press room stores a file, and never comes to say so in the database."""
        with monkeypatch.context() as dying:
            dying.setattr("app.errands.pressroom.insert_if_absent", _dies)
            try:
                PressRoom(self.app, now=lambda: EIGHT).run_due()
            except ArithmeticError:
                return "died"
        return "lived"


def _dies(*_args: Any, **_values: Any) -> None:
    raise ArithmeticError


# --- times on the wall


def eight_each_week(first: date, count: int) -> list[str]:
    """At which instants a weekly round closes that closes on Thursdays at eight."""
    rhythm = calendar.Rhythm(
        every_weeks=1,
        delivery_weekday=4,
        anchor=first,
        close_days_before=1,
        close_at=time(20),
        open_days_before=6,
        open_at=time(8),
    )
    planned = calendar.plan(rhythm, after=first - DAY, count=count, zone=HOME)
    return [f"{one.closes_at:%d %b %H:%M}Z" for one in planned]


def typed(day: date, at: time, *, later: bool = False) -> str:
    """The instant that a form takes a wall time for, or the refusal."""
    try:
        return f"{calendar.to_utc(day, at, HOME, later=later):%d %b %H:%M}Z"
    except Refused as refusal:
        return type(refusal).__name__


def asks_which(day: date, at: time) -> bool:
    return calendar.is_ambiguous(day, at, HOME)


def trusts_after(jump: timedelta, ticks: int) -> list[bool]:
    """Whether the clock acts, on each tick after the wall clock jumped."""
    wall, steady = [0.0], [0.0]
    guard = ClockGuard(lambda: wall[0], lambda: steady[0])
    guard.trusts()
    wall[0] += jump.total_seconds()
    answers = []
    for _ in range(ticks):
        wall[0], steady[0] = wall[0] + 5, steady[0] + 5
        answers.append(guard.trusts())
    return answers
