"""A tender as a coordinator sees it: who may bid, what lies sealed, how it came out, who comes.

Before the sign-up closes there are counts only, and before the moment no bid can be read here
either. Opening and concluding are the clock's.
"""

from typing import Any

from flask import Response, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response as AnyResponse

from app import auth
from app.auth import now, open_to
from app.extensions import db
from app.handover import download, hand_over
from app.i18n import sentence
from app.lot_sheet import segments_of
from app.pages.signup import count_people
from app.pages.tender import told_of
from app.views.coordinator.found import STAFF, asked_ids, room, round_or_404, row_or_404
from app.views.coordinator.standing import mailed
from purchasing import errands, invitations, lifecycle
from purchasing.catalogue import Supplier
from purchasing.errands import ErrandState, Kind
from purchasing.errors import Refused
from purchasing.invitations import BidInvitation
from purchasing.rounds import Round, RoundState
from purchasing.tenders import awards, bids, lots, offers, switching
from purchasing.tenders.bids import SealedBid
from purchasing.tenders.switching import SwitchList
from suppliers import tender_tables, writers

blueprint = room("tenders", "/tenders")
INVITING = (RoundState.PLANNED, RoundState.OPEN, RoundState.CLOSED)
MOST_SUPPLIERS = 200


@blueprint.post("/<int:round_id>/invite")
@open_to(*STAFF)
def invite(round_id: int) -> AnyResponse:
    """Invite the suppliers that were ticked; who cannot be invited is named."""
    round_ = round_or_404(round_id)
    chosen = sorted(asked_ids("supplier"))[:MOST_SUPPLIERS]
    for supplier in db.session.scalars(db.select(Supplier).where(Supplier.id.in_(chosen))):
        try:
            invitations.invite(db.session(), round_, supplier, actor=auth.actor(), now=now())
        except (invitations.NoAddressToInvite, invitations.SupplierNotActive) as refusal:
            flash(sentence(refusal), "error")
    db.session.commit()
    return _back(round_id)


@blueprint.post("/invitation/<int:invitation_id>/revoke")
@open_to(*STAFF)
def revoke(invitation_id: int) -> AnyResponse:
    invitation = row_or_404(BidInvitation, invitation_id)
    round_id = invitation.round_id
    invitations.revoke(db.session(), invitation, actor=auth.actor(), now=now())
    db.session.commit()
    return _back(round_id)


@blueprint.post("/bid/<int:bid_id>/withdraw")
@open_to(*STAFF)
def withdraw(bid_id: int) -> AnyResponse:
    """Take a bid out before it is opened; its hash and the reason stay published."""
    bid = row_or_404(SealedBid, bid_id)
    round_id = bid.round_id
    try:
        bids.withdraw_bid(db.session(), bid, reason=request.form.get("reason", ""), now=now())
        db.session.commit()
    except Refused as refusal:
        db.session.rollback()
        flash(sentence(refusal), "error")
    return _back(round_id)


@blueprint.post("/list/<int:list_id>")
@open_to(*STAFF)
def take_list(list_id: int) -> Response:
    """The list of who comes, as PDF, XLSX and CSV in one file, once."""
    return hand_over(
        "switch_list",
        read=lambda: switching.read_list(db.session(), row_or_404(SwitchList, list_id)),
        note=lambda printed: switching.take_along(
            db.session(),
            row_or_404(SwitchList, list_id),
            printed=printed,
            actor=auth.actor(),
            now=now(),
        ),
        table=tender_tables.switch_list,
    )


@blueprint.post("/bid/<int:bid_id>/list")
@open_to(*STAFF)
def issue_list(bid_id: int) -> AnyResponse:
    bid = row_or_404(SealedBid, bid_id)
    round_id = bid.round_id
    lifecycle.lock(db.session(), round_or_404(round_id))
    switching.issue_again(db.session(), bid, actor=auth.actor(), now=now())
    db.session.commit()
    return _back(round_id)


@blueprint.get("/<int:round_id>/lots.csv")
@open_to(*STAFF)
def lots_table(round_id: int) -> Response:
    paper = lots.lot_sheet_of(db.session(), round_or_404(round_id).id)
    if paper is None:
        raise lifecycle.WrongState(state="open", move="offer")
    table = tender_tables.lot_sheet(paper.snapshot, gettext)
    return download(writers.WRITERS["csv"](table), table.filename("csv"), "text/csv")


def show(round_: Round) -> str:
    """The page of a tender, whatever it waits for."""
    session = db.session()
    sheet = lots.lot_sheet_of(session, round_.id)
    links = invitations.list_invitations(session, round_.id)
    return render_template(
        "coordinator/tenders/show.html",
        round=round_,
        people=count_people(session, round_.id),
        sheet=sheet,
        segments=segments_of(sheet.snapshot) if sheet else [],
        links=links,
        sent=_sent(round_.id),
        bids_by_link={bid.invitation_id: bid for bid in bids.list_bids(session, round_.id)},
        suppliers=_to_invite(round_, links),
        tender=told_of(session, round_),
        replay=awards.compare(session, round_) if awards.award_of(session, round_.id) else "",
        choices=_choices(round_.id),
        lists=switching.list_issues(session, round_.id),
        history=round_.history,
        mailed=mailed(session, round_.id),
        errands=errands.count_by_state(session, round_.id),
        moves=lifecycle.possible_moves(round_),
    )


def _to_invite(round_: Round, links: list[BidInvitation]) -> list[Supplier]:
    """Active suppliers that have no link yet, while inviting makes sense."""
    late = round_.bids_until is None or now() >= round_.bids_until
    if round_.state not in INVITING or late:
        return []
    known = {link.supplier_id for link in links if link.revoked_at is None}
    query = db.select(Supplier).where(Supplier.active).order_by(Supplier.name)
    rows = db.session.scalars(query.limit(MOST_SUPPLIERS))
    return [supplier for supplier in rows if supplier.id not in known]


def _sent(round_id: int) -> set[int]:
    """The invitations whose mail has gone."""
    return {
        int(errand.ref)
        for errand in errands.list_for_round(db.session(), round_id)
        if errand.kind == Kind.MAIL_INVITATION and errand.state == ErrandState.DONE
    }


def _choices(round_id: int) -> dict[str, int]:
    """How many chose what so far."""
    counts: dict[str, int] = {}
    for offer in offers.list_offers(db.session(), round_id):
        counts[offer.state] = counts.get(offer.state, 0) + 1
    return counts


def _back(round_id: int) -> AnyResponse:
    values: dict[str, Any] = {"round_id": round_id}
    return redirect(url_for("coordinator_rounds.show", **values), 303)
