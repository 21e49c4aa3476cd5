"""The shipped configs: every choice composes, says what the model file says, and names what the model has."""

import pytest

from sim import resources
from sim.config import listing, vocabulary
from sim.config.information import group_options
from sim.config.job import to_job, to_study
from sim.config.limits import physical, read_table
from sim.experiment.scenarios import Solver
from sim.model.ir import key
from sim.model.vensim import read

GROUPS = group_options()
RECOMMENDED = {"R1": 5, "R2": 3, "R3": 4, "R4": 5, "R5": 3, "R6": 3, "R7": 3}


@pytest.fixture(scope="module")
def model():
    return read(resources.model_file(vocabulary.MODEL))


@pytest.fixture(scope="module")
def default(composed):
    return composed([])


@pytest.fixture(scope="module")
def every_package(composed):
    names = ",".join(name for name in GROUPS["package"] if name != "none")
    study = to_study(composed([f"study.packages=[{names}]"]))
    return {scenario.name: scenario for scenario in study.scenarios}


def adopted(scenario):
    return {
        name.partition("[")[2][:-1]
        for name, value in scenario.parameters.items()
        if name.startswith("adopted[") and value == 1.0
    }


def test_generated_files_say_what_the_model_says():
    for path, content in listing.files().items():
        assert path.read_text(encoding="utf-8") == content, f"run python -m sim.config.listing ({path.name})"


def test_main_study(default):
    study = to_study(default)
    assert [scenario.name for scenario in study.scenarios] == [
        "baseline",
        "R1",
        "R2",
        "R3",
        "R4",
        "R5",
        "R6",
        "R7",
        "R2_R7",
        "all",
        "governance_first",
        "opening_first",
        "twin",
    ]
    assert (study.start, study.stop, study.save, study.solver) == (2010.0, 2040.0, 0.125, Solver("adaptive", None))
    assert study.scenarios[0].parameters == {}
    assert study.scenarios[-1].parameters == {"frictions present": 0.0}
    assert study.baseline == "baseline" and study.twin == "twin" and study.record is None
    assert to_job(default).warnings == ()


def test_packages_adopt_their_measures(every_package):
    everything = set()
    for name, count in RECOMMENDED.items():
        assert len(adopted(every_package[name])) == count
        assert all(measure.startswith(f"{name}_") for measure in adopted(every_package[name]))
        everything |= adopted(every_package[name])
    assert len(everything) == 26
    assert adopted(every_package["all"]) == adopted(every_package["all_2024"]) == everything
    assert adopted(every_package["R2_R7"]) == everything - adopted(every_package["R1"])
    governance, opening = adopted(every_package["governance_only"]), adopted(every_package["opening_only"])
    assert governance == {"R1_1", "R1_3", "R3_1", "R3_2", "R3_4", "R4_1", "R6_1"}
    assert opening == everything - governance
    for scenario in every_package.values():
        assert scenario.label_en != scenario.name or scenario.label_zh == scenario.label_en


def test_packages_set_their_timing(every_package):
    first, then = every_package["governance_first"].parameters, every_package["opening_first"].parameters
    assert first["start date[R7_1]"] == 2030.0 and "start date[R1_1]" not in first
    assert then["start date[R1_1]"] == 2030.0 and "start date[R7_1]" not in then
    late = [value for name, value in every_package["all_2024"].parameters.items() if name.startswith("start date")]
    assert late == [2024.5] * 26


def test_every_package_has_labels_in_both_languages(default):
    for name in GROUPS["package"]:
        content = default.loader.repository.said(f"package/{name}")
        assert content["label_en"].isascii() or "–" in content["label_en"]
        assert content["label_zh"]


@pytest.mark.parametrize(
    "choice",
    [f"{group}={name}" for group, names in GROUPS.items() for name in names if group not in ("package", "study", "ensemble")],
)
def test_every_choice_composes(choice, job):
    found = job([choice, "study=package", "package=R1"])
    assert [scenario.name for scenario in found.study.scenarios] == ["baseline", "R1", "twin"]
    assert all("another edition of the model" in warning for warning in found.warnings)


