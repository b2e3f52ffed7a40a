"""What the tests of faults are handed besides the site."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from app.extensions import db
from tests.faults.worlds import World


@pytest.fixture
def world(app: Flask) -> Iterator[World]:
    """All that a crash can leave behind, of the site's own database and papers."""
    folder = Path(app.config["DOCUMENTS_FOLDER"])
    folder.mkdir(exist_ok=True)
    made = World(db.engine, folder, Path(app.config["NUMBERS_FILE"]))
    yield made
    made.close()
