"""Addresses of our pages for in a mail: built from BASE_URL alone, never from a request."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from flask import current_app

from app import tickets
from app.codes import SignInRequest, key_of
from purchasing.rounds import Round


def sign_in(row: SignInRequest) -> str:
    """Where the code is typed; opening it changes nothing, and proves who reads the mailbox."""
    return link("account.code", email=row.email, request=row.id, key=key_of(row))


def paper(paper_id: int) -> str:
    return link("papers.show", paper_id=paper_id)


def order(round_id: int, participant_id: int) -> str:
    """The page where this participant orders in this round."""
    return link("order.show", round_id=round_id, **{"for": participant_id})


def sign_up(round_id: int, participant_id: int) -> str:
    """The page where this participant answers the questions of this round."""
    return link("signup.show", round_id=round_id, **{"for": participant_id})


def offer(round_id: int, participant_id: int) -> str:
    """The page with what this participant is offered in this round."""
    return link("offer.show", round_id=round_id, **{"for": participant_id})


def survey(round_id: int, participant_id: int) -> str:
    """The page with what was found at this participant's home, and what they choose."""
    return link("survey.show", round_id=round_id, **{"for": participant_id})


def bid(invitation_id: int) -> str:
    """The page where a supplier bids, without an account."""
    return link("bid.show", ticket=tickets.ticket("bid", invitation_id))


def answer(link_id: int) -> str:
    """The page where a supplier answers an order, without an account."""
    return link("answer.show", ticket=tickets.ticket("answer", link_id))


def with_addresses(snapshot: Mapping[str, Any]) -> dict[str, Any]:
    """A paper's record, with the address to answer at where it names a link to answer with."""
    link_id = snapshot.get("answer_link")
    return dict(snapshot) | ({"answer_url": answer(link_id)} if link_id else {})


def changes(round_id: int, participant_id: int) -> str:
    """The page where a participant replies to what a supplier cannot deliver as ordered."""
    return link("change.show", round_id=round_id, **{"for": participant_id})


def billed(round_id: int, bill_id: int, participant_id: int) -> str:
    """The page where a participant says yes or no to a supplier's higher bill."""
    values = {"round_id": round_id, "bill_id": bill_id, "for": participant_id}
    return link("billed.show", **values)


def coordinator_answer(order_id: int) -> str:
    return link("coordinator_answers.show", order_id=order_id)


def taking_part(round_: Round, participant_id: int) -> str:
    """Where this participant takes part in this round, whatever its kind."""
    page = order if round_.category.sells_articles else sign_up
    return page(round_.id, participant_id)


def statement(participant_id: int) -> str:
    """One balance and why."""
    return link("statement.show", participant_id=participant_id)


def in_parts(paper_id: int) -> str:
    """Where a household chooses to pay a bill in parts, or sees its plan."""
    return link("instalments.show", paper_id=paper_id)


def direct_debit(participant_id: int) -> str:
    """Where a household sees and revokes its mandate."""
    return link("direct_debit.show", participant_id=participant_id)


def rounds() -> str:
    """The page with all rounds that are open."""
    return link("home.index")


def round_page(round_id: int) -> str:
    return link("rounds.show", round_id=round_id)


def coordinator_round(round_id: int) -> str:
    return link("coordinator_rounds.show", round_id=round_id)


def link(endpoint: str, **values: object) -> str:
    """The whole address of a page."""
    base = urlsplit(current_app.config["BASE_URL"])
    pages = current_app.url_map.bind(
        base.netloc, script_name=base.path or "/", url_scheme=base.scheme
    )
    return pages.build(endpoint, values, force_external=True)
