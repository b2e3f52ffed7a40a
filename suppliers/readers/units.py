"""Units as suppliers write them, brought to one spelling: "50gr", "1,5 kilo", "6 x 1 LTR"."""

import re

PIECE = "st"

_WORDS = {
    "gr": "g", "gram": "g", "grams": "g", "gramm": "g",
    "kg": "kg", "kgs": "kg", "kilo": "kg", "kilogram": "kg",
    "ltr": "l", "lt": "l", "liter": "l", "litre": "l", "liters": "l",
    "ml": "ml", "milliliter": "ml", "cl": "cl", "centiliter": "cl", "dl": "dl",
    "st": "st", "sts": "st", "stuks": "st", "stks": "st",
    "bosje": "bos", "bosjes": "bos", "bossen": "bos",
    "plak": "plak", "plakk": "plak", "plaks": "plak", "plakken": "plak", "plakjes": "plak",
}  # fmt: skip
_SINGLE = {"g": "g", "l": "l"}  # only behind a number: "L" alone is a size of shirt
_WORD = re.compile(r"(?<![^\W\d_])([^\W\d_]+)(\.?)(?![^\W\d_])")
_DECIMAL_COMMA = re.compile(r"(?<=[0-9]),(?=[0-9])")
_GLUED = re.compile(r"(?<=[0-9])(?=[^\W\d_])(?![xX]\s*[0-9])")
_TRAILING_ZEROS = re.compile(r"(?<=[0-9])[.,]0+$|(?<=[.,][1-9])0+$")


def tidy(text: str) -> str:
    """One spelling: "50gr" is "50 g", "1,5 kilo" is "1.5 kg", "4x250ML" is "4x250 ml"."""
    spaced = _GLUED.sub(" ", _DECIMAL_COMMA.sub(".", text))
    return " ".join(_WORD.sub(_spell, spaced).split())


def join(content: str, unit: str) -> str:
    """The unit of an article from what is in it: ("350.0", "g") is "350 g", ("1", "kg") is "kg".

    A blank unit is a piece.
    """
    amount = _TRAILING_ZEROS.sub("", content.strip())
    unit = unit.strip() or PIECE
    return tidy(unit if amount in ("", "0", "1") else f"{amount} {unit}")


def without_one(text: str) -> str:
    """Drop a leading one that says nothing: "1 kg" is "kg", "1x5 kg" is "5 kg"."""
    return re.sub(r"^1\s*x\s*(?=[0-9])|^1\s+(?![0-9x])", "", text, flags=re.IGNORECASE)


def _spell(match: re.Match[str]) -> str:
    word, point = match[1].lower(), match[2]
    if word in _WORDS:
        return _WORDS[word]
    behind_number = match.string[: match.start()].rstrip()[-1:].isdigit()
    if word in _SINGLE and (behind_number or match[1] == match.string.strip() == word):
        return _SINGLE[word]
    return match[1] + point
