"""Heads per option: what is told recognises nobody, not even by subtracting."""

from hypothesis import given
from hypothesis import strategies as st

from purchasing.headcounts import FEWEST, at_least, heads
from purchasing.questions import Option, Question, QuestionKind

KINDS = tuple("abc")
QUESTION = Question(
    "kind",
    "Kind",
    QuestionKind.CHOICES,
    options=tuple(Option(key, key) for key in KINDS),
    counted=True,
)
answers = st.lists(
    st.lists(st.sampled_from(KINDS), unique=True).map(lambda chosen: {"kind": chosen}),
    max_size=60,
)


@given(answers)
def test_what_is_shown_is_true_and_never_under_ten(told):
    for one in heads([QUESTION], told):
        people = sum(one.option in answer["kind"] for answer in told)
        assert one.people == (people if people >= FEWEST else None)


@given(answers)
def test_the_order_of_the_answers_does_not_matter(told):
    assert heads([QUESTION], told) == heads([QUESTION], told[::-1])


@given(answers)
def test_subtracting_from_all_leaves_no_small_number_certain(told):
    """How many did not choose an option is certain only where it is nobody, of 19, 29, 39…"""
    total = at_least(len(told))
    for one in heads([QUESTION], told):
        if one.people is None:
            continue
        possible = {
            everybody - one.people
            for everybody in range(total, total + FEWEST)
            if everybody >= one.people
        }
        assert len(possible) > 1 or one.people == total + FEWEST - 1


@given(st.integers(0, 10_000))
def test_all_together_are_told_in_whole_tens(people):
    assert at_least(people) % FEWEST == 0
    assert at_least(people) <= people < at_least(people) + FEWEST


@given(answers, st.lists(st.sampled_from(KINDS), unique=True))
def test_one_more_answer_never_shows_in_tens_unless_a_ten_is_filled(told, more):
    before = {one.option: one.people for one in heads([QUESTION], told)}
    after = {one.option: one.people for one in heads([QUESTION], [*told, {"kind": more}])}
    for option, people in after.items():
        if at_least(people or 0) != at_least(before[option] or 0):
            assert people is not None and people % FEWEST == 0


def test_a_question_that_is_not_counted_is_not_told():
    silent = Question("name", "Name")
    assert heads([silent], [{"name": "Ada"}] * 12) == ()
