"""A week later the bank's file says who paid: most with the reference, as people do not all."""

import csv
import io
from datetime import UTC, date, datetime
from pathlib import Path

from sqlalchemy import select

from app import bank
from app.demo.watch import say
from app.extensions import db
from purchasing.books import intake
from purchasing.books.bank import LineState
from purchasing.papers import Paper, PaperKind
from purchasing.people import the_network

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


def read_the_bank(round_id: int, folder: Path) -> None:
    """Write the file of a bank in which most of a round is paid, read it, and say what came."""
    session, now = db.session(), datetime.now(UTC)
    query = select(Paper).where(Paper.round_id == round_id, Paper.kind == PaperKind.INVOICE)
    papers = list(session.scalars(query.order_by(Paper.number)))
    file = folder / "bank.csv"
    file.write_bytes(_bank_file(the_network(session).iban, papers, now.date()))
    told = bank.read(file.read_bytes())
    taken = intake.take_in(session, told, file_name=file.name, actor=ACTOR, now=now)
    session.commit()
    states = taken.states
    say("The treasurer reads the bank's file:")
    say(
        f"  {taken.new} payments: {states[LineState.BOOKED]} booked by themselves, "
        f"{states[LineState.PROPOSED]} wait for one tap, {states[LineState.UNKNOWN]} are unknown"
    )


def _bank_file(ours: str, papers: list[Paper], on: date) -> bytes:
    """As ING hands it out, the newest first."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, quoting=csv.QUOTE_ALL)
    writer.writerow(TITLES)
    for place, paper in enumerate(papers):
        if place % EVERY == EVERY - 1:
            continue  # not paid yet
        cents, words = paper.total_cents, paper.reference
        if place % EVERY == 1:
            words = f"factuur {paper.number}"
        elif place % EVERY == 3:
            cents //= 2
        writer.writerow(_row(ours, paper, cents, words, on))
    writer.writerow(_row(ours, None, 4250, "groenten, bedankt", on))
    return text.getvalue().encode()


def _row(ours: str, paper: Paper | None, cents: int, words: str, on: date) -> list[str]:
    who = paper.participant if paper else None
    name = who.name if who else "Mw. Onbekend"
    theirs = f"NL00BANK{who.number if who else 0:010}"
    amount = f"{cents // 100},{cents % 100:02}"
    said = f"Naam: {name} Omschrijving: {words} IBAN: {theirs}"
    return [f"{on:%Y%m%d}", name, ours, theirs, "OV", "Bij", amount, "Overschrijving", said]
