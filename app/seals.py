"""Sealing bids until they are opened together, with a key that the database does not hold.

The secrets of a second step at signing in are sealed with the same key.

Who has the database, a backup of it or a page of ours reads no bid early. Who runs the machine
could: the key lies in its instance folder, for the bids must open by themselves.
"""

import base64
import hashlib

from cryptography.fernet import Fernet, InvalidToken
from flask import current_app

from purchasing.tenders.bids import BrokenSeal


def seal(letter: bytes) -> bytes:
    return _box().encrypt(letter)


def unseal(sealed: bytes) -> bytes:
    """Raises BrokenSeal where it was sealed with another key, or changed."""
    try:
        return _box().decrypt(sealed)
    except InvalidToken as problem:
        raise BrokenSeal("this bid was sealed with another key, or changed") from problem


def fingerprint() -> str:
    """By which the key can be recognised, and not be guessed."""
    told = b"koopkracht seal " + str(current_app.config["BID_KEY"]).encode()
    return hashlib.sha256(told).hexdigest()[:16]


def _box() -> Fernet:
    secret = str(current_app.config["BID_KEY"]).encode()
    return Fernet(base64.urlsafe_b64encode(hashlib.sha256(secret).digest()))
