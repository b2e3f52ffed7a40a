"""An installation with rounds that close one after another, and people who are signed in."""

import socket
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from flask import Flask
from itsdangerous import URLSafeTimedSerializer
from sqlalchemy import select

from app.bench import neighbourhood
from app.bench.databases import an_app
from app.demo import interest
from app.extensions import db
from purchasing.catalogue import Product

ARTICLES = 6
INTEREST_EVERY = 4  # every fourth round is one that people sign up to
SECRET = "the torture's own secret, of no use to anybody"  # noqa: S105


@dataclass(frozen=True)
class Person:
    """One browser: for whom it acts, its cookie and its form token."""

    participant_id: int
    cookie: str
    token: str


@dataclass(frozen=True)
class Stage:
    """A round as the crowd sees it. Without items one signs up by answers."""

    round_id: int
    closes_at: datetime
    items: tuple[int, ...]


@dataclass(frozen=True)
class Scene:
    app: Flask
    place: Path
    url: str
    people: tuple[Person, ...]
    stages: tuple[Stage, ...] = ()

    @property
    def ends_at(self) -> datetime:
        return max(stage.closes_at for stage in self.stages)


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
        db.session.remove()
        db.engine.dispose()
    return replace(scene, stages=stages)


def _stage(number: int, closes_at: datetime, products: list[Product]) -> Stage:
    session = db.session()
    if number % INTEREST_EVERY == INTEREST_EVERY - 1:
        opened = neighbourhood.OPENS
        signing = interest.open_round(session, opens_at=opened, closes_at=closes_at)
        return Stage(signing.id, closes_at, ())
    round_ = neighbourhood.open_round(session, products, closes_at=closes_at)
    return Stage(round_.id, closes_at, tuple(item.id for item in round_.items))


def _person(app: Flask, participant_id: int) -> Person:
    device = neighbourhood.signed_in(db.session(), participant_id)
    raw = f"{participant_id:040d}"
    signer = app.session_interface.get_signing_serializer(app)  # type: ignore[attr-defined]
    cookie = signer.dumps({"device": device, "csrf_token": raw, "language": "en"})
    token = URLSafeTimedSerializer(SECRET, salt="wtf-csrf-token").dumps(raw)
    return Person(participant_id, str(cookie), str(token))


def free_port() -> int:
    """A port of this machine on which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
