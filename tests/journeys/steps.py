"""What every journey does: sign in, press what leads on, and ask whether everybody can use a page.

A click does not wait for the page that it leads to. What is looked at next may then still be the
old page, or the moment between two: so a journey presses, which waits until the new page is there.
"""

import hashlib
import secrets
from datetime import UTC, datetime
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from flask.sessions import SecureCookieSessionInterface
from playwright.sync_api import Locator, Page
from sqlalchemy import select

from app.auth import Device
from app.codes import SignInRequest, code_of

WIDE = {"width": 1280, "height": 900}


def press(page: Page, target: Locator) -> None:
    """Click what leads to a page, and wait for that page."""
    with page.expect_navigation():
        target.click()


def sign_in(
    page: Page, session: Any, mail: str = "ada@example.org", *, leads_to: str = "**/mine"
) -> None:
    """With a code by mail, as people do."""
    page.goto("/sign-in")
    page.get_by_role("textbox").fill(mail)
    press(page, page.locator("main form button"))
    request = session.scalars(select(SignInRequest).order_by(SignInRequest.id.desc())).first()
    code = code_of(request)
    session.rollback()  # let the site write
    page.locator("#code").fill(code)
    press(page, page.locator("main form button"))
    page.wait_for_url(leads_to)


def be(page: Page, person: Any, *, app: Any, session: Any, address: str) -> None:
    """Let this browser be this person, as if a code had been typed."""
    token, now = secrets.token_urlsafe(32), datetime.now(UTC)
    digest = hashlib.sha256(token.encode()).hexdigest()
    row = Device(person_id=person.id, token_hash=digest, signed_in_at=now, seen_at=now)
    session.add(row)
    session.commit()
    signer = SecureCookieSessionInterface().get_signing_serializer(app)
    value = signer.dumps({"device": token, "_permanent": True})
    page.context.add_cookies([{"name": "session", "value": value, "url": address}])


def hindrances(page: Page) -> list[str]:
    """What axe finds on this page, and whether it scrolls sideways."""
    page.wait_for_load_state()
    found = [violation["id"] for violation in Axe().run(page).response["violations"]]
    wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    return [*found, f"{wide} px too wide"] if wide > 0 else found


def no_violations(page: Page) -> None:
    found = hindrances(page)
    assert not found, f"{page.url}: {found}"


def hindrances_of(page: Page, paths: tuple[str, ...], **ids: int) -> dict[str, list[str]]:
    """Of each of these pages that has any, by its path."""
    problems = {}
    for path in paths:
        page.goto(path.format(**ids))
        if found := hindrances(page):
            problems[path] = found
    return problems
