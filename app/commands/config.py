"""`config`: every setting in force, its secrets masked."""

import json

import click
from flask import current_app
from flask.cli import with_appcontext
from sqlalchemy.engine import make_url

SECRET = ("SECRET", "PASSWORD", "TOKEN", "_KEY")


@click.command("config")
@with_appcontext
def show() -> None:
    """Show every setting. KOOPKRACHT_<KEY> in the environment changes one."""
    for key in sorted(current_app.config):
        click.echo(f"{key} = {_shown(key, current_app.config[key])}")


def _shown(key: str, value: object) -> str:
    if any(word in key for word in SECRET):
        return "(set)" if value else "(not set)"
    if key == "SQLALCHEMY_DATABASE_URI":
        return make_url(str(value)).render_as_string(hide_password=True)
    return json.dumps(value, default=str)
