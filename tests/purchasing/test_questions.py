"""Reading answers: every kind takes what it should, and nothing that nobody asked for."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from purchasing.questions import (
    Asked,
    Option,
    Question,
    QuestionKind,
    WrongAnswers,
    for_whom,
    read,
)

OPTIONS = (Option("a", "A"), Option("b", "B", Asked.SHOPS), Option("c", "C", Asked.HOUSEHOLDS))


def a_question(kind: QuestionKind, **details: object) -> Question:
    return Question("q", "Q", kind, options=OPTIONS, **details)


@pytest.mark.parametrize(
    ("kind", "raw", "answer"),
    [
        (QuestionKind.TEXT, "  Ada ", "Ada"),
        (QuestionKind.NUMBER, "012", 12),
        (QuestionKind.NUMBER, 0, 0),
        (QuestionKind.DATE, "2026-12-04", "2026-12-04"),
        (QuestionKind.YES_NO, True, True),
        (QuestionKind.CHOICE, "b", "b"),
        (QuestionKind.CHOICES, ["c", "a", "a"], ["a", "c"]),
    ],
)
def test_an_answer_is_read_as_plain_data(kind, raw, answer):
    assert read([a_question(kind)], {"q": raw}) == {"q": answer}


@pytest.mark.parametrize(
    ("kind", "raw"),
    [
        (QuestionKind.TEXT, "x" * 121),
        (QuestionKind.TEXT, "a\nb"),
        (QuestionKind.TEXT, "a\x00b"),
        (QuestionKind.NUMBER, "-1"),
        (QuestionKind.NUMBER, "1.5"),
        (QuestionKind.NUMBER, "٣"),
        (QuestionKind.NUMBER, "9" * 12),
        (QuestionKind.DATE, "4-12-2026"),
        (QuestionKind.DATE, "2026-02-30"),
        (QuestionKind.YES_NO, False),
        (QuestionKind.CHOICE, "z"),
        (QuestionKind.CHOICES, ["a", "z"]),
    ],
)
def test_a_wrong_answer_is_named_by_its_question(kind, raw):
    with pytest.raises(WrongAnswers) as refusal:
        read([a_question(kind)], {"q": raw})

    assert set(refusal.value.problems) == {"q"}


@pytest.mark.parametrize("kind", QuestionKind)
@pytest.mark.parametrize("raw", [None, ""])
def test_what_is_left_open_is_missed_where_it_is_required_only(kind, raw):
    with pytest.raises(WrongAnswers):
        read([a_question(kind)], {"q": raw})

    assert read([a_question(kind, required=False)], {"q": raw}) in ({}, {"q": False})


def test_what_nobody_asked_for_is_refused():
    with pytest.raises(WrongAnswers) as refusal:
        read([a_question(QuestionKind.CHOICE)], {"q": "a", "income": "1"})

    assert set(refusal.value.problems) == {"income"}


@pytest.mark.parametrize(("shop", "keys"), [(True, ["a", "b"]), (False, ["a", "c"])])
def test_households_and_shops_are_offered_their_own_options(shop, keys):
    [question] = for_whom([a_question(QuestionKind.CHOICE)], shop=shop)
    assert [option.key for option in question.options] == keys


@given(st.dictionaries(st.text(max_size=5), st.none() | st.text() | st.lists(st.text())))
def test_whatever_is_sent_is_read_or_refused(raw):
    asked = [a_question(QuestionKind.CHOICES), Question("t", "T"), Question("n", "N")]
    try:
        answers = read(asked, raw)
    except WrongAnswers:
        return
    assert set(answers) == {"q", "t", "n"}
