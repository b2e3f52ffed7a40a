"""What a participant may do in a round: choose, order, change, withdraw, and until when."""

from datetime import timedelta

import pytest

from purchasing import demand, errands, lifecycle
from purchasing.catalogue import Product
from purchasing.demand import (
    MOST_PIECES,
    Choice,
    FormReused,
    NotAQuantity,
    NothingChosen,
    NotInThisRound,
    NotOpenYet,
    NotSavedInTime,
    OrderState,
    RoundCancelled,
    SavedAlready,
    TooLate,
    choose,
    find_commitment,
    place,
    state_of,
    withdraw,
)
from purchasing.ordering import demand_of
from purchasing.people import Participant
from purchasing.rounds import Round
from purchasing.rounds import RoundState as S
from tests.builders import (
    ACTOR,
    DAY,
    NOON,
    a_household,
    a_product,
    a_round,
    a_supplier,
    an_order,
)

MILLISECOND = timedelta(milliseconds=1)
HOUR = timedelta(hours=1)
EVE = NOON - DAY


@pytest.fixture
def rice(session, network) -> Product:
    return a_product(session, a_supplier(session), "Rijst")


@pytest.fixture
def beans(session, rice) -> Product:
    return a_product(session, rice.supplier, "Bonen")


@pytest.fixture
def ada(session, network) -> Participant:
    return a_household(session, "Ada")


def what_counts(session, round_: Round) -> dict[str, tuple[int, int]]:
    """What closing would count: participant and article, with the pieces and the extras."""
    session.flush()
    names = {item.id: item.name for item in round_.items}
    wants = demand_of(session, round_).wants
    people = {w.participant_id: session.get(Participant, w.participant_id).name for w in wants}
    return {f"{people[w.participant_id]} {names[w.item_id]}": (w.quantity, w.extra) for w in wants}


def order_state(session, round_: Round, who: Participant) -> OrderState:
    session.flush()
    session.expire_all()
    commitment = find_commitment(session, round_.id, who.id)
    return state_of(commitment.wants if commitment else [])


def chosen(session, round_: Round, who: Participant, pieces: int, *, key: str, at=EVE) -> dict:
    """Choose so many of the round's first article."""
    choices = {round_.items[0].id: Choice(pieces)}
    return choose(session, round_.id, who.id, choices, key=key, actor=ACTOR, now=at)


# --- drafts and orders


def test_a_draft_does_not_count(session, rice, ada) -> None:
    round_ = a_round(session, rice)

    an_order(session, round_, ada, {"Rijst": 6}, placed=False)

    assert what_counts(session, round_) == {}


def test_what_is_ordered_counts(session, rice, beans, ada) -> None:
    round_ = a_round(session, rice, beans)

    an_order(session, round_, ada, {"Rijst": (5, 2), "Bonen": 1})

    assert what_counts(session, round_) == {"Ada Rijst": (5, 2), "Ada Bonen": (1, 0)}


def test_a_change_counts_only_when_it_has_been_ordered_too(session, rice, beans, ada) -> None:
    round_ = a_round(session, rice, beans)
    an_order(session, round_, ada, {"Rijst": 5, "Bonen": 1})

    an_order(session, round_, ada, {"Rijst": 7}, at=EVE + HOUR, placed=False)
    assert what_counts(session, round_) == {"Ada Rijst": (5, 0), "Ada Bonen": (1, 0)}

    an_order(session, round_, ada, {"Rijst": 8}, at=EVE + 2 * HOUR)
    assert what_counts(session, round_) == {"Ada Rijst": (8, 0), "Ada Bonen": (1, 0)}


def test_the_state_of_an_order_is_one_word(session, rice, ada) -> None:
    round_ = a_round(session, rice)
    states = [order_state(session, round_, ada)]

    for at, pieces, placed in ((0, 3, False), (1, 3, True), (2, 4, False), (3, 3, False)):
        an_order(session, round_, ada, {"Rijst": pieces}, at=EVE + at * HOUR, placed=placed)
        states.append(order_state(session, round_, ada))
    an_order(session, round_, ada, {"Rijst": (3, 1)}, at=EVE + 5 * HOUR, placed=False)
    states.append(order_state(session, round_, ada))

    assert states == ["nothing", "draft", "ordered", "changed", "ordered", "changed"]


def test_one_changed_article_of_two_makes_a_changed_order(session, rice, beans, ada) -> None:
    round_ = a_round(session, rice, beans)
    an_order(session, round_, ada, {"Rijst": 3, "Bonen": 1})

    an_order(session, round_, ada, {"Rijst": 4}, at=EVE + HOUR, placed=False)

    assert order_state(session, round_, ada) == OrderState.CHANGED


