"""Errands: asked for once, run by one at a time, tried again, and never lost."""

import threading
from datetime import datetime, timedelta
from itertools import chain

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.orm import Session

from purchasing import errands
from purchasing.errands import (
    LEASE,
    WAITS,
    Errand,
    ErrandState,
    Kind,
    Priority,
    arrived,
    ask,
    ask_many,
    begin_sending,
    cancel_for_round,
    count_by_state,
    doubt,
    failed,
    give_back,
    needless,
    retry,
    succeeded,
)
from purchasing.handing_out import MOST_DEATHS, claim, has_due
from purchasing.listening import later, rouse
from tests.builders import NOON, a_product, a_round, a_supplier

SECOND = timedelta(seconds=1)


def asked(session, ref: object = 1, **details) -> Errand:
    """An errand that waits since noon."""
    kind = details.pop("kind", Kind.MAIL_PAPER)
    ask(session, kind, ref, now=details.pop("now", NOON), **details)
    return session.scalars(select(Errand).where(Errand.key == f"{kind}:{ref}")).one()


def claimed(session, *, at: datetime = NOON, **details) -> list[str]:
    """The keys of what can be claimed, in order."""
    found = claim(session, now=at, limit=details.pop("limit", 99), **details)
    return [errand.key for errand in found]


def taken(session, errand: Errand, *, at: datetime = NOON) -> int:
    """Claim this errand; returns the token."""
    claim(session, now=at, limit=99)
    session.refresh(errand)
    assert errand.state == ErrandState.LEASED
    return errand.lease_token


def fresh(session, errand: Errand) -> Errand:
    session.refresh(errand)
    return errand


# --- asking


def test_what_is_asked_twice_is_noted_once(session) -> None:
    first = asked(session, "1:2", recipient="Ada")
    asked(session, "1:2", recipient="Ben", now=NOON + SECOND)

    assert [errand.id for errand in session.scalars(select(Errand))] == [first.id]
    assert (fresh(session, first).recipient, first.asked_at) == ("Ada", NOON)


def test_a_new_errand_was_not_tried_yet(session) -> None:
    errand = asked(session)

    assert (errand.tries, errand.lease_token, errand.repeat) == (0, 0, False)


def test_what_is_done_is_not_done_again_when_it_is_asked_again(session) -> None:
    errand = asked(session)
    succeeded(session, errand.id, taken(session, errand), now=NOON)

    assert fresh(session, asked(session)).state == ErrandState.DONE


def test_an_errand_that_is_not_saved_never_was(session) -> None:
    asked(session)
    session.rollback()

    assert not has_due(session, now=NOON)


def test_the_key_says_what_and_about_whom(session) -> None:
    errand = asked(session, "extended-2026:7", kind=Kind.MAIL_NEWS)

    assert (errand.kind, errand.ref) == (Kind.MAIL_NEWS, "extended-2026:7")


def test_many_are_noted_at_once(session) -> None:
    ask_many(
        session,
        Kind.RENDER,
        [(1, "Ada"), (2, "Ben")],
        now=NOON,
        priority=Priority.PAPER,
        round_id=None,
    )
    session.flush()

    assert claimed(session) == ["render:1", "render:2"]


# --- claiming


def test_the_most_urgent_is_claimed_first_and_then_the_oldest(session) -> None:
    asked(session, "news", kind=Kind.MAIL_NEWS, priority=Priority.NEWS, now=NOON - 9 * SECOND)
    asked(session, "later", priority=Priority.PAPER)
    asked(session, "earlier", priority=Priority.PAPER, now=NOON - SECOND)
    asked(session, "sheet", kind=Kind.MAIL_SHEET, priority=Priority.SHEET)

    assert claimed(session, limit=3) == [
        "mail_sheet:sheet",
        "mail_paper:earlier",
        "mail_paper:later",
    ]
    assert claimed(session) == ["mail_news:news"]


def test_an_errand_can_wait_for_its_hour(session) -> None:
    asked(session, not_before=NOON + SECOND)

    assert not has_due(session, now=NOON)
    assert claimed(session) == []
    assert has_due(session, now=NOON + SECOND)
    assert claimed(session, at=NOON + SECOND) == ["mail_paper:1"]


