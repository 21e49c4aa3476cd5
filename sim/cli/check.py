"""``throughflow check``: what was read of a model, its units, its structure, and the error of its own time step."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim.cli.options import Parser
from sim.errors import EXIT_REFUSED, Problem, report

if TYPE_CHECKING:
    from sim.model.ir import Model


def parser() -> Parser:
    """Return the options of the verb."""
    made = Parser(
        "check",
        description="Tell what was read of a Vensim model (.mdl): counts, approximations, units, "
        "structure, and how large the error of its own time step is.",
    )
    made.add_argument("model", type=Path, metavar="MODEL", help="the model file")
    made.add_argument("--no-run", action="store_true", help="leave out the time step, which takes a run")
    made.add_argument("--names", action="store_true", help="list every variable with its kind, unit and elements")
    return made


def main(arguments: Sequence[str]) -> int:
    """Run the verb with ``arguments``; the exit code is 2 when units clash.

    Raises:
        ThroughflowError: everything in the model that cannot be honoured.
    """
    options = parser().read(arguments)
    from sim.model.structure import describe
    from sim.model.unit_check import check_units
    from sim.model.vensim import read

    model = read(options.model)
    structure = describe(model)
    print("\n".join(_counts(model, structure)), flush=True)
    clashes = check_units(model)
    print("\n".join(_units(model, clashes)), flush=True)
    print("\n".join(_structure(structure)), flush=True)
    if options.names:
        print("\n".join(_names(structure)), flush=True)
    if not options.no_run:
        print(_time_step(model), flush=True)
    return EXIT_REFUSED if clashes else 0


def _counts(model: "Model", structure: dict[str, Any]) -> list[str]:
    kinds = Counter(variable["kind"] for variable in structure["variables"].values())
    scalars = Counter()
    for variable in model.variables.values():
        scalars[variable.kind] += len(model.elements(variable))
    clock = model.clock
    lines = [
        f"model {model.name}, {model.fingerprint[:12]}",
        f"  read: {len(model.variables)} variables ({', '.join(f'{kind} {n}' for kind, n in sorted(kinds.items()))})",
        f"  elements: {', '.join(f'{kind} {n}' for kind, n in sorted(scalars.items()))}",
        f"  ranges: {', '.join(f'{name} ({len(items)})' for name, items in structure['ranges'].items()) or 'none'}",
        f"  views: {len(model.views)}",
        f"  time: {clock.start:g} to {clock.stop:g} {clock.units}, step {clock.step:g}, stored every {clock.save:g}",
    ]
    return [*lines, *(f"  note: {note}" for note in model.notes or ("nothing approximated or left out",))]


def _units(model: "Model", clashes: Sequence[Problem]) -> list[str]:
    from sim.model.unit_check import unchecked

    silent = unchecked(model)
    lines = [f"units: {len(clashes)} problems" if clashes else "units: every equation agrees"]
    if silent:
        lines.append(
            f"  {len(silent)} variables without unit text are not checked: {', '.join(silent[:5])}"
            + (", ..." if len(silent) > 5 else "")
        )
    return [*lines, *([report(clashes)] if clashes else [])]


def _structure(structure: dict[str, Any]) -> list[str]:
    stocks = {name: variable for name, variable in structure["variables"].items() if variable["kind"] == "stock"}
    lines = [f"structure: {len(stocks)} stocks, {_in_loops(structure)} variables in feedback loops"]
    for name, stock in stocks.items():
        inward, outward = stock["inflows"], stock["outflows"]
        lines.append(f"  {name}: + {', '.join(inward) or 'nothing'}; - {', '.join(outward) or 'nothing'}")
    return lines


def _in_loops(structure: dict[str, Any]) -> int:
    """Return how many variables can be reached from themselves along causes."""
    causes = {
        name: [cause for cause in variable["causes"] if cause in structure["variables"]]
        for name, variable in structure["variables"].items()
    }
    inside = 0
    for name in causes:
        seen: set[str] = set()
        pending = list(causes[name])
        while pending and name not in seen:
            cause = pending.pop()
            if cause not in seen:
                seen.add(cause)
                pending += causes[cause]
        inside += name in seen
    return inside


def _names(structure: dict[str, Any]) -> list[str]:
    return [
        f"  {variable['kind']:10} {name}{'[' + ','.join(variable['dims']) + ']' if variable['dims'] else ''}"
        f"  ({variable['units'] or 'no unit'})"
        for name, variable in structure["variables"].items()
    ]


def _time_step(model: "Model") -> str:
    from sim.experiment.simulate import simulate

    dataset = simulate(model, method="euler")
    error = float(dataset.attrs["integration_error"])
    return (
        f"time step: with Euler at the file's own step, {model.clock.step:g}, the largest error is {error:.1e} "
        f"relative, of {dataset.attrs.get('integration_error_of', '?')} (estimated by halving the step)"
    )
