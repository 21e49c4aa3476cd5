"""Batches of runs, each made once in a test session and shared by the files that ask about it."""

import pytest

from .support import Batch
from .variants import central_batch
from .worlds import worlds_around


@pytest.fixture(scope="session")
def runs():
    """Return the batch of every variant with the file's own tables, 2010 to 2040."""
    return Batch(central_batch())


@pytest.fixture(scope="session")
def worlds(runs):
    """Return the runs with other tables or with parameters that change on the way."""
    return worlds_around(runs)