def test_one_article_is_enough_to_order(session, rice, beans, ada) -> None:
    round_ = a_round(session, rice, beans)

    an_order(session, round_, ada, {"Rijst": 6, "Bonen": 0})

    assert what_counts(session, round_) == {"Ada Rijst": (6, 0)}
    assert find_commitment(session, round_.id, ada.id).ordered_at == EVE


def test_what_was_chosen_last_is_ordered_whatever_the_page_has_shown(session, rice, ada) -> None:
    round_ = a_round(session, rice)
    an_order(session, round_, ada, {"Rijst": 5}, placed=False)
    shown = find_commitment(session, round_.id, ada.id).wants
    assert [want.quantity for want in shown] == [5]

    an_order(session, round_, ada, {"Rijst": 7}, at=EVE + HOUR)

    assert what_counts(session, round_) == {"Ada Rijst": (7, 0)}


@pytest.mark.parametrize("choice", [Choice(MOST_PIECES), Choice(1, MOST_PIECES)])
def test_the_most_that_can_be_chosen_can_be_chosen(session, rice, ada, choice) -> None:
    round_ = a_round(session, rice)

    an_order(session, round_, ada, {"Rijst": (choice.quantity, choice.extra)})

    assert what_counts(session, round_) == {"Ada Rijst": (choice.quantity, choice.extra)}


def test_taking_an_order_back_leaves_nothing(session, rice, ada) -> None:
    round_ = a_round(session, rice)
    an_order(session, round_, ada, {"Rijst": 6})

    withdraw(session, round_.id, ada.id, key="w", actor=ACTOR, now=EVE + HOUR)

    assert what_counts(session, round_) == {}
    assert order_state(session, round_, ada) == OrderState.NOTHING
    assert find_commitment(session, round_.id, ada.id).ordered_at is None


def test_ordering_nothing_after_something_takes_the_order_back(session, rice, ada) -> None:
    round_ = a_round(session, rice)
    an_order(session, round_, ada, {"Rijst": 6})

    an_order(session, round_, ada, {"Rijst": 0}, at=EVE + HOUR)

    session.expire_all()
    assert find_commitment(session, round_.id, ada.id).ordered_at is None
    assert what_counts(session, round_) == {}


def test_nobody_orders_nothing(session, rice, ada) -> None:
    round_ = a_round(session, rice)
    chosen(session, round_, ada, 0, key="c")

    with pytest.raises(NothingChosen):
        place(session, round_.id, ada.id, key="p", actor=ACTOR, now=EVE)


def test_extras_without_a_wish_are_dropped(session, rice, ada) -> None:
    round_ = a_round(session, rice)
    an_order(session, round_, ada, {"Rijst": (3, 2)})

    an_order(session, round_, ada, {"Rijst": (0, 2)}, at=EVE + HOUR, placed=False)

    [want] = find_commitment(session, round_.id, ada.id).wants
    session.refresh(want)
    assert (want.quantity, want.extra) == (0, 0)


def test_every_order_is_confirmed_by_mail_and_a_draft_is_not(session, rice, ada) -> None:
    round_ = a_round(session, rice)
    for at in (0, 1):
        an_order(session, round_, ada, {"Rijst": 6}, at=EVE + at * HOUR)
    an_order(session, round_, ada, {"Rijst": 7}, at=EVE + 2 * HOUR, placed=False)

    commitment = find_commitment(session, round_.id, ada.id)

    keys = [errand.key for errand in errands.list_for_round(session, round_.id)]
    assert keys == [f"mail_order_placed:{commitment.id}:{version}" for version in (2, 4)]


def test_who_takes_an_order_back_is_told_so_and_nobody_else_s_is_taken(session, rice, ada) -> None:
    round_, ben = a_round(session, rice), a_household(session, "Ben")
    for who in (ada, ben):
        an_order(session, round_, who, {"Rijst": 6})
    before = len(errands.list_for_round(session, round_.id))

    withdraw(session, round_.id, ada.id, key="w", actor=ACTOR, now=EVE + HOUR)

    assert len(errands.list_for_round(session, round_.id)) == before + 1
    session.expire_all()
    ordered = [find_commitment(session, round_.id, who.id).ordered_at for who in (ada, ben)]
    assert ordered == [None, EVE]


