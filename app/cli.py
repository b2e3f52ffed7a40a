"""The command line: hangs the groups of app/commands under `flask --app app`."""

from flask import Flask

from app.commands import COMMANDS


def register(app: Flask) -> None:
    for command in COMMANDS:
        app.cli.add_command(command)
