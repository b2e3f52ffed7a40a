"""The mutants that change nothing that can be seen: each looked at, with the reason written down.

One is known by its file, its function, the text of its line and the change, so that it is found
again when lines move, and is looked at anew when they change.
"""

import tomllib
from pathlib import Path

from tests.mutants.breeding import Mutant

FILE = Path(__file__).with_name("equal.toml")
Key = tuple[str, str, str, str]
Reasons = dict[Key, str]


def read() -> Reasons:
    """Raises KeyError where an entry lacks something."""
    entries = tomllib.loads(FILE.read_text(encoding="utf-8")).get("equal", [])
    return {
        (one["file"], one["function"], one["line"], change): one["why"]
        for one in entries
        for change in one["changes"]
    }


def key(mutant: Mutant) -> Key:
    return mutant.file.as_posix(), mutant.where[0], mutant.text, mutant.change
