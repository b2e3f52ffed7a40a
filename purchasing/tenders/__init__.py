"""Suppliers compete for a round: sealed bids, the award, what is offered, who accepts, the lots.

Where to read on: `bids` is what a supplier may do, `awards` who wins and why, `offers` what each
participant reads and answers. The arithmetic itself is `purchasing.tendering`.
"""