def test_one_s_part_in_a_round_is_found_among_rounds_and_households(session, rice, ada) -> None:
    rounds, people = [a_round(session, rice), a_round(session, rice)], [ada]
    people.append(a_household(session, "Ben"))
    pairs = [(round_.id, who.id) for round_ in rounds for who in people]
    for round_id, who_id in pairs:
        withdraw(session, round_id, who_id, key=f"{round_id}-{who_id}", actor=ACTOR, now=EVE)

    found = [find_commitment(session, *pair) for pair in pairs]

    assert [(one.round_id, one.participant_id) for one in found] == pairs


def test_two_households_do_not_see_each_other(session, rice, ada) -> None:
    round_ = a_round(session, rice)
    an_order(session, round_, ada, {"Rijst": 6})
    ben = a_household(session, "Ben")
    an_order(session, round_, ben, {"Rijst": 2})

    withdraw(session, round_.id, ben.id, key="w", actor=ACTOR, now=EVE)

    assert what_counts(session, round_) == {"Ada Rijst": (6, 0)}


# --- the place in line


def test_a_raised_order_keeps_its_place_for_what_was_asked_first(session, rice, ada) -> None:
    round_ = a_round(session, rice, sharing_rule="first_come")
    ben = a_household(session, "Ben")
    for hour, who, pieces in ((0, ada, 2), (1, ben, 3), (2, ada, 5)):
        an_order(session, round_, who, {"Rijst": pieces}, at=EVE + hour * HOUR)

    assert _given(session, round_) == {ada.id: 3, ben.id: 3}  # two first, and one of the last


def test_a_lowered_order_gives_up_its_newest_place(session, rice, ada) -> None:
    round_ = a_round(session, rice, sharing_rule="first_come")
    ben = a_household(session, "Ben")
    for hour, who, pieces in ((0, ada, 2), (1, ben, 5), (2, ada, 9), (3, ada, 4), (4, ada, 5)):
        an_order(session, round_, who, {"Rijst": pieces}, at=EVE + hour * HOUR)

    assert _given(session, round_) == {ada.id: 2, ben.id: 4}


def test_who_orders_anew_after_taking_back_joins_at_the_end(session, rice, ada) -> None:
    round_ = a_round(session, rice, sharing_rule="first_come")
    ben = a_household(session, "Ben")
    an_order(session, round_, ada, {"Rijst": 6}, at=EVE)
    an_order(session, round_, ben, {"Rijst": 4}, at=EVE + HOUR)
    withdraw(session, round_.id, ada.id, key="w", actor=ACTOR, now=EVE + 2 * HOUR)
    an_order(session, round_, ada, {"Rijst": 6}, at=EVE + 3 * HOUR)

    assert _given(session, round_) == {ada.id: 2, ben.id: 4}


def test_a_draft_takes_no_place(session, rice, ada) -> None:
    round_ = a_round(session, rice, sharing_rule="first_come")
    ben = a_household(session, "Ben")
    an_order(session, round_, ada, {"Rijst": 6}, at=EVE, placed=False)
    an_order(session, round_, ben, {"Rijst": 4}, at=EVE + HOUR)
    place(session, round_.id, ada.id, key="late", actor=ACTOR, now=EVE + 2 * HOUR)

    assert _given(session, round_) == {ada.id: 2, ben.id: 4}


def _given(session, round_: Round) -> dict[int, int]:
    session.flush()
    shares = round_.category.decide(demand_of(session, round_)).shares
    return {share.participant_id: share.given for share in shares}


# --- the deadline


@pytest.mark.parametrize("act", ["choose", "place", "withdraw"])
def test_a_millisecond_before_closing_counts_and_the_moment_itself_is_too_late(
    session, rice, ada, act: str
) -> None:
    round_ = a_round(session, rice)
    chosen(session, round_, ada, 3, key="first")

    with pytest.raises(TooLate) as refused:
        _act(session, round_, ada, act, at=NOON)
    assert refused.value.details == {"closes_at": NOON, "received_at": NOON}

    _act(session, round_, ada, act, at=NOON - MILLISECOND)


def _act(session, round_: Round, who: Participant, name: str, *, at) -> dict:
    if name == "choose":
        return chosen(session, round_, who, 5, key=f"{name}{at}", at=at)
    verb = {"place": place, "withdraw": withdraw}[name]
    return verb(session, round_.id, who.id, key=f"{name}{at}", actor=ACTOR, now=at)


def test_late_is_late_although_nobody_has_closed_the_round_yet(session, rice, ada) -> None:
    round_ = a_round(session, rice)

    with pytest.raises(TooLate):
        chosen(session, round_, ada, 3, key="c", at=NOON + DAY)
    assert round_.state == S.OPEN


