"""Multirun: what sweeps expand to."""

import pytest

from sim.config.sweep import expand
from sim.errors import ThroughflowError


def test_products_in_order():
    assert expand(["package=R1,R2", "study=package", "horizon.stop=range(2030,2041,10)"]) == (
        ("package=R1", "study=package", "horizon.stop=2030"),
        ("package=R1", "study=package", "horizon.stop=2040"),
        ("package=R2", "study=package", "horizon.stop=2030"),
        ("package=R2", "study=package", "horizon.stop=2040"),
    )


def test_globs_and_choices():
    assert expand(["world/geopolitics=glob(*n*,exclude=w*)"]) == (
        ("world/geopolitics=baseline",),
        ("world/geopolitics=decoupling",),
    )
    assert expand(["package=choice(R1,R2)"]) == (("package=R1",), ("package=R2",))


def test_nothing_swept_is_one_job():
    assert expand(["study=package", "figure.names=[levels,aggregation]"]) == (
        ("study=package", "figure.names=[levels,aggregation]"),
    )


@pytest.mark.parametrize(
    "overrides",
    [
        ["horizon.stop=range(0,1000000000)"],
        ["horizon.stop=range(11)"] * 3,
        ["horizon.stop=interval(1,2)"],
        ["package=glob(zzz)"],
        ["horizon.stop=range(1,0"],
        ["horizon.stop=range(0,1,0)"],
    ],
)
def test_refusals(overrides):
    with pytest.raises(ThroughflowError) as caught:
        expand(overrides)
    assert caught.value.problems
