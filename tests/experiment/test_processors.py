"""Work is shared among the processors this process may use, on any system."""

import os

import pytest

from sim.experiment.processors import processors


def test_those_this_process_may_use(monkeypatch):
    monkeypatch.setattr(os, "sched_getaffinity", lambda process: {0, 3}, raising=False)
    assert processors() == 2


@pytest.mark.parametrize(("there", "told"), [(8, 8), (None, 1)])
def test_where_the_system_does_not_tell_all_there_are(monkeypatch, there, told):
    monkeypatch.delattr(os, "sched_getaffinity", raising=False)
    monkeypatch.setattr(os, "cpu_count", lambda: there)
    assert processors() == told
