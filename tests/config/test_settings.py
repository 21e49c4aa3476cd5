"""What overrides do to the domain objects."""

from pathlib import Path


def scenarios(job):
    return {scenario.name: scenario for scenario in job.study.scenarios}


def test_the_example_of_the_readme(job):
    found_job = job(["study=recommendations", "measures.R3_1.start=2028", "horizon.stop=2045"])
    found = scenarios(found_job)
    assert found_job.study.stop == 2045.0
    assert found["R3"].parameters["start date[R3_1]"] == 2028.0
    assert found["governance_first"].parameters["start date[R3_1]"] == 2028.0, "the user's start wins over the package's"
    assert found["governance_first"].parameters["start date[R7_1]"] == 2030.0
    assert not any("R3_1" in name for name in found["R1"].parameters)
    assert len(found_job.warnings) == 1 and "2040" in found_job.warnings[0]


def test_levers_reach_the_model(job):
    found_job = job(
        [
            "study=package",
            "package=R3",
            "measures.R3_3.mode=national",
            "measures.R3_3.ramp=2",
            "measures.R3_3.scale_up_delay=7",
            "measures.R3_3.intensity=0.5",
        ]
    )
    assert scenarios(found_job)["R3"].parameters == {
        **{f"adopted[R3_{number}]": 1.0 for number in (1, 2, 3, 4)},
        "ramp length[R3_3]": 2.0,
        "intensity[R3_3]": 0.5,
        "mode[R3_3]": 1.0,
        "scale up delay[R3_3]": 7.0,
    }


def test_an_active_measure_is_adopted_beside_the_baseline(job):
    found = scenarios(job(["study=package", "package=R3", "measures.R1_1.active=true"]))
    assert found["R3"].parameters["adopted[R1_1]"] == 1.0
    assert found["R3"].label_en.endswith("+ R1_1")
    assert "adopted[R1_1]" not in found["baseline"].parameters
    assert "adopted[R1_1]" not in found["twin"].parameters
    alone = scenarios(job(["study=package", "package=none", "measures.R1_1.active=true"]))
    assert alone["none"].parameters == {"adopted[R1_1]": 1.0}


def test_measures_on_the_books_change_every_scenario(job):
    found = scenarios(job(["study=package", "package=R3", "measures.E3.active=false", "measures.E8.intensity=1"]))
    for scenario in found.values():
        assert scenario.parameters["adopted[E3]"] == 0.0
        assert scenario.parameters["intensity[E8]"] == 1.0


def test_only_changed_parameters_are_set(job):
    found_job = job(
        [
            "study=package",
            "package=R3",
            "parameters.rule_making_time=2",
            "parameters.share_of_trips_by_partner.US=0.5",
            "parameters.dilution=0.3",
        ]
    )
    assert scenarios(found_job)["baseline"].parameters == {"share of trips by partner[US]": 0.5, "dilution": 0.3}
    assert found_job.warnings == ()


def test_borders_and_scale(job):
    found_job = job(
        ["study=package", "package=R3", "world.border_people=0", "world.tension_US.scale=0.5", "world/pandemic=none"]
    )
    parameters = scenarios(found_job)["baseline"].parameters
    assert parameters["border people"] == 0.0
    assert parameters["tension scale[US]"] == 0.5 and "tension US table" not in parameters
    assert parameters["pandemic gate table"] == ((2010.0, 1.0), (2041.0, 1.0))


def test_solver_and_figures_and_output(job):
    found_job = job(
        [
            "solver=rk4",
            "solver.step=0.015625",
            "figure=none",
            "output.folder=here/it is",
            "output.replace=true",
            "study.record=[Ties]",
        ]
    )
    assert (found_job.study.solver.method, found_job.study.solver.step) == ("rk4", 0.015625)
    assert found_job.figures.names == () and found_job.output.replace and found_job.output.folder == Path("here/it is")
    assert found_job.study.record == ("Ties",)


def test_package_measures_can_be_written_on_the_command_line(job):
    found = scenarios(job(["study=package", "package.measures=[R3_1,{of: [R1_1], start: 2031}]"]))
    assert found["none"].parameters == {"adopted[R3_1]": 1.0, "adopted[R1_1]": 1.0, "start date[R1_1]": 2031.0}


def test_combinations_of_packages(job):
    found = scenarios(job(["study=packages"]))
    assert len(found) == 128 and list(found)[:3] == ["baseline", "R1", "R2"] and list(found)[8:10] == ["R2_R7", "all"]
    assert "R1.R2.R3.R4.R5.R6.R7" not in found and found["all"].label_en == "All seven"
    assert found["R1.R3"].label_en == "R1 + R3" and found["R1"].label_zh == "R1 统筹协同与立法"
    both = dict(found["R1"].parameters) | dict(found["R3"].parameters)
    assert found["R1.R3"].parameters == both
    assert len({tuple(sorted(scenario.parameters)) for scenario in found.values()}) == 128


def test_combinations_keep_the_timing_of_their_packages(job):
    found = scenarios(
        job(["study=packages", "study.packages={combinations: [R1, R2], listed: [R1]}", "measures.R1_1.start=2029"])
    )
    assert list(found) == ["baseline", "R1", "R2", "R1.R2"]
    assert found["R1.R2"].parameters["start date[R1_1]"] == 2029.0


def test_identity_is_the_experiments(job):
    first = job(["study=package", "package=R1"])
    same = job(["study=package", "package=R1", "figure=none", "output.folder=elsewhere", "measures.R7_1.start=2030"])
    other = job(["study=package", "package=R1", "measures.R1_1.start=2030"])
    assert first.identity == same.identity != other.identity
    assert first.output.folder == Path("results") / f"package-{first.identity[:8]}"


def test_the_resolved_config_says_everything(job):
    found_job = job(["study=package", "package=R1", "measures.R1_1.start=2031"])
    assert "# throughflow run study=package package=R1" in found_job.text
    assert "start: 2031" in found_job.text and "#   start date[R1_1]: 2031.0" in found_job.text and "统筹协同" in found_job.text


def test_a_package_alone_means_the_study_of_one_package(job):
    assert job(["package=R3"]).study.name == "package"
    assert job(["package=R3", "study=recommendations"]).study.name == "recommendations"
    assert job(["package=R3", "study.packages=[R1]"]).study.name == "recommendations"


def test_settings_that_nothing_uses_are_told(job):
    found_job = job(
        [
            "package=R3",
            "measures.E9.intensity=0.5",
            "solver.step=0.01",
            "figure=none",
            "figure.folder=f",
            "parameters.dilution=0.9",
            "study.packages=[R1]",
            "measures.R3_1.start=2028",
        ]
    )
    told = "\n".join(found_job.warnings)
    assert "measures.R3_1.start is not used: nothing in this study adopts R3_1" in told
    assert "package=R3 is not used" in told
    assert "solver.step" in told and "figure.folder" in told
    assert "parameters.dilution=0.9 lies outside its plausible range, 0.2 to 0.7" in told
    assert "E9" not in told
    assert len(found_job.warnings) == 5


def test_a_package_that_adds_nothing_and_late_measures_are_told(job):
    assert any("changes nothing" in warning for warning in job(["study=package"]).warnings)
    told = job(["study=package", "package=R1", "horizon.stop=2026"]).warnings
    assert any("never act" in warning and "R1_1" in warning for warning in told)