def test_every_study_composes(job):
    for name in GROUPS["study"]:
        chosen = ["package=R3"] if name != "calibration" else []
        assert job([f"study={name}", *chosen]).study.name == name


def test_tables_are_the_models_own(default, model):
    tables = {**vocabulary.TENSIONS, "pandemic": vocabulary.PANDEMIC}
    for name, table in tables.items():
        points = default.config["world"][name]["points"]
        found = model.find(table).equations[0].value
        assert [tuple(point) for point in points] == list(zip(found.xs, found.ys, strict=True))


def test_geopolitics_part_from_the_baseline_in_the_future_only(default):
    usual = default.loader.repository.said("world/geopolitics/baseline")
    for name in GROUPS["world/geopolitics"]:
        other = default.loader.repository.said(f"world/geopolitics/{name}")
        for path in vocabulary.TENSIONS:
            past = [point for point in usual[path]["points"] if point[0] <= 2026]
            assert [point for point in other[path]["points"] if point[0] <= 2026] == past


def test_decoupling_reaches_one_and_is_a_table_of_the_scenario(composed):
    study = to_study(composed(["world/geopolitics=decoupling", "study=package", "package=R3"]))
    for scenario in study.scenarios:
        assert (2028.0, 1.0) in scenario.parameters["tension US table"]
        assert "tension EUR table" not in scenario.parameters


def test_every_name_of_a_scenario_is_the_models(every_package, model, composed):
    overrides = [
        "study=package",
        "package=R1",
        "world/geopolitics=widening",
        "world.border_data=0.5",
        "parameters.adoption_time.rest=3",
        "parameters.effect_of_r2_1_on_internal_steps=0.4",
    ]
    more = to_study(composed(overrides)).scenarios[1].parameters
    assert {"adoption time[rest]", "effect of R2_1 on internal steps", "border data"} <= set(more)
    for name in [*more, *(name for scenario in every_package.values() for name in scenario.parameters)]:
        assert name.partition("[")[0] in model.variables


def test_every_constant_has_one_key(default, model):
    keys = {key(name) for name, variable in model.variables.items() if variable.kind == "constant"}
    own = {key(name) for name in vocabulary.NOT_PARAMETERS}
    assert set(default.shipped["parameters"]) == keys - own and own <= keys
    table = read_table(resources.model_file(vocabulary.MODEL).parent / "parameters.csv")
    assert {name.partition("[")[0] for name in table} - own == keys - own


def test_the_parameter_table_lies_within_physical_limits():
    table = read_table(resources.model_file(vocabulary.MODEL).parent / "parameters.csv")
    for name, known in table.items():
        limits = physical(known, table)
        for value in (known.low, known.central, known.high):
            if value is not None:
                inside = limits.low <= value <= limits.high and value > limits.above
                assert inside or value == 0 == limits.above, (name, value, limits)


def test_shares_and_durations_are_known_as_such():
    table = read_table(resources.model_file(vocabulary.MODEL).parent / "parameters.csv")
    for name in (
        "share_delegated",
        "rule_clarity_data",
        "dilution",
        "imitation",
        "tax_wedge",
        "remote_work_share",
        "service_coverage_general",
        "effect_of_r1_2_on_permit_time",
        "accept_share",
    ):
        limits = physical(table[name], table)
        assert (limits.low, limits.high) == (0, 1), name
    for name in ("permit_time", "rule_making_time", "tie_lifetime"):
        assert physical(table[name], table).above == 0
    assert physical(table["substitution_exponent"], table).low < -4


def test_labels_are_those_of_the_figures(every_package, default):
    from sim.show.words import load

    home = resources.model_file(vocabulary.MODEL).parent
    for scenario in (*every_package.values(), *to_study(default).scenarios):
        for language, label in (("en", scenario.label_en), ("zh", scenario.label_zh)):
            assert label == load(home, language)("scenario", scenario.name), f"names.csv and {scenario.name} disagree"
