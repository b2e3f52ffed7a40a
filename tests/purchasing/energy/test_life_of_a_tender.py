"""From the first sign-up to the contracts: what counts, until when, and that nobody peeks."""

import json
from datetime import timedelta

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.exc import DBAPIError

from purchasing import (
    clock,
    deadlines,
    errands,
    invitations,
    lifecycle,
    papers,
    planning,
    privacy,
    signups,
)
from purchasing.categories import CATEGORIES
from purchasing.invitations import tender_of
from purchasing.papers import PaperKind
from purchasing.questions import WrongAnswers
from purchasing.rounds import RoundState as S
from purchasing.signups import ConsentMissing
from purchasing.tendering import Figure
from purchasing.tenders import awards, bids, figures, lots, offers
from purchasing.tenders.awards import Award
from purchasing.tenders.bids import SealedBid
from purchasing.tenders.offers import Offer, OfferState
from tests.builders import ACTOR, DAY, NOON, a_household, a_shop
from tests.tenders import (
    BID_B,
    BIDS_UNTIL,
    DEAR,
    FLAT,
    OFFERS_UNTIL,
    a_tender,
    accepts,
    an_invitation,
    bid_form,
    bids_on,
    close,
    concludes,
    joins,
    opens_bids,
    seal,
)

SECOND = timedelta(seconds=1)
TICK = timedelta(microseconds=1)
TOO_LATE = OFFERS_UNTIL


@pytest.fixture
def ada(session, network):
    return a_household(session, "Ada")


@pytest.fixture
def bo(session, network):
    return a_household(session, "Bo")


@pytest.fixture
def offered(session, ada, bo):
    """A tender with two homes and two bids, opened and awarded."""
    round_ = a_tender(session)
    joins(session, round_, ada)
    joins(session, round_, bo, **FLAT)
    close(session, round_)
    bids_on(session, round_, "Noord")
    bids_on(session, round_, "Zuid", BID_B)
    opens_bids(session, round_)
    return round_


def tick(session, now) -> list[str]:
    names = []
    while duties := clock.due(session, now=now, grace=timedelta(0), unseal=seal):
        for duty in duties:
            duty.lock()
            duty.run(now)
            names.append(duty.name.split(" round")[0])
        assert len(names) < 20, "the clock comes to no end"
    return names


def mails(session, kind: str) -> list[str]:
    rows = session.scalars(select(errands.Errand).order_by(errands.Errand.id))
    return [errand.ref.partition(":")[0] for errand in rows if errand.kind == kind]


# --- signing up --------------------------------------------------------------------------------


def test_answers_are_read_by_the_room_and_every_problem_stands_at_its_question(session, ada):
    round_ = a_tender(session)

    with pytest.raises(WrongAnswers) as refused:
        joins(session, round_, ada, postcode="Haarlem", kwh="veel", contract_end="2020-01-01")

    assert {"postcode", "kwh"} <= refused.value.problems.keys()


def test_a_contract_that_ended_is_refused_by_the_day_of_signing_up(session, ada):
    round_ = a_tender(session)

    with pytest.raises(WrongAnswers) as refused:
        joins(session, round_, ada, contract="fixed", contract_end="2026-03-04")
    joins(session, round_, ada, contract="fixed", contract_end="2026-03-06")

    assert refused.value.problems.keys() == {"contract_end"}


def test_a_tender_needs_its_three_moments_in_order(session, network):
    round_ = a_tender(session, state=S.PLANNED, bids_until=NOON)

    with pytest.raises(planning.MomentsMissing):
        lifecycle.publish(session, round_, actor=ACTOR, now=NOON - 9 * DAY)


def test_extending_the_sign_up_moves_the_later_moments_along(session, network):
    round_ = a_tender(session)

    lifecycle.extend(session, round_, until=NOON + 20 * DAY, actor=ACTOR, now=NOON - DAY)

    assert round_.offers_until == OFFERS_UNTIL + 20 * DAY
    assert round_.bids_until == BIDS_UNTIL + 20 * DAY - timedelta(hours=1)  # summer time began


def test_a_sign_up_is_not_extended_beyond_the_opening_of_the_bids(session, network):
    """Of the same day: they are opened at their hour, whatever the hour of closing becomes."""
    round_ = a_tender(session, bids_until=NOON + timedelta(hours=2))
    more = {"actor": ACTOR, "now": NOON - DAY}

    with pytest.raises(deadlines.NoWindow):
        lifecycle.extend(session, round_, until=NOON + timedelta(hours=2), **more)
    lifecycle.extend(session, round_, until=NOON + timedelta(hours=2) - TICK, **more)