def test_who_arrived_in_time_and_was_overtaken_by_closing_is_told_so(session, rice, ada) -> None:
    round_ = a_round(session, rice)
    lifecycle.close(session, round_, actor=ACTOR, now=NOON)

    with pytest.raises(NotSavedInTime):
        chosen(session, round_, ada, 3, key="c", at=NOON - MILLISECOND)


def test_before_a_round_opens_nothing_can_be_chosen(session, rice, ada) -> None:
    planned, opened = a_round(session, rice, state=S.PLANNED), a_round(session, rice)

    for round_ in (planned, opened):
        with pytest.raises(NotOpenYet):
            chosen(session, round_, ada, 3, key="c", at=round_.opens_at - MILLISECOND)
    with pytest.raises(NotOpenYet):
        chosen(session, planned, ada, 3, key="c", at=planned.opens_at)


def test_in_a_round_that_was_called_off_nothing_can_be_chosen(session, rice, ada) -> None:
    round_ = a_round(session, rice)
    lifecycle.cancel(session, round_, reason="Ziek", actor=ACTOR, now=EVE)

    with pytest.raises(RoundCancelled):
        chosen(session, round_, ada, 3, key="c")


def test_an_extension_lets_people_order_again(session, rice, ada) -> None:
    round_ = a_round(session, rice)
    lifecycle.extend(session, round_, until=NOON + DAY, actor=ACTOR, now=NOON + MILLISECOND)

    chosen(session, round_, ada, 3, key="c", at=NOON + DAY - MILLISECOND)


# --- the same form twice


def test_a_replay_gets_the_first_answer_and_changes_nothing(session, rice, ada) -> None:
    round_ = a_round(session, rice)
    first = chosen(session, round_, ada, 3, key="k")
    chosen(session, round_, ada, 5, key="other")

    assert chosen(session, round_, ada, 3, key="k") == first == {"version": 1}
    an_order_state = find_commitment(session, round_.id, ada.id).wants[0].quantity
    assert an_order_state == 5


@pytest.mark.parametrize("act", ["choose", "place", "withdraw"])
def test_a_replay_after_closing_still_gets_the_first_answer(session, rice, ada, act) -> None:
    round_ = a_round(session, rice)
    chosen(session, round_, ada, 3, key="first")
    first = _act(session, round_, ada, act, at=EVE)
    lifecycle.close(session, round_, actor=ACTOR, now=NOON)

    if act == "choose":
        again = chosen(session, round_, ada, 5, key=f"{act}{EVE}", at=NOON + DAY)
    else:
        verb = {"place": place, "withdraw": withdraw}[act]
        again = verb(session, round_.id, ada.id, key=f"{act}{EVE}", actor=ACTOR, now=NOON + DAY)
    assert again == first


def test_a_form_with_other_contents_is_refused(session, rice, ada) -> None:
    round_, ben = a_round(session, rice), a_household(session, "Ben")
    chosen(session, round_, ada, 3, key="k")

    with pytest.raises(FormReused):
        chosen(session, round_, ada, 4, key="k")
    with pytest.raises(FormReused):
        chosen(session, round_, ben, 3, key="k")
    with pytest.raises(FormReused):
        place(session, round_.id, ada.id, key="k", actor=ACTOR, now=EVE)


def test_what_was_refused_may_be_sent_again_with_the_same_form(session, rice, ada) -> None:
    round_ = a_round(session, rice, state=S.PLANNED)
    with pytest.raises(NotOpenYet):
        chosen(session, round_, ada, 3, key="k", at=round_.opens_at - DAY)
    lifecycle.publish(session, round_, actor=ACTOR, now=EVE - 10 * DAY)
    lifecycle.open_round(session, round_, actor=ACTOR, now=round_.opens_at)

    assert chosen(session, round_, ada, 3, key="k") == {"version": 1}


# --- what nobody can order


@pytest.mark.parametrize("quantity", [-1, MOST_PIECES + 1, 10**30])
def test_impossible_quantities_are_refused(session, rice, ada, quantity: int) -> None:
    round_ = a_round(session, rice)
    item_id = round_.items[0].id

    for choice in (Choice(quantity), Choice(1, quantity)):
        with pytest.raises(NotAQuantity):
            choose(session, round_.id, ada.id, {item_id: choice}, key="k", actor=ACTOR, now=EVE)


def test_a_form_without_a_choice_is_answered_too(session, rice, ada) -> None:
    round_ = a_round(session, rice)

    assert choose(session, round_.id, ada.id, {}, key="k", actor=ACTOR, now=EVE) == {"version": 1}


