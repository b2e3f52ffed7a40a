"""The pages. A view finds, makes one domain call, commits and goes on."""

from flask import Flask

from app.views import assets, health, home

BLUEPRINTS = (
    assets.blueprint,
    health.blueprint,
    home.blueprint,
)


def register(app: Flask) -> None:
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
