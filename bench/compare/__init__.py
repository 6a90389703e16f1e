"""What a comparison costs, beside DeepDiff on the whole documents, and what an exchange costs after the listener.

    __main__.py    `python -m bench.compare`: the run, its results, the table
    documents.py   pages of orders, and how the other side changes them
    cost.py        the time of one comparison, each subject in a process that can be killed
    capacity.py    `shadow mirror` with answers that all carry a fresh timestamp: CPU per exchange and process
    stamped.py     a backend whose answers carry one
    table.py       the Markdown tables, and the marked section of docs/comparison.md that repeats them
"""
