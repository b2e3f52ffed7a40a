"""What suppliers do: they bid, and change what they sell."""

from __future__ import annotations

from random import Random
from typing import Any

from sqlalchemy import select

from purchasing.catalogue import Price, Product
from purchasing.invitations import BidInvitation
from purchasing.rounds import Round
from purchasing.tenders import bids
from tests.tenders import BID_A, BID_B, DEAR, bid_form
from tests.year.acting import Acts


class Suppliers(Acts):
    def bids(self, row: Round, dice: Random) -> None:
        query = select(BidInvitation).where(BidInvitation.round_id == row.id)
        links = list(self.session.scalars(query.order_by(BidInvitation.id)))
        if not links:
            return
        link = dice.choice(links)
        in_time = row.bids_until is not None and self.house.now < row.bids_until
        again = bids.bid_of(self.session, link) is not None
        form, nonce = bid_form(dice.choice([BID_A, BID_B, DEAR])), dice.randbytes(32)
        link_id, key = link.id, self.key()

        def act() -> Any:
            return bids.submit(
                self.session,
                self.session.get_one(BidInvitation, link_id),
                form,
                nonce=nonce,
                seal=self.house.seal,
                key=key,
                now=self.house.now,
            )

        self.attempt(act, dice, allowed=in_time and not again)

    def a_supplier_changes(self, dice: Random) -> None:
        """A new price from now on, or an article that comes or goes."""
        product = dice.choice(self.there.products)

        def act() -> None:
            row = self.session.get_one(Product, product)
            if dice.random() < 0.5:
                row.available = not row.available
                return
            terms = {"case_milli": dice.choice([1000, 4000]), "vat_bp": 900}
            price = dice.choice([1, 777_777, 1_500_000, 5_000_000])
            self.session.add(
                Price(product_id=product, valid_from=self.house.now, unit_price=price, **terms)
            )

        self.attempt(act, None, allowed=True)
