"""A mail server that can be told at which step to say no, to hang up, or to fall silent."""

import asyncio
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.controller import Controller

LISTED = "127.0.0.1"


class PostOffice:
    """`messages` is what came in. `say["RCPT"]` and `say["DATA"]` are answered instead of yes,
    `knows_not` are addresses it refuses, `hangs_up` breaks the line after a mail was
    taken in, `pause` lets it think for some seconds then, `at_data` is called at that moment.
    """

    def __init__(self) -> None:
        self.messages: list[EmailMessage] = []
        self.say: dict[str, str] = {}
        self.knows_not: set[str] = set()
        self.hangs_up = False
        self.pause = 0.0
        self.at_data: Callable[[], None] = lambda: None
        self._controller = Controller(self, hostname=LISTED, port=free_port())

    @property
    def port(self) -> int:
        return int(self._controller.port)

    @property
    def ids(self) -> list[str]:
        return [str(message["Message-ID"]) for message in self.messages]

    def open(self) -> None:
        self._controller.start()

    def close(self) -> None:
        self._controller.stop(no_assert=True)

    async def handle_RCPT(
        self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any
    ) -> str:
        if address in self.knows_not:
            return "550 Nobody here"
        if "RCPT" in self.say:
            return self.say["RCPT"]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, _session: Any, envelope: Any) -> str:
        if "DATA" in self.say:
            return self.say["DATA"]
        self.messages.append(message_from_bytes(envelope.content, policy=policy.default))
        self.at_data()
        await asyncio.sleep(self.pause)
        if self.hangs_up:
            server.transport.abort()
        return "250 OK"


@contextmanager
def silence() -> Iterator[int]:
    """The port of a server that takes a call and never says a word."""
    with socket.create_server((LISTED, 0), backlog=50) as listening:
        yield int(listening.getsockname()[1])


def free_port() -> int:
    with socket.create_server((LISTED, 0)) as listening:
        return int(listening.getsockname()[1])