# --- the lot sheet -----------------------------------------------------------------------------


def test_a_tender_that_is_closed_early_is_put_to_tender_then(session, ada):
    round_ = a_tender(session)
    joins(session, round_, ada)

    lifecycle.close_now(session, round_, actor=ACTOR, now=NOON - SECOND)

    assert lots.lot_sheet_of(session, round_.id) is not None


def test_closing_issues_a_lot_sheet_that_names_nobody(session, network):
    round_ = a_tender(session)
    for number in range(12):
        joins(session, round_, a_household(session, f"Familie{number}"))

    close(session, round_)

    paper = lots.lot_sheet_of(session, round_.id)
    assert paper is not None and paper.kind == PaperKind.LOT_SHEET
    assert paper.number == "T-2026-0001"
    told = str(paper.snapshot)
    assert "12" in told
    for secret in ("Familie", "2036 AB", "2037", "@example.org", "Teststraat"):
        assert secret not in told


# --- bids --------------------------------------------------------------------------------------


def test_an_invitation_is_mailed_when_there_is_something_to_bid_on(session, network):
    round_ = a_tender(session)
    an_invitation(session, round_, at=NOON - DAY)
    before = mails(session, "mail_invitation")

    close(session, round_)

    assert (before, len(mails(session, "mail_invitation"))) == ([], 1)


def test_a_bid_is_sealed_and_only_its_hash_is_known(session, network):
    round_ = a_tender(session, state=S.CLOSED)

    bid = bids_on(session, round_)

    assert len(bid.commitment) == 64 and bid.content is None
    assert b"0.123" not in bid.sealed and b"123000" not in bid.sealed
    with pytest.raises(bids.StillSealed):
        bids.placed(bid)
    with pytest.raises(bids.StillSealed):
        bids.open_all(session, round_, unseal=seal, now=BIDS_UNTIL - SECOND)


@pytest.mark.parametrize(
    ("at", "refusal"),
    [(BIDS_UNTIL - timedelta(microseconds=1), None), (BIDS_UNTIL, bids.BidTooLate)],
)
def test_the_last_moment_to_bid_is_exact(session, network, at, refusal):
    round_ = a_tender(session, state=S.CLOSED)
    link = an_invitation(session, round_)

    if refusal is None:
        assert bids_on(session, round_, invitation=link, at=at)
    else:
        with pytest.raises(refusal):
            bids_on(session, round_, invitation=link, at=at)


def test_nobody_bids_while_people_still_sign_up(session, network):
    round_ = a_tender(session)
    link = an_invitation(session, round_, at=NOON - DAY)

    with pytest.raises(bids.BiddingNotOpen):
        bids_on(session, round_, invitation=link, at=NOON - SECOND)


def test_a_bid_that_came_before_the_closing_is_refused_however_long_it_waited(session, network):
    round_ = a_tender(session, state=S.CLOSED)
    link = an_invitation(session, round_, at=NOON - DAY)

    with pytest.raises(bids.BiddingNotOpen):
        bids_on(session, round_, invitation=link, at=NOON - TICK)
    assert bids_on(session, round_, invitation=link, at=NOON)


def test_a_link_makes_one_bid_and_a_replay_gets_the_first_answer(session, network):
    round_ = a_tender(session, state=S.CLOSED)
    link = an_invitation(session, round_)
    first = bids_on(session, round_, invitation=link)

    again = bids_on(session, round_, invitation=link)
    with pytest.raises(bids.BidAlready):
        bids_on(session, round_, invitation=link, at=NOON + 2 * DAY)

    assert again.id == first.id


def test_a_revoked_link_bids_no_more(session, network):
    round_ = a_tender(session, state=S.CLOSED)
    link = an_invitation(session, round_)
    invitations.revoke(session, link, actor=ACTOR, now=NOON)

    with pytest.raises(invitations.LinkRevoked):
        bids_on(session, round_, invitation=link)


