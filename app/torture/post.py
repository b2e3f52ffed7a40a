"""A mail server that takes most mails, refuses some, hangs over some, and drops after the data."""

import asyncio
from collections import Counter
from dataclasses import dataclass, field
from email import message_from_bytes
from random import Random
from typing import Any

from aiosmtpd.controller import Controller

from app.torture.scene import free_port

HANGS = 2.5  # seconds: longer than the application waits


@dataclass
class PostOffice:
    """What came in, by the local part of its Message-ID. `calm` ends all mischief."""

    seed: int
    received: Counter[str] = field(default_factory=Counter)
    refused: int = 0
    hung: int = 0
    dropped: int = 0
    calm: bool = False

    def __post_init__(self) -> None:
        self._dice = Random(self.seed)  # noqa: S311
        self.port = free_port()
        self._controller = Controller(self, hostname="127.0.0.1", port=self.port)

    def __enter__(self) -> "PostOffice":
        self._controller.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._controller.stop()

    async def handle_RCPT(
        self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any
    ) -> str:
        if not self.calm and self._dice.random() < 0.05:
            self.refused += 1
            return "451 4.3.0 not now"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 ok"

    async def handle_DATA(self, server: Any, _session: Any, envelope: Any) -> str:
        chance = 1.0 if self.calm else self._dice.random()
        if chance < 0.03:
            self.hung += 1
            await asyncio.sleep(HANGS)
            return "451 4.3.0 too slow"
        message = message_from_bytes(envelope.content)
        self.received[str(message["Message-ID"]).strip("<>").partition("@")[0]] += 1
        if chance < 0.06:
            self.dropped += 1
            server.transport.abort()
        return "250 2.0.0 taken"
