"""How keys of a config are called in the flagship model: levers, drivers and switches, the one place that says so."""

from types import MappingProxyType

MODEL = "innovation_flows"
"""The shipped model that configs are about."""

MEASURE_FIELDS = MappingProxyType(
    {
        "active": "adopted",
        "start": "start date",
        "ramp": "ramp length",
        "intensity": "intensity",
        "mode": "mode",
        "scale_up_delay": "scale up delay",
    }
)
"""Fields of a measure and the constants, subscripted by measure, that they set."""

TIMING_FIELDS = tuple(field for field in MEASURE_FIELDS if field != "active")
"""What may be said about a measure wherever it is adopted."""

MODES = MappingProxyType({"central": 0.0, "national": 1.0, "pilot": 2.0})
"""Modes of a measure and their numbers in the model."""

TENSIONS = MappingProxyType(
    {
        "tension_US": "tension US table",
        "tension_EUR": "tension EUR table",
        "tension_OTH": "tension OTH table",
    }
)
"""Geopolitical paths and the tables that they replace."""

TENSION_SCALES = MappingProxyType({f"tension_{partner}": f"tension scale[{partner}]" for partner in ("US", "EUR", "OTH")})
"""Geopolitical paths and the constants that multiply them."""

DRAWN_AS = MappingProxyType({constant: f"world.{path}.scale" for path, constant in TENSION_SCALES.items()})
"""Constants of the parameter table that have keys of their own, by what they are called among the uncertainties."""

MOVE_TOGETHER = MappingProxyType(
    {
        "base coordination": ("Coordination at start",),
        "base evaluation quality": ("Evaluation quality at start",),
    }
)
"""Constants that repeat another one's value, by that one: whoever draws it has to move them with it."""

RANGES = frozenset(("partner", "channel", "measure", "region"))
"""Subscript ranges; a row of the parameter table that names one in brackets is about the whole array."""

PANDEMIC = "pandemic gate table"
"""The table that ``world.pandemic`` replaces."""

BORDERS = MappingProxyType(
    {
        "border_people": "border people",
        "border_data": "border data",
        "border_materials": "border materials",
        "border_funds": "border funds",
    }
)
"""Border switches and their constants."""

TWIN_SWITCH = "frictions present"
"""The constant that is 0 in the frictionless twin."""

METHODS = ("adaptive", "stiff", "rk4", "euler")
"""Integration methods; the last two take a fixed step."""

FIXED_STEP = ("rk4", "euler")
"""Methods that use ``solver.step``."""

NOT_PARAMETERS = frozenset((*MEASURE_FIELDS.values(), *BORDERS.values(), TWIN_SWITCH, "tension scale"))
"""Constants that have keys of their own and are not listed under ``parameters``."""

BASELINE = "baseline"
TWIN = "twin"
SELECTED = "selected"
"""In a study's list of packages: the one chosen by ``package=NAME``."""
