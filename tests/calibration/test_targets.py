"""Reading targets and priors: the shipped tables, and what is wrong with others told with where, why and how to mend it."""

import csv
import shutil

import numpy as np
import pytest

from sim import resources
from sim.config import vocabulary
from sim.errors import ThroughflowError
from sim.experiment.targets import COVERAGE, read_priors, read_targets

HOME = resources.model_file(vocabulary.MODEL).parent
WINDOWS = {"fit": (2010, 2018), "hold_out": (2019, 2022), "start": 2010.0}


def rows(path):
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def write(path, table):
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, list(table[0]))
        writer.writeheader()
        writer.writerows(table)


class Copy:
    """A copy of the shipped tables to spoil."""

    def __init__(self, folder):
        self.folder = folder
        for part in ("calibration", "series"):
            (folder / part).mkdir()
        for name in ("calibration/targets.csv", "calibration/priors.csv", "series/observations.csv"):
            shutil.copy(HOME / name, folder / name)

    def change(self, name, chosen, **new):
        """Change the rows of a table whose cells are as ``chosen`` says."""
        path = self.folder / name
        table = rows(path)
        for row in table:
            if all(row[key] == value for key, value in chosen.items()):
                row.update(new)
        write(path, table)

    def targets(self, **windows):
        return {target.name: target for target in read_targets(self.folder, **WINDOWS | windows)}


@pytest.fixture
def copy(tmp_path):
    return Copy(tmp_path)


@pytest.fixture(scope="module")
def shipped():
    return {target.name: target for target in read_targets(HOME, **WINDOWS)}


def refused(act):
    with pytest.raises(ThroughflowError) as error:
        act()
    problem = error.value.problems[0]
    assert problem.where and problem.what and problem.why and problem.cure
    return problem


def test_shipped_targets_are_those_of_the_table(shipped):
    table = {row["target"]: row for row in rows(HOME / "calibration" / "targets.csv")}
    assert list(shipped) == list(table)
    observed = {(row["series_id"], row["geography"], float(row["year"])): row for row in rows(HOME / "series/observations.csv")}
    for name, target in shipped.items():
        row = table[name]
        assert target.role == row["role"] and target.labels == (row["label_en"], row["label_zh"])
        assert (np.diff(target.series.years) > 0).all() and (target.series.values > 0).all()
        assert len(target.grades) == len(target.sources) == target.series.years.size
        for year, value in zip(target.series.years, target.series.values, strict=True):
            own = [observed[row["series_id"], place.strip(), year] for place in row["geographies"].split(";")]
            assert value == pytest.approx(sum(float(each["value"]) for each in own) / float(row["divisor"]), rel=1e-12)


def test_windows_part_fitted_from_held_out(shipped):
    for name, target in shipped.items():
        years, fitted = target.series.years, target.series.fitted
        if target.role == "check":
            assert not fitted.any() and years.min() >= 2010 and years.max() <= 2022, name
        else:
            assert (years[fitted] <= 2018).all() and (years[~fitted] >= 2019).all() and years.max() <= 2022, name
            assert fitted.any() and (~fitted).any(), name
    assert shipped["scholars_in"].series.years.tolist() == list(range(2011, 2021)), "its own windows are narrower"


def test_no_weak_figure_is_fitted(shipped):
    for target in shipped.values():
        if target.role != "check":
            assert "C" not in target.grades, target.name
            assert target.series.error > 0


def test_context_lies_before_the_start_only(shipped):
    assert any(target.context for target in shipped.values())
    for target in shipped.values():
        assert all(year < 2010 for year, _ in target.context)


def test_a_sum_over_places_needs_every_place(copy):
    before = copy.targets()["share_eur"]
    chosen = {"series_id": "collab.copub_pair_share_other", "geography": "CHN-FRA", "year": "2020"}
    copy.change("series/observations.csv", chosen, geography="CHN-ITA")
    after = copy.targets()["share_eur"]
    assert 2020 in before.series.years and 2020 not in after.series.years and after.series.years.size > 1
    copy.change("series/observations.csv", chosen | {"geography": "CHN-ITA"}, geography="CHN-DEU")
    assert 2020 not in copy.targets()["share_eur"].series.years, "two values of one place are not two places"


