"""The control API: what the keeper knows about the running mirror, served over HTTP.

    durations.py  latencies of one leg at one endpoint, counted in buckets
    view.py       everything that is counted in this run, in memory
    reasking.py   what the senders ask again, added up (pure)
    accounts.py   the listeners' counters: accepted, in flight (pure)
    catalogue.py  every metric: name, type, labels, meaning
    metrics.py    the view as Prometheus metrics
    moment.py     how things are right now
    summary.py    the view as `/api/metrics` (pure)
    health.py     is the mirror ready (pure)
    page.py       the live report, rendered by a process of its own
    render.py     that process
    token.py      the bearer token
    guard.py      who may ask: host names and token; every error in one shape
    site.py       the routes
    server.py     the two addresses
    addresses.py  where a running mirror can be asked
    client.py     asks a running mirror's control API
    cli.py        `shadow pause`, `shadow resume`
"""
