"""`./dev torture`: the real application under kills, faults and a crowd at the deadline.

Two web servers, two clocks and two workers run as they always do, while somebody kills them at
random and at chosen points, a mail server misbehaves, and people order until the last moment and
beyond. Then a checker compares what people were told with everything that is there.

    scene     an installation with rounds that close one after another
    victims   the processes: started, killed, started again
    nursery   forks victims, so that they are there again at once
    lives     what each kind of victim does: serve, keep time, run errands
    process   what they run: the application, with points at which they may die
    mix       who runs errands in a run, and whether the engine wakes them
    crowd     people who order, sign up and choose until the deadline and beyond
    tendering what they and the suppliers do in a tender
    asking    how one asks until there is an answer, and the memory of what was told
    post      a mail server that refuses, hangs, and drops
    checker   what must hold afterwards; each violation is a line
    tender_checks  the same of tenders
    controls  faults put in on purpose: each must be found, or the checker is worth nothing
"""
