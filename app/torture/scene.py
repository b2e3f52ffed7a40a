"""An installation with rounds that close one after another, and people who are signed in."""

import socket
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from flask import Flask
from itsdangerous import URLSafeTimedSerializer
from sqlalchemy import select

from app import tickets
from app.bench import neighbourhood
from app.bench.databases import an_app
from app.demo import interest, tender
from app.extensions import db
from purchasing import invitations
from purchasing.catalogue import Product

ARTICLES = 6
INTEREST_EVERY = 4  # every fourth round is one that people sign up to
TENDER_EVERY = 6  # and every sixth one a tender
BIDDING, CHOOSING = timedelta(seconds=2), timedelta(seconds=4)
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


def settings(place: Path, url: str, mail_port: int) -> dict[str, object]:
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
    return chosen | ({"SQLALCHEMY_DATABASE_URI": url} if url else {})


def build(place: Path, url: str, *, people: int) -> Scene:
    """A fresh installation with so many households that are signed in, and no round yet."""
    app = an_app(place, url)
    app.secret_key = SECRET
    with app.app_context():
        session = db.session()
        participants = neighbourhood.settle_in(session, people)
        neighbourhood.stock_shelves(session, ARTICLES)
        signed_in = tuple(_person(app, who) for who in participants)
        session.commit()
        db.session.remove()
        db.engine.dispose()
    return Scene(app, place, url, signed_in)


def open_rounds(scene: Scene, *, rounds: int, lead: timedelta, gap: timedelta) -> Scene:
    """The scene with open rounds: the first closes after `lead`, each next one a `gap` later."""
    with scene.app.app_context():
        session = db.session()
        products = list(session.scalars(select(Product).order_by(Product.id)))
        first = datetime.now(UTC) + lead
        stages = tuple(_stage(number, first + number * gap, products) for number in range(rounds))
        session.commit()
        bidders = tuple(bidder for stage in stages for bidder in _bidders(scene.app, stage))
        db.session.remove()
        db.engine.dispose()
    return replace(scene, stages=stages, bidders=bidders)


def _stage(number: int, closes_at: datetime, products: list[Product]) -> Stage:
    session, opened = db.session(), neighbourhood.OPENS
    if number % INTEREST_EVERY == INTEREST_EVERY - 1:
        signing = interest.open_round(session, opens_at=opened, closes_at=closes_at)
        return Stage(signing.id, closes_at)
    if number % TENDER_EVERY == TENDER_EVERY // 2:
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
