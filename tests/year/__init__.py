"""A simulated year: a neighbourhood lives thirteen months in some seconds, whatever happens.

* `house`: the real application on a virtual clock, which may die at any statement and be started
  again; a press that is quick, and a box that keeps every mail.
* `neighbourhood`: who lives there, what can be had, and which rounds are made.
* `acting`: how things are done, and what we know was done; what is done is in `people`,
  `suppliers`, `coordinators`, `announced`, `deliveries`, `money`, `debits`; `living` is all.
* `promises`: what must hold after every step, of each round, of its `bills` and of the `books`;
  `ending`: what must be so when all has been done.
* `machine`: draws what happens when. `./dev year` lives many years, the suite some.

Nothing reads a clock. The same seed is the same year.
"""
