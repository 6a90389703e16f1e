"""HTTP/1.1 framing and pooled upstream connections over asyncio protocols; knows nothing of mirroring.

    head.py      request and response heads: facts, refusals, hop-by-hop headers, serialisation (pure)
    inbound.py   one client connection: parses requests in order, writes answers
    reader.py    what a client sends, taken apart strictly
    known.py     heads that came before
    spent.py     in place of the parser of a connection that is gone
    target.py    request targets and Host (pure)
    refusal.py   why a message is not forwarded, and answers of our own (pure)
    tunnel.py    two connections that became one pipe
    handler.py   who answers a request
    clients.py   the open client connections of a listener
    upstream.py  one connection to a backend: writes a request, parses its answer
    pool.py      idle and busy upstream connections of one address
    build.py     compiled, or pure Python
    address.py   URL -> where to connect
"""
