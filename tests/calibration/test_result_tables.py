"""Tables in one labelled file, there and back again."""

import numpy as np
import pytest

from sim.errors import ThroughflowError
from sim.results import load_netcdf, save_netcdf
from sim.results.tables import pack, table

TABLES = {
    "targets": {"target": ["co_papers", "论文"], "n_fit": [9, 0], "scale_q50": [1.0, 0.25]},
    "fit": {
        "period": np.array(["fit", "hold-out", ""]),
        "r2": np.array([0.5, np.nan, -3.0]),
        "at_bound": np.array([True, False, True]),
    },
}


@pytest.fixture
def stored(tmp_path):
    save_netcdf(pack(TABLES, {"kind": "calibration", "fit": [2010, 2018], "model": "m"}), tmp_path / "results.nc")
    return load_netcdf(tmp_path / "results.nc")


@pytest.mark.parametrize("name", TABLES)
def test_tables_come_back_as_they_were(stored, name):
    found = table(stored, name)
    assert list(found) == list(TABLES[name])
    for column, values in TABLES[name].items():
        told = np.asarray(values)
        if told.dtype.kind == "f":
            np.testing.assert_array_equal(found[column], told)
        else:
            assert found[column].tolist() == told.tolist(), column
            assert told.dtype.kind == "U" or found[column].dtype == told.dtype


def test_attributes_come_back(stored):
    assert stored.attrs["kind"] == "calibration" and list(stored.attrs["fit"]) == [2010, 2018]


def test_columns_of_unequal_lengths_are_refused():
    with pytest.raises(ThroughflowError) as refused:
        pack({"fit": {"target": ["a", "b"], "n": [1]}}, {})
    problem = refused.value.problems[0]
    assert problem.where == "table fit" and "target (2,), n (1,)" in problem.what


def test_a_table_that_is_not_there_is_refused(stored):
    with pytest.raises(ThroughflowError) as refused:
        table(stored, "target")
    problem = refused.value.problems[0]
    assert "no such table" in problem.why and "targets" in problem.cure
