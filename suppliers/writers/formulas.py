"""Texts that a spreadsheet program would take for a formula."""

# What starts a formula, the controls that programs skip before looking, and the full-width forms
# that East Asian editions read as the same signs.
_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def looks_like_formula(text: str) -> bool:
    return text.lstrip(" \u00a0").startswith(_STARTS) or text.startswith(_STARTS)


def defused(text: str) -> str:
    """The text with an apostrophe before it where a program would run it."""
    return f"'{text}" if looks_like_formula(text) else text
