"""How the new contract differs from the old one on purpose: requests are rewritten from old to new, answers from new
to old, so that the two can be compared at all. Pure.

    routes.py    paths: `/api/auth/*` to `/v2/auth/*`, and back
    fields.py    queries and forms
    headers.py   headers of a request or an answer
    convert.py   one value into another type
    document.py  the steps that change a JSON body
    body.py      bodies: decoded, changed, written again
    book.py      all mappings of a configuration, by endpoint
"""
