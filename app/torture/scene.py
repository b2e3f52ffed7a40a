"""An installation with rounds that close one after another, and people who are signed in."""

import socket
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from flask import Flask
from itsdangerous import URLSafeTimedSerializer
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app import tickets
from app.bench import neighbourhood
from app.bench.databases import an_app
from app.demo import interest, tender
from app.extensions import db
from app.torture.mix import Mix
from purchasing import invitations, lifecycle
from purchasing.catalogue import Product
from purchasing.people import Participant
from purchasing.reminders import BEFORE
from purchasing.rounds import Round

ARTICLES = 6
INTEREST_EVERY = 4  # every fourth round is one that people sign up to
TENDER_EVERY = 12  # and every twelfth one a tender
REMIND_EVERY = 8  # of the others everybody was reminded before
FAR = timedelta(days=30)  # where deadlines stand until everything is there
EARLIER = 40  # by so many rounds a tender closes sooner than its number says: it goes on for long
WAVE = 5  # rounds that close together: at the same instant, or one just after the other
STAGGER = timedelta(milliseconds=130)
GAP = timedelta(seconds=0.8)  # from one wave to the next
LEAD, BIDDING, CHOOSING = timedelta(seconds=2), timedelta(seconds=2), timedelta(seconds=4)
SECRET = "the torture's own secret, of no use to anybody"  # noqa: S105


@dataclass(frozen=True)
class Person:
    """One browser: for whom it acts, its cookie and its form token."""

    participant_id: int
    cookie: str
    token: str


@dataclass(frozen=True)
class Stage:
    """A round as the crowd sees it. Without items one signs up by answers; a tender goes on."""

    round_id: int
    closes_at: datetime
    items: tuple[int, ...] = ()
    bids_until: datetime | None = None
    offers_until: datetime | None = None

    @property
    def ends_at(self) -> datetime:
        return self.offers_until or self.closes_at

    def is_choosing(self, now: datetime, longer: timedelta) -> bool:
        if self.bids_until is None or self.offers_until is None:
            return False
        return self.bids_until <= now < self.offers_until + longer


@dataclass(frozen=True)
class Bidder:
    """A supplier with its link, and between which moments it may bid."""

    who: Person
    invitation_id: int
    ticket: str
    since: datetime
    until: datetime


@dataclass(frozen=True)
class Scene:
    app: Flask
    place: Path
    url: str
    people: tuple[Person, ...]
    stages: tuple[Stage, ...] = ()
    bidders: tuple[Bidder, ...] = ()

    @property
    def ends_at(self) -> datetime:
        return max(stage.ends_at for stage in self.stages)


def settings(place: Path, url: str, mail_port: int, mix: Mix) -> dict[str, object]:
    """How every process of the scene is configured: no grace, and a mail server of ours."""
    chosen: dict[str, object] = {
        "INSTANCE_FOLDER": str(place),
        "BASE_URL": "http://127.0.0.1",
        "SECRET_KEY": SECRET,
        "GRACE_SECONDS": 0.0,
        "CLOCK_SECONDS": 0.1,
        "PRESS_WORKERS": 0,
        "MAIL_FROM": "samen@example.org",
        "SMTP_HOST": "127.0.0.1",
        "SMTP_PORT": mail_port,
        "SMTP_STARTTLS": False,
        "SMTP_TIMEOUT": 1,
    }
    return chosen | mix.settings() | ({"SQLALCHEMY_DATABASE_URI": url} if url else {})


def build(place: Path, url: str, *, people: int) -> Scene:
    """A fresh installation with so many households that are signed in, and no round yet."""
    app = an_app(place, url)
    app.secret_key = SECRET
    with app.app_context():
        session = db.session()
        participants = neighbourhood.settle_in(session, people)
        neighbourhood.stock_shelves(session, ARTICLES)
        signed_in = tuple(_person(app, who) for who in participants)
        _practise(session, participants)
        session.commit()
        _leave()
    return Scene(app, place, url, signed_in)


def _practise(session: Session, who: list[int]) -> None:
    """One round of each kind that fell due long ago: with them a clock does everything once."""
    hours = {"opens_at": neighbourhood.OPENS, "closes_at": neighbourhood.CLOSES}
    closes_at, people = hours["closes_at"], [session.get_one(Participant, one) for one in who]
    products = list(session.scalars(select(Product).order_by(Product.id)))
    neighbourhood.fill(session, neighbourhood.open_round(session, products), who, ARTICLES)
    asked = interest.open_round(session, **hours)
    interest.sign_up(session, asked, people, at=hours["opens_at"], seed=1)
    bids_until = closes_at + BIDDING
    tendered = tender.open_round(session, **hours, ends=(bids_until, bids_until + CHOOSING))
    tender.sign_up(session, tendered, people, at=hours["opens_at"], seed=1)
    lifecycle.close(session, tendered, actor="torture", now=closes_at)
    tender.bid(session, tendered, now=closes_at)


