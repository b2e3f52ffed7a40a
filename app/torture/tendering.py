"""What people and suppliers do in a tender: say what they use, bid, and take an offer or stay."""

import time
from datetime import UTC, datetime, timedelta

from app.torture.asking import DONE, Form, Voice
from app.torture.scene import Bidder, Stage

NOT_OFFERED = 404  # nothing was awarded yet, or nothing to this one
TOO_LONG = timedelta(seconds=0.5)
CONSENT = "2026-1"
HOME: Form = {
    "postcode": "2036 AB",
    "house_number": "12",
    "product": "power",
    "use_from": "bill",
    "contract": "variable",
    "prices_are": "bare",
    "rate_single": "0,165",
    "fixed_power_month": "7,00",
    "consent-tender": CONSENT,
}
BID: Form = {
    "segments": ["power", "shop"],
    "gas": "0,40",
    "fixed_power": "60",
    "fixed_gas": "60",
    "feed_in": "0,03",
    "term_months": "12",
}


def answers(voice: Voice) -> Form:
    """Of somebody whose contract is dear, so that a good bid is worth while."""
    return HOME | {"kwh": str(voice.dice.randrange(1_000, 4_000, 10))}


def bid(voice: Voice, bidder: Bidder) -> None:
    """Try from before the sign-up closes until after the bids are opened; the first one counts.

    Once a bid stands, the page leads to it whatever was sent later: only the first yes counts.
    """
    number = 0
    while (now := datetime.now(UTC)) < bidder.until + TOO_LONG:
        if now < bidder.since - TOO_LONG:
            time.sleep(0.05)
            continue
        number += 1
        price = f"0,0{voice.dice.randrange(100, 999)}"
        form = BID | {name: price for name in ("single", "normal", "low")}
        form |= {"key": f"b{bidder.invitation_id:04d}-{number:05d}"}
        if voice.ask(f"/bid/{bidder.ticket}", form) == DONE:
            voice.memory.bids.setdefault(bidder.invitation_id, price)
        time.sleep(voice.dice.uniform(0.1, 0.4))


def choose(voice: Voice, stage: Stage, key: str) -> None:
    """Take the offer, or stay; who changes its mind is believed the last time."""
    told, path = voice.told(stage), f"/rounds/{stage.round_id}/offer"
    if not told.signed_up or told.left:
        return
    if voice.dice.random() < 0.6:
        form: Form = {"key": key, "consent": CONSENT}
        if voice.ask(f"{path}/accept", form, early=NOT_OFFERED) == DONE:
            told.accepts = True
    elif voice.ask(f"{path}/stay", {"key": key}, early=NOT_OFFERED) == DONE:
        told.accepts = False
