"""What suppliers announce of an order: less, or dearer; and what those say whom it touches."""

from __future__ import annotations

from random import Random

from purchasing.deliveries import announcements, answer_links, share_replies, supplier_answers
from purchasing.deliveries.supplier_answers import SupplierAnswer
from purchasing.ordering import SupplierOrder, SupplierOrderLine, list_orders
from purchasing.rounds import RoundState as S
from tests.builders import ACTOR, DAY
from tests.year.acting import TICK, Acts


class Announcements(Acts):
    def something_is_announced(self, round_id: int, dice: Random) -> None:
        """A supplier answers, somebody takes over what it said, and some reply to that."""
        for order_id in [one.id for one in list_orders(self.session, round_id)]:
            if dice.random() < 0.7:
                answer_id = self.a_supplier_answers(order_id, dice)
                if answer_id and dice.random() < 0.9:
                    self._is_taken_over(round_id, answer_id, dice)
        for person in dice.sample(self.there.people, 5):
            self.somebody_replies(round_id, person, dice)

    def a_supplier_answers(self, order_id: int, dice: Random) -> int | None:
        order = self.session.get_one(SupplierOrder, order_id)
        link = answer_links.standing_link(self.session, order_id)
        if link is None:
            return None
        raw = {"answer": "some", "note": "Let op"}
        for line in order.lines:
            raw |= _typed(line, dice)
        in_time = self.house.now < link.expires_at
        allowed = in_time and self.row(order.round_id).state == S.ORDERED
        key, link_id = self.key(), link.id

        def act() -> int:
            row = self.session.get_one(answer_links.AnswerLink, link_id)
            said = supplier_answers.answer(self.session, row, raw, key=key, now=self.house.now)
            return int(said["answer"])

        return self.attempt(act, dice, allowed=allowed)  # type: ignore[no-any-return]

    def _is_taken_over(self, round_id: int, answer_id: int, dice: Random) -> None:
        """Once; some lines of it, or all. Those whom it touches have a day to reply."""
        answer = self.session.get_one(SupplierAnswer, answer_id)
        lines = {one.line_id: (one.pieces, one.unit_price) for one in answer.lines}
        items = {line.id: line.item_id for line in answer.order.lines}
        accepted = {line_id for line_id in lines if dice.random() < 0.8}
        until = self.house.now + DAY - TICK

        def act() -> None:
            announcements.decide(
                self.session,
                self.session.get_one(SupplierAnswer, answer_id),
                accepted=accepted,
                reply_until=until,
                note="",
                actor=ACTOR,
                now=self.house.now,
            )

        known = self.known[round_id]
        if self.attempt(act, dice, allowed=True):
            known.announced |= {items[line_id]: lines[line_id] for line_id in accepted}
            known.refused -= {place for place in known.refused if place[1] in items.values()}
            known.reply_until |= dict.fromkeys(items.values(), until)
            self.seen["announcements"] += 1
        self.attempt(act, None, allowed=False)

    def somebody_replies(self, round_id: int, person: int, dice: Random) -> None:
        """To all that is asked: yes, or no, to each; perhaps too late."""
        known = self.known[round_id]
        asked = [
            (one.share.id, one.item.id, one.share.offered, one.share.unit_price)
            for one in share_replies.changes_for(self.session, round_id, person)
            if one.asks
        ]
        if not asked:
            return
        said = {share_id: dice.choice(["yes", "no"]) for share_id, *_ in asked}
        raw = {f"s{share_id}": word for share_id, word in said.items()}
        in_time = all(self.house.now < known.reply_until[item] for _, item, *_ in asked)
        key = self.key()

        def act() -> None:
            now = self.house.now
            share_replies.reply(self.session, round_id, person, raw, key=key, now=now)

        allowed = in_time and self.row(round_id).state == S.ORDERED
        if not self.attempt(act, dice, allowed=allowed):
            return
        for share_id, item_id, offered, price in asked:
            terms = person, item_id, price
            if said[share_id] == "yes":
                known.agreed[terms] = max(offered, known.agreed.get(terms, 0))
                known.refused.discard((person, item_id))
            else:
                known.refused.add((person, item_id))
        self.seen["replies"] += 1


def _typed(line: SupplierOrderLine, dice: Random) -> dict[str, str]:
    """Fewer pieces, or another price, as it is typed into the form."""
    pieces = max(0, line.pieces - dice.choice([0, 0, 1, 2, line.pieces]))
    cases, loose = divmod(pieces, line.item.case_pieces)
    price = line.unit_price * dice.choice([10, 10, 10, 9, 12]) // 10 or line.unit_price
    count = f"{cases}+{loose}" if line.item.case_pieces > 1 and loose else str(cases)
    return {f"c{line.id}": count, f"p{line.id}": f"{price // 10**6}.{price % 10**6:06d}"}
