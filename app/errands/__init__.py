"""Runs the errands that the domain has noted: a press room renders papers, a post room mails.

Each errand is leased in a short transaction, run outside any, and ended in a transaction that
names its lease: who lost the lease changes nothing any more. Any number of rooms may run at once.
"""

from contextlib import closing

from flask import Flask

from app.duties import Now, real_time
from app.errands.postroom import PostRoom
from app.errands.pressroom import PressRoom
from app.errands.room import Room

__all__ = ["PostRoom", "PressRoom", "Room", "run_until_done"]


def run_until_done(app: Flask, *, now: Now = real_time) -> int:
    """Run errands, and those they lead to, until none is due; returns how many were run."""
    total = 0
    with closing(PressRoom(app, now=now)) as press, closing(PostRoom(app, now=now)) as post:
        while count := press.run_due() + post.run_due():
            total += count
    return total
