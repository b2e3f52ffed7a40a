"""The command line: what operators script."""

from flask import Flask


def register(app: Flask) -> None:
    """Commands are added here, one group each."""
