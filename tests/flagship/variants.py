"""The variants that the tests ask about, as values for the model's constants: names are those of model.md."""

from sim.experiment import propositions as experiment
from sim.experiment.propositions import GOVERNANCE, adopt

from .support import central, flagship

SINCE = ("E8", "E9", "E10", "E11")
BORDERS = ("border people", "border data", "border materials", "border funds")
TOLERANCES = (2.5, 3.5, 8)


def recommended():
    """Return the 26 measures the paper recommends."""
    return experiment.recommended(flagship())


def legs(*fields):
    """Return the measures of the recommendations ``R1`` … ``R7`` named."""
    return experiment.legs(flagship(), *fields)


def frictions():
    """Return the base frictions: constants that have an ideal value."""
    names = flagship().variables
    return [name for name in names if f"ideal {name}" in names and names[name].kind == "constant"]


def packages():
    """Return the scenarios of section 9.3."""
    return experiment.packages(flagship()) | {
        "all from 2024.5": adopt(recommended(), start_date=2024.5),
        "governance only": adopt(GOVERNANCE),
    }


def propositions():
    """Return what the propositions of section 5.3 and section 9.4 compare, as far as constants of the file say it."""
    known = flagship().variables
    found = {
        name: values
        for name, values in experiment.scenarios(flagship()).items()
        if all(constant.partition("[")[0] in known for constant in values)
    }
    found |= {
        f"R{one}+R{two}": adopt(legs(f"R{one}", f"R{two}"))
        for one in range(1, 8)
        for two in range(one + 1, 8)
        if (one, two) != (6, 7)
    }
    found |= {f"R1+R3 dose {dose}": adopt(legs("R1")) | adopt(legs("R3"), intensity=dose) for dose in (0, 1)}
    for tolerance in TOLERANCES:
        found[f"base tolerance {tolerance}"] = {"incident tolerance": tolerance}
        found[f"all seven tolerance {tolerance}"] = adopt(recommended()) | {"incident tolerance": tolerance}
    return found


def exact():
    """Return what the exact tests of section 5.2 compare: the twin, closed borders, measures without force."""
    return {
        "twin": {"frictions present": 0},
        "closed": dict.fromkeys(BORDERS, 0),
        "zero intensity": adopt(recommended(), intensity=0),
        "unadopted settings": {f"start date[{name}]": 2015 for name in recommended()},
    }


def bites():
    """Return one variant for each measure alone, each friction at its ideal, each systemic mechanism off."""
    every = adopt(recommended())
    found = {f"only {name}": adopt([name]) for name in recommended()}
    found |= {f"without {name}": {f"adopted[{name}]": 0} for name in ("E2", "E3", "E4", "E5", "E6", "E7")}
    found |= {f"with {name}": {f"intensity[{name}]": 1} for name in SINCE}
    found |= {f"ideal {name}": {name: central(f"ideal {name}")} for name in frictions()}
    found |= mechanisms()
    found |= {f"all seven, {name}": every | values for name, values in mechanisms().items()}
    return found


def mechanisms():
    """Return the switch that turns each systemic mechanism off."""
    uncoordinated = {f"effect of {name} on coordination": 0 for name in ("R1_1", "R1_3", "R1_4")}
    return {
        "no aversion": {"base aversion": 0, "aversion from unclear rules": 0, "aversion from stringency": 0},
        "no duty": {"duty vat rate": 0},
        "no supervision problem": {"base incident hazard": 0, "unsupervised incident hazard": 0},
        "no coordination": uncoordinated,
        "no dilution": {"dilution": 0},
        "no handoff": {"handoff effect": 0},
        "rules at once": {"rule making time": 0.1},
        "no publicity": {"publicity base": 0, "outreach effect on publicity": 0, "evaluation effect on publicity": 0}
        | {f"effect of {name} on publicity": 0 for name in ("R1_4", "R1_5")},
        "willing handlers": {"aversion effect on handling": 0},
        "no evaluation": {"effect of R1_5 on evaluation quality": 0},
        "no statutory review": {"review share multiplier": 0},
    }


def central_batch():
    """Return every variant that shares the file's tables."""
    return packages() | propositions() | exact() | bites()
