"""The audit trail: who did what, in a chain that shows when somebody went round the house.

1. A trigger notes each row that is an act, or moves money, in the transaction that writes it.
2. A sealer numbers the notes afterwards, and chains them: each seal covers a digest of the row
   and the seal before it. Only sealers wait for each other; who orders waits for nobody.
3. Whoever checks walks the chain, and compares it with the rows that it vouches for.

* `rows` are the notes and the head of the chain.
* `watched` says which rows are vouched for, and digests them.
* `sealing` chains what was noted; `checking` finds what was tampered with.
* `telling` tells it, note by note; `belonging` says what is about a round; `happenings` puts
  together what was done in one breath.

In a seal stand ids and digests with salt: nobody's name, so that it outlives who is erased.
"""