def test_a_worker_takes_only_its_own_kinds(session) -> None:
    asked(session, kind=Kind.MAIL_PAPER)
    asked(session, kind=Kind.RENDER)
    mail = (Kind.MAIL_PAPER, Kind.MAIL_SHEET)

    assert claimed(session, kinds=mail) == ["mail_paper:1"]
    assert not has_due(session, now=NOON, kinds=mail)
    assert has_due(session, now=NOON, kinds=(Kind.RENDER,))


@pytest.mark.parametrize(("kind", "namesake"), [(Kind.MAIL_PAPER, "mail_paperboy:1")])
def test_kinds_whose_names_begin_alike_are_not_mixed_up(session, kind, namesake: str) -> None:
    session.add(Errand(key=namesake, asked_at=NOON, not_before=NOON))
    session.flush()

    assert claimed(session, kinds=(kind,)) == []


def test_what_is_leased_is_not_claimed_until_the_lease_has_run_out(session) -> None:
    errand = asked(session)
    taken(session, errand)

    assert claimed(session, at=NOON + LEASE) == []
    assert claimed(session, at=NOON + LEASE + SECOND) == ["mail_paper:1"]


def test_workers_that_die_one_after_another_spend_none_of_an_errand_s_tries(session) -> None:
    errand, at = asked(session), NOON
    for _ in range(1 + MOST_DEATHS):
        token = taken(session, errand, at=at)
        at += LEASE + SECOND

    failed(session, errand.id, token, "451", tries=errand.tries, now=at)

    assert (fresh(session, errand).state, errand.tries) == (ErrandState.WAITING, 1)


def test_what_so_many_died_of_is_left_to_a_person(session) -> None:
    errand, at = asked(session), NOON
    for _ in range(1 + MOST_DEATHS):
        taken(session, errand, at=at)
        at += LEASE + SECOND

    assert claimed(session, at=at) == []
    assert (fresh(session, errand).state, errand.deaths) == (ErrandState.DEAD, MOST_DEATHS)


ENDS = {
    "later": lambda s, e, token, at: later(s, e, token, at=at),
    "succeeded": lambda s, e, token, at: succeeded(s, e, token, now=at),
}


@pytest.mark.parametrize("end", ENDS.values(), ids=ENDS.keys())
def test_who_is_heard_of_between_the_deaths_keeps_an_errand_that_listens_alive(
    session, end
) -> None:
    """A payment may be asked after for weeks; in each a machine may be switched off."""
    errand, at = asked(session, kind=Kind.HEAR_PAYMENT), NOON
    for _ in range(MOST_DEATHS + 1):
        taken(session, errand, at=at)  # and dies
        at += LEASE + SECOND
        end(session, errand.id, taken(session, errand, at=at), at)
        assert fresh(session, errand).deaths == 0
        rouse(session, Kind.HEAR_PAYMENT, errand.ref, now=at)

    taken(session, errand, at=at)
    assert claimed(session, at=at + LEASE + SECOND) == [errand.key]


def test_news_makes_an_errand_that_listens_begin_anew(session) -> None:
    errand, at = asked(session, kind=Kind.HEAR_PAYMENT), NOON
    for _ in range(3):
        failed(session, errand.id, taken(session, errand, at=at), "x", tries=errand.tries, now=at)
        at = fresh(session, errand).not_before
    rouse(session, Kind.HEAR_PAYMENT, errand.ref, now=NOON)

    assert fresh(session, errand).last_error == ""
    taken(session, errand)
    assert errand.tries == 1


# --- fencing


FINISHES = {
    "succeeded": lambda s, e, token: succeeded(s, e, token, now=NOON),
    "needless": lambda s, e, token: needless(s, e, token, now=NOON),
    "failed": lambda s, e, token: failed(s, e, token, "x", tries=1, now=NOON),
    "doubt": lambda s, e, token: doubt(s, e, token, "x"),
    "give_back": lambda s, e, token: give_back(s, e, token, now=NOON),
    "later": lambda s, e, token: later(s, e, token, at=NOON),
    "begin_sending": lambda s, e, token: begin_sending(s, e, token, now=NOON, budget=LEASE),
}