def test_a_supplier_has_one_bid_by_whichever_link(session, network):
    round_ = a_tender(session, state=S.CLOSED)
    old = an_invitation(session, round_)
    first = bids_on(session, round_, invitation=old)
    invitations.revoke(session, old, actor=ACTOR, now=NOON + DAY)
    new = invitations.invite(session, round_, old.supplier, actor=ACTOR, now=NOON + DAY)

    with pytest.raises(bids.BidAlready):
        bids_on(session, round_, invitation=new, at=NOON + 2 * DAY)

    assert new.id != old.id
    assert [bid.id for bid in bids.list_bids(session, round_.id)] == [first.id]


def test_a_withdrawn_bid_keeps_its_hash_and_leaves_room_for_another(session, network):
    round_ = a_tender(session, state=S.CLOSED)
    link = an_invitation(session, round_)
    first = bids_on(session, round_, invitation=link)
    bids.withdraw_bid(session, first, reason="Tikfout", now=NOON + DAY)

    second = bids_on(session, round_, invitation=link, at=NOON + 2 * DAY, single="0.120")
    opens_bids(session, round_)

    assert [bid.commitment for bid in bids.list_bids(session, round_.id)] == [
        first.commitment,
        second.commitment,
    ]
    assert [bid.id for bid in bids.opened_bids(session, round_.id)] == [second.id]


@pytest.mark.parametrize(
    ("field", "text"), [("single", ""), ("gas", "-0.10"), ("fixed_power", "gratis"), ("low", "12")]
)
def test_a_bid_that_cannot_be_meant_is_refused_at_its_field(session, network, field, text):
    round_ = a_tender(session, state=S.CLOSED)

    with pytest.raises(WrongAnswers) as refused:
        bids_on(session, round_, **{field: text})

    assert field in refused.value.problems
    assert bids.list_bids(session, round_.id) == []


def test_a_bid_changed_in_the_database_is_found_out(session, network, ada):
    round_ = a_tender(session, state=S.CLOSED)
    bids_on(session, round_)
    other = seal(b'{"content": {}, "nonce": ""}')

    with pytest.raises(bids.BrokenSeal):
        bids.open_all(session, round_, unseal=lambda _: tampered(session, round_), now=BIDS_UNTIL)
    with pytest.raises(DBAPIError, match="a bid is final"):
        session.execute(update(SealedBid).values(sealed=other))


def tampered(session, round_) -> bytes:
    """The letter of another bid under the same hash."""
    form = bid_form(BID_B)
    [link] = invitations.list_invitations(session, round_.id)
    content = bids.examine(round_, link, form)
    return json.dumps({"content": content, "nonce": "00" * 32}).encode()


# --- the award ---------------------------------------------------------------------------------


def test_all_bids_open_together_and_each_gets_what_is_best_for_them(session, offered, ada, bo):
    mine = offers.offer_of(session, offered.id, ada.id)
    theirs = offers.offer_of(session, offered.id, bo.id)

    assert offered.state == S.OFFERED
    assert all(bid.content for bid in bids.list_bids(session, offered.id))
    assert mine.bid.supplier.name == theirs.bid.supplier.name == "Noord"
    assert mine.now_cents - mine.cost_cents > 0
    assert mine.state == OfferState.MADE


def test_the_worked_example_comes_through_the_whole_house_to_the_cent(session, ada):
    round_ = a_tender(session, particulars={"start_on": "2026-01-01"})
    joins(session, round_, ada)
    close(session, round_)
    bids_on(session, round_)
    opens_bids(session, round_)

    offer = offers.offer_of(session, round_.id, ada.id)

    assert offer.cost_cents == 174_671  # bid A for the average home: € 1,746.71


def test_everybody_hears_of_their_offer_and_is_reminded_later(session, offered):
    told = mails(session, "mail_news")
    later = session.scalars(
        select(errands.Errand).where(errands.Errand.key.startswith("mail_news:choose"))
    ).all()

    assert sorted(told) == ["choose", "choose", "offer", "offer"]
    assert all(errand.not_before == OFFERS_UNTIL - 3 * DAY for errand in later)
    assert mails(session, "mail_result") == ["awarded", "awarded"]


def test_a_replay_computes_the_same_award(session, offered):
    again = awards.replay(session, offered)

    stored = [awards.as_awarded(offer) for offer in offers.list_offers(session, offered.id)]
    assert list(again.offers) == stored


