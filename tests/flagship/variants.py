"""The variants that the tests ask about, as values for the model's constants: names are those of model.md."""

from .support import central, flagship

GOVERNANCE = ("R1_1", "R1_3", "R3_1", "R3_2", "R3_4", "R4_1", "R6_1")
COORDINATION = ("R1_1", "R1_3", "R1_4", "R1_5")
SINCE = ("E8", "E9", "E10", "E11")
BORDERS = ("border people", "border data", "border materials", "border funds")
RHO = (-4.0, -2.0, -0.5, 0.9)
DELAYS = (1, 4, 7, 99)
DOSES = (0, 0.25, 0.5, 0.75, 1)
TOLERANCES = (2.5, 3.5, 8)


def recommended():
    """Return the 26 measures the paper recommends."""
    return [name for name in flagship().ranges["measure"].elements if name.startswith("R")]


def legs(*fields):
    """Return the measures of the recommendations ``R1`` … ``R7`` named."""
    return [name for name in recommended() if name.partition("_")[0] in fields]


def adopt(measures, **settings):
    """Return values that adopt ``measures``, with further lever settings (``start_date=2030``) for each of them."""
    values = {f"adopted[{name}]": 1 for name in measures}
    for lever, value in settings.items():
        values |= {f"{lever.replace('_', ' ')}[{name}]": value for name in measures}
    return values


def frictions():
    """Return the base frictions: constants that have an ideal value."""
    names = flagship().variables
    return [name for name in names if f"ideal {name}" in names and names[name].kind == "constant"]


def packages():
    """Return the scenarios of section 9.3."""
    every, opening = recommended(), [name for name in recommended() if name not in GOVERNANCE]
    return {
        "base": {},
        **{f"R{field}": adopt(legs(f"R{field}")) for field in range(1, 8)},
        "R2 to R7": adopt([name for name in every if not name.startswith("R1")]),
        "all seven": adopt(every),
        "all from 2024.5": adopt(every, start_date=2024.5),
        "opening only": adopt(opening),
        "governance only": adopt(GOVERNANCE),
        "governance first": adopt(GOVERNANCE) | adopt(opening, start_date=2030),
        "opening first": adopt(opening) | adopt(GOVERNANCE, start_date=2030),
    }


def propositions():
    """Return what the propositions of section 5.3 compare, apart from the packages."""
    found = {
        f"R{one}+R{two}": adopt(legs(f"R{one}", f"R{two}"))
        for one in range(1, 8)
        for two in range(one + 1, 8)
        if (one, two) != (6, 7)
    }
    found["R1+R3+R4"] = adopt(legs("R1", "R3", "R4"))
    found["coordination"] = adopt(COORDINATION)
    bare = {f"adopted[{name}]": 0 for name in flagship().ranges["existing measures"].elements} | {"handoff effect": 0}
    found["bare"] = bare
    found["bare R1_4+R1_5"] = bare | adopt(COORDINATION[2:])
    found["bare coordination"] = bare | adopt(COORDINATION)
    found |= {f"R1+R3 dose {dose}": adopt(legs("R1")) | adopt(legs("R3"), intensity=dose) for dose in DOSES}
    found |= {f"R1+R3 delay {delay}": adopt(legs("R1", "R3")) | {"scale up delay[R3_3]": delay} for delay in DELAYS}
    for rho in RHO:
        exponent = {"substitution exponent": rho}
        found[f"base rho {rho}"] = exponent
        found |= {f"R{one} rho {rho}": adopt(legs(f"R{one}")) | exponent for one in range(2, 6)}
        found[f"R2 to R5 rho {rho}"] = adopt(legs("R2", "R3", "R4", "R5")) | exponent
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
