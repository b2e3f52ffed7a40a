"""`./dev demo`: a round from price lists to PDFs, closed by the clock; then the site."""

import argparse
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from flask import Flask
from flask_migrate import upgrade

from app import codes, create_app, serve
from app.config import INSTANCE, PREFIX
from app.demo import interest, last_month, neighbourhood, payments, shelves, tender, watch, week
from app.demo.watch import say
from app.extensions import db
from purchasing.people import Participant, find_person
from purchasing.rounds import Round, RoundState

DEMO = INSTANCE / "demo"
HOST = "127.0.0.1"
ORDERS_TAKE = timedelta(seconds=8)  # how long before closing the round is made
LAST_MONTH_TAKES = 1.2  # seconds; where it takes longer, all that follows gets more time too
SECOND_ROUND_STAYS = timedelta(minutes=4)
SEED = 2036
VISITORS = {
    "administrator": "beheer@samenschalkwijk.example",
    "coordinator": "fatma@samenschalkwijk.example",
    "observer": "bestuur@samenschalkwijk.example",
    "household": "familie-yilmaz@example.org",
    "shop": "toko-kembang@example.org",
}


def main() -> int:
    options = _options()
    if not options.no_serve and not _is_free(options.port):
        print(f"Port {options.port} is taken: is a demo running? Use --port.", file=sys.stderr)
        return 1
    started = time.monotonic()
    app = _fresh_installation(options.port)
    with app.app_context():
        try:
            participants = _prepare()
            difference = _main_job(participants)
        except watch.Stuck as problem:
            say()
            print(f"It got stuck: {problem}", file=sys.stderr)
            return 1
        say(f"All of it took {time.monotonic() - started:.0f} s.")
        if options.no_serve or difference:
            return 1 if difference else 0
        _second_round(participants)
        _who_can_sign_in(app)
        db.session.remove()
        db.engine.dispose()
    return serve.main(["--host", HOST, "--port", str(options.port)])


def _fresh_installation(port: int) -> Flask:
    """An installation of its own, which no setting of this machine can lead astray."""
    for key in [key for key in os.environ if key.startswith(f"{PREFIX}_")]:
        del os.environ[key]
    os.environ |= {
        f"{PREFIX}_INSTANCE": str(DEMO),
        f"{PREFIX}_BASE_URL": f"http://{HOST}:{port}",
        f"{PREFIX}_GRACE_SECONDS": "0.5",
        f"{PREFIX}_CLOCK_SECONDS": "0.5",
    }
    shutil.rmtree(DEMO, ignore_errors=True)
    app = create_app(INSTANCE_FOLDER=str(DEMO))
    with app.app_context():
        upgrade()
    return app


def _prepare() -> list[Participant]:
    session = db.session()
    long_ago = datetime.now(UTC) - 5 * week.WEEK
    participants = neighbourhood.settle_in(session, now=long_ago)
    session.commit()
    shops = sum(participant.is_shop for participant in participants)
    say(f"Samen Schalkwijk: {len(participants) - shops} households and {shops} shops.")
    for import_ in shelves.fill(session, now=long_ago):
        rows = f"{import_.counts['new']:3} articles"
        say(f"  {import_.supplier.name:30} {rows} from {import_.filename} ({import_.format_key})")
    session.commit()
    return participants


def _main_job(participants: list[Participant]) -> int:
    """A round that closes by itself, and all that follows; returns the difference in cents."""
    session, now = db.session(), datetime.now(UTC)
    regulars = [*participants[:20], *participants[60:64]]
    began = time.monotonic()
    settled_id = last_month.live_it(regulars, now=now, seed=SEED - 1, folder=DEMO)
    pace = max(1.0, (time.monotonic() - began) / LAST_MONTH_TAKES)
    now = datetime.now(UTC)
    closes_at = now.replace(microsecond=0) + ORDERS_TAKE * pace
    title = f"Groente, fruit en voorraad, week {week.week_of(now)}"
    round_ = week.open_round(session, title, opens_at=now - week.WEEK, closes_at=closes_at)
    buyers = participants[:56] + participants[60:65]
    tally = week.order(session, round_, buyers, until=now, seed=SEED)
    round_id, articles = round_.id, len(round_.items)
    say(f"“{title}”: {articles} articles from 3 suppliers, open for a week.")
    say(
        f"  {tally.ordered} ordered ({tally.changed} changed their order later), "
        f"{tally.withdrawn} withdrew, {tally.drafts} chose something and did not order"
    )
    interest_id = _interest_round(participants, now, closes_at)
    tender_id = _tender(participants, now, closes_at, pace)
    session.commit()
    say(f"It closes at {closes_at.astimezone():%H:%M:%S}, by the clock. Nobody touches anything.")
    with _clock():
        watch.until_ordered(round_id)
        _hold_tender(tender_id)
        watch.until_sent(round_id)
        watch.until_ordered(interest_id)
        watch.until_sent(interest_id)
        watch.until_sent(tender_id)
        watch.until_sent(settled_id)
    say(f"  the last of the food round {watch.seconds_to_the_last(round_id):.0f} s after closing")
    watch.troubles(round_id)
    say("The books:")
    difference = watch.reconciliation(round_id)
    payments.read_the_bank(round_id, DEMO)
    watch.lay_out(interest_id, DEMO / "papers")
    watch.lay_out(tender_id, DEMO / "papers")
    _where_it_lies(round_id)
    watch.lay_out(settled_id, DEMO / "papers" / "vorige-maand")
    return difference


