"""Values that each side makes itself (ids, cookies, tokens, entity tags): learnt from paired answers as a bijection,
put into later shadow requests, and taken out of the candidate's answers again before they are compared.

    kinds.py       which names carry which kind of value (pure)
    places.py      where in requests and answers such values stand, and how they are replaced there (pure)
    targets.py     ... in paths and queries
    headers.py     ... in headers: cookies, credentials, entity tags
    bodies.py      ... in JSON, forms and markup
    lessons.py     what an answer teaches (pure)
    store.py       the pairs, bounded; what was lost
    marks.py       the lowest value of each kind, kept in a file beside the ledger
    translator.py  one shadow leg's map: requests out, answers in
    back.py        the comparer's side: the candidate's answer in the primary's values (pure)
"""
