"""The priors of the calibration, ``priors.csv`` beside the model, as uncertainties of a config."""

from collections.abc import Mapping
from pathlib import Path

from sim.config.uncertainty import Uncertain, config_name


def read_priors(path: Path) -> Mapping[str, Uncertain]:
    """Return what priors.csv at ``path`` says is uncertain, by the name it has there; what sets no constant is left out.

    Raises:
        ThroughflowError: the table is missing, or a number of it is none.
    """
    from sim.experiment.targets import priors_of

    found = {}
    for each in priors_of(path):
        one = each.uncertainty
        if one.targets:
            told = "prior of the calibration"
            name = config_name(one.name)
            found[one.name] = Uncertain(name, one.targets, one.distribution, *one.points, each.unit, each.basis, told)
    return found
