"""What printing needs of the machine, and a clear sentence where it is missing."""

import ctypes
from functools import lru_cache
from pathlib import Path

from app.documents.errors import CannotPrint

_LIBRARIES = {
    "libpango-1.0-0": "libpango-1.0.so.0",
    "libpangoft2-1.0-0": "libpangoft2-1.0.so.0",
    "libharfbuzz-subset0": "libharfbuzz-subset.so.0",
}
_FONTS = {
    "fonts-lato": "Lato-Regular.ttf",
    "fonts-noto-core": "NotoSansArabic-Regular.ttf",
}
_FONT_FOLDERS = (
    Path("/usr/share/fonts"),
    Path("/usr/local/share/fonts"),
    Path("~/.local/share/fonts"),
    Path("~/.fonts"),
)


def missing() -> list[str]:
    """The Debian packages that printing needs and that this machine lacks."""
    lacking = [package for package, library in _LIBRARIES.items() if not _loads(library)]
    return lacking + [package for package, font in _FONTS.items() if not _has_font(font)]


def sentence(packages: list[str]) -> str:
    names = " ".join(packages)
    return f"PDFs cannot be made here yet: install {names} (apt-get install {names})."


@lru_cache(maxsize=1)
def demand() -> None:
    """Raise CannotPrint where something is missing; looks once in a process when all is well."""
    if packages := missing():
        raise CannotPrint(sentence(packages))


def _loads(library: str) -> bool:
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def _has_font(file_name: str) -> bool:
    return any(
        next(folder.expanduser().rglob(file_name), None) is not None
        for folder in _FONT_FOLDERS
        if folder.expanduser().is_dir()
    )
