"""The special functions that the statistics rest on, typed; scipy.stats would triple the time to start."""

from __future__ import annotations

import sys
from importlib import import_module
from importlib.util import find_spec, module_from_spec
from typing import Any

from reports.statistics.threads import one_thread

PACKAGE, COMPILED = "scipy.special", "scipy.special._ufuncs"
NEEDED = ("betainc", "betaincinv", "bdtr", "ndtri", "stdtrit")


def functions() -> Any:
    """Return `scipy.special`, or of it the compiled functions alone, which are the same objects.

    The package itself also starts what other array libraries need, and for that all of numpy with its Fortran tools
    and its test kit: a tenth of a second, ten times what the functions take. So they are loaded below a package that
    was found and not run; whoever imports `scipy.special` later gets the whole of it. A scipy that is arranged in
    another way is loaded as it is.
    """
    spec = find_spec(PACKAGE) if PACKAGE not in sys.modules else None
    if spec is not None:
        sys.modules[PACKAGE] = module_from_spec(spec)
        try:
            compiled = import_module(COMPILED)
            if all(hasattr(compiled, name) for name in NEEDED):
                return compiled
        except ImportError:
            pass  # the whole of it, below
        finally:
            del sys.modules[PACKAGE]
    return import_module(PACKAGE)


with one_thread():
    special = functions()


def beta_quantile(a: float, b: float, probability: float) -> float:
    """Return the quantile of the beta distribution with shapes a and b."""
    return float(special.betaincinv(a, b, probability))


def normal_quantile(probability: float) -> float:
    """Return the quantile of the standard normal distribution."""
    return float(special.ndtri(probability))


def student_quantile(freedom: int, probability: float) -> float:
    """Return the quantile of Student's t with so many degrees of freedom."""
    return float(special.stdtrit(freedom, probability))


def binomial_below(successes: int, trials: int, rate: float) -> float:
    """Return the probability of at most so many successes in so many trials."""
    return float(special.bdtr(successes, trials, rate))


def beta_below(a: float, b: float, x: float) -> float:
    """Return the distribution function of the beta distribution with shapes a and b at x."""
    return float(special.betainc(a, b, x))
