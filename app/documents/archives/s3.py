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
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, urlsplit

from app.documents.archives.contract import (
    StoreAway,
    Stored,
    check_content,
    check_place,
    named,
)
from app.documents.errors import Damaged

FIRST_REGION = "us-east-1"
TRIES = 3
MOST_BYTES = 64 * 1024 * 1024
LOOPBACK = ("127.0.0.1", "::1", "localhost")
MIME_TYPES = {".pdf": "application/pdf", ".xml": "application/xml", ".jpg": "image/jpeg"}
EXISTS, GONE, UNKNOWN_CONDITION = "PreconditionFailed", "NoSuchKey", "NotImplemented"
_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_PREFIX = re.compile(r"(?:[\w-][\w.-]*/)*")


class _Said(StoreAway):
    """The store's own word for what was wrong."""

    def __init__(self, code: str) -> None:
        super().__init__(f"the store of papers refuses: {code}")
        self.code = code


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
        if endpoint and not _is_safe(urlsplit(endpoint)):
            raise StoreAway("DOCUMENTS_ENDPOINT is no https://name of a store")
        region = region or os.environ.get("AWS_REGION", "") or FIRST_REGION
        self.bucket, self.prefix = address.netloc, prefix
        self.client = _client(endpoint, region, timeout, TRIES, *_credentials())

    def __str__(self) -> str:
        return f"s3://{self.bucket}/{self.prefix}".rstrip("/")

    def keep(self, content: bytes, suffix: str = ".pdf") -> Stored:
        """Another program may keep the same at the same moment: both get the same object."""
        stored = named(content, suffix)
        try:
            confirmed = self._put(stored, content, IfNoneMatch="*")
        except _Said as said:
            if said.code not in (EXISTS, UNKNOWN_CONDITION):
                raise
            if said.code == EXISTS and self._is_whole(stored):
                return stored
            confirmed = self._put(stored, content)
        if confirmed != _checksum(stored) and not self._is_whole(stored):
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
        try:
            with _answers():
                answer = self.client.get_object(**self._place(path))
                with answer["Body"] as body:
                    content = bytes(body.read(MOST_BYTES + 1))
        except _Said as said:
            if said.code == GONE:
                raise FileNotFoundError(path) from said
            raise
        if len(content) > MOST_BYTES:
            raise StoreAway("an answer of the store of papers is too long")
        return content

    def paths(self) -> Iterator[str]:
        pages = self.client.get_paginator("list_objects_v2")
        with _answers():
            for page in pages.paginate(Bucket=self.bucket, Prefix=self.prefix):
                for found in page.get("Contents", ()):
                    yield str(found["Key"]).removeprefix(self.prefix)

    def remove(self, path: str) -> None:
        try:
            with _answers():
                self.client.delete_object(**self._place(path))
        except _Said as said:
            if said.code != GONE:
                raise

    def _place(self, path: str) -> dict[str, str]:
        return {"Bucket": self.bucket, "Key": f"{self.prefix}{path}"}

    def _put(self, stored: Stored, content: bytes, **condition: str) -> str:
        """The checksum that the store says it has kept; empty where it says none."""
        kind = MIME_TYPES.get(Path(stored.path).suffix, "application/octet-stream")
        with _answers():
            answer = self.client.put_object(
                **self._place(stored.path),
                Body=content,
                ContentType=kind,
                ChecksumSHA256=_checksum(stored),
                **condition,
            )
        return str(answer.get("ChecksumSHA256", ""))

    def _is_whole(self, stored: Stored) -> bool:
        try:
            return hashlib.sha256(self.content(stored.path)).hexdigest() == stored.sha256
        except FileNotFoundError:
            return False


@contextmanager
def _answers() -> Iterator[None]:
    """Turn all that the library raises into our two words: it said no, or it is away."""
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        yield
    except ClientError as error:
        raise _Said(str(error.response.get("Error", {}).get("Code", "?"))[:60]) from None
    except BotoCoreError as error:
        told = type(error).__name__
        raise StoreAway(f"the store of papers does not answer well: {told}") from None


@lru_cache(maxsize=4)  # making one takes long, and threads may share it
def _client(
    endpoint: str, region: str, timeout: float, tries: int, key: str, secret: str, token: str
) -> Any:
    """A client that knows these credentials and looks nowhere else for any."""
    try:
        import boto3
        from botocore.config import Config
    except ImportError as error:
        raise StoreAway("boto3 is not installed: pip install 'koopkracht[s3]'") from error
    config = Config(
        signature_version="s3v4",
        connect_timeout=timeout,
        read_timeout=timeout,
        retries={"mode": "standard", "total_max_attempts": tries},
        s3={"addressing_style": "path"},
        request_checksum_calculation="when_required",  # ours is a SHA-256; others know no CRC
        response_checksum_validation="when_required",
    )
    return boto3.session.Session().client(
        "s3",
        endpoint_url=endpoint or None,
        region_name=region,
        aws_access_key_id=key,
        aws_secret_access_key=secret,
        aws_session_token=token or None,
        config=config,
    )


def _credentials() -> tuple[str, str, str]:
    """From the variables that every program for S3 reads. Raises StoreAway where none are set."""
    names = ("ACCESS_KEY_ID", "SECRET_ACCESS_KEY", "SESSION_TOKEN")
    key, secret, token = (os.environ.get(f"AWS_{name}", "") for name in names)
    if not (key and secret):
        raise StoreAway("AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are not set")
    return key, secret, token


def _is_safe(address: SplitResult) -> bool:
    """Papers name people: they travel in secret, or not beyond this machine."""
    if not address.hostname or address.username or address.path.strip("/") or address.query:
        return False
    return address.scheme == "https" or (address.scheme == "http" and address.hostname in LOOPBACK)


def _checksum(stored: Stored) -> str:
    return base64.b64encode(bytes.fromhex(stored.sha256)).decode()