def test_an_article_of_another_round_is_refused_and_nothing_of_the_form_is_saved(
    session, rice, beans, ada
) -> None:
    round_, other = a_round(session, rice), a_round(session, beans)
    choices = {round_.items[0].id: Choice(3), other.items[0].id: Choice(1)}

    with pytest.raises(NotInThisRound), session.begin_nested():
        choose(session, round_.id, ada.id, choices, key="k", actor=ACTOR, now=EVE)

    assert find_commitment(session, round_.id, ada.id) is None


# --- two tabs


def test_two_tabs_change_different_articles_and_neither_is_lost(
    session, rice, beans, ada, another_hand
) -> None:
    round_ = a_round(session, rice, beans)
    first, second = ({item.id: Choice(n)} for n, item in enumerate(round_.items, start=1))
    round_id, ada_id = round_.id, ada.id
    tabs = [another_hand(round_)[0], another_hand(round_)[0]]

    for tab, choices, key in zip(tabs, (first, second), "ab", strict=True):
        answer = choose(tab, round_id, ada_id, choices, key=key, actor=ACTOR, now=EVE)
        tab.commit()

    assert answer == {"version": 2}
    wants = find_commitment(session, round_id, ada_id).wants
    assert sorted(want.quantity for want in wants) == [1, 2]


def test_the_same_form_sent_by_two_tabs_at_once_is_saved_once(
    session, rice, ada, monkeypatch
) -> None:
    """The second looked before the first had answered, and finds out when it wants to answer."""
    round_ = a_round(session, rice)
    chosen(session, round_, ada, 3, key="k")
    monkeypatch.setattr(demand, "first_answer", lambda *_: None)

    with pytest.raises(SavedAlready):
        chosen(session, round_, ada, 3, key="k")


# --- repeating the last order


def test_the_last_order_can_be_repeated_where_the_articles_are_there_again(
    session, rice, beans, ada
) -> None:
    corn = a_product(session, rice.supplier, "Mais")
    for closes_at, pieces in ((NOON, 1), (NOON + DAY, 2)):
        earlier = a_round(session, rice, beans, closes_at=closes_at)
        wants = {"Rijst": (pieces, 1), "Bonen": pieces}
        an_order(session, earlier, ada, wants, at=closes_at - DAY)
    round_ = a_round(session, beans, corn, rice, closes_at=NOON + 2 * DAY)

    repeated = demand.choices_of_last_round(session, round_, ada.id)

    names = {item.id: item.name for item in round_.items}
    assert {names[item]: choice for item, choice in repeated.items()} == {
        "Rijst": Choice(2, 1),
        "Bonen": Choice(2),
    }


def test_a_draft_or_an_order_taken_back_is_not_repeated(session, rice, ada) -> None:
    drafted, taken_back = a_round(session, rice), a_round(session, rice)
    an_order(session, drafted, ada, {"Rijst": 6}, placed=False)
    an_order(session, taken_back, ada, {"Rijst": 6})
    withdraw(session, taken_back.id, ada.id, key="w", actor=ACTOR, now=EVE + HOUR)

    assert demand.choices_of_last_round(session, a_round(session, rice), ada.id) == {}


def test_only_one_s_own_last_order_of_this_kind_is_repeated(session, rice, beans, ada) -> None:
    """Not a neighbour's, nor what was ordered here already, nor solar panels, nor nothing."""
    panel = a_product(session, a_supplier(session, "Zonnedak"), "Zonnepaneel")
    earlier = a_round(session, rice, beans)
    an_order(session, earlier, ada, {"Rijst": 1, "Bonen": 2}, at=EVE - 3 * HOUR)
    an_order(session, earlier, ada, {"Bonen": 0}, at=EVE - 2 * HOUR)
    an_order(session, earlier, a_household(session, "Ben"), {"Rijst": 9}, at=EVE - HOUR)
    roofs = a_round(session, panel, category_key="energy_goods")
    an_order(session, roofs, ada, {"Zonnepaneel": 8}, at=EVE)
    round_ = a_round(session, rice, beans)
    an_order(session, round_, ada, {"Bonen": 3}, at=EVE + HOUR)

    repeated = demand.choices_of_last_round(session, round_, ada.id)

    names = {item.id: item.name for item in round_.items}
    assert {names[item]: choice for item, choice in repeated.items()} == {"Rijst": Choice(1)}


def test_a_later_draft_does_not_stand_before_the_last_order(session, rice, ada) -> None:
    ordered, drafted, round_ = (a_round(session, rice) for _ in range(3))
    an_order(session, ordered, ada, {"Rijst": 6})
    an_order(session, drafted, ada, {"Rijst": 7}, at=EVE + HOUR, placed=False)

    repeated = demand.choices_of_last_round(session, round_, ada.id)

    assert list(repeated.values()) == [Choice(6)]
