"""Every parameter with a range, at each end, in the base run and under all seven: nothing breaks."""

import numpy as np
import pytest

from .bounds import offences
from .support import FOLDER, Batch, labels, table
from .variants import SINCE, adopt, recommended


def extremes(package):
    """Return one variant for each end of each range in the parameter table."""
    found = {}
    for row in table("parameters.csv", FOLDER):
        for end in ("low", "high"):
            if row[end] and float(row[end]) != float(row["central"]):
                found[f"{row['name']} {end}"] = package | dict.fromkeys(labels(row["name"]), float(row[end]))
    return found


@pytest.mark.slow
@pytest.mark.parametrize("package", ["base", "all seven"])
def test_each_parameter_at_each_end(package):
    """No negative stock, every fraction in [0, 1], delays positive, fit bounded, everything finite, at every year.

    Under all seven every one of them moves the model, but for the effects of measures that have no force yet.
    """
    common = adopt(recommended()) if package == "all seven" else {}
    variants = {"central": common} | extremes(common)
    batch = Batch(variants)
    assert len(variants) > 300
    assert offences(batch) == []
    if package == "all seven":
        still = [name for at, name in enumerate(batch.names) if np.array_equal(batch.states[-1, :, at], batch.states[-1, :, 0])]
        assert still[0] == "central"
        assert all(name.startswith(tuple(f"effect of {measure} on" for measure in SINCE)) for name in still[1:]), still
