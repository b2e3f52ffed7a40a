"""A payment provider on this machine: a real server that speaks as Mollie does, and misbehaves.

`payments` is what it keeps, by id; a test changes them as the world would. `trouble` is what it
does to the next calls: "slow", "down", "busy", "no", "nonsense", "endless", "drops" (it makes the
payment and hangs up before it says so). `before_answer` is called while a payment is being made.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit
from urllib.request import Request, urlopen

KEY = "test_a-key-that-is-not-to-be-seen"


@dataclass
class Provider:
    address: str = ""
    payments: dict[str, dict[str, Any]] = field(default_factory=dict)
    by_key: dict[str, str] = field(default_factory=dict)
    trouble: list[str] = field(default_factory=list)
    asked: list[tuple[str, str]] = field(default_factory=list)
    most_on_a_page: int = 250
    before_answer: Callable[[str], object] | None = None
    lock: Lock = field(default_factory=Lock)

    def make(self, key: str, order: dict[str, Any]) -> dict[str, Any]:
        """One payment per key, as the header promises."""
        with self.lock:
            if key not in self.by_key:
                self.by_key[key] = f"tr_{len(self.by_key) + 1:06}"
                self.payments[self.by_key[key]] = self._new(self.by_key[key], order)
            return self.payments[self.by_key[key]]

    def _new(self, payment_id: str, order: dict[str, Any]) -> dict[str, Any]:
        checkout = {"href": f"{self.address}/checkout/{payment_id}", "type": "text/html"}
        names = ("amount", "redirectUrl", "webhookUrl", "metadata")
        kept = {name: order.get(name) for name in names}
        return {
            "resource": "payment", "id": payment_id, "status": "open", **kept,
            "description": order["description"], "_links": {"checkout": checkout},
            "createdAt": datetime.now(UTC).isoformat(timespec="seconds"),
        }  # fmt: skip

    def page(self, query: dict[str, list[str]]) -> dict[str, Any]:
        """So many of the list as are asked for, the newest first, and where the rest begins."""
        newest = sorted(self.payments.values(), key=lambda one: one["id"], reverse=True)
        ids = [one["id"] for one in newest]
        start = ids.index(query["from"][0]) if "from" in query else 0
        stop = start + min(int(query["limit"][0]), self.most_on_a_page)
        href = (
            f"https://api.mollie.com/v2/payments?from={ids[stop]}&limit=5"
            if stop < len(ids)
            else ""
        )
        return {
            "count": len(newest[start:stop]), "_embedded": {"payments": newest[start:stop]},
            "_links": {"next": {"href": href} if href else None},
        }  # fmt: skip

    @property
    def only(self) -> dict[str, Any]:
        (payment,) = self.payments.values()
        return payment

    def tell(self, payment: dict[str, Any], times: int = 1) -> list[int]:
        """Say at the webhook that there is news of a payment: only its id."""
        return [self._post(payment["webhookUrl"], payment["id"]) for _ in range(times)]

    def _post(self, address: str, payment_id: str) -> int:
        data = urlencode({"id": payment_id}).encode()
        with urlopen(Request(address, data), timeout=20) as answer:
            return answer.status


def euros(cents: int, currency: str = "EUR") -> dict[str, str]:
    return {"currency": currency, "value": f"{cents // 100}.{cents % 100:02}"}


@contextmanager
def a_provider() -> Iterator[Provider]:
    kept = Provider()
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Asked", (_Asked,), {"kept": kept}))
    server.daemon_threads = True
    kept.address = f"http://127.0.0.1:{server.server_port}"
    thread = Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield kept
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class _Asked(BaseHTTPRequestHandler):
    kept: Provider

    def do_POST(self) -> None:
        text = self.rfile.read(int(self.headers["Content-Length"]))
        if self.path.startswith("/checkout/"):
            return self._is_paid(self.path.rpartition("/")[2])
        assert self.headers["Content-Type"] == "application/json"
        if not self._goes_well():
            return None
        drops = self._next("drops")
        made = self.kept.make(self.headers["Idempotency-Key"], json.loads(text))
        if self.kept.before_answer:
            self.kept.before_answer(made["id"])
        return None if drops else self._say(201, made)

    def do_GET(self) -> None:
        if self.path == "/favicon.ico":
            return self._send(200, b"", "image/png")
        if self.path.startswith("/checkout/"):
            return self._checkout()
        if self._goes_well():
            address = urlsplit(self.path)
            if address.path == "/v2/payments":
                return self._say(200, self.kept.page(parse_qs(address.query)))
            payment = self.kept.payments.get(self.path.rpartition("/")[2])
            return self._say(200, payment) if payment else self._say(404, {"status": 404})
        return None

    def _goes_well(self) -> bool:
        """Whether the call is to be answered as agreed; else it has been answered otherwise."""
        self.kept.asked.append((self.command, self.path))
        if self.headers["Authorization"] != f"Bearer {KEY}":
            self._say(401, {"status": 401})
            return False
        for trouble, answer in (("busy", 429), ("no", 422), ("down", 503)):
            if self._next(trouble):
                self._say(answer, {"status": answer, "title": "No"})
                return False
        if self._next("slow"):
            time.sleep(0.6)
        if self._next("nonsense"):
            self._send(200, b"<html>maintenance</html>")
            return False
        if self._next("endless"):
            self._send(200, b"[" + b"1," * 400_000)
            return False
        return True

    def _next(self, trouble: str) -> bool:
        if self.kept.trouble[:1] == [trouble]:
            self.kept.trouble.pop(0)
            return True
        return False

    def _checkout(self) -> None:
        page = (
            "<!doctype html><html lang=en><title>Pay</title><h1>Pay</h1>"
            f"<form method=post action='{self.path}'><button>Yes</button></form>"
        )
        self._send(200, page.encode(), "text/html")

    def _is_paid(self, payment_id: str) -> None:
        payment = self.kept.payments[payment_id]
        payment["status"] = "paid"
        Thread(target=self.kept.tell, args=(payment, 2), daemon=True).start()
        self.send_response(303)
        self.send_header("Location", payment["redirectUrl"])
        self.end_headers()

    def _say(self, status: int, what: dict[str, Any]) -> None:
        self._send(status, json.dumps(what).encode())

    def _send(self, status: int, text: bytes, kind: str = "application/hal+json") -> None:
        try:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)
        except OSError:  # who asked has gone
            self.close_connection = True

    def log_message(self, *_: object) -> None:
        """A test is quiet."""
