"""Every sentence is there in every language, and keeps its values."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from app.i18n import LANGUAGES, MESSAGE_FOLDERS, MESSAGE_KEYWORDS, MESSAGE_METHODS

ROOT = Path(__file__).parents[1]
WRITTEN = sorted(set(LANGUAGES) - {"en"})  # the sentences in the code are English
VALUE = re.compile(r"%(?:\((\w+)\))?[sd]")


def sentences() -> Iterator[tuple[str, object]]:
    for folder in MESSAGE_FOLDERS:
        for file, _, message, _, _ in extract_from_dir(
            ROOT / folder, MESSAGE_METHODS, keywords=MESSAGE_KEYWORDS
        ):
            yield f"{folder}/{file}", message


def catalogue(language: str) -> Catalog:
    path = ROOT / "app" / "translations" / language / "LC_MESSAGES" / "messages.po"
    with path.open("rb") as file:
        return read_po(file, locale=language, abort_invalid=True)


def words(message: Message) -> tuple[str, ...]:
    text = message.string
    return text if isinstance(text, tuple) else (text,)


def told(message: Message) -> tuple[str, ...]:
    """The sentence itself, in the singular and the plural where it has both."""
    return message.id if isinstance(message.id, tuple) else (message.id,)


@pytest.mark.parametrize("language", WRITTEN)
def test_every_sentence_is_translated(language):
    known = catalogue(language)

    untranslated = [
        f"{file}: {message}"
        for file, message in sentences()
        if (found := known.get(message)) is None or not all(words(found))
    ]

    assert not untranslated


@pytest.mark.parametrize("language", WRITTEN)
def test_a_translation_keeps_the_values_of_its_sentence(language):
    changed = [
        message.id
        for message in catalogue(language)
        if message.id
        for text, said in zip(words(message), told(message), strict=True)
        if set(VALUE.findall(text)) != set(VALUE.findall(said))
    ]

    assert not changed


@pytest.mark.parametrize("language", WRITTEN)
def test_no_translation_is_left_over_or_unsure(language):
    used = {message if isinstance(message, str) else message[0] for _, message in sentences()}

    known = catalogue(language)

    assert not [m.id for m in known if m.id and m.fuzzy]
    assert not [
        m.id for m in known if m.id and (m.id if isinstance(m.id, str) else m.id[0]) not in used
    ]
