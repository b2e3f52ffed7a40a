"""`./dev translate LANGUAGE`: gather the sentences of the code, and list those to be translated.

Makes or updates app/translations/<language>/LC_MESSAGES/messages.po: what is there is kept, what
is new stands empty, what is no longer said is gone. Then the `.po` files are compiled.
"""

import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from babel.core import Locale, UnknownLocaleError
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from app.i18n import MESSAGE_FOLDERS, MESSAGE_KEYWORDS, MESSAGE_METHODS

ROOT = Path(__file__).parent.parent
WIDTH = 99
BEGINNING = datetime(2026, 11, 23, tzinfo=UTC)  # no date of today: the same text, the same file


def main(arguments: list[str]) -> int:
    if len(arguments) != 1:
        sys.stderr.write("Say which language: ./dev translate nl\n")
        return 2
    try:
        language = str(Locale.parse(arguments[0]))
    except (UnknownLocaleError, ValueError):
        sys.stderr.write(f"There is no language {arguments[0]!r}.\n")
        return 2
    path = ROOT / "app" / "translations" / language / "LC_MESSAGES" / "messages.po"
    catalogue = updated(path, language)
    save(path, catalogue)
    missing = sum(not _is_there(message.string) for message in catalogue if message.id)
    sys.stdout.write(f"{len(catalogue)} sentences, {missing} to be translated: {path}\n")
    return 0


def updated(path: Path, language: str) -> Catalog:
    """The catalogue at `path` (an empty one if there is none) with the sentences of today."""
    if path.exists():
        with path.open("rb") as file:
            catalogue = read_po(file, locale=language)
    else:
        catalogue = Catalog(locale=language)
    catalogue.update(_template(), no_fuzzy_matching=True)
    catalogue.obsolete.clear()
    catalogue.project, catalogue.version = "Koopkracht", "1"
    catalogue.creation_date = catalogue.revision_date = BEGINNING
    catalogue.msgid_bugs_address = catalogue.last_translator = ""
    catalogue.fuzzy = False
    return catalogue


def save(path: Path, catalogue: Catalog) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        write_po(file, catalogue, no_location=True, sort_output=True, width=WIDTH)
    with path.with_suffix(".mo").open("wb") as file:
        write_mo(file, catalogue)


def _template() -> Catalog:
    template = Catalog()
    for message in _sentences():
        template.add(message)
    return template


def _sentences() -> Iterator[str | tuple[str, ...]]:
    for folder in MESSAGE_FOLDERS:
        for _, _, message, _, _ in extract_from_dir(
            ROOT / folder, MESSAGE_METHODS, keywords=MESSAGE_KEYWORDS
        ):
            yield message


def _is_there(text: object) -> bool:
    return all(text) if isinstance(text, (tuple, list)) else bool(text)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
