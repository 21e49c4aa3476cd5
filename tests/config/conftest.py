"""One loader for all tests that only need the shipped configs: composing is the slow part."""

import pytest

from sim.config.composition import compose
from sim.config.job import to_job
from sim.config.loader import make


@pytest.fixture(scope="session")
def loader():
    """Return a loader of the shipped configs."""
    return make(())


@pytest.fixture(scope="session")
def composed(loader):
    """Return a function that composes a list of overrides."""
    return lambda overrides: compose(overrides, loader=loader)


@pytest.fixture(scope="session")
def job(composed):
    """Return a function from a list of overrides to the job they mean."""
    return lambda overrides: to_job(composed(overrides))
