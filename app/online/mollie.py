"""Mollie's Payments API, version 2: the three calls we need, over the standard library.

Every answer has a limit of time and size. The key goes into one header and nowhere else: no
error of ours repeats what was sent.
"""

from __future__ import annotations

import http.client
import json
import re
import ssl
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

from app.online.errors import Away, Refusing
from purchasing.books.online_found import Found
from purchasing.books.online_told import EURO, Outcome, Told
from purchasing.money import Cents

if TYPE_CHECKING:
    from app.online import Order

LOOPBACK = ("127.0.0.1", "::1", "localhost")
MOST_BYTES = 256 * 1024
A_PAGE, MOST_PAGES = 50, 2000
PAYMENT_ID = re.compile(r"tr_[A-Za-z0-9]{4,60}")
OUTCOMES = {
    "open": Outcome.OPEN,
    "pending": Outcome.OPEN,
    "authorized": Outcome.OPEN,
    "paid": Outcome.PAID,
    "failed": Outcome.ENDED,
    "canceled": Outcome.ENDED,
    "expired": Outcome.ENDED,
}


class Mollie:
    """Speaks to `url`: https, or a server on this machine."""

    name = "mollie"

    def __init__(self, key: str, url: str, *, timeout: float) -> None:
        address = urlsplit(url)
        self.host = address.hostname or ""
        self.at_home = self.host in LOOPBACK
        if address.scheme != "https" and not (self.at_home and address.scheme == "http"):
            raise ValueError("the address of a payment provider is https")
        self.port, self.scheme = address.port, address.scheme
        self._key, self.timeout = key, timeout

    def create(self, order: Order) -> Told:
        body = {
            "amount": {"currency": EURO, "value": f"{order.cents // 100}.{order.cents % 100:02d}"},
            "description": order.about[:255],
            "redirectUrl": order.back_to,
            "metadata": {"key": order.key, "bill": order.bill},
        }
        if order.news_to:
            body["webhookUrl"] = order.news_to
        return self._told(self._ask("POST", "/v2/payments", body, key=order.key))

    def fetch(self, provider_id: str) -> Told:
        if not PAYMENT_ID.fullmatch(provider_id):
            raise Refusing("no such payment")
        return self._told(self._ask("GET", f"/v2/payments/{provider_id}"))

    def made_since(self, moment: datetime) -> Iterator[Found]:
        after: str | None = ""
        for _ in range(MOST_PAGES):
            if after is None:
                return
            path = f"/v2/payments?limit={A_PAGE}" + (f"&from={after}" if after else "")
            said = self._ask("GET", path)
            for found in self._listed(said):
                if found.made_at < moment:
                    return
                yield found
            after = _after(said)

    def _listed(self, said: dict[str, Any]) -> list[Found]:
        try:
            return [self._found(one) for one in said["_embedded"]["payments"]]
        except (KeyError, TypeError, AttributeError, ValueError):
            raise Away("its answer is not as agreed") from None

    def _found(self, one: dict[str, Any]) -> Found:
        """Raises KeyError, TypeError, AttributeError or ValueError where it says it otherwise."""
        ours = one.get("metadata")
        ours = ours if isinstance(ours, dict) else {}
        made_at = datetime.fromisoformat(str(one["createdAt"]))
        return Found(
            self._told(one),
            key=str(ours.get("key", ""))[:64],
            bill=str(ours.get("bill", ""))[:40],
            about=str(one.get("description", ""))[:255],
            made_at=made_at if made_at.tzinfo else made_at.replace(tzinfo=UTC),
        )

    def _ask(
        self, method: str, path: str, body: dict[str, Any] | None = None, *, key: str = ""
    ) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {self._key}", "Accept": "application/json"}
        if body is not None:
            headers |= {"Content-Type": "application/json", "Idempotency-Key": key}
        connection = self._connection()
        try:
            connection.request(method, path, json.dumps(body) if body else None, headers)
            with connection.getresponse() as answer:
                status, text = answer.status, self._read(answer)
        except (OSError, http.client.HTTPException) as problem:
            raise Away(f"no answer: {type(problem).__name__}") from None
        finally:
            connection.close()
        return _understood(status, text)

    def _connection(self) -> http.client.HTTPConnection:
        if self.scheme == "https":
            context = ssl.create_default_context()
            return http.client.HTTPSConnection(
                self.host, self.port, timeout=self.timeout, context=context
            )
        return http.client.HTTPConnection(self.host, self.port, timeout=self.timeout)

    def _read(self, answer: http.client.HTTPResponse) -> bytes:
        """All it says, within the time and the size; who sends a byte a minute is away."""
        until, text = time.monotonic() + self.timeout, b""
        while piece := answer.read1(16 * 1024):
            text += piece
            if len(text) > MOST_BYTES:
                raise Away("its answer is too long")
            if time.monotonic() > until:
                raise Away("its answer takes too long")
        return text

    def _told(self, said: dict[str, Any]) -> Told:
        try:
            provider_id, outcome = str(said["id"]), OUTCOMES.get(str(said["status"]))
            amount = said["amount"]
            currency, cents = str(amount["currency"]), _cents(amount["value"])
            back = _of(said.get("amountRefunded")) + _of(said.get("amountChargedBack"))
            link = (said.get("_links") or {}).get("checkout") or {}
            checkout = self._checked(str(link.get("href", "")))
        except (KeyError, TypeError, AttributeError, InvalidOperation, ValueError):
            raise Away("its answer is not as agreed") from None
        if outcome is None or not PAYMENT_ID.fullmatch(provider_id):
            raise Away("its answer is not as agreed")
        return Told(provider_id, outcome, cents, currency[:3], back, checkout)

    def _checked(self, checkout: str) -> str:
        """Where to pay: a page of the provider's own, or nowhere."""
        address = urlsplit(checkout)
        host = address.hostname or ""
        if self.at_home:
            return checkout if host == self.host and address.scheme in ("http", "https") else ""
        own = host == "mollie.com" or host.endswith(".mollie.com")
        return checkout if own and address.scheme == "https" else ""


def _after(said: dict[str, Any]) -> str | None:
    """Where the next page of a list begins; None where this was the last."""
    link = (said.get("_links") or {}).get("next") or {}
    (begins,) = parse_qs(urlsplit(str(link.get("href", ""))).query).get("from", [""])[:1]
    return begins if PAYMENT_ID.fullmatch(begins) else None


def _understood(status: int, text: bytes) -> dict[str, Any]:
    """What was answered.

    What is its own fault, a crowd (429) or a wrong key (401, 403) passes; a no is for good.
    """
    if status in (400, 404, 410, 422):
        raise Refusing(f"it answers {status}")
    if status not in (200, 201):
        raise Away(f"it answers {status}")
    try:
        said = json.loads(text)
    except ValueError:
        raise Away("its answer is not as agreed") from None
    if not isinstance(said, dict):
        raise Away("its answer is not as agreed")
    return said


def _of(amount: dict[str, Any] | None) -> Cents:
    return _cents(amount["value"]) if amount else 0


def _cents(value: object) -> Cents:
    """ "12.50" in cents. Raises ValueError or InvalidOperation."""
    cents = Decimal(str(value)) * 100
    if cents != cents.to_integral_value() or cents < 0:
        raise ValueError(value)
    return int(cents)
