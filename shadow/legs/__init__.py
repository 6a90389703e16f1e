"""The sender: takes exchanges from the listeners, asks candidate and secondary, hands all answers to a comparer.

    breaker.py   when to stop asking a leg that fails (pure)
    call.py      one request to one leg over the wire code: timings, bounds
    deadlines.py one timer for all calls of a leg
    backoff.py   when to try again to connect to a leg that could not be reached (pure)
    turns.py     one client's exchanges in their order (pure but for the timer)
    rates.py     how many copies of a route go out per second
    cap.py       how many at once, in line
    leg.py       a leg: its pool, cap, breaker, headers
    legs.py      the legs as the configuration has them
    budget.py    what asking again may cost, and when it stops (pure)
    reask.py     asking backends again: noise without a secondary, second looks
    statuses.py  what the keeper is told of the breakers
    contract.py  the requests of each leg, by what is mapped and by what its identity map has learnt
    endings.py   observations of what ends without a comparison
    comparers.py the links to the comparers, and what is outstanding at each
    underway.py  an exchange between the listener and a comparer
    exchanges.py those under way: asked, and handed over
    sending.py   what the process does
    sender.py    the process
"""
