"""A supplier answers, a coordinator decides, those affected reply: what counts in the end."""

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, update
from sqlalchemy.exc import DBAPIError

from purchasing import lifecycle, ordering
from purchasing.allocation import SharingRule, Want, allocate
from purchasing.answering import FormReused
from purchasing.books import reconciliation, settlement
from purchasing.category import ChargeKind
from purchasing.deliveries import announcements, answer_links, supplier_answers
from purchasing.deliveries.announcements import (
    AnnouncedLine,
    AnnouncedShare,
    AnswerDecision,
    DecidedAlready,
    NewerAnswer,
    NoTimeToReply,
    announced_of,
    decide,
)
from purchasing.deliveries.answer_links import (
    AlreadyThere,
    AnswerLink,
    AnswerTooLate,
    NoAddressToAnswer,
)
from purchasing.deliveries.share_replies import (
    NotYourChange,
    ReplyTooLate,
    ShareReply,
    WrongReplies,
    changes_for,
    declined_of,
    list_open_changes,
    reply,
)
from purchasing.deliveries.supplier_answers import SupplierAnswer, SupplierAnswerLine
from purchasing.errands import Errand, Kind
from purchasing.invitations import LinkRevoked
from purchasing.rounds import Round
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

HOUR = timedelta(hours=1)
UNTIL = NOON + DAY


@pytest.fixture
def homes(session, network):
    return [a_household(session, name) for name in ("Ada", "Ben", "Cor")]


@pytest.fixture
def order(session, homes):
    """Two cases of rice for three homes (6, 4, 2), a case of oil for Ada; ordered at noon."""
    supplier = a_supplier(session)
    products = [
        a_product(session, supplier, "Rijst"),
        a_product(session, supplier, "Olie", unit_price=5_000_000),
    ]
    round_ = a_round(session, *products)
    wanted = [{"Rijst": 6, "Olie": 6}, {"Rijst": 4}, {"Rijst": 2}]
    for home, wants in zip(homes, wanted, strict=True):
        an_order(session, round_, home, wants)
    lifecycle.close(session, round_, actor=ACTOR, now=NOON)
    lifecycle.order(session, round_, actor=ACTOR, now=NOON)
    session.commit()
    return ordering.list_orders(session, round_.id)[0]


@pytest.fixture
def link(session, order) -> AnswerLink:
    return answer_links.standing_link(session, order.id)


def line(order, name: str):
    return next(one for one in order.lines if one.item.name == name)


def says(
    session, link, *, key: str = "", at=NOON + HOUR, answer="some", **typed
) -> SupplierAnswer:
    """The supplier answers, by article: Rijst=("1", "") is one case at the usual price."""
    raw = {"answer": answer, "note": typed.pop("note", "")}
    for name, (count, price) in typed.items():
        one = line(link.order, name)
        raw |= {f"c{one.id}": count, f"p{one.id}": price}
    key = key or f"{sorted(raw.items())}{at}"[-60:]
    given = supplier_answers.answer(session, link, raw, key=key, now=at)
    session.flush()
    return session.get_one(SupplierAnswer, given["answer"])


def accepts(session, answer, *, until=UNTIL, at=NOON + 2 * HOUR, lines=None) -> AnswerDecision:
    accepted = {one.line_id for one in answer.lines} if lines is None else lines
    return decide(
        session, answer, accepted=accepted, reply_until=until, note="", actor="Coor", now=at
    )


def replies(session, order, home, said: str, count: str = "", *, at=NOON + 3 * HOUR) -> None:
    asked = [one for one in changes_for(session, order.round_id, home.id) if one.asks]
    raw = {f"s{one.share.id}": said for one in asked}
    raw |= {f"q{one.share.id}": count for one in asked}
    reply(session, order.round_id, home.id, raw, key=f"{home.id}{said}{count}{at}", now=at)
    session.flush()


def mails(session, kind: Kind) -> list[str]:
    named = select(Errand.key).where(Errand.key.startswith(f"{kind}:")).order_by(Errand.id)
    keys = session.scalars(named)
    return [key.partition(":")[2] for key in keys]


# --- the link ----------------------------------------------------------------------------------


def test_an_order_goes_out_with_a_link_until_the_end_of_the_delivery_day(order, link) -> None:
    assert link.expires_at.isoformat() == "2026-03-14T23:00:00+00:00"


def test_after_the_delivery_day_it_is_too_late(session, link) -> None:
    with pytest.raises(AnswerTooLate):
        says(session, link, answer="all", at=link.expires_at)


