"""Every invoice holds to the official rules of EN 16931, whatever is on it."""

import re
from pathlib import Path
from random import Random

import pytest

from app.documents import samples
from app.documents.einvoice import cii, read, ubl
from tests.einvoice import records
from tests.einvoice.official import check

OF_EACH_KIND = 120


@pytest.fixture(scope="module")
def faults(tmp_path_factory) -> dict[str, list[str]]:
    """What the official rules find wrong, by kind and number: one run for all.

    One in two is written as CII, the other as UBL; to run both for all takes twice as long.
    """
    folder = tmp_path_factory.mktemp("invoices")
    for make in records.KINDS:
        for seed in range(OF_EACH_KIND):
            invoice = read(make(Random(f"{make.__name__}{seed}")))
            written = (cii, ubl)[seed % 2].write(invoice)
            _write(folder, f"{make.__name__}-{seed}", written)
    return check(folder)


@pytest.mark.parametrize("kind", [make.__name__ for make in records.KINDS])
def test_over_a_hundred_random_invoices_of_each_kind_hold_to_the_rules(faults, kind) -> None:
    checked = {name: found for name, found in faults.items() if name.rsplit("-", 1)[0] == kind}

    assert len(checked) == OF_EACH_KIND
    assert {name: found for name, found in checked.items() if found} == {}


def test_the_rules_are_really_run(tmp_path) -> None:
    """A rule that is not run finds nothing either."""
    right = ubl.write(read(samples.invoice(shop=True)))
    _write(tmp_path, "right", right)
    _write(tmp_path, "sum", re.sub(rb"(PayableAmount[^>]*>)\d", rb"\g<1>9", right))
    _write(tmp_path, "schema", right.replace(b"IssueDate", b"IssueDay"))
    _write(
        tmp_path,
        "cii",
        cii.write(read(samples.invoice())).replace(b"<ram:Name>Uien", b"<ram:Name>"),
    )

    found = check(tmp_path)

    assert found["right.xml"] == []
    assert any("BR-CO-16" in fault for fault in found["sum.xml"])
    assert found["schema.xml"]
    assert found["cii.xml"]


def _write(folder: Path, name: str, xml: bytes) -> None:
    (folder / f"{name}.xml").write_bytes(xml)
