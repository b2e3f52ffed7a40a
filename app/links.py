"""Where a visitor goes next: only ever to a page of ours."""

from urllib.parse import urlsplit

from flask import request, url_for


def own_path(target: str | None) -> str:
    """`target` if it is a path on this site, else the front page.

    A browser reads "//other" and "/\\other" as another site.
    """
    path = target or ""
    return path if _is_ours(path) else url_for("home.index")


def own_path_of(address: str | None) -> str:
    """The path of a whole address, such as a browser says it came from, if it is on this site."""
    try:
        parts = urlsplit(address or "")
    except ValueError:  # such as "http://[": no address at all
        return url_for("home.index")
    if parts.netloc != request.host:
        return url_for("home.index")
    return own_path(parts.path + (f"?{parts.query}" if parts.query else ""))


def _is_ours(path: str) -> bool:
    if not path.startswith("/") or path.startswith(("//", "/\\")):
        return False
    return not any(sign < " " for sign in path)
