"""The text of a record as it may be shown: without control characters, and not without end."""

import unicodedata
from collections.abc import Mapping
from typing import Any

_LONGEST = 200
_LONGEST_NOTE = 1000
_DIRECTION_MARKS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff")


def plain(value: Any, key: str = "") -> Any:
    """A copy without control characters and overlong text; the QR code's text stays whole."""
    if isinstance(value, Mapping):
        return {name: plain(item, name) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item, key) for item in value]
    if not isinstance(value, str) or key in {"epc", "answer_url"}:
        return value
    limit = _LONGEST_NOTE if key in {"notes", "text"} else _LONGEST
    visible = "".join(_harmless(letter) for letter in value)
    text = " ".join(visible.split())
    return text if len(text) <= limit else text[: limit - 1] + "…"


def _harmless(letter: str) -> str:
    """A letter, a space for a control character, nothing for a hidden direction mark."""
    category = unicodedata.category(letter)
    if category in {"Cc", "Zl", "Zp"}:
        return " "
    return "" if category in {"Cs", "Cn", "Co"} or letter in _DIRECTION_MARKS else letter