def test_with_no_bids_the_round_ends_and_everybody_stays(session, ada):
    round_ = a_tender(session)
    joins(session, round_, ada)

    done = [*tick(session, NOON), *tick(session, BIDS_UNTIL)]

    assert done == ["close", "offer", "conclude"]
    assert (round_.state, round_.no_deal) == (S.ORDERED, True)
    assert mails(session, "mail_news") == ["no_deal"]
    assert awards.award_of(session, round_.id).outcome == "no_bids"


def test_where_staying_is_cheaper_for_all_there_is_no_deal(session, ada, bo):
    round_ = a_tender(session)
    joins(session, round_, ada)
    joins(session, round_, bo)
    close(session, round_)
    bids_on(session, round_, "Duur", DEAR)

    opens_bids(session, round_)

    assert round_.no_deal
    assert {o.state for o in offers.list_offers(session, round_.id)} == {OfferState.NONE}


def test_who_leaves_before_the_award_is_not_in_it(session, ada, bo):
    round_ = a_tender(session)
    joins(session, round_, ada)
    joins(session, round_, bo)
    close(session, round_)
    signups.withdraw_consent(session, round_.id, bo.id, now=NOON + DAY)
    bids_on(session, round_)

    opens_bids(session, round_)

    assert [o.participant_id for o in offers.list_offers(session, round_.id)] == [ada.id]


# --- choosing ----------------------------------------------------------------------------------


def test_accepting_counts_until_the_exact_moment(session, offered, ada, bo):
    accepts(session, offered, ada, at=TOO_LATE - timedelta(microseconds=1))

    with pytest.raises(offers.OfferTooLate):
        accepts(session, offered, bo, at=TOO_LATE)

    assert offers.accepted_by_bid(session, offered.id) == {
        offers.offer_of(session, offered.id, ada.id).bid_id: 1
    }


def test_nothing_is_accepted_without_the_consent(session, offered, ada):
    with pytest.raises(ConsentMissing):
        accepts(session, offered, ada, agreed="")


def test_an_ean_is_checked_at_the_acceptance(session, offered, ada):
    with pytest.raises(WrongAnswers) as refused:
        accepts(session, offered, ada, ean_power="871687100000123454")
    accepts(session, offered, ada, ean_power="871687100000123453", advance="150")

    assert refused.value.problems.keys() == {"ean_power"}
    assert offers.offer_of(session, offered.id, ada.id).details["advance"] == "150"


def test_who_would_be_worse_off_must_say_why(session, ada, bo):
    round_ = a_tender(session)
    joins(session, round_, ada)
    joins(session, round_, bo, **FLAT)  # with bid B this home pays € 9.68 more
    close(session, round_)
    bids_on(session, round_, "Zuid", BID_B)
    opens_bids(session, round_)
    offer = offers.offer_of(session, round_.id, bo.id)

    with pytest.raises(WrongAnswers) as refused:
        accepts(session, round_, bo)
    taken = accepts(session, round_, bo, reason="green")

    assert offer.worse_off and refused.value.problems.keys() == {"reason"}
    assert taken.state == OfferState.ACCEPTED


def test_who_accepted_can_still_stay(session, offered, ada):
    accepts(session, offered, ada)

    offers.decline(
        session, offered.id, ada.id, key="stay-here", actor=ACTOR, now=OFFERS_UNTIL - SECOND
    )

    assert offers.offer_of(session, offered.id, ada.id).state == OfferState.DECLINED


def test_a_shop_gets_an_offer_for_its_own_segment(session, network):
    shop = a_shop(session)
    round_ = a_tender(session)
    paid = ("contract", "rate_single", "rate_gas", "fixed_power_month", "fixed_gas_month")
    joins(session, round_, shop, kwh="6000", **dict.fromkeys(paid, ""))
    close(session, round_)
    bids_on(session, round_)

    opens_bids(session, round_)

    offer = offers.offer_of(session, round_.id, shop.id)
    assert offer.state == OfferState.MADE and offer.now_cents is None


# --- the end -----------------------------------------------------------------------------------


def test_the_clock_walks_the_whole_road_by_itself(session, ada):
    round_ = a_tender(session)
    joins(session, round_, ada)

    early = tick(session, NOON - SECOND)
    closed = tick(session, NOON)
    bids_on(session, round_)
    opened = [*tick(session, BIDS_UNTIL - SECOND), *tick(session, BIDS_UNTIL)]
    accepts(session, round_, ada)
    ended = [*tick(session, OFFERS_UNTIL - SECOND), *tick(session, OFFERS_UNTIL)]

    assert (early, closed, opened, ended) == (["remind"], ["close"], ["offer"], ["conclude"])
    assert round_.state == S.ORDERED and round_.ended_at == OFFERS_UNTIL


