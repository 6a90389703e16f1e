"""The sender: takes exchanges from the listeners, asks candidate and secondary, hands all answers to a comparer.

    breaker.py   when to stop asking a leg that fails (pure)
    call.py      one request to one leg over the wire code: timings, bounds
    deadlines.py one timer for all calls of a leg
    leg.py       a leg: its pool, cap, breaker, headers
    comparers.py the links to the comparers, and what is outstanding at each
    sender.py    the process
"""
