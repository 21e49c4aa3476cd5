"""Tables beside the flagship that its calibration reads: complete, in the model's units, and true to what they repeat."""

import csv
import json
import math

import numpy as np
import pytest

from sim import resources
from sim.config import vocabulary
from sim.config.limits import read_table
from sim.config.uncertainty import by_rule, config_name, target_of
from sim.experiment.batch import Plan, prepare
from sim.experiment.distributions import distribution_problems
from sim.model.vensim import read

PATH = resources.model_file(vocabulary.MODEL)
HOME = PATH.parent
LEVERS = set(vocabulary.MEASURE_FIELDS.values()) - {"scale up delay"}
FREE = {"exponent", "elasticity", "slope", "gain"}
RELATIVE = 0.3
"""Half the width of a range that nobody was asked about, relative to its middle."""


def rows(name):
    with (HOME / name).open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def listed(text):
    return [each.strip() for each in text.split(";") if each.strip()]


def base(name):
    return name.partition("[")[0]


PRIORS = {row["name"]: row for row in rows("calibration/priors.csv")}
HELD = {row["name"]: row["reason"] for row in rows("calibration/held.csv")}
EVIDENCE = {row["evidence"]: row for row in rows("calibration/evidence.csv")}
TARGETS = {row["target"]: row for row in rows("calibration/targets.csv")}
OBSERVED = rows("series/observations.csv")
TABLE = {known.name: known for known in read_table(HOME / "parameters.csv").values()}


@pytest.fixture(scope="module")
def model():
    return read(PATH)


def points(row):
    return tuple(float(row[point]) for point in ("low", "central", "high"))


def plus_or_minus(known, law):
    """Return the range of a constant that nobody was asked about; of a share near one, of its distance to one."""
    low, high = (1 - RELATIVE) * known.central, (1 + RELATIVE) * known.central
    if law == "logit-normal" and high >= 1:
        return 1 - (1 + RELATIVE) * (1 - known.central), 1 - (1 - RELATIVE) * (1 - known.central)
    return low, high


def test_every_constant_is_uncertain_or_held_or_a_lever(model):
    settable = {variable.name for variable in model.variables.values() if variable.kind == "constant" and variable.settable}
    drawn = [target for row in PRIORS.values() for target in listed(row["targets"])]
    names = drawn + list(HELD) + [name for name in TABLE if base(name) in LEVERS]
    assert len(names) == len(set(names)), "a constant is in two places"
    assert {base(name) for name in names} == settable
    for variable in (model.find(name) for name in sorted(settable - LEVERS)):
        elements = {name.partition("[")[2].rstrip("]") for name in drawn + list(HELD) if base(name) == variable.name}
        assert elements == {""} or elements == {", ".join(each) for each in model.elements(variable)}, variable.name
    assert all(HELD.values())


def test_priors_can_be_drawn_and_have_the_units_of_the_model(model):
    for name, row in PRIORS.items():
        assert not distribution_problems(name, row["distribution"], points(row))
        assert row["origin"] in ("elicited", "assumed", "evidence", "refitted")
        targets = listed(row["targets"])
        assert targets or row["origin"] == "evidence"
        for target in targets:
            assert model.find(base(target)).units == row["unit"], target
        if targets:
            known = TABLE[name]
            assert targets == [target_of(name), *vocabulary.MOVE_TOGETHER.get(name, ())]
            assert row["basis"] == known.basis and row["unit"] == known.unit


def test_ranges_are_those_of_their_origin():
    for name, row in PRIORS.items():
        known, (low, central, high) = TABLE.get(name), points(row)
        if row["origin"] == "elicited":
            usual = by_rule(known, {config_name(each): one for each, one in TABLE.items()})
            assert (row["distribution"], low, central, high) == (usual.distribution, usual.low, usual.central, usual.high)
        elif known is not None and (row["origin"] == "assumed" or " at start" in name):
            assert not known.ranged and central == known.central
            assert (low, high) == pytest.approx(plus_or_minus(known, row["distribution"]), rel=1e-9), name
            share = row["unit"] == "dmnl" and central < 1 and not FREE & set(base(name).split())
            assert row["distribution"] == ("logit-normal" if share else "lognormal"), name
        else:
            assert row["note"], f"{name}: why is not said"
            if known is not None and "replaced" not in row["note"]:
                assert central == known.central, f"{name}: the median is the design's unless evidence replaces it"


def test_evidence_is_decided_upon_and_said_where_it_acts():
    for name, row in PRIORS.items():
        for each in listed(row["evidence"]):
            assert name in listed(EVIDENCE[each]["parameters"]), f"{name}: {each}"
    for name, row in EVIDENCE.items():
        decision, _, why = row["decision"].partition(": ")
        assert decision in ("agrees", "kept", "widened", "replaced", "not used") and why, name
        assert row["title"] and row["licence"] and row["grade"] in "ABC"
        if row["parameters"].startswith("none: "):
            assert decision == "not used"
            continue
        named = listed(row["parameters"])
        known = {*map(base, (*PRIORS, *HELD)), "pandemic gate table", "scholars per move"}
        assert {base(each) for each in named} <= known, name
        if decision in ("widened", "replaced"):
            moved = [each for each in named if each in PRIORS and name in listed(PRIORS[each]["evidence"])]
            assert moved, name
            weak = row["grade"] == "C"
            assert not (weak and decision == "replaced"), f"{name}: weak evidence may widen only"
        if row["converted_low"]:
            assert float(row["converted_low"]) <= float(row["converted_central"]) <= float(row["converted_high"])


