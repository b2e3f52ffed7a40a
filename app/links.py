"""Where a visitor goes next: only ever to a page of ours."""

from urllib.parse import urlsplit

from flask import url_for


def own_path(target: str | None) -> str:
    """`target` if it is a path on this site, else the front page.

    A browser reads "//other" and "/\\other" as another site.
    """
    path = target or ""
    parts = urlsplit(path)
    elsewhere = parts.scheme or parts.netloc or path.startswith(("//", "/\\"))
    if elsewhere or not path.startswith("/") or any(sign < " " for sign in path):
        return url_for("home.index")
    return path
