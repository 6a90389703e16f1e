"""What a request costs in Shadow, beside the proxies that people would use instead, in one run on one machine.

    __main__.py    `python -m bench.live`: the run, its results, the table
    host.py        cores, processes, what they cost (from /proc)
    backends.py    primary and candidate: nginx serving files
    faulty.py      a candidate that hangs or floods
    relay.py       an L4 relay: the floor of any proxy in this language
    peers.py       nginx and Envoy, plain and mirroring
    mirror.py      `shadow mirror`, its processes and what its ledger counted
    load.py        wrk
    open_loop.py   arrivals at a fixed rate, timed from when each was due
    socketfree.py the listener alone, sockets taken away: `python -m bench.live.socketfree`
    closed.py      the subjects under wrk, in alternating order
    fixed.py       p99 at half capacity with a healthy, hung and flooding candidate
    summary.py     medians, ratios, targets
    table.py       the Markdown table, and the marked section of the README that repeats it
"""
