"""Each folder here is a test: a model, what it must give with Euler at its own step, and where that comes from.

``expected.csv`` holds hand-computed values or documented semantics (``README.md`` says which); ``pysd_differs.csv``, where
there is one, names the variables on which PySD 3.14.3 departs from them, with the reason (``*`` is the whole model).
"""

import csv
import shutil
import warnings
from pathlib import Path

import numpy as np
import pytest

import sim
from sim.model.expansion import EXPANSIONS
from sim.model.expressions import Apply, walk
from sim.model.functions import FUNCTIONS
from sim.model.ir import key
from sim.model.unit_check import check_units, unchecked

from ..oracle.pysd_frames import AGREEMENT, differences, run_pysd

HERE = Path(__file__).resolve().parent
CASES = sorted(path.parent for path in HERE.glob("*/model.mdl"))
ROUNDING = 1e-12
"""Share of the largest value by which a sum in another order may differ."""


def rows(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.reader(stream))


def series(dataset, label: str) -> np.ndarray:
    """Return ``name[element,...]`` of ``dataset`` at every stored time."""
    name, _, rest = label.partition("[") if label not in dataset else (label, "", "")
    values = dataset[name]
    for dim, element in zip([dim for dim in values.dims if dim != "time"], rest.rstrip("]").split(","), strict=False):
        values = values.sel({dim: element})
    return np.broadcast_to(values.values, (dataset.sizes["time"],))


def made(variable) -> bool:
    """Tell whether the reader made ``variable`` for a call (a level of a delay, say): the file does not name it."""
    return variable.documentation.startswith("Made for ")


def test_there_are_cases():
    assert len(CASES) >= 30


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_expected_values(case):
    assert (case / "README.md").read_text(encoding="utf-8").strip(), "say where the expected values come from"
    header, *lines = rows(case / "expected.csv")
    expected = np.array(lines, dtype=float)
    dataset = sim.simulate(sim.read(case / "model.mdl"), method="euler")
    np.testing.assert_allclose(dataset["time"].values, expected[:, 0], rtol=0, atol=0)
    assert len(header) > 1
    for position, label in enumerate(header[1:], 1):
        found, wanted = series(dataset, label), expected[:, position]
        allowed = ROUNDING * max(float(np.max(np.abs(wanted))), 1.0)
        assert np.max(np.abs(found - wanted)) <= allowed, f"{label}: {found} instead of {wanted}"


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_adaptive_agrees_where_it_should(case):
    """Without stocks nothing is integrated: both kinds of method see the same equations at the same times.

    On edges that lie between grid points a fixed step decides by half a step (Vensim's rule) and an adaptive run exactly.
    """
    model = sim.read(case / "model.mdl")
    if any(variable.kind == "stock" for variable in model.variables.values()):
        pytest.skip("a stock is integrated")
    fixed, adaptive = sim.simulate(model, method="euler"), sim.simulate(model, method="adaptive")
    assert adaptive.attrs["integration_error"] == 0
    for name in fixed.data_vars:
        np.testing.assert_allclose(adaptive[name].values, fixed[name].values, rtol=1e-14, atol=1e-14)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_pysd_agrees(case, tmp_path):
    differs = dict(rows(case / "pysd_differs.csv")[1:]) if (case / "pysd_differs.csv").is_file() else {}
    assert all(differs.values()), "say why PySD differs"
    model = sim.read(case / "model.mdl")
    assert {key(name) for name in differs} <= {"*", *model.by_key}
    if "*" in differs:
        pytest.skip(differs["*"])
    copy = Path(shutil.copy(case / "model.mdl", tmp_path / f"{case.name}.mdl"))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        frame, names = run_pysd(copy, leave_out=differs)
    dataset = sim.simulate(model, method="euler")
    worst, compared = differences(dataset, frame, names)
    wanted = {name for name, variable in model.variables.items() if variable.kind != "table" and not made(variable)}
    assert set(compared) == wanted - {model.by_key[key(name)] for name in differs}
    assert worst[0] <= AGREEMENT


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_units_give_no_false_alarm(case):
    model = sim.read(case / "model.mdl")
    assert check_units(model) == ()
    assert set(unchecked(model)) <= {"unitless"}, "a conformance model states its units, or the check says nothing"


def test_every_function_has_a_case():
    used, expanded = set(), set()
    for case in CASES:
        model = sim.read(case / "model.mdl")
        expanded |= {note.partition(" in ")[0].lower() for note in model.notes if " is expanded into " in note}
        for variable in model.variables.values():
            for equation in variable.equations:
                for side in (equation.value, equation.initial):
                    if side is not None and variable.kind != "table":
                        used |= {node.function for node in walk(side) if isinstance(node, Apply)}
    assert set(FUNCTIONS) - used == set()
    assert set(EXPANSIONS) - expanded == set()
