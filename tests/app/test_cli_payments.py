"""`payments`, `bank` and `books` on the command line."""

import json

import pytest

from tests.bank_files import Moved, camt
from tests.builders import a_bill, a_household, a_network


@pytest.fixture
def run(app, session):
    return commands(app, session)


def commands(app, session):
    """`run("payments", "list")`: the result, with `stdout`, `stderr` and `exit_code`."""
    runner = app.test_cli_runner()

    def command(*words):
        session.commit()
        session.remove()
        result = runner.invoke(args=[str(word) for word in words])
        if result.exception and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result

    return command


@pytest.fixture
def file(session, tmp_path):
    """A bank file in which Ada paid her bill, and somebody paid something."""
    a_network(session)
    bill = a_bill(session, a_household(session, "Ada"), 1250)
    path = tmp_path / "maart.xml"
    path.write_bytes(camt(Moved(1250, reference=bill.reference), Moved(700, text="iets")))
    return path


def test_a_file_is_shown_and_not_kept(run, file) -> None:
    told = json.loads(run("bank", "read", file, "--json").stdout)

    assert [line["cents"] for line in told["statements"][0]["lines"]] == [1250, 700]
    assert json.loads(run("payments", "list", "--json").stdout) == []
    assert "12.50" in run("payments", "read", file).stdout


def test_importing_says_what_came_of_it_and_listing_shows_it(run, file) -> None:
    assert "2 new, 0 known before" in run("payments", "import", file).stdout
    assert "0 new, 2 known before" in run("payments", "import", file).stdout

    booked, unknown = json.loads(run("payments", "list", "--json").stdout)
    assert (booked["state"], booked["why"], booked["for"]) == ("booked", "reference", "Ada")
    assert (unknown["state"], unknown["text"]) == ("unknown", "iets")
    assert "Ada" not in run("payments", "list", "--state", "unknown").stdout


def test_a_file_that_is_none_ends_with_its_reason(run, file, tmp_path) -> None:
    wrong = tmp_path / "wrong.csv"
    wrong.write_text("niets")

    result = run("payments", "import", wrong)

    assert result.exit_code == 1
    assert "columns of this file are not known" in result.stderr


def test_the_books_are_checked_and_handed_over(run, file, tmp_path) -> None:
    run("payments", "import", file)

    assert "The books are true." in run("books", "check").stdout
    assert "hledger" not in run("books", "export", "2026").stdout
    out = tmp_path / "2026.xaf"
    assert (
        "postings of 2026" in run("books", "export", 2026, "--format", "xaf", "--out", out).stdout
    )
    assert out.read_bytes().startswith(b"<?xml")
    refused = run("books", "close", "2099", "--yes")
    assert (refused.exit_code, "is not over yet" in refused.stderr) == (1, True)
