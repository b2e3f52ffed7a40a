"""`rounds`: every round, and all there is to know of one."""

from typing import Any

import click
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from app.commands.awards import award_of, bids_of, tender_facts
from app.commands.group import Group, iso, say_json
from app.database import reading
from app.extensions import db
from purchasing.books.settlement import list_charges, reconcile
from purchasing.category import ChargeDraft, ShareDraft
from purchasing.commitments import Commitment, Want
from purchasing.ordering import SupplierOrder, list_orders, list_shares
from purchasing.papers import Paper
from purchasing.people import Participant
from purchasing.rounds import Round, RoundEvent, RoundItem, list_rounds, with_offer
from purchasing.tenders.awards import Replayed

group = Group("rounds", help="Buying rounds.")
Facts = dict[str, Any]


@group.command("list")
@click.option("--json", "as_json", is_flag=True)
def list_(as_json: bool) -> None:
    """List all rounds, the next to close first."""
    with reading():
        rounds = list_rounds(db.session())
        if as_json:
            say_json([_head(round_) for round_ in rounds])
            return
        for round_ in rounds:
            click.echo(f"{round_.id:4} {round_.state:10} {iso(round_.closes_at)} {round_.title}")


@group.command("show")
@click.argument("round_id", type=int)
@click.option("--json", "as_json", is_flag=True)
def show(round_id: int, as_json: bool) -> None:
    """Show one round: wants, who gets what and why, orders, charges, papers. In whole cents."""
    with reading():
        round_ = with_offer(db.session(), round_id)
        if round_ is None:
            raise click.ClickException(f"There is no round {round_id}.")
        facts = _all_of(round_)
        if as_json:
            say_json(facts)
        else:
            _print(facts)


@group.command("award")
@click.argument("round_id", type=int)
@click.option("--json", "as_json", is_flag=True)
def award(round_id: int, as_json: bool) -> None:
    """Show how a tender was awarded, and whether it comes out the same again. In whole cents."""
    with reading():
        facts = award_of(db.session(), round_id)
        if facts is None:
            raise click.ClickException(f"Round {round_id} has no award (yet).")
    if as_json:
        say_json(facts)
    else:
        _print_award(facts)
    if facts["replayed"] == Replayed.OTHER:
        raise click.ClickException("Computed once more it comes out otherwise.")


@group.command("bids")
@click.argument("round_id", type=int)
@click.option("--json", "as_json", is_flag=True)
def bids(round_id: int, as_json: bool) -> None:
    """Show the bids of a tender: hashes at once, and what they say once they are open."""
    with reading():
        round_ = db.session.get(Round, round_id)
        if round_ is None or round_.category.tender is None:
            raise click.ClickException(f"Round {round_id} is no tender.")
        facts = bids_of(db.session(), round_)
    if as_json:
        say_json(facts)
    else:
        _print_bids(facts)


def _print_bids(facts: list[Facts]) -> None:
    for bid in facts:
        said = "open" if bid["content"] else "withdrawn" if bid["withdrawn_at"] else "sealed"
        line = f"{bid['key']:>6} {said:9} {bid['committed_at']} {bid['commitment']}"
        click.echo(f"  {line} {bid['supplier']}")


def _print_award(facts: Facts) -> None:
    click.echo(f"{facts['outcome']}: {facts['words']}")
    click.echo(f"computed once more: {facts['replayed']}")
    for bid in facts["bids"]:
        click.echo(f"{bid['key']:>6} {bid['offered']:5} offered {bid['supplier']}")


def _all_of(round_: Round) -> Facts:
    session = db.session()
    people = {p.id: p for p in session.scalars(select(Participant))}
    proof = reconcile(session, round_)
    return {
        **_head(round_),
        "items": [_item(item) for item in round_.items],
        "wants": _wants(round_, people),
        "allocation": [_share(share, people) for share in list_shares(session, round_.id)],
        "supplier_orders": [_order(order) for order in list_orders(session, round_.id)],
        "charges": [_charge(charge, people) for charge in list_charges(session, round_.id)],
        "documents": _documents(round_, people),
        "reconciliation": {
            "ordered_cents": proof.ordered,
            "fees_cents": proof.fees,
            "charged_cents": proof.charged,
            "difference_cents": proof.difference,
        },
        "history": [_event(event) for event in round_.history],
        **({"tender": tender_facts(session, round_)} if round_.category.tender else {}),
    }


def _share(share: ShareDraft, people: dict[int, Participant]) -> Facts:
    return {
        **_who(people, share.participant_id),
        "item_id": share.item_id,
        "wanted": share.wanted,
        "extra": share.extra,
        "given": share.given,
        "reason": share.reason,
        "cases": share.cases,
        "case_pieces": share.case_pieces,
    }


def _charge(charge: ChargeDraft, people: dict[int, Participant]) -> Facts:
    return {
        **_who(people, charge.participant_id),
        "kind": charge.kind,
        "item_id": charge.item_id,
        "supplier_id": charge.supplier_id,
        "pieces": charge.pieces,
        "cents": charge.cents,
        "vat_bp": charge.vat_bp,
    }