def test_values_from_memory_are_never_read(copy):
    chosen = {"series_id": "collab.articles_intl", "geography": "CHN"}
    copy.change("series/observations.csv", chosen | {"year": "2015"}, source_id="recalled_verify", value="1")
    assert copy.targets()["co_papers"].series.years.tolist() == [year for year in range(2010, 2023) if year != 2015]


def test_fit_windows_are_narrowed_never_widened(copy):
    told = copy.targets(fit=(2012, 2016), hold_out=(2018, 2019))
    years, fitted = told["co_papers"].series.years, told["co_papers"].series.fitted
    assert years[fitted].tolist() == list(range(2012, 2017)) and years[~fitted].tolist() == [2019]
    assert not told.get("share_us") or not told["share_us"].series.fitted.any()


def test_fixed_scale_is_no_unknown_but_counts(copy):
    copy.change("calibration/targets.csv", {"target": "scholars"}, scale_low="1.3", scale_high="1.3")
    series = copy.targets()["scholars"].series
    assert series.scale == "" and series.scale_points == (1.3, 1.3, 1.3)


@pytest.mark.parametrize(
    ("target", "new", "what"),
    [
        ("co_papers", {"role": "fited"}, "'fited'"),
        ("co_papers", {"divisor": "many"}, "many"),
        ("co_papers", {"divisor": "0"}, "zero"),
        ("co_papers", {"fit_last": ""}, "float"),
        ("co_papers", {"lag": "half"}, "half"),
        ("co_papers", {"error": ""}, "error 0"),
        ("co_papers", {"error": "nan"}, "error nan"),
        ("co_papers", {"memory": "-1"}, "memory -1"),
        ("scholars", {"scale_low": "2"}, "do not fall"),
        ("scholars", {"scale_low": "0"}, "above 0"),
        ("scholars_in", {"scale_low": "0.3"}, "another range of scholars per move"),
    ],
)
def test_rows_that_cannot_be_read_are_refused(copy, target, new, what):
    copy.change("calibration/targets.csv", {"target": target}, **new)
    problem = refused(copy.targets)
    assert target in problem.where and "targets.csv" in problem.where and what in problem.what


@pytest.mark.parametrize("value", ["-5", "0", "nan", "inf"])
def test_values_without_a_logarithm_are_refused(copy, value):
    copy.change("series/observations.csv", {"series_id": "collab.articles_intl", "year": "2015"}, value=value)
    problem = refused(copy.targets)
    assert problem.where == "co_papers in 2015" and "logarithm" in problem.why


def test_nothing_left_to_fit_is_refused(copy):
    problem = refused(lambda: copy.targets(fit=(2003, 2005)))
    assert "nothing is left to fit in 2003 to 2005" in problem.why
    for name in {row["target"] for row in rows(HOME / "calibration" / "targets.csv") if row["role"] == "fitted"}:
        copy.change("calibration/targets.csv", {"target": name}, role="check")
    assert "nothing is left to fit" in refused(copy.targets).why, "a quotient of nothing fitted is no fit"


@pytest.mark.parametrize("name", ["calibration/targets.csv", "calibration/priors.csv", "series/observations.csv"])
def test_missing_tables_are_refused(copy, name):
    (copy.folder / name).unlink()
    problem = refused(lambda: (read_priors(copy.folder), copy.targets()))
    assert problem.where.endswith(name.rpartition("/")[2]) and problem.what == "no such file"


def test_shipped_priors_are_those_of_the_table():
    priors, table = read_priors(HOME), rows(HOME / "calibration" / "priors.csv")
    assert [each.uncertainty.name for each in priors] == [row["name"] for row in table]
    assert [each.uncertainty.low for each in priors] == [float(row["low"]) for row in table]
    assert [each.uncertainty.name for each in priors if not each.uncertainty.targets] == [COVERAGE]


@pytest.mark.parametrize(
    ("new", "what"),
    [
        ({"low": "low"}, "could not convert"),
        ({"low": "nan"}, "nan"),
        ({"high": "0.01"}, "high=0.01"),
        ({"distribution": "log normal"}, "log normal"),
    ],
)
def test_priors_that_are_none_are_refused(copy, new, what):
    copy.change("calibration/priors.csv", {"name": "propensity scale"}, **new)
    problem = refused(lambda: read_priors(copy.folder))
    assert "propensity scale" in problem.where and what in problem.what
