"""What all papers of one round have in common, and how one line of them reads."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from types import MappingProxyType
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from purchasing import findings, sheets
from purchasing.category import ChargeDraft, ChargeKind, SettlementMode, ShareDraft
from purchasing.deliveries import substitutes
from purchasing.papers import PaperKind
from purchasing.people import Network, Participant, the_network
from purchasing.rounds import Round, RoundItem

Snapshot = dict[str, Any]


@dataclass(frozen=True)
class Series:
    """Numbers of one kind without gaps: their counter, and what sets them apart."""

    key: str
    letter: str = ""
    digit: str = ""  # in the payment reference


_INVOICES = Series("invoice")
_SERIES = {
    SettlementMode.SHARED: Series("settlement", "A-", "9"),
    SettlementMode.DIRECT: Series("fee", "D-", "8"),  # the network's own fee, nothing else
}


@dataclass(frozen=True)
class Issue:
    """What all papers of one round have in common."""

    network: Network
    round: Round
    kind: PaperKind
    at: datetime
    items: Mapping[int, RoundItem]
    shares: Mapping[tuple[int, int], ShareDraft]
    reasons: Mapping[tuple[int, int], str]  # why there is extra work, as the survey found
    gaps: Mapping[int, Sequence[Snapshot]]  # by participant: what nothing came of
    parts: Mapping[int, Snapshot]  # by participant: of what the paper is only a part
    came: Mapping[int, int]  # pieces, by article, where it is not what was ordered
    instead: Mapping[int, str]  # what came for an article, by article

    @property
    def series(self) -> Series:
        return _SERIES.get(self.round.settlement_mode, _INVOICES)

    @property
    def printed_as(self) -> PaperKind:
        return kind_of(self.round)

    @property
    def on(self) -> date:
        return self.at.astimezone(ZoneInfo(self.network.timezone)).date()

    @property
    def due_on(self) -> date:
        return self.on + timedelta(days=self.network.payment_days)


def kind_of(round_: Round) -> PaperKind:
    """Who shares costs gets a settlement, everybody else an invoice."""
    shared = round_.settlement_mode == SettlementMode.SHARED
    return PaperKind.SETTLEMENT if shared else PaperKind.INVOICE


def issue_of(
    session: Session,
    round_: Round,
    shares: Sequence[ShareDraft],
    now: datetime,
    kind: PaperKind | None = None,
    parts: Mapping[int, Snapshot] = MappingProxyType({}),
    came: Mapping[int, int] | None = None,
) -> Issue:
    """What all papers of one round have in common; `came` are pieces, by article."""
    return Issue(
        network=the_network(session),
        round=round_,
        kind=kind or kind_of(round_),
        at=now,
        items={item.id: item for item in round_.items},
        shares={(share.participant_id, share.item_id): share for share in shares},
        reasons=findings.reasons_of(session, round_),
        gaps=_gaps(round_, shares),
        parts=parts,
        came=came or {},
        instead=substitutes.names_of(session, round_.id),
    )


def _gaps(round_: Round, shares: Sequence[ShareDraft]) -> dict[int, list[Snapshot]]:
    """What nothing came of, by who asked for it, in the order of the articles."""
    missed: dict[int, list[ShareDraft]] = defaultdict(list)
    for share in shares:
        if share.wanted and not share.given:
            missed[share.item_id].append(share)
    gaps: dict[int, list[Snapshot]] = defaultdict(list)
    for item in round_.items:
        for share in missed[item.id]:
            gaps[share.participant_id].append(sheets.gap(share, item))
    return gaps


def line(issue: Issue, participant: Participant, charge: ChargeDraft, gross: int) -> Snapshot:
    item = issue.items.get(charge.item_id or 0)
    return {
        "kind": str(charge.kind),
        "name": item.name if item else charge.name,
        "unit": item.unit if item else "",
        "brand": item.brand if item else "",
        "pieces": charge.pieces,
        "quantity": sheets.quantity(charge.pieces, item, charge.milli) if item else None,
        "unit_price": sheets.piece_price(participant, charge, item, gross),
        "gross": gross,
        "net": charge.cents,
        "vat_bp": charge.vat_bp,
        "explanation": _explanation(issue, charge),
        **_reason(issue, charge),
        **_instead(issue, charge, item),
    }


def _instead(issue: Issue, charge: ChargeDraft, item: RoundItem | None) -> Snapshot:
    """On a bill by what came, the name of what came for an article."""
    if item is None or charge.kind != ChargeKind.ARTICLE or not issue.round.bills_at_delivery:
        return {}
    named = issue.instead.get(item.id)
    return {"name": named, "instead_of": item.name} if named else {}


def _reason(issue: Issue, charge: ChargeDraft) -> Snapshot:
    if charge.kind != ChargeKind.EXTRA:
        return {}
    return {"reason": issue.reasons.get((charge.participant_id, charge.item_id or 0), "")}


def _explanation(issue: Issue, charge: ChargeDraft) -> Snapshot | None:
    share = issue.shares.get((charge.participant_id, charge.item_id or 0))
    if share is None or charge.kind != ChargeKind.ARTICLE or share.given == share.wanted:
        return None
    return sheets.explanation(share, issue.came.get(share.item_id))
