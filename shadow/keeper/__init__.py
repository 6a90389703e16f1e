"""The keeper: the one process that writes the ledger.

    batch.py       observations waiting for their commit, and who sent them
    decisions.py   triages waiting for their commit
    teacher.py     noise that the comparers learnt, shared and stored
    scribe.py      the ledger's writer, in a thread of its own
    losses.py      gaps that are still being counted (pure)
    settlement.py  when missing numbers are lost
    readings.py    what a backend's metrics say (pure)
    scrape.py      asks for them
    upkeep.py      heartbeat, armed breakers, folding
    keeper.py      the process
"""
