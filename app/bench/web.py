"""The real web server on a free port of this machine, and the answers that it gives."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path

from flask import Flask

OURS = "app:create_app"
PROCESSES, THREADS = 2, 4
SERVER = (
    "--interface=wsgi",
    f"--workers={PROCESSES}",
    f"--blocking-threads={THREADS}",
    "--log-level=error",
    "--no-ws",
)


def free_port() -> int:
    """A port of this machine that nobody listens at."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def serving(app: Flask, place: Path, site: str = OURS) -> Iterator[int]:
    """The port at which a site is served from the database of `app`, until we are done."""
    port = free_port()
    env = os.environ | {
        "KOOPKRACHT_INSTANCE": str(place),
        "KOOPKRACHT_SQLALCHEMY_DATABASE_URI": app.config["SQLALCHEMY_DATABASE_URI"],
    }
    command = [sys.executable, "-m", "granian", f"--port={port}", *SERVER, "--factory", site]
    server = subprocess.Popen(command, env=env, start_new_session=True)
    try:
        _until_up(port)
        yield port
    finally:
        _stop(server)


def _stop(server: subprocess.Popen[bytes]) -> None:
    """Ask it to end; one that does not hear is ended with all its processes."""
    server.terminate()
    try:
        server.wait(15)
    except subprocess.TimeoutExpired:
        os.killpg(server.pid, signal.SIGKILL)
        server.wait()


def _until_up(port: int) -> None:
    for _ in range(100):
        try:
            connection = HTTPConnection("127.0.0.1", port, timeout=2)
            connection.request("GET", "/healthz")
            if connection.getresponse().status == 200:
                return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError("the server did not start")


async def answer_of(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    """Status and body of one answer, on a connection that stays open."""
    head = await reader.readuntil(b"\r\n\r\n")
    status = int(head.split(b" ", 2)[1])
    fields = dict(
        line.lower().split(b": ", 1) for line in head.split(b"\r\n")[1:] if b": " in line
    )
    return status, await reader.readexactly(int(fields.get(b"content-length", b"0")))
