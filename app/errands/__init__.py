"""Runs the errands that the domain has noted: a press room renders papers, a post room mails,
a listening room asks how payments stand.

Each errand is leased in a short transaction, run outside any, and ended in a transaction that
names its lease: who lost the lease changes nothing any more. Any number of rooms may run at once.
"""

from contextlib import ExitStack, closing
from threading import Event

from flask import Flask

from app.duties import Now, real_time
from app.errands.listeners import ListeningRoom
from app.errands.postroom import PostRoom
from app.errands.pressroom import PressRoom
from app.errands.room import Room

__all__ = ["ListeningRoom", "PostRoom", "PressRoom", "Room", "all_rooms", "run_until_done"]


def all_rooms(app: Flask, stopping: Event | None = None, *, now: Now = real_time) -> list[Room]:
    """One of each kind, in the order in which a paper goes through them."""
    return [room(app, stopping, now=now) for room in (PressRoom, PostRoom, ListeningRoom)]


def run_until_done(app: Flask, *, now: Now = real_time) -> int:
    """Run errands, and those they lead to, until none is due; returns how many were run."""
    total = 0
    rooms = all_rooms(app, now=now)
    with ExitStack() as stack:
        for room in rooms:
            stack.enter_context(closing(room))
        while count := sum(room.run_due() for room in rooms):
            total += count
    return total
