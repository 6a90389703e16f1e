"""What leaves the ledger for other tools: a differing request as a curl command, a group as a regression test.

    curl.py     the command that repeats a request against a base URL
    choose.py   which groups, and why others are not exported
    case.py     one group as a request and what its answer has to be
    check.py    the code that a written test runs; it needs the standard library alone
    source.py   the text of a test file
"""
