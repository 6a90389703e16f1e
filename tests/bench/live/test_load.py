"""What wrk prints."""

from __future__ import annotations

import pytest

from bench.live.load import Load, parse

REPORT = """\
Running 2s test @ http://127.0.0.1:1/
  1 threads and 32 connections
  Thread Stats   Avg      Stdev     Max   +/- Stdev
    Latency   145.21ms  276.35ms   1.08s    84.96%
    Req/Sec     2.73k     1.38k    5.67k    75.00%
  Latency Distribution
     50%  153.00us
     75%   82.65ms
     90%  643.95ms
     99%    1.05s{space}
  6000 requests in 2.00s, 6.64MB read
{errors}Requests/sec:   3000.00
Transfer/sec:      2.14MB
"""


@pytest.mark.parametrize("space", ["", " "])
@pytest.mark.parametrize(
    ("errors", "counted"),
    [
        ("", 0),
        ("  Socket errors: connect 1, read 2, write 3, timeout 4\n", 10),
        ("  Non-2xx or 3xx responses: 7\n", 7),
        ("  Socket errors: connect 0, read 2, write 0, timeout 0\n  Non-2xx or 3xx responses: 7\n", 9),
    ],
)
def test_a_report_is_taken_apart(space: str, errors: str, counted: int) -> None:
    assert parse(REPORT.format(space=space, errors=errors)) == Load(
        requests=6000, rps=3000.0, p50_s=pytest.approx(0.000153), p99_s=1.05, errors=counted
    )


def test_what_is_not_understood_ends_the_run() -> None:
    with pytest.raises(SystemExit, match="not understood"):
        parse("unable to connect to 127.0.0.1:1 Connection refused")
