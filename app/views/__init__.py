"""The pages. A view finds, makes one domain call, commits and goes on."""

from flask import Flask

from app.views import (
    account,
    answer,
    assets,
    bid,
    billed,
    change,
    coordinator,
    direct_debit,
    health,
    home,
    instalments,
    mine,
    offer,
    online,
    order,
    own_data,
    pages,
    papers,
    report,
    rounds,
    second_step,
    signup,
    statement,
    survey,
)

BLUEPRINTS = (
    account.blueprint,
    answer.blueprint,
    assets.blueprint,
    bid.blueprint,
    billed.blueprint,
    change.blueprint,
    *coordinator.BLUEPRINTS,
    direct_debit.blueprint,
    health.blueprint,
    home.blueprint,
    instalments.blueprint,
    mine.blueprint,
    offer.blueprint,
    online.blueprint,
    order.blueprint,
    own_data.blueprint,
    pages.blueprint,
    papers.blueprint,
    report.blueprint,
    rounds.blueprint,
    second_step.blueprint,
    signup.blueprint,
    statement.blueprint,
    survey.blueprint,
)


def register(app: Flask) -> None:
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
