"""The demo is the main job: it must work on a bare instance, and end by itself."""

import os
import re
import subprocess
import sys
from pathlib import Path

from app.demo.neighbourhood import HOUSEHOLDS, SHOPS, plain
from purchasing.people import check_kvk, check_vat_id

ROOT = Path(__file__).parents[2]


def test_the_demo_goes_from_price_lists_to_papers_and_mails(tmp_path):
    instance = tmp_path / "instance"
    environment = {
        **os.environ,
        "KOOPKRACHT_INSTANCE": str(instance),
        "KOOPKRACHT_SMTP_HOST": "must.not.be.used.example",
    }

    ran = subprocess.run(
        [sys.executable, "-m", "app.demo", "--no-serve"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=600,
    )

    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "60 households and 6 shops" in ran.stdout
    assert "close, by the clock" in ran.stdout
    assert "difference € 0.00" in ran.stdout
    assert re.search(r"\d\d booked by themselves, \d+ wait for one tap, 1 are unknown", ran.stdout)
    demo = instance / "demo"
    papers = [path.name.partition("-")[0] for path in (demo / "papers").glob("*.pdf")]
    assert papers.count("bestelling") == 3
    assert papers.count("paklijst") == 1
    invoices, receipts = papers.count("factuur"), papers.count("ontvangstbewijs")
    assert invoices > 50
    assert receipts > 20
    assert papers.count("kavelblad") == 1
    confirmations = papers.count("bevestiging")
    assert confirmations > 20
    before = [path.name.partition("-")[0] for path in (demo / "papers").glob("*/*.pdf")]
    credits, earlier = before.count("creditnota"), before.count("factuur")
    assert before.count("bestelling") == 3 and earlier > 15 and credits > 5
    assert re.search(rf"{earlier} invoices; .*: {credits} credit notes", ran.stdout)
    asked, paid = re.findall(r"asked (€ [\d,.]+), paid (€ [\d,.]+);", ran.stdout)[0]
    assert asked == paid and "€ 3.60 is disputed; difference € 0.00" in ran.stdout
    mails = (demo / "mail" / "sent.log").read_text().splitlines()
    assert sum("<mail-sheet." in line for line in mails) == 6
    papers_mailed = sum("<mail-paper." in line for line in mails)
    unmailed = len(list((demo / "papers").glob("*meneer-kuiper*")))  # he has no mail address
    mailed = invoices + receipts + confirmations + earlier + credits - unmailed
    assert unmailed and papers_mailed == mailed
    assert len({line.split()[0] for line in mails}) == len(mails)
    log = (demo / "clock.log").read_text()
    assert not re.search("Traceback|ERROR|CRITICAL", log), log


def test_sixty_households_and_six_shops_have_names_of_their_own():
    names = [name.strip() for name in HOUSEHOLDS.replace("\n", "").split("|")]

    assert len({plain(name) for name in names}) == 60
    assert len(SHOPS) == 6


def test_the_shops_have_proper_numbers():
    for kvk, vat_id in SHOPS.values():
        assert check_kvk(kvk) == kvk
        assert check_vat_id(vat_id) == vat_id
