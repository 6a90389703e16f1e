"""What was learnt of noise, as numbers that add up: comparers count, the keeper adds up and stores, all share it.

    spread.py   the least and the greatest of some values, of which old ones are forgotten
    seen.py     what was seen to vary at one place
    book.py     all places of the builds that run now, with what is new since it was last told
    exact.py    how sure counts make a share
"""