def test_bids_are_opened_and_contracts_concluded_when_the_grace_is_over(session, ada):
    round_ = a_tender(session)
    joins(session, round_, ada)
    close(session, round_)
    bids_on(session, round_)
    grace = timedelta(seconds=2)

    def due(at) -> list[str]:
        return [duty.name for duty in clock.due(session, now=at, grace=grace, unseal=seal)]

    assert due(BIDS_UNTIL + grace - TICK) == []
    assert due(BIDS_UNTIL + grace) == [f"offer round {round_.id}"]
    opens_bids(session, round_)
    accepts(session, round_, ada)
    assert due(OFFERS_UNTIL + grace - TICK) == []
    assert due(OFFERS_UNTIL + grace) == [f"conclude round {round_.id}"]


def test_nobody_concludes_while_people_choose(session, offered):
    with pytest.raises(lifecycle.StillChoosing):
        concludes(session, offered, at=OFFERS_UNTIL - SECOND)


def test_a_winner_below_its_minimum_does_not_stand(session, ada, bo):
    round_ = a_tender(session)
    joins(session, round_, ada)
    joins(session, round_, bo)
    close(session, round_)
    bids_on(session, round_, minimum="2")
    opens_bids(session, round_)
    accepts(session, round_, ada)

    concludes(session, round_)

    assert offers.contracts(session, round_) == []
    assert "fell_through" in mails(session, "mail_news")


def test_tiers_count_acceptances_and_only_lower_the_price(session, ada, bo):
    round_ = a_tender(session)
    joins(session, round_, ada)
    joins(session, round_, bo)
    close(session, round_)
    bids_on(session, round_, tier_1_customers="2", tier_1_power="0.01")
    opens_bids(session, round_)
    promised = offers.offer_of(session, round_.id, ada.id).cost_cents
    accepts(session, round_, ada)
    accepts(session, round_, bo)

    concludes(session, round_)

    [(offer, final), _] = offers.contracts(session, round_)
    told = tender_of(round_).explain(offer.entry, final.content, awards.case_of(session, round_))
    assert final.accepted == 2
    assert told.comparison.new.total == promised - 2_275  # 1,880 kWh × € 0.01 × 1.21


def test_the_networks_own_fee_is_an_invoice_of_its_own(session, ada, bo):
    round_ = a_tender(session, fee_cents=1_000)
    joins(session, round_, ada)
    joins(session, round_, bo)
    close(session, round_)
    bids_on(session, round_)
    opens_bids(session, round_)
    accepts(session, round_, ada)

    concludes(session, round_)

    invoices = [
        p for p in papers.list_for_round(session, round_.id) if p.kind == PaperKind.INVOICE
    ]
    assert [(p.participant_id, p.total_cents) for p in invoices] == [(ada.id, 1_210)]
    assert invoices[0].number == "D-2026-0001"


# --- guards and retention ----------------------------------------------------------------------


def test_the_database_keeps_what_was_offered(session, offered):
    for values in ({"cost_cents": 1}, {"worse_off": True}):
        with pytest.raises(DBAPIError, match="what was offered stays"), session.begin_nested():
            session.execute(update(Offer).values(**values))
    with pytest.raises(DBAPIError, match="final"), session.begin_nested():
        session.execute(update(Award).values(outcome="awarded"))


def test_the_database_lets_nobody_choose_after_the_end(session, offered, ada):
    accepts(session, offered, ada)
    concludes(session, offered)

    with pytest.raises(DBAPIError, match="nothing can be chosen"), session.begin_nested():
        session.execute(update(Offer).values(state="declined"))


def test_answers_behind_offers_go_when_their_days_are_over(session, offered, ada, bo):
    accepts(session, offered, ada, ean_power="871687100000123453")
    concludes(session, offered)

    tick(session, OFFERS_UNTIL + 28 * DAY)
    held = [o.participant_id for o in offers.list_offers(session, offered.id) if o.basis]
    tick(session, OFFERS_UNTIL + 120 * DAY)
    left = [o for o in offers.list_offers(session, offered.id) if o.basis or o.details]

    assert (held, left) == ([ada.id], [])
    with pytest.raises(offers.AnswersForgotten):
        awards.replay(session, offered)
    assert session.scalar(select(func.count(signups.GivenAnswer.id))) == 0