def test_a_revoked_link_answers_nothing_and_a_new_one_does(session, order, link) -> None:
    new = answer_links.send_new_link(session, order, actor="Coor", now=NOON)

    with pytest.raises(LinkRevoked):
        says(session, link, answer="all")
    assert says(session, new, answer="all").verdict == "all"
    assert mails(session, Kind.MAIL_ANSWER)[0] == f"link:{new.id}"


def test_a_link_needs_an_address_to_go_to(session, order) -> None:
    order.supplier.email = ""

    with pytest.raises(NoAddressToAnswer):
        answer_links.send_new_link(session, order, actor="Coor", now=NOON)


def test_what_has_come_is_not_answered_any_more(session, order, link) -> None:
    answer = says(session, link, Rijst=("1", ""))
    round_ = session.get_one(type(link.order.lines[0].item.round), order.round_id)
    lifecycle.receive(session, round_, actor=ACTOR, now=NOON + 2 * HOUR)

    with pytest.raises(AlreadyThere):
        says(session, link, answer="all", at=NOON + 3 * HOUR)
    with pytest.raises(AlreadyThere):
        accepts(session, answer)


# --- the answer --------------------------------------------------------------------------------


def test_the_same_form_sent_twice_is_one_answer(session, order, link) -> None:
    first = says(session, link, key="a-key-of-one-form", Rijst=("1", ""))
    again = says(session, link, key="a-key-of-one-form", Rijst=("1", ""))

    assert first.id == again.id
    with pytest.raises(FormReused):
        says(session, link, key="a-key-of-one-form", Rijst=("0", ""))


def test_the_last_answer_counts_and_all_are_kept(session, order, link) -> None:
    says(session, link, Rijst=("1", ""))
    last = says(session, link, answer="all", at=NOON + 2 * HOUR)

    assert [one.verdict for one in supplier_answers.list_answers(session, order.id)] == [
        "some",
        "all",
    ]
    assert supplier_answers.latest_answer(session, order.id).id == last.id


def test_all_right_announces_what_was_ordered_and_asks_nothing(session, order, link) -> None:
    assert announced_of(session, order) == {}

    says(session, link, answer="all")

    assert sorted(one.pieces for one in announced_of(session, order).values()) == [6, 12]
    assert announcements.list_waiting(session) == []
    assert [ref.partition(":")[0] for ref in mails(session, Kind.MAIL_ANSWER)] == ["copy"]


def test_another_answer_waits_for_a_coordinator_and_announces_nothing_yet(
    session, order, link
) -> None:
    answer = says(session, link, Rijst=("1", ""))

    assert [one.id for one in announcements.list_waiting(session)] == [answer.id]
    assert announced_of(session, order) == {}
    assert [ref.partition(":")[0] for ref in mails(session, Kind.MAIL_ANSWER)] == ["copy", "told"]


def test_an_answer_that_was_not_changed_comes_to_what_was_ordered(session, order, link) -> None:
    answer = says(session, link, answer="all")

    sums = supplier_answers.totals_of(order, supplier_answers.said_of(answer))

    assert (sums.net, sums.vat.vat) == (order.net_cents, order.vat_cents)


# --- the decision ------------------------------------------------------------------------------


def test_less_is_divided_by_the_round_s_rule_and_told_to_those_it_touches(
    session, order, link, homes
) -> None:
    decision = accepts(session, says(session, link, Rijst=("1", "")))

    shares = session.scalars(select(AnnouncedShare).order_by(AnnouncedShare.participant_id)).all()
    assert [(one.before, one.offered) for one in shares] == [(6, 3), (4, 2), (2, 1)]
    assert announced_of(session, order)[line(order, "Rijst").id].pieces == 6
    assert len(mails(session, Kind.MAIL_CHANGE)) == 3
    assert f"decided:{decision.id}" in mails(session, Kind.MAIL_ANSWER)


def test_who_has_nothing_of_a_line_hears_nothing_of_it(session, order, link, homes) -> None:
    accepts(session, says(session, link, Olie=("1", "5,40")))

    told = session.scalars(select(AnnouncedShare.participant_id)).all()
    assert told == [homes[0].id]


def test_what_is_not_accepted_stays_as_ordered(session, order, link) -> None:
    answer = says(session, link, Rijst=("1", ""), Olie=("0", ""))

    accepts(session, answer, lines={line(order, "Olie").id})

    announced = announced_of(session, order)
    assert announced[line(order, "Rijst").id].pieces == 12
    assert announced[line(order, "Olie").id].pieces == 0