@pytest.mark.parametrize("finish", FINISHES.values(), ids=FINISHES.keys())
def test_who_was_thought_dead_cannot_finish_what_another_took_over(session, finish) -> None:
    errand = asked(session)
    old = taken(session, errand)
    new = taken(session, errand, at=NOON + LEASE + SECOND)

    assert not finish(session, errand.id, old)
    assert fresh(session, errand).state == ErrandState.LEASED
    assert finish(session, errand.id, new)


@pytest.mark.parametrize("finish", FINISHES.values(), ids=FINISHES.keys())
def test_what_becomes_of_one_errand_becomes_of_no_other(session, finish) -> None:
    one, other = asked(session, "one"), asked(session, "other")
    token = taken(session, one)
    before = (fresh(session, other).state, other.lease_until, other.tries, other.sending_since)

    finish(session, one.id, token)

    assert (fresh(session, other).state, other.lease_until, other.tries) == before[:3]
    assert other.sending_since is before[3] is None


@pytest.mark.parametrize("finish", FINISHES.values(), ids=FINISHES.keys())
def test_a_finished_errand_is_not_finished_again(session, finish) -> None:
    errand = asked(session)
    token = taken(session, errand)

    assert succeeded(session, errand.id, token, now=NOON)
    assert not finish(session, errand.id, token)
    assert fresh(session, errand).state == ErrandState.DONE


def test_what_was_cut_off_and_is_no_longer_needed_is_done_and_says_that_nothing_went(session):
    errand = asked(session)
    begin_sending(session, errand.id, taken(session, errand), now=NOON, budget=LEASE)
    again = taken(session, errand, at=NOON + LEASE + SECOND)

    assert needless(session, errand.id, again, now=NOON + LEASE)

    errand = fresh(session, errand)
    assert (errand.state, errand.sending_since) == (ErrandState.DONE, None)


def test_while_a_mail_is_being_sent_the_lease_lasts_as_long_as_that_may_take(session) -> None:
    errand = asked(session)
    token = taken(session, errand)

    begin_sending(session, errand.id, token, now=NOON + LEASE, budget=LEASE)

    assert claimed(session, at=NOON + LEASE + SECOND) == []
    assert fresh(session, errand).sending_since == NOON + LEASE


# --- failing


def test_every_failure_waits_longer_than_the_one_before_and_then_somebody_must_look(
    session,
) -> None:
    errand, at, waited = asked(session), NOON, []
    while errand.state != ErrandState.DEAD:
        token = taken(session, errand, at=at)
        failed(session, errand.id, token, "no answer", tries=errand.tries, now=at)
        if fresh(session, errand).state == ErrandState.WAITING:
            assert claimed(session, at=errand.not_before - SECOND) == []
            waited.append(errand.not_before - at)
            at = errand.not_before

    assert waited == list(WAITS) == sorted(waited)
    assert errand.last_error == "no answer"
    assert claimed(session, at=at + timedelta(days=999)) == []


def test_what_is_refused_for_good_is_not_tried_again(session) -> None:
    errand = asked(session)

    failed(session, errand.id, taken(session, errand), "550", tries=1, now=NOON, for_good=True)

    assert fresh(session, errand).state == ErrandState.DEAD


def test_a_post_office_that_is_down_for_days_costs_no_try(session) -> None:
    errand, at = asked(session), NOON
    for _ in range(3 * len(WAITS)):
        token = taken(session, errand, at=at)
        tries = errand.tries
        failed(session, errand.id, token, "down", tries=tries, now=at, counts=False)
        at = fresh(session, errand).not_before

    assert errand.state == ErrandState.WAITING
    assert at == NOON + 3 * len(WAITS) * WAITS[0]


def test_what_failed_before_the_post_office_was_down_has_failed_as_often_after(session) -> None:
    errand, at = asked(session), NOON
    for counts in (True, True, False):
        token = taken(session, errand, at=at)
        failed(session, errand.id, token, "x", tries=errand.tries, now=at, counts=counts)
        at = fresh(session, errand).not_before

    assert errand.tries == 2
    assert at == NOON + WAITS[0] + WAITS[1] + WAITS[1]