def _interest_round(participants: list[Participant], now: datetime, closes_at: datetime) -> int:
    """A round that people sign up to, closing at the same moment; returns its id."""
    session = db.session()
    round_ = interest.open_round(session, opens_at=now - week.WEEK, closes_at=closes_at)
    who = [*participants[:24], *participants[60:64]]
    count = interest.sign_up(session, round_, who, at=now - timedelta(days=1), seed=SEED)
    say(f"“{round_.title}”: {count} households and shops are interested in insurance.")
    return round_.id


def _tender(
    participants: list[Participant], now: datetime, closes_at: datetime, pace: float
) -> int:
    """An energy tender that closes at the same moment; returns its id."""
    session = db.session()
    opening = closes_at + tender.BIDS_TAKE * pace
    ends = opening, opening + tender.CHOOSING_TAKES * pace
    round_ = tender.open_round(session, opens_at=now - week.WEEK, closes_at=closes_at, ends=ends)
    count = tender.sign_up(session, round_, participants, at=now - timedelta(days=1), seed=SEED)
    say(f"“{round_.title}”: {count} households and shops ask for one price, of four suppliers.")
    return round_.id


def _hold_tender(round_id: int) -> None:
    """Suppliers bid when the sign-up has closed, and people choose when the bids are open."""
    session = db.session()
    watch.until_at(round_id, RoundState.CLOSED)
    round_ = session.get_one(Round, round_id)
    count = tender.bid(session, round_, now=datetime.now(UTC))
    session.commit()
    say(f"  {count} sealed bids; all open together at {_clock_time(round_.bids_until)}")
    watch.until_at(round_id, RoundState.OFFERED)
    round_ = session.get_one(Round, round_id)
    accepted, declined = tender.choose(session, round_, now=datetime.now(UTC), seed=SEED)
    session.commit()
    until = _clock_time(round_.offers_until)
    say(f"  {accepted} take their offer, {declined} say no; until {until}")
    watch.until_at(round_id, RoundState.ORDERED)
    watch.outcome_of_tender(round_id)


def _clock_time(moment: datetime | None) -> str:
    return f"{moment.astimezone():%H:%M:%S}" if moment else ""


@contextmanager
def _clock() -> Iterator[None]:
    """The clock as it always runs: a process of its own. What it says goes to a file."""
    with (DEMO / "clock.log").open("w") as log:
        command = [sys.executable, "-m", "flask", "--app", "app", "clock", "run"]
        process = subprocess.Popen(command, stdout=log, stderr=log)
        try:
            yield
        finally:
            process.terminate()
            process.wait()


def _where_it_lies(round_id: int) -> None:
    papers = DEMO / "papers"
    watch.lay_out(round_id, papers)
    say("Have a look:")
    say(f"  order sheets  {_shown(papers)}/bestelling-*.pdf")
    say(f"  invoices      {_shown(papers)}/factuur-*.pdf")
    say(f"  packing list  {_shown(papers)}/paklijst-*.pdf")
    say(f"  receipts      {_shown(papers)}/ontvangstbewijs-*.pdf")
    say(f"  corrections   {_shown(papers)}/vorige-maand/creditnota-*.pdf")
    say(f"  bank file     {_shown(DEMO / 'bank.csv')} (read it again: nothing changes)")
    say(f"  energy        {_shown(papers)}/kavelblad-*.pdf, bevestiging-*.pdf")
    say(f"  mails         {_shown(DEMO / 'mail')}/*.eml")
    say(f"  all there is  {_shown(DEMO)}, or on the command line:")
    flask = f"{_shown(Path(sys.executable).parent)}/flask --app app"
    say(f"    KOOPKRACHT_INSTANCE={_shown(DEMO)} {flask} rounds show {round_id}")


def _second_round(participants: list[Participant]) -> None:
    """A round that is open, and closes by itself while one looks at it."""
    session, now = db.session(), datetime.now(UTC)
    closes_at = (now + SECOND_ROUND_STAYS).replace(microsecond=0)
    title = f"Groente, fruit en voorraad, week {week.week_of(now + week.WEEK)}"
    opens_at = now - timedelta(days=2)
    round_ = week.open_round(session, title, opens_at=opens_at, closes_at=closes_at)
    buyers = [*participants[6:40], *participants[61:64]]  # so that the first family can begin
    tally = week.order(session, round_, buyers, until=now, seed=SEED + 1)
    session.commit()
    say()
    say(f"“{title}” is open, {tally.ordered} ordered so far.")
    minutes = SECOND_ROUND_STAYS // timedelta(minutes=1)
    say(
        f"  It closes by itself in {minutes} minutes, at {closes_at.astimezone():%H:%M:%S}:"
        " watch it on the site."
    )


def _who_can_sign_in(app: Flask) -> None:
    say("Sign in (codes work once, for 15 minutes; ask for a new one and look in the mails):")
    for role, email in VISITORS.items():
        person = find_person(db.session(), email)
        assert person is not None, f"{email} is not in the neighbourhood"
        row = codes.ask_for_code(db.session(), email, address="", at=datetime.now(UTC))
        assert row is not None, "a fresh installation counts no codes"
        page = f"{app.config['BASE_URL']}/sign-in/code?email={email}"
        say(f"  {role:14} {page}  code {codes.code_of(row)}")
    db.session.commit()


def _shown(path: Path) -> str:
    """Relative to where one stands, if it is below."""
    here = Path.cwd()
    return str(path.relative_to(here) if path.is_relative_to(here) else path)


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
        return True


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="./dev demo", description="See the main job happen.")
    parser.add_argument("--no-serve", action="store_true", help="stop after the PDFs")
    parser.add_argument("--port", type=int, default=8000)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