def test_an_answer_is_decided_about_once_and_only_the_newest(session, order, link) -> None:
    first = says(session, link, Rijst=("1", ""))
    second = says(session, link, Rijst=("0", ""), at=NOON + 90 * timedelta(minutes=1))

    with pytest.raises(NewerAnswer):
        accepts(session, first)
    accepts(session, second)
    with pytest.raises(DecidedAlready):
        accepts(session, second)


@pytest.mark.parametrize("until", [None, NOON + 2 * HOUR, NOON + 30 * DAY])
def test_who_is_offered_less_gets_time_to_reply(session, order, link, until) -> None:
    with pytest.raises(NoTimeToReply):
        accepts(session, says(session, link, Rijst=("1", "")), until=until)


def test_what_cannot_come_at_all_needs_no_reply(session, order, link, homes) -> None:
    accepts(session, says(session, link, answer="none"), until=None)

    assert all(not one.asks for one in changes_for(session, order.round_id, homes[0].id))
    assert list_open_changes(session, [homes[0].id], now=NOON + 3 * HOUR) == []


def test_a_second_decision_tells_only_whom_it_changes(session, order, link, homes) -> None:
    accepts(session, says(session, link, Rijst=("1", ""), Olie=("1", "5,40")))
    before = len(mails(session, Kind.MAIL_CHANGE))

    later = says(session, link, Rijst=("1", ""), Olie=("1", "5,80"), at=NOON + 3 * HOUR)
    accepts(session, later, at=NOON + 4 * HOUR)

    assert len(mails(session, Kind.MAIL_CHANGE)) - before == 1


def test_who_was_told_less_hears_that_all_comes_after_all(session, order, link, homes) -> None:
    accepts(session, says(session, link, Rijst=("1", "")))
    before = len(mails(session, Kind.MAIL_CHANGE))

    accepts(session, says(session, link, answer="all", at=NOON + 3 * HOUR), at=NOON + 4 * HOUR)

    assert len(mails(session, Kind.MAIL_CHANGE)) - before == 3
    assert declined_of(session, order) == {}


# --- the replies -------------------------------------------------------------------------------


def test_silence_is_a_yes_to_less_and_a_no_to_a_higher_price(session, order, link, homes) -> None:
    accepts(session, says(session, link, Rijst=("1", ""), Olie=("1", "5,40")))

    assert declined_of(session, order) == {(line(order, "Olie").id, homes[0].id): 6}


def test_a_lower_price_needs_no_yes(session, order, link, homes) -> None:
    accepts(session, says(session, link, Olie=("1", "4,40")), until=None)

    assert declined_of(session, order) == {}
    assert len(mails(session, Kind.MAIL_CHANGE)) == 1


@pytest.mark.parametrize(
    ("said", "count", "declined"), [("yes", "", 0), ("no", "", 6), ("less", "2", 4)]
)
def test_a_reply_counts_and_the_last_one_wins(
    session, order, link, homes, said, count, declined
) -> None:
    accepts(session, says(session, link, Olie=("1", "5,40")))
    replies(session, order, homes[0], "yes" if said == "no" else "no", at=NOON + 150 * DAY / 1440)

    replies(session, order, homes[0], said, count)

    assert sum(declined_of(session, order).values()) == declined
    assert len(session.scalars(select(ShareReply)).all()) == 2


@pytest.mark.parametrize("count", ["", "6", "0", "7", "-1", "veel"])
def test_fewer_is_fewer_than_offered(session, order, link, homes, count) -> None:
    accepts(session, says(session, link, Olie=("1", "5,40")))

    with pytest.raises(WrongReplies):
        replies(session, order, homes[0], "less", count)


def test_a_reply_after_its_moment_is_too_late(session, order, link, homes) -> None:
    accepts(session, says(session, link, Olie=("1", "5,40")))

    with pytest.raises(ReplyTooLate):
        replies(session, order, homes[0], "yes", at=UNTIL)


def test_nobody_replies_for_another(session, order, link, homes) -> None:
    accepts(session, says(session, link, Olie=("1", "5,40")))
    share = session.scalars(select(AnnouncedShare)).one()

    with pytest.raises(NotYourChange):
        reply(session, order.round_id, homes[1].id, {f"s{share.id}": "yes"}, key="k" * 8, now=NOON)