def _event(event: RoundEvent) -> Facts:
    return {
        "move": event.move,
        "from": event.from_state,
        "to": event.to_state,
        "at": iso(event.at),
        "actor": event.actor,
        "note": event.note,
    }


def _head(round_: Round) -> Facts:
    return {
        "id": round_.id,
        "title": round_.title,
        "category": round_.category_key,
        "state": round_.state,
        "held": round_.held,
        "settlement_mode": round_.settlement_mode,
        "opens_at": iso(round_.opens_at),
        "closes_at": iso(round_.closes_at),
        "closed_at": iso(round_.closed_at),
        "delivery_on": round_.delivery_on.isoformat() if round_.delivery_on else None,
        "cancel_reason": round_.cancel_reason,
    }


def _item(item: RoundItem) -> Facts:
    return {
        "id": item.id,
        "supplier_id": item.supplier_id,
        "number": item.number,
        "name": item.name,
        "unit": item.unit,
        "unit_price_millionths": item.unit_price,
        "case_pieces": item.case_pieces,
        "piece_milli": item.piece_milli,
        "vat_bp": item.vat_bp,
        "deposit_cents": item.deposit_cents,
        "weighed": item.weighed,
        "tiers": item.tiers,
    }


def _wants(round_: Round, people: dict[int, Participant]) -> list[Facts]:
    rows = db.session.execute(
        select(Want, Commitment.participant_id)
        .join(Commitment, Commitment.id == Want.commitment_id)
        .where(Want.round_id == round_.id)
        .order_by(Commitment.participant_id, Want.item_id)
    )
    return [
        {
            **_who(people, who),
            "item_id": want.item_id,
            "quantity": want.quantity,
            "extra": want.extra,
            "ordered_quantity": want.ordered_quantity,
            "ordered_extra": want.ordered_extra,
        }
        for want, who in rows
    ]


def _order(order: SupplierOrder) -> Facts:
    return {
        "number": order.number,
        "supplier": order.supplier.name,
        "ordered_at": iso(order.ordered_at),
        "goods_cents": order.goods_cents,
        "deposit_cents": order.deposit_cents,
        "delivery_cents": order.delivery_cents,
        "net_cents": order.net_cents,
        "vat_cents": order.vat_cents,
        "lines": [
            {
                "item_id": line.item_id,
                "cases": line.cases,
                "pieces": line.pieces,
                "unit_price_millionths": line.unit_price,
                "net_cents": line.net_cents,
                "deposit_cents": line.deposit_cents,
            }
            for line in order.lines
        ],
    }


def _documents(round_: Round, people: dict[int, Participant]) -> list[Facts]:
    papers = db.session.scalars(
        select(Paper)
        .where(Paper.round_id == round_.id)
        .options(joinedload(Paper.document))
        .order_by(Paper.id)
    )
    return [
        {
            "kind": paper.kind,
            "number": paper.number,
            **(_who(people, paper.participant_id) if paper.participant_id else {}),
            "total_cents": paper.total_cents,
            "sha256": paper.document.sha256 if paper.document else None,
            "size": paper.document.size if paper.document else None,
            "path": paper.document.path if paper.document else None,
        }
        for paper in papers
    ]


def _who(people: dict[int, Participant], participant_id: int) -> Facts:
    participant = people[participant_id]
    return {"participant": participant.number, "name": participant.name}


def _print(facts: Facts) -> None:
    click.echo(f"{facts['id']} {facts['title']}: {facts['state']}, closes {facts['closes_at']}")
    if "tender" in facts:
        _print_tender(facts["tender"])
    for order in facts["supplier_orders"]:
        click.echo(f"  {order['number']} {order['supplier']}: {_euro(order['net_cents'])} net")
    for document in facts["documents"]:
        stored = document["path"] or "not printed yet"
        whom = document.get("name", "")
        click.echo(f"  {document['kind']:12} {document['number']:12} {whom:30} {stored}")
    proof = facts["reconciliation"]
    click.echo(
        f"  ordered {_euro(proof['ordered_cents'])} + fees {_euro(proof['fees_cents'])}"
        f" = charged {_euro(proof['charged_cents'])}"
        f" (difference {_euro(proof['difference_cents'])})"
    )


def _print_tender(tender: Facts) -> None:
    click.echo(
        f"  {tender['people']} take part, {len(tender['invited'])} suppliers invited,"
        f" bids until {tender['bids_until']}, choosing until {tender['offers_until']}"
    )
    _print_bids(tender["bids"])
    for state, count in sorted(tender["choices"].items()):
        click.echo(f"  {count:5} {state}")


def _euro(cents: int) -> str:
    return f"€ {cents // 100}.{cents % 100:02}" if cents >= 0 else f"-{_euro(-cents)}"
