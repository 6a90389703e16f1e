"""The result document in the formats of other tools; each is a function of the document alone.

    junit.py       test results, for any CI
    markdown.py    a pull request's comment or a step's summary
    sarif.py       static-analysis results (SARIF 2.1.0), for code scanning
    prometheus.py  gauges, for a textfile collector or a push gateway
    schema.py      the JSON Schema of the document itself
"""