def test_a_yes_holds_while_the_terms_stay_and_not_for_a_higher_price(
    session, order, link, homes
) -> None:
    accepts(session, says(session, link, Olie=("1", "5,40")))
    replies(session, order, homes[0], "yes")

    same = says(session, link, Rijst=("1", ""), Olie=("1", "5,40"), at=NOON + 4 * HOUR)
    accepts(session, same, at=NOON + 5 * HOUR)
    assert declined_of(session, order) == {}

    dearer = says(session, link, Rijst=("1", ""), Olie=("1", "5,60"), at=NOON + 6 * HOUR)
    accepts(session, dearer, at=NOON + 7 * HOUR)
    assert declined_of(session, order) == {(line(order, "Olie").id, homes[0].id): 6}


# --- what is kept ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "row",
    [
        SupplierAnswer,
        SupplierAnswerLine,
        AnswerDecision,
        AnnouncedLine,
        AnnouncedShare,
        ShareReply,
    ],
)
def test_what_was_said_is_never_changed(session, order, link, homes, row) -> None:
    accepts(session, says(session, link, Olie=("1", "5,40")))
    replies(session, order, homes[0], "yes")
    session.commit()

    with pytest.raises(DBAPIError, match="this row is final"):
        session.execute(update(row).values(id=row.id).execution_options(synchronize_session=False))


def test_a_link_is_revoked_once_and_lives_no_longer(session, order, link) -> None:
    forever = update(AnswerLink).values(expires_at=NOON + 999 * DAY)

    with pytest.raises(DBAPIError, match="revoked once"):
        session.execute(forever.execution_options(synchronize_session=False))


# --- the sums ----------------------------------------------------------------------------------


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(st.integers(1, 40), min_size=1, max_size=12),
    st.integers(0, 400),
    st.sampled_from(SharingRule),
)
def test_less_is_never_more_for_anybody_and_never_more_than_comes(wanted, came, rule) -> None:
    """As `resharing` caps it: nobody above before, and in all no more than is announced."""
    wants = [Want(who, pieces) for who, pieces in enumerate(wanted)]
    before = allocate(wants, case=1, rule=rule)
    came = min(came, before.pieces)

    after = allocate(wants, case=1, rule=rule, received=came)

    held = {share.who: share.given for share in before.shares}
    offered = [min(held[share.who], share.given) for share in after.shares]
    assert sum(offered) <= came
    assert sum(offered) >= came - len(wanted)


# --- what the delivery makes of it


def test_what_is_announced_and_agreed_to_is_what_is_charged(session, link, homes) -> None:
    order = link.order
    round_ = session.get_one(Round, order.round_id)
    accepts(session, says(session, link, Rijst=("1", ""), Olie=("1", "6,00")))
    replies(session, order, homes[0], "yes")
    replies(session, order, homes[1], "no")

    lifecycle.receive(session, round_, actor=ACTOR, now=NOON + 2 * DAY)
    lifecycle.settle(session, round_, actor=ACTOR, now=NOON + 2 * DAY)

    session.flush()
    assert reconciliation.books_of(session, round_).difference == 0
    charged = {home.name: _pieces_of(session, round_, home) for home in homes}
    assert charged["Ben"] == {}
    assert charged["Ada"]["Olie"] == 6
    price = {d.item_id: d.unit_price for d in settlement.list_charges(session, round_.id)}
    assert price[line(order, "Olie").item_id] == 6_000_000


def test_nobody_pays_a_higher_price_who_said_nothing(session, link, homes) -> None:
    round_ = session.get_one(Round, link.order.round_id)
    accepts(session, says(session, link, Rijst=("2", ""), Olie=("1", "6,00")))

    lifecycle.receive(session, round_, actor=ACTOR, now=NOON + 2 * DAY)
    lifecycle.settle(session, round_, actor=ACTOR, now=NOON + 2 * DAY)

    assert "Olie" not in _pieces_of(session, round_, homes[0])
    assert _pieces_of(session, round_, homes[1]) == {"Rijst": 4}


def _pieces_of(session, round_, home) -> dict[str, int]:
    """What a home is charged for in the end, corrections included."""
    names = {item.id: item.name for item in round_.items}
    found: dict[str, int] = {}
    for one in settlement.list_charges(session, round_.id):
        if one.participant_id == home.id and one.kind == ChargeKind.ARTICLE:
            name = names[one.item_id]
            found[name] = found.get(name, 0) + one.pieces
    return {name: pieces for name, pieces in found.items() if pieces}