def test_an_endless_complaint_is_cut_short(session) -> None:
    errand, complaint = asked(session), "x" * 99_999

    failed(session, errand.id, taken(session, errand), complaint, tries=1, now=NOON)
    assert len(fresh(session, errand).last_error) == 2000

    later(session, errand.id, taken(session, errand, at=NOON + LEASE), at=NOON, error=complaint)
    assert len(fresh(session, errand).last_error) == 2000


def test_success_forgets_the_error(session) -> None:
    errand = asked(session)
    failed(session, errand.id, taken(session, errand), "down", tries=1, now=NOON)

    succeeded(session, errand.id, taken(session, errand, at=NOON + WAITS[0]), now=NOON + LEASE)

    assert (fresh(session, errand).last_error, errand.done_at) == ("", NOON + LEASE)


def test_what_was_leased_and_not_begun_is_put_back_as_it_was(session) -> None:
    errand = asked(session)

    give_back(session, errand.id, taken(session, errand), now=NOON)

    assert (fresh(session, errand).state, errand.tries) == (ErrandState.WAITING, 0)
    assert claimed(session) == ["mail_paper:1"]


# --- doubt


def test_what_may_have_gone_to_a_supplier_waits_for_a_human(session) -> None:
    errand = asked(session, kind=Kind.MAIL_SHEET)
    token = taken(session, errand)
    begin_sending(session, errand.id, token, now=NOON, budget=LEASE)
    doubt(session, errand.id, token, "the line broke")

    assert claimed(session, at=NOON + timedelta(days=9)) == []

    retry(session, errand, now=NOON + LEASE)
    assert claimed(session, at=NOON + LEASE) == ["mail_sheet:1"]
    assert fresh(session, errand).repeat
    assert errand.tries == 1


def test_what_cannot_have_gone_is_no_repeat(session) -> None:
    errand = asked(session)
    failed(session, errand.id, taken(session, errand), "x", tries=1, now=NOON, for_good=True)

    retry(session, errand, now=NOON)

    assert (fresh(session, errand).state, errand.repeat) == (ErrandState.WAITING, False)


def test_a_human_can_say_that_it_had_arrived(session) -> None:
    errand = asked(session, kind=Kind.MAIL_SHEET)
    doubt(session, errand.id, taken(session, errand), "the line broke")

    arrived(session, errand, now=NOON)

    assert (fresh(session, errand).state, errand.done_at) == (ErrandState.DONE, NOON)


def test_what_somebody_says_of_one_errand_is_said_of_no_other(session) -> None:
    one, other = asked(session, "one"), asked(session, "other")
    token = taken(session, one)
    for errand in (one, other):
        doubt(session, errand.id, token, "the line broke")

    retry(session, one, now=NOON)
    assert fresh(session, other).state == ErrandState.UNCERTAIN
    doubt(session, one.id, taken(session, one), "again")
    arrived(session, one, now=NOON)
    assert fresh(session, other).state == ErrandState.UNCERTAIN


def test_only_what_is_uncertain_can_be_said_to_have_arrived(session) -> None:
    errand = asked(session)

    arrived(session, errand, now=NOON)

    assert fresh(session, errand).state == ErrandState.WAITING


def test_what_is_tried_again_twice_stays_a_repeat(session) -> None:
    errand = asked(session, kind=Kind.MAIL_SHEET)
    token = taken(session, errand)
    begin_sending(session, errand.id, token, now=NOON, budget=LEASE)
    doubt(session, errand.id, token, "the line broke")

    retry(session, errand, now=NOON)
    failed(session, errand.id, taken(session, errand), "550", tries=1, now=NOON, for_good=True)
    retry(session, errand, now=NOON)

    assert fresh(session, errand).repeat


def test_a_doubt_is_cut_short_too(session) -> None:
    errand = asked(session)

    doubt(session, errand.id, taken(session, errand), "x" * 99_999)

    assert len(fresh(session, errand).last_error) == 2000


