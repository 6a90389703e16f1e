"""The functions are scipy's own, had without what scipy starts beside them."""

from __future__ import annotations

import subprocess
import sys
from math import isclose

import pytest
from scipy import special as whole

from reports.statistics import special

GRID = [(0.5, 3.0, 0.05), (1.0, 1000.0, 0.95), (5.0, 12.0, 0.5), (21.0, 29_038.0, 0.95)]

ALONE = """
import sys
from reports.statistics import special
assert not {"scipy.special", "numpy.f2py", "numpy.testing"} & set(sys.modules), "more was started"
import scipy.special, scipy.stats
assert scipy.special.betaincinv(2.0, 3.0, 0.5) == special.beta_quantile(2.0, 3.0, 0.5)
assert abs(scipy.stats.beta(2.0, 3.0).ppf(0.5) - special.beta_quantile(2.0, 3.0, 0.5)) < 1e-12
"""



@pytest.mark.parametrize(("a", "b", "x"), GRID)
def test_the_functions_are_those_of_scipy(a: float, b: float, x: float) -> None:
    assert special.beta_quantile(a, b, x) == whole.betaincinv(a, b, x)
    assert special.beta_below(a, b, x) == whole.betainc(a, b, x)
    assert special.normal_quantile(x) == whole.ndtri(x)
    assert special.student_quantile(int(b), x) == whole.stdtrit(int(b), x)
    assert special.binomial_below(int(a), int(b), x) == whole.bdtr(int(a), int(b), x)
    assert isclose(special.beta_below(a, b, special.beta_quantile(a, b, x)), x, rel_tol=1e-9)


def test_nothing_else_is_started_and_the_whole_of_scipy_can_still_be_had() -> None:
    done = subprocess.run([sys.executable, "-c", ALONE], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_what_cannot_be_had_alone_comes_with_all_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "scipy.special")
    monkeypatch.setattr(special, "NEEDED", ("no_such_function",))
    found = special.functions()
    assert found.__name__ == "scipy.special"
    assert found.betaincinv(2.0, 3.0, 0.5) == whole.betaincinv(2.0, 3.0, 0.5)


def test_what_is_there_already_is_taken() -> None:
    assert special.functions() is sys.modules["scipy.special"]
