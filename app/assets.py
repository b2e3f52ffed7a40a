"""Our stylesheet and scripts, under addresses that change with their content.

What others wrote comes from an installed package and is served under our own address: nothing is
fetched from elsewhere, and nothing of it lies in this repository.
"""

import gzip
import hashlib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

OWN = Path(__file__).parent / "static"
TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}


@dataclass(frozen=True)
class Asset:
    """One file, as it is sent."""

    name: str
    media_type: str
    digest: str
    content: bytes
    packed: bytes  # the same, compressed


@cache
def _sources() -> dict[str, Traversable | Path]:
    own = {path.name: path for path in OWN.iterdir() if path.suffix in TYPES}
    return {**own, "htmx.js": files("js_lib_htmx") / "static" / "htmx" / "htmx.min.js"}


@cache
def load(name: str) -> Asset:
    """The asset of this name. Raises KeyError when there is none."""
    content = _sources()[name].read_bytes()
    digest = hashlib.sha256(content).hexdigest()[:16]
    packed = gzip.compress(content, 9, mtime=0)
    return Asset(name, TYPES[Path(name).suffix], digest, content, packed)
