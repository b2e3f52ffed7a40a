"""What stands in the margin of every page of a paper."""

LONGEST = 40


def head(name: str, about: str) -> str:
    """What stands in the margin of every page: short enough for one line with the page number."""
    if len(about) > LONGEST:
        about = about[: LONGEST - 1].rstrip() + "…"
    return f"{name} · {about}" if about else name
