"""Buying together: rounds, demand, orders and money. Knows no web, no clock and no files.

The words, in the order in which a round meets them:

* **Network**: the association that runs this installation. **Participant**: a household or a
  shop. **Person**: who signs in. **Membership**: for whom, and as what.
* **Supplier**, **Product**, **Price**: who sells what; a price holds from a moment and is never
  edited.
* **Round**, **RoundItem**: what can be had, at which promised terms, from when to when.
* **Commitment**, **Want**: all that one participant wants in one round; a draft until ordered.
* **Question**, **GivenAnswer**, **Consent**: how one takes part in a round without articles.
* **Allocation**: what each participant gets, and why. **SupplierOrder**: what we order.
* **SupplierAnswer**: what a supplier says it can bring. **AnswerDecision**: what is taken over of
  it. **ShareReply**: what those say whom it touches. **SupplierBill**: what it asks in the end.
* **Charge**: what one participant owes for one line. **Paper**: the numbered snapshot of it.
* **Posting**, **Entry**: double entry, append-only. **Errand**: what must happen outside.

Where to read on: `lifecycle` is the life of a round on one page; `categories/food` is all that
is peculiar to food; `pooling` turns wants into cases, orders and charges; `demand` is what a
participant may do who orders, `signups` who answers a room's questions (`categories/insurance`);
`findings`, `surveyed` and `surveys` are for goods that must fit at a home; `tenders` is where
suppliers compete, `deliveries` what came of an order;
`books/intake`, `books/matching` and `books/deciding` say who paid;
`clock` says what falls due by itself.

Three rules: a verb is a module function `verb(session, thing, *, ..., now)`; nothing here reads
a clock or commits; a "no" is an exception derived from `errors.Refused`.
"""