def test_evidence_never_narrows_an_elicited_range():
    for name, row in PRIORS.items():
        known = TABLE.get(name)
        if row["origin"] == "evidence" and known is not None and known.central and "replaced" not in row["note"]:
            usual = (known.low, known.high) if known.ranged else plus_or_minus(known, row["distribution"])
            low, _, high = points(row)
            assert low <= usual[0] * (1 + 1e-9) and high >= usual[1] * (1 - 1e-9), name


def test_targets_name_series_and_variables(model):
    for name, row in TARGETS.items():
        series = [
            each
            for each in OBSERVED
            if each["series_id"] == row["series_id"] and each["geography"] in listed(row["geographies"])
        ]
        assert {each["geography"] for each in series} == set(listed(row["geographies"])), name
        assert {each["unit"] for each in series} == {row["unit"]}, name
        assert not {each["source_id"] for each in series} & {"recalled_verify", "assumption"}
        units = {model.find(base(term)).units for part in ("terms", "denominator") for term in row[part].split(" + ") if term}
        assert len(units) == 1, f"{name}: {units}"
        for term in row["terms"].split(" + "):
            element = term.partition("[")[2].rstrip("]")
            assert not element or (element,) in model.elements(model.find(base(term)))
        assert row["note"] and row["label_en"] and row["label_zh"] and row["reading"] == "mean of the year"


def test_what_is_fitted_has_an_error_and_no_weak_value():
    for name, row in TARGETS.items():
        years = {int(each["year"]) for each in OBSERVED if each["series_id"] == row["series_id"]}
        if row["role"] == "check":
            assert not row["fit_first"] and int(row["base_year"]) in years, name
            continue
        assert 0 < float(row["error"]) < 0.2 and float(row["memory"]) > 0
        assert 2010 + int(row["lag"]) <= int(row["fit_first"]) <= int(row["fit_last"]) <= 2018 < int(row["hold_first"])
        assert {int(row["fit_first"]), int(row["fit_last"]), int(row["hold_last"])} <= years
        fitted = [each for each in OBSERVED if each["series_id"] == row["series_id"] and float(each["year"]) >= 2010]
        assert all(each["quality"] in "AB" for each in fitted), name
        low, central, high = (float(row[f"scale_{point}"]) for point in ("low", "central", "high"))
        assert low < central < high or low == central == high == 1


def test_rows_that_share_a_scale_agree_on_it():
    for scale in {row["scale"] for row in TARGETS.values()}:
        told = {
            (row["scale_low"], row["scale_central"], row["scale_high"]) for row in TARGETS.values() if row["scale"] == scale
        }
        assert len(told) == 1, scale


def test_the_share_is_the_quotient_of_the_counts():
    value = {(each["series_id"], each["year"], each["geography"]): float(each["value"]) for each in OBSERVED}
    for (series, year, place), share in value.items():
        if series == "collab.intl_copub_share_scopus":
            counts = [value[f"collab.articles_{kind}", year, place] for kind in ("intl", "total")]
            assert share / 100 == pytest.approx(counts[0] / counts[1], rel=1e-4)
    errors = [float(TARGETS[name]["error"]) for name in ("co_papers", "all_papers", "share_international")]
    assert errors[2] == pytest.approx(math.hypot(*errors[:2]), abs=1e-3)


def test_packages_describe_every_column_and_series():
    package = json.loads((HOME / "calibration" / "datapackage.json").read_text(encoding="utf-8"))
    for resource in package["resources"]:
        if "schema" in resource:
            with (HOME / "calibration" / resource["path"]).open(encoding="utf-8", newline="") as stream:
                header = next(csv.reader(stream))
            assert [field["name"] for field in resource["schema"]["fields"]] == header, resource["name"]
    described = {
        entry["name"]: entry for entry in json.loads((HOME / "series" / "datapackage.json").read_text("utf-8"))["series"]
    }
    for name, entry in described.items():
        mine = [row for row in OBSERVED if row["series_id"] == name]
        assert entry["years"] == [min(int(float(row["year"])) for row in mine), max(int(float(row["year"])) for row in mine)]
        assert entry["grade"] == sorted({row["quality"] for row in mine}) and entry["caution"] and entry["title_zh"]
        assert {source["id"] for source in entry["sources"]} == {row["source_id"] for row in mine}
        assert {row["unit"] for row in mine} == {entry["unit"]}


def test_what_reaches_the_data_is_marked(model):
    """Each prior is put at its low and its high point, all others at their median; a fitted variable moves or does not."""
    drawn = [row for row in PRIORS.values() if row["targets"]]
    varied = [(number, target) for number, row in enumerate(drawn) for target in listed(row["targets"])]
    values = np.array([[float(drawn[number]["central"])] * (1 + 2 * len(drawn)) for number, _ in varied])
    for at, (number, _) in enumerate(varied):
        values[at, 1 + 2 * number], values[at, 2 + 2 * number] = float(drawn[number]["low"]), float(drawn[number]["high"])
    fitted = [row for row in TARGETS.values() if row["role"] == "fitted"]
    record = {base(term) for row in fitted for part in ("terms", "denominator") for term in row[part].split(" + ") if term}
    plan = Plan(
        model, tuple(target for _, target in varied), tuple(sorted(record)), "rk4", 1 / 32, 2010.0, 2023.0, 0.5, dtype="float64"
    )
    found = prepare(plan).run(values, {}, threads=1).values
    moved = (found != found[:, :, :1]).any(axis=(0, 1))[1:].reshape(-1, 2).any(axis=1)
    assert {row["name"]: row["reaches_data"] == "yes" for row in drawn} == dict(
        zip((row["name"] for row in drawn), moved, strict=True)
    )
