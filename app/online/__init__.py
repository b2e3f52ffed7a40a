"""Paying online: one seam, and who stands behind it. Off unless a key is configured.

A provider makes a payment and says how one stands; `Told` is all it says, in our words. Neither
is ever called inside a transaction: who calls has committed before, and begins anew after it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from flask import current_app

from app.online.errors import Away, Refusing
from app.online.mollie import Mollie
from purchasing.books.online_found import Found
from purchasing.books.online_told import Told
from purchasing.money import Cents

__all__ = ["Away", "Order", "Provider", "Refusing", "pays_online", "provider"]


@dataclass(frozen=True)
class Order:
    """What a provider is asked for. `key` makes it one payment however often it is asked for."""

    key: str
    cents: Cents
    about: str
    back_to: str
    news_to: str  # empty: it cannot reach us, so we ask
    bill: str = ""  # the number of the paper, kept by the provider with the key


class Provider(Protocol):
    """Raises Away where it does not answer in time, Refusing where it says no."""

    name: str
    at_home: bool  # on this machine: it reaches us at whatever address

    def create(self, order: Order) -> Told:
        """A payment, and where to pay it."""

    def fetch(self, provider_id: str) -> Told:
        """How a payment stands."""

    def made_since(self, moment: datetime) -> Iterator[Found]:
        """Every payment it made for us since then, the newest first."""


def pays_online() -> bool:
    """Whether this installation lets people pay online."""
    return bool(str(current_app.config["MOLLIE_KEY"]).strip())


def provider(config: Mapping[str, Any]) -> Provider | None:
    """Who takes payments for us; None while no key is configured."""
    key = str(config["MOLLIE_KEY"]).strip()
    if not key:
        return None
    return Mollie(key, str(config["MOLLIE_URL"]), timeout=float(config["MOLLIE_TIMEOUT"]))
