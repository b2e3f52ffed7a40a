"""An S3-compatible store on this machine: moto's real server, in a process of its own.

Its libraries are many, and nothing else stands on them, so they live in build/store, which
`./dev test` makes.
"""

import os
import secrets
import signal
import subprocess
import time
import urllib.request
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from flask import Flask

from app.documents.archives import s3
from tests.app.post_office import free_port
from tests.faults.dying import run_errands

PROGRAM = Path(__file__).parents[1] / "build" / "store" / "bin" / "moto_server"
KEY_ID, SECRET = "an-id", "a-secret-that-is-not-to-be-seen"
PATIENCE = 30.0


class StoreServer:
    """`away()` and `back()` stop and wake it: nothing of what it keeps is lost."""

    def __init__(self) -> None:
        self.endpoint = f"http://127.0.0.1:{(port := free_port())}"
        self.process = subprocess.Popen(
            [PROGRAM, "-H", "127.0.0.1", "-p", str(port)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            with suppress(OSError), urllib.request.urlopen(self.endpoint, timeout=5):
                return
            time.sleep(0.1)
        self.close()
        raise TimeoutError("the store did not start")

    def bucket(self) -> s3.S3Archive:
        """The archive in a new bucket."""
        made = s3.S3Archive(
            f"s3://papers-{secrets.token_hex(6)}/here",
            endpoint=self.endpoint,
            region=s3.FIRST_REGION,
            timeout=10,
        )
        made.client.create_bucket(Bucket=made.bucket)
        return made

    def away(self) -> None:
        self.process.send_signal(signal.SIGSTOP)

    def back(self) -> None:
        self.process.send_signal(signal.SIGCONT)

    def close(self) -> None:
        self.process.kill()
        self.process.wait()


def keep_and_die(app: Flask, at: datetime) -> None:
    """Run errands until the first paper is in the store, and die before a row names it."""
    keep = s3.S3Archive.keep

    def once(self, *given):
        keep(self, *given)
        os.kill(os.getpid(), signal.SIGKILL)

    s3.S3Archive.keep = once
    run_errands(app, at)
