"""From the order to the doorstep: what a supplier says it can bring, what came, who gets what.

Where to read on: `supplier_answers` and `announcements` come before the delivery, `counting` at
the door; `expectations` is all that is known at a moment; `pile` and `arrival` share it again.
"""
