"""People who order, sign up and choose until the deadline and beyond.

Each acts for one household, or for one supplier who bids, and does one thing after another.
"""

import time
from datetime import UTC, datetime, timedelta
from random import Random
from threading import Thread

from app.torture import tendering
from app.torture.asking import DONE, Form, Memory, Voice
from app.torture.scene import WAVE, Scene, Stage

AFTER = timedelta(seconds=1)  # how long people go on after the last deadline
NEXT = WAVE  # of how many rounds, those that close next, each chooses one to do something in
JUST_OVER = timedelta(seconds=0.5)
SHOWN = "99999+0"  # "the page showed something else", so that every line counts as changed
CONSENT = "2026-1"


def let_loose(scene: Scene, ports: list[int], seed: int) -> Memory:
    """Everybody at once, until all rounds have closed and a little longer."""
    memory = Memory()
    for stage in scene.stages:  # before the threads, so that none changes the table's size
        for person in scene.people:
            memory.of(stage, person)
    threads = [
        Thread(target=_live, args=(Voice(person, ports, memory, _dice(seed, at)), scene))
        for at, person in enumerate(scene.people)
    ]
    threads += [
        Thread(
            target=tendering.bid, args=(Voice(bidder.who, ports, memory, _dice(seed, -at)), bidder)
        )
        for at, bidder in enumerate(scene.bidders, 1)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return memory


def _dice(seed: int, at: int) -> Random:
    return Random(seed * 1000 + at)  # noqa: S311


def _live(voice: Voice, scene: Scene) -> None:
    number = 0
    while (now := datetime.now(UTC)) < scene.ends_at + AFTER:
        near = [s for s in scene.stages if s.closes_at > now - JUST_OVER]
        chosen_from = near[:NEXT] + [s for s in scene.stages if s.is_choosing(now, JUST_OVER)]
        stage = voice.dice.choice(
            chosen_from or list(scene.stages)
        )  # most go for what closes next
        number += 1
        _act(voice, stage, f"k{voice.person.participant_id:04d}-{number:05d}")
        time.sleep(voice.dice.uniform(0.0, 0.05))


def _act(voice: Voice, stage: Stage, key: str) -> None:
    if stage.items:
        _order(voice, stage, key)
    elif stage.bids_until and datetime.now(UTC) >= stage.bids_until:
        tendering.choose(voice, stage, key)
    else:
        _sign_up(voice, stage, key)


def _order(voice: Voice, stage: Stage, key: str) -> None:
    told, dice = voice.told(stage), voice.dice
    if told.ordered and dice.random() < 0.15:
        if voice.ask(f"/rounds/{stage.round_id}/order/withdraw", {"key": key}) == DONE:
            told.ordered = {}
        return
    wanted = {item: dice.choice((0, 0, 1, 2, 3, 7)) for item in stage.items}
    wanted[dice.choice(stage.items)] = dice.randrange(1, 6)
    form: Form = {"key": key, "place": "1", "meant": "1"}
    form |= {f"q{item}": str(pieces) for item, pieces in wanted.items()}
    form |= {f"s{item}": SHOWN for item in stage.items}
    if voice.ask(f"/rounds/{stage.round_id}/order", form) == DONE:
        told.ordered = {item: pieces for item, pieces in wanted.items() if pieces}


def _sign_up(voice: Voice, stage: Stage, key: str) -> None:
    told, path = voice.told(stage), f"/rounds/{stage.round_id}/sign-up"
    if told.signed_up and voice.dice.random() < 0.3:
        if voice.ask(f"{path}/withdraw", {"key": key}) == DONE:
            told.signed_up = False
            told.left = told.left or datetime.now(UTC) >= stage.closes_at
        return
    form = tendering.answers(voice) if stage.bids_until else _interest(voice)
    if voice.ask(path, form | {"key": key}) == DONE:
        told.signed_up = True


def _interest(voice: Voice) -> Form:
    return {
        "products": voice.dice.choice(("contents", "travel", "legal")),
        "channel": "mail",
        "contact": f"h{voice.person.participant_id}@example.org",
        "language": "nl",
        "consent-recipient": CONSENT,
    }
