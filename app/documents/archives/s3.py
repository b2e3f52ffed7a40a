"""The archive in an S3-compatible store: the same files under the same names, as objects.

`s3://bucket/prefix` and below it `ab/cd/abcd….pdf`. An object is written once: the store is asked
to refuse a second one, and to compare what came with its SHA-256. What it does not confirm is
read back before anybody relies on it.
"""

import base64
import hashlib
import os
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

from defusedxml import ElementTree  # type: ignore[import-untyped]

from app.documents.archives.contract import (
    StoreAway,
    Stored,
    check_content,
    check_place,
    named,
)
from app.documents.archives.s3_calls import Answer, Credentials, Store
from app.documents.errors import Damaged

AMAZON = "https://s3.{region}.amazonaws.com"
FIRST_REGION = "us-east-1"
MIME_TYPES = {".pdf": "application/pdf", ".xml": "application/xml", ".jpg": "image/jpeg"}
EXISTS, UNKNOWN_CONDITION = 412, 501
_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_PREFIX = re.compile(r"(?:[\w-][\w.-]*/)*")


class S3Archive:
    """See `contract.Archive`."""

    def __init__(self, url: str, *, endpoint: str, region: str, timeout: float) -> None:
        """Raises StoreAway where the settings lead to no store."""
        address = urlsplit(url)
        prefix = address.path.strip("/") + "/" if address.path.strip("/") else ""
        if (
            address.scheme != "s3"
            or not _BUCKET.fullmatch(address.netloc)
            or not _PREFIX.fullmatch(prefix)
        ):
            raise StoreAway("DOCUMENTS_URL is not s3://bucket/prefix")
        region = region or os.environ.get("AWS_REGION", "") or FIRST_REGION
        self.bucket, self.prefix = address.netloc, prefix
        self.store = Store(
            endpoint or AMAZON.format(region=region),
            region,
            Credentials.from_environment(),
            timeout,
        )

    def __str__(self) -> str:
        return f"s3://{self.bucket}/{self.prefix}".rstrip("/")

    def keep(self, content: bytes, suffix: str = ".pdf") -> Stored:
        """Another program may keep the same at the same moment: both get the same object."""
        stored = named(content, suffix)
        answer = self._put(stored, content, {"if-none-match": "*"})
        if answer.status == EXISTS:
            if self._is_whole(stored):
                return stored
            answer = self._put(stored, content, {})
        elif answer.status == UNKNOWN_CONDITION:
            answer = self._put(stored, content, {})
        if answer.status >= 300:
            raise _refused(answer)
        if answer.headers.get("x-amz-checksum-sha256") != _checksum(stored) and not (
            self._is_whole(stored)
        ):
            raise StoreAway("the store of papers did not keep what it was given")
        return stored

    def read(self, path: str, sha256: str) -> bytes:
        check_place(path, sha256)
        try:
            content = self.content(path)
        except FileNotFoundError as error:
            raise Damaged(f"{path} is gone from the archive") from error
        check_content(content, path, sha256)
        return content

    def content(self, path: str) -> bytes:
        answer = self.store.call("GET", self._key(path))
        if answer.code == "NoSuchKey":
            raise FileNotFoundError(path)
        if answer.status != 200:
            raise _refused(answer)
        return answer.content

    def paths(self) -> Iterator[str]:
        query = {"list-type": "2", "prefix": self.prefix}
        while True:
            answer = self.store.call("GET", f"/{self.bucket}", query)
            if answer.status != 200:
                raise _refused(answer)
            keys, more = _listed(answer.content)
            yield from (key.removeprefix(self.prefix) for key in keys)
            if not (keys and more):
                return
            query["start-after"] = keys[-1]

    def remove(self, path: str) -> None:
        answer = self.store.call("DELETE", self._key(path))
        if answer.status >= 300 and answer.code != "NoSuchKey":
            raise _refused(answer)

    def _key(self, path: str) -> str:
        return f"/{self.bucket}/{self.prefix}{path}"

    def _put(self, stored: Stored, content: bytes, condition: dict[str, str]) -> Answer:
        headers = condition | {
            "content-type": MIME_TYPES.get(Path(stored.path).suffix, "application/octet-stream"),
            "x-amz-checksum-sha256": _checksum(stored),
        }
        return self.store.call("PUT", self._key(stored.path), headers=headers, body=content)

    def _is_whole(self, stored: Stored) -> bool:
        try:
            return hashlib.sha256(self.content(stored.path)).hexdigest() == stored.sha256
        except FileNotFoundError:
            return False


def _checksum(stored: Stored) -> str:
    return base64.b64encode(bytes.fromhex(stored.sha256)).decode()


def _refused(answer: Answer) -> StoreAway:
    return StoreAway(f"the store of papers refuses: {answer.code}")


def _listed(content: bytes) -> tuple[list[str], bool]:
    """The keys on a page, and whether there are more."""
    try:
        page = ElementTree.fromstring(content)
    except (ElementTree.ParseError, ValueError) as error:
        raise StoreAway("the list of the store of papers cannot be read") from error
    keys = [found.text or "" for found in page.iterfind(".//{*}Contents/{*}Key")]
    return keys, page.findtext("{*}IsTruncated") == "true"
