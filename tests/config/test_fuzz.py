"""Random overrides: a study or a refusal, never anything else."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sim.config.job import Job, read_job
from sim.config.sweep import MOST_JOBS, SWEEPERS, expand
from sim.errors import ThroughflowError, report

KEYS = st.sampled_from(
    (
        "study",
        "package",
        "world/geopolitics",
        "world/pandemic",
        "solver",
        "figure",
        "parameters",
        "measures",
        "horizon",
        "horizon.start",
        "horizon.stop",
        "horizon.save",
        "measures.R3_1",
        "measures.R3_1.start",
        "measures.R3_1.mode",
        "measures.E3.active",
        "measures.R9_9.start",
        "world",
        "world.tension_US.points",
        "world.tension_US.points.0",
        "world.pandemic.points[1][0]",
        "world.tension_US.scale",
        "world.border_data",
        "parameters.dilution",
        "parameters.spill",
        "parameters.spill.US",
        "solver.step",
        "solver.method",
        "study.packages",
        "study.twin",
        "study.record",
        "study.label",
        "package.measures",
        "package.label_zh",
        "output.folder",
        "output.replace",
        "figure.names",
        "figure.folder",
        "hydra.job.name",
        "hydra/sweeper",
        "ensemble.size",
        "ensemble.uncertainties",
        "ensemble.correlations",
        "uncertainty.dilution.low",
        "uncertainty.world.tension_US.scale",
        "uncertainty",
        "nothing",
        "a.b.c",
    )
)
VALUES = st.one_of(
    st.sampled_from(
        (
            "R1",
            "all",
            "none",
            "thaw",
            "covid",
            "rk4",
            "package",
            "recommendations",
            "null",
            "true",
            "[]",
            "{}",
            "nan",
            "-inf",
            "1e999",
            "''",
            "[R1,selected]",
            "[{name: x, measures: [R1_1]}]",
            "1,2,3",
            "range(3)",
            "interval(0,1)",
            "interval(1,0)",
            "interval(nan,1)",
            "'interval(1,2,3)'",
            "'choice(1,2)'",
            "'choice(1,1)'",
            "[interval(0,1)]",
            "glob(*)",
            "${horizon.stop}",
            "${oc.env:HOME}",
            "${study}",
            "???",
            "{of: [R1_1], start: 2030}",
            "[[2010,0.1],[2020,2]]",
            "choice(a,b)",
            "2027 yr",
            "extend_list(1)",
            "[R3_1,{of: [R1_1], start: x}]",
            "{a: {b: {c: 1}}}",
            "int('3')",
            "sort(3,1)",
            "shuffle(1,2)",
        )
    ),
    st.integers().map(str),
    st.floats().map(repr),
    st.text(max_size=12),
)
OVERRIDES = st.one_of(
    st.builds("{}{}={}".format, st.sampled_from(("", "", "", "+", "++", "~")), KEYS, VALUES), st.text(max_size=30)
)


@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
@given(overrides=st.lists(OVERRIDES, max_size=6))
def test_a_study_or_a_refusal(loader, overrides):
    try:
        assert isinstance(read_job(overrides, loader=loader), Job)
    except ThroughflowError as error:
        assert error.problems and "Traceback" not in report(error.problems)


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
@given(st.lists(OVERRIDES, max_size=4), st.sampled_from(SWEEPERS))
def test_sweeps_or_a_refusal(overrides, sweeper):
    try:
        assert 1 <= len(expand(overrides, sweeper=sweeper)) <= MOST_JOBS
    except ThroughflowError as error:
        assert error.problems
