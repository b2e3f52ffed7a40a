"""A visitor: a client without JavaScript that reads every page as the strictest reader would."""

import contextvars
import hashlib
import re
import secrets
from collections import Counter
from collections.abc import Collection
from datetime import UTC, datetime
from typing import Any

from bs4 import BeautifulSoup, Tag
from flask import Flask, Response
from html5lib import HTMLParser
from itsdangerous import URLSafeTimedSerializer
from sqlalchemy import event
from sqlalchemy.orm import ORMExecuteState, Session
from werkzeug.test import TestResponse

from app.auth import Device
from app.extensions import db
from purchasing.people import Person

CONTROLS = ("input", "select", "textarea")
HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
REFERENCES = {"for", "aria-labelledby", "aria-describedby", "aria-controls", "list", "form"}
BUTTONS = ("submit", "button", "reset", "image")
_TOKEN = re.compile(r'"[\w.-]{32,}"')
_IN_ORDER = set[bytes]()  # of the pages of this run: three in four are seen again


class Visitor:
    """Visits pages of the site. Every page that is seen is read strictly on the way."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        self.client = app.test_client()

    def sign_in(self, person: Person) -> "Visitor":
        """Be this person from here on, as if a code had been mailed and typed."""
        token, now = secrets.token_urlsafe(32), datetime.now(UTC)
        token_hash = hashlib.sha256(token.encode()).hexdigest()
        device = Device(person_id=person.id, token_hash=token_hash, signed_in_at=now, seen_at=now)
        db.session.add(device)
        db.session.commit()
        with self.client.session_transaction() as cookie:
            cookie["device"] = token
        return self

    def get(self, path: str, status: int = 200, **headers: str) -> BeautifulSoup:
        return self._follow(self.open(path, headers=headers), status)

    def post(self, path: str, status: int = 200, **fields: object) -> BeautifulSoup:
        """Send a form, with a valid token, and follow where it leads."""
        data = {"csrf_token": self.token()} | fields
        return self._follow(self.open(path, method="POST", data=data), status)

    def submit(
        self, page: BeautifulSoup, action: str, status: int = 200, **fields: object
    ) -> BeautifulSoup:
        """Fill in the form of `page` that goes to `action`, as a person would, and send it.

        What is not named keeps the value the page gave it. A list means several files or choices.
        """
        form = next(form for form in page.select("form") if form.get("action", "") == action)
        data = filled_in(form) | fields
        if str(form.get("method", "get")).lower() == "get":
            return self._follow(self.open(action, query_string=data), status)
        return self._follow(self.open(action, method="POST", data=data), status)

    def piece(self, path: str, method: str = "GET", **fields: object) -> BeautifulSoup:
        """What htmx would be given: a piece of a page, or a page."""
        data = {"csrf_token": self.token()} | fields if method == "POST" else fields
        response = self.open(path, method=method, data=data, headers={"HX-Request": "true"})
        assert response.status_code < 400, response.text
        return read_piece(response.text)

    def open(self, path: str, **options: Any) -> TestResponse:
        """The bare response: for files, headers and what is no page.

        The request has a context and a database session of its own, as in real life. What the
        test itself wrote must be committed before; afterwards its session sees what is new.
        """
        session = db.session()
        assert not session.info.get("unsaved"), "commit what the test made, then visit"
        session.rollback()
        response = contextvars.Context().run(self.client.open, path, **options)
        session.rollback()
        return response

    def token(self) -> str:
        """A valid CSRF token of this visitor, as every form of the site carries one."""
        with self.client.session_transaction() as cookie:
            raw = cookie.setdefault("csrf_token", "0" * 40)
        secret = self.app.config.get("WTF_CSRF_SECRET_KEY", self.app.secret_key)
        return str(URLSafeTimedSerializer(secret, salt="wtf-csrf-token").dumps(raw))

    def _follow(self, response: TestResponse, status: int) -> BeautifulSoup:
        for _ in range(5):
            if response.status_code not in (301, 302, 303, 307, 308):
                break
            response = self.open(response.location)
        assert response.status_code == status, response.text
        return read_page(response.text)


def filled_in(form: Tag) -> dict[str, Any]:
    """What a browser would send for this form if nobody touched it (and pressed no button)."""
    data: dict[str, Any] = {}
    for field in form.select("input[name], select[name], textarea[name]"):
        for value in _values(field):
            data.setdefault(str(field["name"]), []).append(value)
    return data


def read_page(html: str) -> BeautifulSoup:
    """The page, if it is in order. Of one that was seen before, only tokens may be others."""
    page = BeautifulSoup(html, "html.parser")
    seen = hashlib.sha256(_TOKEN.sub('"a token"', html).encode()).digest()
    if seen not in _IN_ORDER:
        _check_page(page, html)
        _IN_ORDER.add(seen)
    return page


def _check_page(page: BeautifulSoup, html: str) -> None:
    parser = HTMLParser(strict=False)
    parser.parse(html)
    assert not parser.errors, [(at, code) for at, code, _ in parser.errors[:3]]
    assert page.html and page.html.get("lang"), "no language"
    assert page.title and page.title.text.strip(), "no title"
    assert len(page.find_all("h1")) == 1, "a page has one h1"
    _check_headings(page)
    _check_parts(page)


def read_piece(html: str) -> BeautifulSoup:
    """A piece of a page, if it is in order."""
    if "<html" in html:
        return read_page(html)
    piece = BeautifulSoup(html, "html.parser")
    _check_parts(piece, whole=False)
    return piece


def _check_headings(page: BeautifulSoup) -> None:
    levels = [int(tag.name[1]) for tag in page.find_all(HEADINGS)]
    for above, below in zip([0, *levels], levels, strict=False):
        assert below <= above + 1, f"from h{above} to h{below} a level is left out"


def _check_parts(page: BeautifulSoup, *, whole: bool = True) -> None:
    """All in one walk over the tags: a selector for each question walks over all of them again."""
    tags = page.find_all(True)
    ids = Counter(tag["id"] for tag in tags if "id" in tag.attrs)
    twice = [id_ for id_, count in ids.items() if count > 1]
    assert not twice, f"an id occurs twice: {twice}"
    for tag in tags:
        _check_tag(page, tag)
        assert not _is_forbidden(tag), f"our own policy forbids this: {tag}"
    for tag in tags if whole else ():
        _check_references(tag, ids)


def _check_tag(page: BeautifulSoup, tag: Tag) -> None:
    if _is_control(tag):
        assert tag.get("type") in BUTTONS or _is_labelled(page, tag), f"no label: {tag}"
    elif tag.name in ("button", "summary") or (tag.name == "a" and tag.has_attr("href")):
        assert _name(tag), f"no words: {tag}"
    elif tag.name == "img":
        assert tag.has_attr("alt"), f"no alt: {tag}"
    elif tag.name == "form" and str(tag.get("method")).lower() == "post":
        token = tag.find("input", attrs={"name": "csrf_token", "value": True})
        assert token, f"no token: {tag}"


def _is_forbidden(tag: Tag) -> bool:
    inline = tag.name == "style" or (tag.name == "script" and not tag.has_attr("src"))
    runs = str(tag.get("href", "")).startswith("javascript:")
    return inline or runs or any(name == "style" or name.startswith("on") for name in tag.attrs)


def _check_references(tag: Tag, ids: Collection[Any]) -> None:
    for name in REFERENCES & tag.attrs.keys():
        missing = set(str(tag[name]).split()) - set(ids)
        assert not missing, f"{name} points nowhere: {tag}"
    link = str(tag.get("href", "")) if tag.name == "a" else ""
    assert not link.startswith("#") or link[1:] in {*ids, ""}, f"leads nowhere: {tag}"


def _is_control(tag: Tag) -> bool:
    hidden = tag.name == "input" and str(tag.get("type")).lower() == "hidden"
    return tag.name in CONTROLS and not hidden


def _is_labelled(page: BeautifulSoup, field: Tag) -> bool:
    if field.get("aria-label") or field.get("aria-labelledby"):
        return True
    label = page.find("label", attrs={"for": field["id"]}) if field.get("id") else None
    label = label or field.find_parent("label")
    return bool(label and label.text.strip()) or _stands_alone_under_a_legend(field)


def _stands_alone_under_a_legend(field: Tag) -> bool:
    fieldset = field.find_parent("fieldset")
    if not (fieldset and fieldset.legend):
        return False
    return sum(map(_is_control, fieldset.find_all(CONTROLS))) == 1


def _name(tag: Tag) -> str:
    words = [tag.text, str(tag.get("aria-label", "")), str(tag.get("aria-labelledby", ""))]
    words += [str(image.get("alt", "")) for image in tag.find_all("img")]
    words += [title.text for svg in tag.find_all("svg") for title in svg.find_all("title")]
    return re.sub(r"\s+", " ", " ".join(words)).strip()


def _values(field: Tag) -> list[str]:
    if field.name == "textarea":
        return [field.text.removeprefix("\n")]
    if field.name == "select":
        options = field.select("option[selected]") or (
            [] if field.has_attr("multiple") else field.select("option")[:1]
        )
        return [str(option.get("value", option.text.strip())) for option in options]
    kind = field.get("type", "text")
    if kind in (*BUTTONS, "file"):
        return []
    if kind in ("checkbox", "radio"):
        return [str(field.get("value", "on"))] if field.has_attr("checked") else []
    return [str(field.get("value", ""))]


# --- nothing may be left uncommitted -----------------------------------------------------------


def watch_what_is_saved(app: Flask) -> None:
    """Let every request fail that changed something and did not commit."""

    @app.after_request
    def check(response: Response) -> Response:
        session = db.session()
        unsaved = session.info.get("unsaved") or session.new or session.dirty or session.deleted
        assert not unsaved or response.status_code >= 400, "the request did not commit"
        return response


@event.listens_for(Session, "after_flush")
def _note_unsaved(session: Session, _context: object) -> None:
    session.info["unsaved"] = True


@event.listens_for(Session, "do_orm_execute")
def _note_written(state: ORMExecuteState) -> None:
    if state.is_update or state.is_insert or state.is_delete:
        state.session.info["unsaved"] = True


@event.listens_for(Session, "after_commit")
@event.listens_for(Session, "after_rollback")
def _note_saved(session: Session) -> None:
    session.info["unsaved"] = False
