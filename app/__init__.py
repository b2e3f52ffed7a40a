"""The web application: pages, forms, PDFs, mail, the command line and the clock."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask


def create_app(**settings: object) -> Flask:
    """An application for one network. `settings` win over environment and defaults."""
    # Imported here, for whoever prints needs app.documents and none of this: a second less.
    from flask import Flask

    from app import (
        addresses,
        auth,
        cli,
        config,
        database,
        engine,
        errors,
        high_water,
        i18n,
        intake,
        logs,
        standstill,
        trail,
        ui,
        views,
    )
    from app.extensions import csrf, db, migrate

    app = Flask(__name__, instance_path=str(config.INSTANCE))
    app.url_rule_class = addresses.LazyRule
    config.configure(app, settings)
    db.init_app(app)
    csrf.init_app(app)
    migrate.init_app(app, db)
    with app.app_context():
        database.prepare(db.engine)
    parts = (
        engine, logs, high_water, trail, i18n, auth, intake, ui, standstill, errors, views, cli,
    )  # fmt: skip
    for part in parts:
        part.register(app)
    return app
