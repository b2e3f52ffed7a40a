"""A bank file of 10,000 lines: read, kept and matched; then read once more."""

import json
import sys
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import insert

from app import bank
from app.bench.databases import an_app, on_each_database
from app.bench.measure import heading, spread, timed
from app.extensions import db
from purchasing.books import intake
from purchasing.papers import Paper, PaperKind
from purchasing.payment_reference import rf_reference
from purchasing.people import Network, ParticipantKind, enrol

LINES, HOUSEHOLDS, REPEATS = 10_000, 500, 3
PARTS = ("read", "match", "again")
NOW = datetime(2026, 3, 20, 8, tzinfo=UTC)
IBAN = "NL91ABNA0417164300"


def run(quick: bool = False) -> None:
    count, repeats = (1000, 1) if quick else (LINES, REPEATS)
    heading(f"A bank file of {count} lines, half of them with a reference")
    for name, found in on_each_database("app.bench.banking", "bench_bank", count, repeats):
        _tell(name, found)


def _tell(name: str, found: list[dict[str, float]]) -> None:
    print(f"\n{name}")
    for part in PARTS:
        print(f"  {part:8s} {spread([row[part] for row in found], 's', 2)}")


def bank_file(count: int) -> bytes:
    """A CAMT.053 of so many payments; every second one has the reference of a bill."""
    entries = "".join(_entry(n, count) for n in range(count))
    return (
        '<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"><BkToCstmrStmt><Stmt>'
        f"<Id>1</Id><Acct><Id><IBAN>{IBAN}</IBAN></Id></Acct>{entries}"
        "</Stmt></BkToCstmrStmt></Document>"
    ).encode()


def _entry(n: int, count: int) -> str:
    reference = f"<Strd><CdtrRefInf><Ref>{_reference(n)}</Ref></CdtrRefInf></Strd>"
    remittance = reference if n % 2 == 0 else f"<Ustrd>boodschappen {n}</Ustrd>"
    return (
        f'<Ntry><Amt Ccy="EUR">{_cents(n) / 100:.2f}</Amt><CdtDbtInd>CRDT</CdtDbtInd>'
        "<Sts><Cd>BOOK</Cd></Sts><BookgDt><Dt>2026-03-19</Dt></BookgDt><NtryDtls><TxDtls>"
        f"<RltdPties><Dbtr><Pty><Nm>Naam {n}</Nm></Pty></Dbtr><DbtrAcct><Id><IBAN>"
        f"NL20INGB{n % HOUSEHOLDS:010}</IBAN></Id></DbtrAcct></RltdPties>"
        f"<RmtInf>{remittance}</RmtInf></TxDtls></NtryDtls></Ntry>"
    )


def _cents(n: int) -> int:
    return 1000 + n


def _reference(n: int) -> str:
    return rf_reference(f"2026{n:06d}")


def read_once(count: int, place: Path, url: str) -> dict[str, float]:
    """Seconds of each part."""
    data = bank_file(count)
    app = an_app(place, url)
    with app.app_context():
        session = db.session()
        _neighbourhood(count)
        session.commit()

        def take() -> None:
            told = bank.read(data)
            intake.take_in(session, told, file_name="b.xml", actor="bench", now=NOW)
            session.commit()

        read = timed(lambda: bank.read(data))
        return {"read": read, "match": timed(take) - read, "again": timed(take)}


def _neighbourhood(count: int) -> None:
    """Households, and a bill for every second payment."""
    session = db.session()
    session.add(Network(name="Bench", iban=IBAN))
    kind = ParticipantKind.HOUSEHOLD
    people = [enrol(session, kind=kind, name=f"Huis {n}", now=NOW) for n in range(HOUSEHOLDS)]
    session.flush()
    ids = [one.id for one in people]
    bills = [_bill(n, ids[n % HOUSEHOLDS]) for n in range(0, count, 2)]
    session.execute(insert(Paper.__table__), bills)  # type: ignore[arg-type]


def _bill(n: int, participant_id: int) -> dict[str, object]:
    return {
        "kind": PaperKind.INVOICE,
        "number": f"2026-{n:06d}",
        "participant_id": participant_id,
        "language": "nl",
        "issued_on": NOW.date(),
        "issued_at": NOW,
        "due_on": NOW.date(),
        "reference": _reference(n),
        "total_cents": _cents(n),
        "snapshot": {},
    }


if __name__ == "__main__":
    print(json.dumps(read_once(int(sys.argv[1]), Path(sys.argv[2]), sys.argv[3])))
