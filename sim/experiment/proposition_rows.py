"""The propositions asked of every vector of a posterior."""

from collections.abc import Mapping

import numpy as np

from sim.analysis.propositions import failures, load, table
from sim.experiment.fitting import STEP, Stage, Subject
from sim.experiment.propositions import run_propositions
from sim.experiment.targets import COVERAGE


def proposition_columns(
    subject: Subject, constants: Mapping[str, np.ndarray], *, stage: Stage
) -> tuple[dict[str, np.ndarray], tuple[str, ...]]:
    """Return the table of the propositions over the worlds of ``constants``, and notes of worlds that failed.

    Arguments:
        subject: what was calibrated.
        constants: values by name of the uncertainty, shape (vector,).
        stage: told how far it has come.
    """
    setting = [each.uncertainty for each in subject.priors if each.uncertainty.name != COVERAGE]
    targets = tuple(target for each in setting for target in each.targets)
    draws = np.array([constants[each.name] for each in setting for _ in each.targets])
    threads, empty = subject.past.threads, np.empty((0, 1))
    design = run_propositions(subject.model, empty, targets=(), threads=threads, step=STEP)
    worlds = run_propositions(
        subject.model,
        draws,
        targets=targets,
        threads=threads,
        step=STEP,
        progress=lambda done, total: stage("propositions", done, total),
    )
    found = table(worlds, design, load(subject.model.name))
    return {name: np.array(column) for name, column in found.items()}, failures(worlds)