def test_who_is_erased_stays_where_they_are_and_leaves_no_answer(session, offered, ada):
    accepts(session, offered, ada, ean_power="871687100000123453")

    privacy.erase_participant(session, ada, actor=ACTOR, now=BIDS_UNTIL + 2 * DAY)

    mine = offers.offer_of(session, offered.id, ada.id)
    assert (mine.state, mine.basis, mine.details, mine.decided_by) == ("declined", None, None, "")


# --- figures -----------------------------------------------------------------------------------


def test_an_administrators_figure_replaces_the_shipped_one_until_it_is_dropped(session, network):
    room = CATEGORIES["energy"]
    figure = Figure("tax_power", 2026, 100_000, "Belastingdienst 2026")

    row = figures.set_figure(session, room, figure, actor=ACTOR, now=NOON)
    entered = {f.key: f.value for f in figures.figures_of(session, room)}
    figures.drop_figure(session, row)
    shipped = {f.key: f.value for f in figures.figures_of(session, room)}

    assert (entered[figure.key], shipped[figure.key]) == (100_000, 91_610)


def test_a_round_keeps_the_figures_it_was_awarded_by(session, offered):
    room = CATEGORIES["energy"]
    before = awards.replay(session, offered)

    figures.set_figure(session, room, Figure("vat", 2026, 2_500, "test"), actor=ACTOR, now=NOON)

    assert awards.replay(session, offered) == before


def test_the_largest_amounts_there_can_be_keep_no_round_from_its_offers(
    session, network, ada, bo
) -> None:
    """A column holds two milliard cents; what one participant types must not come near."""
    huge = {
        "power_size": "3x80A", "kwh": "480000", "gas_size": "G25", "gas_m3": "160000",
        "contract": "fixed", "contract_end": "2036-12-31", "prices_are": "bare",
        "fixed_power_month": "10000", "fixed_gas_month": "10000",
        "rate_single": "0,1", "rate_gas": "5,95",
    }  # fmt: skip
    round_ = a_tender(session)
    shop = a_shop(session, "Gieterij")
    joins(session, round_, shop, **huge)
    joins(session, round_, ada)
    joins(session, round_, bo, exit_fee="1000000", yearly_amount="1000000")
    close(session, round_)
    bids_on(session, round_, single="2", gas="6", normal="2", low="2")
    bids_on(
        session,
        round_,
        "Zuid",
        {"single": "0.01", "gas": "0.01", "fixed_power": "60", "fixed_gas": "60"},
    )

    opens_bids(session, round_)

    mine = offers.offer_of(session, round_.id, shop.id)
    assert mine.worse_off
    assert mine.now_cents > 100_000_000 and mine.cost_cents > 1_000_000_000


def test_a_tax_that_rose_since_the_sign_up_keeps_nobody_from_an_offer(
    session, network, ada, bo
) -> None:
    """Bo took a price without tax for one with tax: it is now less than the tax alone."""
    round_ = a_tender(session)
    joins(session, round_, ada)
    joins(session, round_, bo, prices_are="all_in", rate_single="0,25", rate_gas="0,75")
    close(session, round_)
    bids_on(session, round_)
    figure = Figure("tax_gas", 2026, 640_000, "Belastingdienst 2026")
    figures.set_figure(session, round_.category, figure, actor=ACTOR, now=NOON)

    opens_bids(session, round_)

    mine = offers.offer_of(session, round_.id, bo.id)
    assert (mine.state, mine.now_cents) == (OfferState.MADE, None)
    assert offers.offer_of(session, round_.id, ada.id).now_cents is not None


@pytest.mark.parametrize(
    ("figure", "refusal"),
    [
        (Figure("price_of_tea", 2026, 1, "x"), figures.NoSuchKind),
        (Figure("vat", 1066, 1, "x"), figures.NoSuchYear),
        (Figure("vat", 2026, -1, "x"), figures.ImpossibleFigure),
        (Figure("vat", 2026, 1, " "), figures.SourceMissing),
    ],
)
def test_a_figure_that_cannot_be_right_is_refused(session, network, figure, refusal):
    with pytest.raises(refusal):
        figures.set_figure(session, CATEGORIES["energy"], figure, actor=ACTOR, now=NOON)