def test_nobody_retries_what_is_under_way_or_done(session) -> None:
    errand = asked(session)
    token = taken(session, errand)

    retry(session, errand, now=NOON)
    assert fresh(session, errand).state == ErrandState.LEASED
    succeeded(session, errand.id, token, now=NOON)
    retry(session, errand, now=NOON)
    assert fresh(session, errand).state == ErrandState.DONE


# --- calling off


def test_a_round_that_is_called_off_takes_back_what_has_not_begun(session, network) -> None:
    off, other = (a_round(session, a_product(session, a_supplier(session, n))) for n in "ab")
    waiting = asked(session, "waits", round_id=off.id)
    elsewhere = asked(session, "other", round_id=other.id)
    under_way = asked(session, "runs", round_id=off.id, now=NOON - SECOND)
    claim(session, now=NOON - SECOND, limit=1)

    cancel_for_round(session, off.id)

    states = [fresh(session, errand).state for errand in (waiting, elsewhere, under_way)]
    assert states == [ErrandState.CANCELLED, ErrandState.WAITING, ErrandState.LEASED]
    assert count_by_state(session, off.id) == {ErrandState.CANCELLED: 1, ErrandState.LEASED: 1}
    assert claimed(session) == ["mail_paper:other"]


def test_what_may_have_gone_already_is_not_called_off(session, network) -> None:
    """A try that was cut off, and put back by who took it over."""
    round_ = a_round(session, a_product(session, a_supplier(session)))
    errand = asked(session, round_id=round_.id)
    begin_sending(session, errand.id, taken(session, errand), now=NOON, budget=LEASE)
    again = taken(session, errand, at=NOON + LEASE + SECOND)
    give_back(session, errand.id, again, now=NOON)

    cancel_for_round(session, round_.id)

    assert fresh(session, errand).state == ErrandState.WAITING


# --- two at once


def test_two_workers_at_once_never_get_the_same_errand(session, app) -> None:
    from app.extensions import db

    for number in range(40):
        asked(session, number)
    session.commit()
    got: list[list[str]] = []
    start = threading.Barrier(4, timeout=10)

    def work() -> None:
        with app.app_context(), Session(db.engine) as own:
            start.wait()
            mine: list[str] = []
            while keys := [errand.key for errand in claim(own, now=NOON, limit=3)]:
                own.commit()
                mine += keys
            got.append(mine)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)

    assert sorted(chain(*got)) == sorted(f"mail_paper:{number}" for number in range(40))


def test_nobody_waits_for_who_is_just_being_handed_an_errand(session, app, database_url) -> None:
    """On SQLite writers take turns anyway."""
    from app.extensions import db

    for number in range(3):
        asked(session, number)
    session.commit()
    if database_url.startswith("sqlite"):
        return
    with Session(db.engine) as first, Session(db.engine) as second:
        second.execute(text("SET lock_timeout = 2000"))
        assert claimed(first, limit=2) == ["mail_paper:0", "mail_paper:1"]
        assert claimed(second) == ["mail_paper:2"]


def test_what_is_handed_out_is_as_it_stands_now_and_not_as_it_was_read_before(session) -> None:
    errand = asked(session)
    meanwhile = update(Errand).values(lease_token=7, tries=3)
    session.execute(meanwhile.execution_options(synchronize_session=False))

    taken(session, errand)

    assert errand.tries == 4
    assert errand.lease_token != 7


def test_list_of_a_round_is_in_the_order_of_urgency(session, network) -> None:
    round_ = a_round(session, a_product(session, a_supplier(session)))
    asked(session, "news", kind=Kind.MAIL_NEWS, priority=Priority.NEWS, round_id=round_.id)
    asked(session, "sheet", kind=Kind.MAIL_SHEET, priority=Priority.SHEET, round_id=round_.id)
    asked(session, "of no round")
    assert count_by_state(session) == {ErrandState.WAITING: 3}
    assert count_by_state(session, round_.id) == {ErrandState.WAITING: 2}

    listed = [errand.ref for errand in errands.list_for_round(session, round_.id)]

    assert listed == ["sheet", "news"]
