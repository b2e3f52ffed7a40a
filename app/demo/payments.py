"""A week later the bank's file says who paid: most with the reference, as people do not all."""

import csv
import io
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

from sqlalchemy import select

from app import bank
from app.demo.watch import say
from app.extensions import db
from purchasing.books import intake
from purchasing.books.bank import LineState
from purchasing.papers import Paper, PaperKind
from purchasing.people import Participant, the_network

TITLES = (
    "Datum",
    "Naam / Omschrijving",
    "Rekening",
    "Tegenrekening",
    "Code",
    "Af Bij",
    "Bedrag (EUR)",
    "Mutatiesoort",
    "Mededelingen",
)
EVERY = 6  # one of so many forgets the reference, one pays a part, one has not paid yet
ACTOR = "Fatma"


@dataclass(frozen=True)
class Move:
    """One line of the file: what came in, or went out where it is below zero."""

    name: str
    account: str
    cents: int
    words: str


def read_the_bank(round_id: int, folder: Path) -> None:
    """Write the file of a bank in which most of a round is paid, read it, and say what came."""
    session, now = db.session(), datetime.now(UTC)
    query = select(Paper).where(Paper.round_id == round_id, Paper.kind == PaperKind.INVOICE)
    papers = list(session.scalars(query.order_by(Paper.number)))
    file = folder / "bank.csv"
    file.write_bytes(bank_file(the_network(session).iban, _moves(papers), now.date()))
    told = bank.read(file.read_bytes())
    taken = intake.take_in(session, told, file_name=file.name, actor=ACTOR, now=now)
    session.commit()
    states = taken.states
    say("The treasurer reads the bank's file:")
    say(
        f"  {taken.new} payments: {states[LineState.BOOKED]} booked by themselves, "
        f"{states[LineState.PROPOSED]} wait for one tap, {states[LineState.UNKNOWN]} are unknown"
    )


def _moves(papers: list[Paper]) -> list[Move]:
    moves = []
    for place, paper in enumerate(papers):
        if place % EVERY == EVERY - 1:
            continue  # not paid yet
        cents, words = paper.total_cents, paper.reference
        if place % EVERY == 1:
            words = f"factuur {paper.number}"
        elif place % EVERY == 3:
            cents //= 2
        assert paper.participant is not None, "an invoice is somebody's"
        moves.append(move_of(paper.participant, cents, words))
    return [*moves, Move("Mw. Onbekend", "NL00BANK0000000000", 4250, "groenten, bedankt")]


def move_of(participant: Participant, cents: int, words: str) -> Move:
    """What somebody pays, from an account of their own."""
    return Move(participant.name, f"NL00BANK{participant.number:010}", cents, words)


def bank_file(ours: str, moves: Iterable[Move], on: date) -> bytes:
    """As ING hands it out, the newest first."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, quoting=csv.QUOTE_ALL)
    writer.writerow(TITLES)
    writer.writerows(_row(ours, move, on) for move in moves)
    return text.getvalue().encode()


def _row(ours: str, move: Move, on: date) -> list[str]:
    amount = f"{abs(move.cents) // 100},{abs(move.cents) % 100:02}"
    said = f"Naam: {move.name} Omschrijving: {move.words} IBAN: {move.account}"
    way = "Bij" if move.cents > 0 else "Af"
    row = [f"{on:%Y%m%d}", move.name, ours, move.account, "OV", way, amount]
    return [*row, "Overschrijving", said]
