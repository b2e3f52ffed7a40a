"""The list of who signed up as a table: words are translated, and nothing in it is ever run."""

from suppliers import referral_list, writers

RECORD = {
    "number": "L-2026-0001",
    "issued_on": "2026-12-18",
    "columns": ["Name", "Interest"],
    "rows": [
        [{"text": "=HYPERLINK(1)"}, {"words": ["Travel", "Glass"]}],
        [{"text": "Ada; Ben"}, {"words": ["Travel"]}],
    ],
}


def test_words_are_translated_and_names_are_not():
    dutch = {"Travel": "Reis", "Name": "Naam", "Interest": "Interesse", "Glass": "Glas"}
    table = referral_list.from_record(RECORD, lambda word: dutch[word])

    assert [column.title for column in table.columns] == ["Naam", "Interesse"]
    assert table.rows[1] == ("Ada; Ben", "Reis")


def test_a_name_is_never_a_formula_and_never_two_cells():
    table = writers.WRITERS["csv"](referral_list.from_record(RECORD)).decode("utf-8-sig")

    assert table.splitlines() == [
        "Name;Interest",
        "'=HYPERLINK(1);Travel, Glass",
        '"Ada; Ben";Travel',
    ]