def open_rounds(scene: Scene, *, rounds: int) -> Scene:
    """The scene with open rounds, whose deadlines are far away until `set_deadlines`."""
    with scene.app.app_context():
        session = db.session()
        products = list(session.scalars(select(Product).order_by(Product.id)))
        far = datetime.now(UTC) + FAR
        stages = tuple(_stage(number, far, products) for number in _in_turn(rounds))
        session.commit()
        _leave()
    return replace(scene, stages=stages)


def set_deadlines(scene: Scene, *, pace: float) -> Scene:
    """Let the first round close in a moment, and the others in waves after it.

    On a machine that is `pace` times slower than a quick one, there is as much more time to order,
    to bid and to choose.
    """
    with scene.app.app_context():
        first = datetime.now(UTC) + LEAD * pace
        stages = tuple(
            _at(stage, first + _after(number) * pace, pace)
            for number, stage in enumerate(scene.stages)
        )
        for stage in stages:
            ends = {"bids_until": stage.bids_until, "offers_until": stage.offers_until}
            hours = {"closes_at": stage.closes_at} | (ends if stage.bids_until else {})
            told = {} if stage.round_id % REMIND_EVERY == 0 else {"reminders": len(BEFORE)}
            values = hours | told
            db.session.execute(update(Round).where(Round.id == stage.round_id).values(values))
        db.session.commit()
        bidders = tuple(bidder for stage in stages for bidder in _bidders(scene.app, stage))
        _leave()
    return replace(scene, stages=stages, bidders=bidders)


def _leave() -> None:
    db.session.remove()
    db.engine.dispose()


def _after(number: int) -> timedelta:
    """Of every second wave all close at the same instant, of the others one after another."""
    wave, place = divmod(number, WAVE)
    return wave * GAP + place * (STAGGER if wave % 2 else timedelta(0))


def _at(stage: Stage, closes_at: datetime, pace: float) -> Stage:
    if stage.bids_until is None:
        return replace(stage, closes_at=closes_at)
    bids_until = closes_at + BIDDING * pace
    offers_until = bids_until + CHOOSING * pace
    return replace(stage, closes_at=closes_at, bids_until=bids_until, offers_until=offers_until)


def _in_turn(rounds: int) -> list[int]:
    """The numbers of the rounds in the order in which they close: while a tender goes on after
    its closing, other rounds close.
    """
    return sorted(range(rounds), key=lambda n: n - EARLIER if _is_tender(n) else n)


def _is_tender(number: int) -> bool:
    return number % TENDER_EVERY == TENDER_EVERY // 2


def _stage(number: int, closes_at: datetime, products: list[Product]) -> Stage:
    session, opened = db.session(), neighbourhood.OPENS
    if number % INTEREST_EVERY == INTEREST_EVERY - 1:
        signing = interest.open_round(session, opens_at=opened, closes_at=closes_at)
        return Stage(signing.id, closes_at)
    if _is_tender(number):
        ends = closes_at + BIDDING, closes_at + BIDDING + CHOOSING
        signing = tender.open_round(session, opens_at=opened, closes_at=closes_at, ends=ends)
        return Stage(signing.id, closes_at, (), *ends)
    round_ = neighbourhood.open_round(session, products, closes_at=closes_at)
    return Stage(round_.id, closes_at, tuple(item.id for item in round_.items))


def _bidders(app: Flask, stage: Stage) -> Iterator[Bidder]:
    if stage.bids_until is None:
        return
    for link in invitations.list_invitations(db.session(), stage.round_id):
        ticket = tickets.ticket("bid", link.id)
        who = _browser(app, 0, 1_000_000 + link.id)
        yield Bidder(who, link.id, ticket, stage.closes_at, stage.bids_until)


def _person(app: Flask, participant_id: int) -> Person:
    device = neighbourhood.signed_in(db.session(), participant_id)
    return _browser(app, participant_id, participant_id, device=device)


def _browser(app: Flask, participant_id: int, number: int, **signed_in: str) -> Person:
    raw = f"{number:040d}"
    signer = app.session_interface.get_signing_serializer(app)  # type: ignore[attr-defined]
    cookie = signer.dumps({"csrf_token": raw, "language": "en"} | signed_in)
    token = URLSafeTimedSerializer(SECRET, salt="wtf-csrf-token").dumps(raw)
    return Person(participant_id, str(cookie), str(token))


def free_port() -> int:
    """A port of this machine on which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
