"""The keeper: the one process that writes the ledger.

    batch.py       observations waiting for their commit, and who sent them
    losses.py      gaps that are still being counted (pure)
    settlement.py  when missing numbers are lost
    keeper.py      the process
"""
