"""Writing the shipped files that repeat the model's constants: its parameters, its levers, and what of it is uncertain.

Run ``python -m sim.config.listing`` after the model file or its parameter table changed; a test compares the
committed files with what would be written.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from sim import resources
from sim.config import vocabulary
from sim.config.limits import Known, read_table
from sim.config.priors import read_priors
from sim.config.uncertainty import Uncertain, known_uncertainties
from sim.model.expressions import Numbers
from sim.model.ir import Model, Variable, key, label
from sim.model.subscripts import element_tuples

_PARAMETERS_HEAD = """\
# The design set: every constant of the model file that is a parameter, with the file's own value.
# Written by `python -m sim.config.listing`; do not edit. To change some, override them or write parameters/mine.yaml:
#   defaults: [design]
#   rule_making_time: 3
# Comments: unit, low to high of the parameter table where it has them; a value beyond these is run with a warning.
"""

_MEASURES_HEAD = """\
# The levers: when, how fast, how strongly and in which mode each measure acts wherever it is adopted.
# Written by `python -m sim.config.listing`; do not edit. Override them (measures.R3_1.start=2028) or write a file.
# A package adopts measures; active: true adopts one in every scenario beside the baseline. Measures that are active
# here (E...) are on the books already and act in every scenario, the baseline included.
# start is a calendar year, ramp and scale_up_delay are years, intensity is 0 to 1, mode central, national or pilot.
"""

_UNCERTAINTY_HEAD = """\
# What an ensemble draws: every constant whose row of the parameter table has low and high, distributed by one rule.
# Written by `python -m sim.config.listing`; do not edit. Override a row (uncertainty.dilution.distribution=uniform) or
# write uncertainty/mine.yaml with the rows that differ.
# logit-normal (shares), lognormal (positive quantities) and normal take low and high as their 5 and 95 % points and central
# as their median; triangular takes them as bounds and mode; uniform has the bounds alone.
"""

_PRIOR_HEAD = """\
# What a calibration draws before it sees data: every constant that has a row in calibration/priors.csv beside the model.
# Written by `python -m sim.config.listing`; do not edit. Override a row (uncertainty.dilution.distribution=uniform) or
# write uncertainty/mine.yaml with `defaults: [prior]` and the rows that differ. Where it differs from default.yaml and why
# stands in the table: ranges that evidence moved, plus or minus 30 % where nobody was asked, start values.
"""


def constants(model: Model) -> Mapping[str, Variable]:
    """Return the settable constants of ``model`` that are parameters, by their key in a config."""
    return {
        key(variable.name): variable
        for variable in model.variables.values()
        if variable.kind == "constant" and variable.settable and variable.name not in vocabulary.NOT_PARAMETERS
    }


def values(model: Model, variable: Variable) -> dict[tuple[str, ...], float]:
    """Return the numbers of a constant by element tuple, in the units of the constant."""
    found: dict[tuple[str, ...], float] = {}
    for equation in variable.equations:
        elements = element_tuples(equation.scope, model.ranges)
        side: Any = equation.value  # a constant is a number or a list of numbers
        numbers = side.values if isinstance(side, Numbers) else [side.value] * len(elements)
        found |= dict(zip(elements, numbers, strict=True))
    return {element: found[element] for element in model.elements(variable)}


def parameters_text(model: Model, table: Mapping[str, Known]) -> str:
    """Return the text of ``parameters/design.yaml`` for ``model`` and its parameter table."""
    lines = [_PARAMETERS_HEAD]
    for name, variable in constants(model).items():
        numbers = values(model, variable)
        if not variable.dims:
            lines.append(f"{name}: {shown(numbers[()])}  # {_comment(table.get(name), variable)}\n")
            continue
        lines.append(f"{name}:  # {variable.units}\n")
        lines += _nested(name, numbers, table)
    return "".join(lines)


def _nested(name: str, numbers: Mapping[tuple[str, ...], float], table: Mapping[str, Known]) -> Iterable[str]:
    opened: tuple[str, ...] = ()
    for element, number in numbers.items():
        for level, part in enumerate(element[:-1]):
            if opened[: level + 1] != element[: level + 1]:
                yield f"{'  ' * (level + 1)}{part}:\n"
        opened = element[:-1]
        known = table.get(label(name, element))
        span = f"  # {_span(known)}" if known and _span(known) else ""
        yield f"{'  ' * len(element)}{element[-1]}: {shown(number)}{span}\n"


def _comment(known: Known | None, variable: Variable) -> str:
    span = _span(known) if known else ""
    return variable.units + (f", {span}" if span else "")


def _span(known: Known) -> str:
    if known.low is None and known.high is None:
        return ""
    return " to ".join("?" if bound is None else shown(bound) for bound in (known.low, known.high))


def shown(number: float) -> str:
    """Return ``number`` as YAML reads it back, the shortest way."""
    if number == int(number) and abs(number) < 1e15:
        return str(int(number))
    text = repr(number)
    mantissa, _, exponent = text.partition("e")
    return f"{mantissa if '.' in mantissa else mantissa + '.0'}e{exponent}" if exponent else text


def measures_text(model: Model) -> str:
    """Return the text of ``measures/default.yaml``: the model's own levers."""
    fields = {field: values(model, model.find(name)) for field, name in vocabulary.MEASURE_FIELDS.items()}
    modes = {number: name for name, number in vocabulary.MODES.items()}
    lines = [_MEASURES_HEAD]
    for element in fields["active"]:
        row = {field: shown(numbers[element]) for field, numbers in fields.items()}
        row["active"] = "true" if fields["active"][element] else "false"
        row["mode"] = modes[fields["mode"][element]]
        lines.append(f"{element[0]}: {{{', '.join(f'{field}: {value}' for field, value in row.items())}}}\n")
    return "".join(lines)


