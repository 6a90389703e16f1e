from __future__ import annotations

from collections.abc import Callable

from reports.document import EndpointLine, Result
from reports.evidence.regressed import with_regressions
from reports.statistics.binomial import excess_p
from shadow.config.model import Parity
from shadow.records import Outcome


def test_of_many_sound_endpoints_with_one_failure_none_is_claimed(judged: Callable[..., Result]) -> None:
    """99.9 % is required; one failure in a hundred requests has a chance of one in ten, at each of forty endpoints."""
    sound = {f"GET /s{n}": {Outcome.match: 99, Outcome.mismatch: 1} for n in range(4)}
    sound |= {f"GET /t{n}": {Outcome.match: 100} for n in range(36)}
    bad = {"GET /bad": {Outcome.match: 80, Outcome.mismatch: 20}}
    lines = {line.endpoint: line for line in judged(sound | bad).endpoints}
    assert [name for name, line in lines.items() if line.is_regressed] == ["GET /bad"]
    assert [name for name, line in lines.items() if line.is_suspect] == ["GET /bad"]
    assert lines["GET /s0"].p_value == excess_p(1, 100, 1.0 - 0.999)
    assert lines["GET /t0"].p_value == 1.0


def test_what_was_not_compared_has_no_p_value(judged: Callable[..., Result]) -> None:
    (line,) = judged({"GET /a": {(Outcome.shed, "tee_full"): 5}}).endpoints
    assert (line.p_value, line.is_regressed) == (None, False)


def test_without_parity_there_is_no_list() -> None:
    lines = (EndpointLine(endpoint="GET /a", anchor="a"),)
    assert with_regressions(lines, {}, None) == lines
    assert with_regressions((), {}, Parity()) == ()
