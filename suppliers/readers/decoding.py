"""From bytes to text: which alphabet a list was written in, and clean line ends."""

import codecs
import re
from collections import Counter
from collections.abc import Iterable

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_CONTROLS = bytes(set(range(32)) - set(b"\t\n\r\x0c\x1a")) + b"\x7f"
_ASCII = bytes(range(128))
_LIKELY = frozenset("éëèêïîíöôóòüûúùáàâäåçñßøæÉËÖÜÄÁÀÇŒœ€°²½®™…’‘“”–—•·´`©«»±§µÈÊÓØ")
_XML_ENCODING = re.compile(rb"""\A\s*<\?xml[^>]*?encoding\s*=\s*["']([A-Za-z0-9._-]+)""")
_DOS_END = "\x1a"


def is_binary(data: bytes) -> bool:
    """More than one control character in a hundred: no text. A stray NUL is forgiven."""
    if data.startswith(tuple(mark for mark, _ in _MARKS)):
        return False
    controls = len(data) - len(data.translate(None, _CONTROLS))
    return controls * 100 > len(data)


def decode(data: bytes, declared: str = "") -> tuple[str, bool]:
    """The text with \\n as line end, and whether some characters could not be read.

    Tried in turn: a byte order mark, what the file declares, UTF-8, UTF-8 with a few errors,
    then the DOS or the Windows code page, whichever gives more likely letters.
    """
    for candidate in _candidates(data, declared):
        try:
            return _clean(data.decode(candidate)), False
        except (UnicodeDecodeError, LookupError):
            continue
    forgiving = data.decode("utf-8", "replace")
    lost = forgiving.count("\ufffd")
    if len(forgiving) - len(forgiving.encode("ascii", "ignore")) > 2 * lost:
        return _clean(forgiving), True
    text = data.decode(_code_page(data), "replace")
    return _clean(text), "\ufffd" in text


def declared_in_xml(data: bytes) -> str:
    """The encoding an XML declaration names; the Windows page where it says ISO 8859-1."""
    match = _XML_ENCODING.match(data[:200])
    name = match[1].decode("ascii").lower() if match else "utf-8"
    return "cp1252" if name.replace("-", "") in ("iso88591", "latin1") else name


def _candidates(data: bytes, declared: str) -> Iterable[str]:
    for mark, name in _MARKS:
        if data.startswith(mark):
            return (name,)
    return (declared, "utf-8") if declared else ("utf-8",)


def _code_page(data: bytes) -> str:
    high = Counter(data.translate(None, _ASCII))
    windows, dos = _likeliness(high, "cp1252"), _likeliness(high, "cp850")
    return "cp850" if dos > windows else "cp1252"


def _likeliness(high: Counter[int], page: str) -> int:
    score = 0
    for byte, count in high.items():
        character = bytes([byte]).decode(page, "replace")
        if character in _LIKELY:
            score += count
        elif not character.isalpha():
            score -= count
    return score


def _clean(text: str) -> str:
    plain = text.replace("\r\n", "\n").replace("\r", "\n").replace("\x00", "")
    return plain.removeprefix("\ufeff").rstrip(_DOS_END)
