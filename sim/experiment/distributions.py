"""Distributions as quantile functions of three numbers: low, central, high.

A quantile function turns a place in (0, 1) into a value, so any sampler can feed any distribution. The uniform and the
triangular one take low and high as bounds. The others take them as 5 % and 95 % points with central as the median (after
Keelin and Powley, Quantile-parameterized distributions, Decision Analysis 8 (2011) 206-219): they are normal in a
transformed value, and where the three points are not symmetric there, the halves below and above the median have spreads of
their own. Each half keeps a probability of one half, so that all three points are met and the quantile function is
continuous (the density steps at the median; that of Fechner's two-piece normal is continuous, but its halves are of unequal
probability: Wallis, Statistical Science 29 (2014) 106-112).

Bits: only sums, products, quotients, square roots and functions of ``scipy.special`` are applied to arrays. NumPy's own
``exp`` and ``log`` are avoided: they choose a vector version by the host's instruction set, and those differ in the last bit.
What is left of the host is the C library's ``log`` and ``exp``: the same on every processor with fused multiply-add.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

import numpy as np

from sim.errors import Problem, nearest

Points = tuple[float, float, float]
"""low, central, high; central is NaN where it is unused."""

LEAST_PLACE = 2.0**-53
"""No place is below this, or above one minus this; so tails end 8.2 standard deviations from the median."""

_POINT_95 = 1.6448536269514722
"""95 % point of the standard normal distribution."""


@dataclass(frozen=True)
class Distribution:
    """A distribution that three numbers describe.

    Attributes:
        quantile: value at each place; arguments are the places, shape (member,), and the three points.
        central: what central means to it.
        above: low must be more than this.
        below: high must be less than this.
    """

    quantile: Callable[[np.ndarray, Points], np.ndarray]
    central: Literal["unused", "mode", "median"]
    above: float = -math.inf
    below: float = math.inf


def uniform(places: np.ndarray, points: Points) -> np.ndarray:
    """Return the values at ``places`` of the uniform distribution from low to high.

    Source: Johnson, Kotz and Balakrishnan, Continuous Univariate Distributions 2 (1995), chapter 26.
    """
    low, _, high = points
    return np.clip(low + places * (high - low), low, high)


def triangular(places: np.ndarray, points: Points) -> np.ndarray:
    """Return the values at ``places`` of the triangular distribution from low to high with its mode at central.

    Source: Kotz and van Dorp, Beyond Beta (2004), section 1.1.
    """
    low, mode, high = points
    width = high - low
    below = (mode - low) / width
    rising = low + width * np.sqrt(places * below)
    falling = high - width * np.sqrt((1.0 - places) * (1.0 - below))
    return np.clip(np.where(places < below, rising, falling), low, high)


def normal(places: np.ndarray, points: Points) -> np.ndarray:
    """Return the values at ``places`` of the normal distribution with these 5 %, 50 % and 95 % points, in two halves.

    Source: Johnson, Kotz and Balakrishnan, Continuous Univariate Distributions 1 (1994), chapter 13; halves as above.
    """
    low, median, high = points
    return median + _halves(places, down=median - low, up=high - median)


def lognormal(places: np.ndarray, points: Points) -> np.ndarray:
    """Return the values at ``places`` of the lognormal distribution with these 5 %, 50 % and 95 % points, in two halves.

    Source: Johnson, Kotz and Balakrishnan, Continuous Univariate Distributions 1 (1994), chapter 14; halves as above.
    """
    from scipy.special import exp2

    low, median, high = points
    return median * exp2(_halves(places, down=math.log2(median / low), up=math.log2(high / median)))


def logit_normal(places: np.ndarray, points: Points) -> np.ndarray:
    """Return the values at ``places`` of the logit-normal distribution with these 5 %, 50 % and 95 % points, in two halves.

    For shares: values stay between 0 and 1. Source: Johnson, Biometrika 36 (1949) 149-176, system S_B; Aitchison and
    Shen, Biometrika 67 (1980) 261-272; halves as above.
    """
    from scipy.special import expit

    low, median, high = (math.log(share) - math.log1p(-share) for share in points)
    return expit(median + _halves(places, down=median - low, up=high - median))


def _halves(places: np.ndarray, *, down: float, up: float) -> np.ndarray:
    """Return how far ``places`` lie from the median when the 5 % point is ``down`` below it and the 95 % point ``up`` above."""
    from scipy.special import ndtri

    standard = ndtri(places) / _POINT_95
    return standard * np.where(standard > 0.0, up, down)


DISTRIBUTIONS: Mapping[str, Distribution] = {
    "uniform": Distribution(uniform, "unused"),
    "triangular": Distribution(triangular, "mode"),
    "normal": Distribution(normal, "median"),
    "lognormal": Distribution(lognormal, "median", above=0.0),
    "logit-normal": Distribution(logit_normal, "median", above=0.0, below=1.0),
}
"""Distributions by name."""


def distribution_problems(where: str, name: str, points: tuple[float, float | None, float]) -> list[Problem]:
    """Return what is wrong with the distribution ``name`` of ``points`` (low, central, high); ``where`` begins each problem."""
    if name not in DISTRIBUTIONS:
        cure = nearest(str(name), DISTRIBUTIONS) or "use one of " + ", ".join(DISTRIBUTIONS)
        return [Problem(where, f"the distribution {name!r}", "no distribution is called so", cure)]
    rules = DISTRIBUTIONS[name]
    given: dict[str, Any] = dict(zip(("low", "central", "high"), points, strict=True))
    if rules.central == "unused":
        del given["central"]
    elif given["central"] is None:
        cure = f"give it as central, between low and high, or use {'uniform' if rules.central == 'mode' else 'triangular'}"
        return [Problem(where, "no central value", f"a {name} distribution needs its {rules.central}", cure)]
    bad = [f"{point}={value!r}" for point, value in given.items() if not _finite(value)]
    if bad:
        return [Problem(where, ", ".join(bad), "not a finite number", "write finite numbers in the unit of the constant")]
    low, high = float(given["low"]), float(given["high"])
    fault = _fault(name, (low, float(given.get("central", high)), high))
    if fault is None:
        return []
    told = ", ".join(f"{point}={float(value):g}" for point, value in given.items())
    return [Problem(where, told, *fault)]


def _fault(name: str, points: Points) -> tuple[str, str] | None:
    """Return why finite ``points`` do not make the distribution ``name``, and the cure; ``None`` if they do."""
    rules = DISTRIBUTIONS[name]
    low, central, high = points
    if rules.central == "median" and not low < central < high:
        return "the 5 % point, the median and the 95 % point must rise", "give low < central < high"
    if not low < high or not low <= central <= high:
        why = "nothing is uncertain" if low == high == central else "the points must not fall"
        asked = "low < high" if rules.central == "unused" else "low <= central <= high with low < high"
        return why, f"give {asked}, or leave this uncertainty out"
    if low <= rules.above or high >= rules.below:
        span = f"more than {rules.above:g}" + (f" and less than {rules.below:g}" if rules.below < math.inf else "")
        return f"values of a {name} distribution are {span}", f"give points {span}, or use triangular"
    if not math.isfinite(high - low) or not all(map(math.isfinite, reach(name, points))):
        return "its values pass the largest number there is", "give points closer together, or use uniform"
    return None


@lru_cache(maxsize=4096)
def reach(name: str, points: Points) -> tuple[float, float]:
    """Return the lowest and the highest value that any member can draw from the distribution ``name`` of ``points``."""
    with np.errstate(over="ignore", invalid="ignore"):
        ends = DISTRIBUTIONS[name].quantile(np.array([LEAST_PLACE, 1.0 - LEAST_PLACE]), points)
    return float(ends[0]), float(ends[1])


def _finite(value: object) -> bool:
    try:
        return isinstance(value, int | float | np.number) and not isinstance(value, bool) and math.isfinite(value)
    except OverflowError:
        return False
