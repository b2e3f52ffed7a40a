"""One call to an S3-compatible store: signed, within a time and a size, tried again a few times.

Signature Version 4 over the standard library. The secret only makes signatures: no address, no
header and no error of ours holds it.
"""

import hashlib
import hmac
import http.client
import os
import re
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from typing import NamedTuple
from urllib.parse import SplitResult, quote, urlencode, urlsplit

from app.documents.archives.contract import StoreAway

LOOPBACK = ("127.0.0.1", "::1", "localhost")
MOST_BYTES = 64 * 1024 * 1024
WAITS = (0.2, 0.8)  # seconds before the second and the third try
AGAIN = {409, 429, 500, 502, 503, 504}
_CODE = re.compile(rb"<Code>([A-Za-z0-9]{1,60})</Code>")


class Answer(NamedTuple):
    """What the store said; `code` is its own word for what was wrong, if any."""

    status: int
    headers: Mapping[str, str]
    content: bytes

    @property
    def code(self) -> str:
        found = _CODE.search(self.content[:4096]) if self.status >= 300 else None
        return found[1].decode() if found else str(self.status)


@dataclass(frozen=True)
class Credentials:
    """From the variables that every program for S3 reads."""

    key_id: str
    secret: str = field(repr=False)
    token: str = field(default="", repr=False)

    @classmethod
    def from_environment(cls) -> "Credentials":
        """Raises StoreAway where there are none."""
        found = [
            os.environ.get(f"AWS_{name}", "")
            for name in ("ACCESS_KEY_ID", "SECRET_ACCESS_KEY", "SESSION_TOKEN")
        ]
        if not (found[0] and found[1]):
            raise StoreAway("AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are not set")
        return cls(*found)


class Store:
    """A server at `endpoint`: https, or on this machine."""

    def __init__(
        self, endpoint: str, region: str, credentials: Credentials, timeout: float
    ) -> None:
        address = urlsplit(endpoint)
        if not _is_safe(address):
            raise StoreAway("DOCUMENTS_ENDPOINT is no https://name of a store")
        self.address, self.region = address, region
        self._credentials, self.timeout = credentials, timeout

    def call(
        self,
        method: str,
        path: str,
        query: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        body: bytes = b"",
    ) -> Answer:
        """The answer, also where it is a no. Every call of ours may be made twice.

        Raises StoreAway where there is none, or where the store has trouble of its own.
        """
        target, asked = _target(path, query or {}), dict(headers or {})
        for wait in (*WAITS, None):
            problem = ""
            try:
                answer = self._once(method, target, asked, body)
                if answer.status not in AGAIN:
                    return answer
                problem = answer.code
            except (OSError, http.client.HTTPException) as error:
                problem = type(error).__name__
            if wait is not None:
                time.sleep(wait)
        raise StoreAway(f"the store of papers does not answer well: {problem}")

    def _once(self, method: str, target: str, headers: dict[str, str], body: bytes) -> Answer:
        connection = self._connection()
        try:
            signed = self._signed(method, target, headers, body, datetime.now(UTC))
            connection.request(method, target, body or None, signed)
            with connection.getresponse() as answer:
                told = {key.lower(): value for key, value in answer.getheaders()}
                return Answer(answer.status, told, self._read(answer))
        finally:
            connection.close()

    def _read(self, answer: http.client.HTTPResponse) -> bytes:
        until, pieces, size = time.monotonic() + 3 * self.timeout, [], 0
        while piece := answer.read1(1 << 18):
            pieces.append(piece)
            size += len(piece)
            if size > MOST_BYTES or time.monotonic() > until:
                raise TimeoutError("its answer is too long")
        if answer.length:  # `read1` does not say that something is lacking
            raise http.client.IncompleteRead(b"", answer.length)
        return b"".join(pieces)

    def _connection(self) -> http.client.HTTPConnection:
        host, port = self.address.hostname or "", self.address.port
        if self.address.scheme == "https":
            return http.client.HTTPSConnection(
                host, port, timeout=self.timeout, context=_certificates()
            )
        return http.client.HTTPConnection(host, port, timeout=self.timeout)

    def _signed(
        self, method: str, target: str, headers: dict[str, str], body: bytes, at: datetime
    ) -> dict[str, str]:
        """The headers with a signature over all of them, the address and the body."""
        stamp, content = f"{at:%Y%m%dT%H%M%SZ}", hashlib.sha256(body).hexdigest()
        all_headers = {key.lower(): value for key, value in headers.items()} | {
            "host": self.address.netloc,
            "x-amz-date": stamp,
            "x-amz-content-sha256": content,
        }
        if self._credentials.token:
            all_headers["x-amz-security-token"] = self._credentials.token
        names = ";".join(sorted(all_headers))
        path, _, query = target.partition("?")
        told = [f"{key}:{value.strip()}" for key, value in sorted(all_headers.items())]
        request = "\n".join([method, path, query, *told, "", names, content])
        scope = f"{stamp[:8]}/{self.region}/s3/aws4_request"
        hashed = hashlib.sha256(request.encode()).hexdigest()
        signature = self._signature(scope, f"AWS4-HMAC-SHA256\n{stamp}\n{scope}\n{hashed}")
        all_headers["authorization"] = (
            f"AWS4-HMAC-SHA256 Credential={self._credentials.key_id}/{scope},"
            f" SignedHeaders={names}, Signature={signature}"
        )
        return all_headers

    def _signature(self, scope: str, text: str) -> str:
        key = f"AWS4{self._credentials.secret}".encode()
        for part in scope.split("/"):
            key = hmac.digest(key, part.encode(), "sha256")
        return hmac.digest(key, text.encode(), "sha256").hex()


def _is_safe(address: SplitResult) -> bool:
    """Papers name people: they travel in secret, or not beyond this machine."""
    if not address.hostname or address.username or address.path.strip("/") or address.query:
        return False
    return address.scheme == "https" or (address.scheme == "http" and address.hostname in LOOPBACK)


def _target(path: str, query: Mapping[str, str]) -> str:
    told = urlencode(sorted(query.items()), quote_via=quote, safe="-_.~")
    return quote(path, safe="/-_.~") + (f"?{told}" if told else "")


@cache
def _certificates() -> ssl.SSLContext:
    return ssl.create_default_context()
