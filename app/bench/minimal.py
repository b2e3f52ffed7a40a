"""The least that could save a change, to measure ourselves by: Flask, five statements, a commit.

No sign-in, no form token, no rules, no page. What is saved is written and told as the site does,
so that one crowd can drive all. Two ways of it: statements as plain text (`create_app`), the
least there can be; and as Flask-SQLAlchemy's own pages teach (`create_taught_app`).
"""

import os
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from flask import Flask, abort, request
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import create_engine, select, text

from app.database import engine_options, prepare
from purchasing.answering import AnsweredChange
from purchasing.base import Base
from purchasing.commitments import Commitment, Want
from purchasing.rounds import Round

KNOWN = text("SELECT answer FROM answered_change WHERE key = :key")
ROUND = "SELECT closes_at FROM round WHERE id = :round_id"
COMMITMENT = text(
    "INSERT INTO commitment (round_id, participant_id, version, changed_at, changed_by)"
    " VALUES (:round_id, :who, 1, :at, '') ON CONFLICT (round_id, participant_id)"
    " DO UPDATE SET version = commitment.version + 1, changed_at = :at RETURNING id"
)
WANT = text(
    "INSERT INTO want (commitment_id, round_id, item_id, quantity, extra,"
    " ordered_quantity, ordered_extra, queue)"
    " VALUES (:commitment_id, :round_id, :item_id, :pieces, 0, 0, 0, '[]')"
    " ON CONFLICT (commitment_id, item_id) DO UPDATE SET quantity = :pieces"
)
ANSWER = text(
    "INSERT INTO answered_change (key, fingerprint, answer, at) VALUES (:key, '', '{}', :at)"
)
Save = Callable[[dict[str, Any]], bool]


def create_app() -> Flask:
    """Statements as text, made once, on plain connections."""
    address = os.environ["KOOPKRACHT_SQLALCHEMY_DATABASE_URI"]
    engine = create_engine(address, **engine_options(address))
    prepare(engine)
    on_sqlite = engine.dialect.name == "sqlite"
    held = text(ROUND if on_sqlite else f"{ROUND} FOR SHARE")

    def save(values: dict[str, Any]) -> bool:
        if on_sqlite:
            values["at"] = values["at"].replace(tzinfo=None)
        with engine.begin() as connection:
            if connection.execute(KNOWN, values).first():
                abort(409)
            if str(values["at"]) >= str(connection.scalar(held, values)):
                return False
            commitment_id = connection.scalar(COMMITMENT, values)
            connection.execute(WANT, values | {"commitment_id": commitment_id})
            connection.execute(ANSWER, values)
        return True

    return _answering(Flask(__name__), save)


def create_taught_app() -> Flask:
    """Rows as objects, statements built for each request, the extension's session."""
    app = Flask(__name__)
    address = os.environ["KOOPKRACHT_SQLALCHEMY_DATABASE_URI"]
    app.config["SQLALCHEMY_DATABASE_URI"] = address
    app.config["SQLALCHEMY_ENGINE_OPTIONS"] = engine_options(address)
    db = SQLAlchemy(app, metadata=Base.metadata)
    with app.app_context():
        prepare(db.engine)

    def save(values: dict[str, Any]) -> bool:
        session, at = db.session, values["at"]
        if session.scalar(select(AnsweredChange).where(AnsweredChange.key == values["key"])):
            abort(409)
        round_ = session.get(Round, values["round_id"], with_for_update={"read": True})
        if round_ is None or at >= round_.closes_at:
            return False
        mine = {"round_id": round_.id, "participant_id": values["who"]}
        order = session.scalar(select(Commitment).filter_by(**mine))
        order = order or Commitment(**mine, version=0)
        order.version, order.changed_at = order.version + 1, at
        session.add(order)
        session.flush()
        wanted = {"commitment_id": order.id, "item_id": values["item_id"]}
        want = session.scalar(select(Want).filter_by(**wanted))
        want = want or Want(**wanted, round_id=round_.id)
        want.quantity = values["pieces"]
        session.add_all(
            [want, AnsweredChange(key=values["key"], fingerprint="", answer={}, at=at)]
        )
        session.commit()
        return True

    return _answering(app, save)


def _answering(app: Flask, save: Save) -> Flask:
    @app.get("/healthz")
    def healthz() -> str:
        return "ok"

    @app.post("/rounds/<int:round_id>/order/<int:item_id>")
    def change(round_id: int, item_id: int) -> str:
        pieces, who = int(request.form[f"q{item_id}"]), int(request.form["for"])
        values = {"round_id": round_id, "item_id": item_id, "pieces": pieces, "who": who}
        saved = save(values | {"key": request.form["key"], "at": datetime.now(UTC)})
        return "Saved." if saved else "Too late."

    return app