def uncertainty_text(table: Mapping[str, Known]) -> str:
    """Return the text of ``uncertainty/default.yaml`` for the parameter table."""
    return _UNCERTAINTY_HEAD + "".join(_drawn(known_uncertainties(table).values()))


def prior_text(priors: Iterable[Uncertain]) -> str:
    """Return the text of ``uncertainty/prior.yaml`` for the priors of the calibration."""
    return _PRIOR_HEAD + "".join(_drawn(priors))


def _drawn(uncertain: Iterable[Uncertain]) -> Iterable[str]:
    opened: tuple[str, ...] = ()
    for one in uncertain:
        *path, last = one.name.split(".")
        for level, part in enumerate(path):
            if opened[: level + 1] != tuple(path[: level + 1]):
                yield f"{'  ' * level}{part}:\n"
        opened = tuple(path)
        yield f"{'  ' * len(path)}{last}: {_row(one)}\n"


def _row(one: Uncertain) -> str:
    numbers = {"low": one.low, "central": one.central, "high": one.high}
    told = ", ".join(f"{name}: {shown(value)}" for name, value in numbers.items() if value is not None)
    also = f"; moves {', '.join(one.targets[1:])} with it" if one.targets[1:] else ""
    return f"{{distribution: {one.distribution}, {told}}}  # {one.unit}{also}"


def files() -> Mapping[Path, str]:
    """Return what the generated files should hold, by path in the configs of this installation."""
    from sim.model.vensim import read

    path = resources.model_file(vocabulary.MODEL)
    model, table = read(path), read_table(path.parent / "parameters.csv")
    configs = resources.folder("configs")
    return {
        configs / "parameters" / "design.yaml": parameters_text(model, table),
        configs / "measures" / "default.yaml": measures_text(model),
        configs / "uncertainty" / "default.yaml": uncertainty_text(table),
        configs / "uncertainty" / "prior.yaml": prior_text(read_priors(path.parent / "calibration" / "priors.csv").values()),
    }


if __name__ == "__main__":
    for target, content in files().items():
        target.write_text(content, encoding="utf-8")
        print(target)
