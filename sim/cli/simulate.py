"""``throughflow simulate``: one run of any readable model into a table or a NetCDF file."""

import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sim.cli.options import Parser
from sim.errors import Problem, ThroughflowError, raise_if

ENDINGS = (".csv", ".nc")


def parser() -> Parser:
    """Return the options of the verb."""
    made = Parser(
        "simulate",
        description="Run a Vensim model (.mdl) once.",
        epilog="""\
examples:
  throughflow simulate model.mdl -o run.csv
  throughflow simulate model.mdl 'birth rate=0.03' 'stock at start[north]=10' --method euler -o run.nc
  throughflow simulate model.mdl 'price table=[[2010, 1], [2030, 2]]' --stop 2030 -o run.csv""",
    )
    made.add_argument("model", type=Path, metavar="MODEL", help="the model file")
    made.add_argument(
        "values",
        nargs="*",
        metavar="name=value",
        help="a number for a constant, [..] one per element, [[x, y], ..] the points of a table; in the model's units",
    )
    made.add_argument("--output", "-o", type=Path, required=True, metavar="OUT", help="OUT.csv or OUT.nc")
    made.add_argument("--method", default="adaptive", help="adaptive, stiff, rk4 or euler (default: adaptive)")
    for name, meaning in (
        ("start", "first time"),
        ("stop", "last time"),
        ("step", "time step of rk4 and euler"),
        ("save", "interval between stored values"),
    ):
        made.add_argument(f"--{name}", type=float, metavar="TIME", help=f"{meaning} (default: the file's own)")
    made.add_argument("--record", action="append", metavar="NAME", help="keep this variable only; may be repeated")
    made.add_argument("--ignore-units", action="store_true", help="run although units clash")
    return made


def main(arguments: Sequence[str]) -> int:
    """Run the verb with ``arguments`` and return the exit code.

    Raises:
        ThroughflowError: everything that is wrong with model, values or output.
    """
    options = parser().read(arguments)
    problems = _output_problems(options.output)
    values = _values(options.values, problems)
    raise_if(problems)
    from sim.experiment.simulate import simulate
    from sim.model.unit_check import check_units
    from sim.model.vensim import read

    model = read(options.model)
    clashes = check_units(model)
    if clashes and not options.ignore_units:
        raise ThroughflowError(
            [
                *clashes,
                Problem(
                    str(options.model),
                    f"{len(clashes)} unit problems, told above",
                    "numbers of clashing units mean nothing together",
                    "mend them, or add --ignore-units to run all the same",
                ),
            ]
        )
    dataset = simulate(
        model,
        method=options.method,
        parameters=values,
        start=options.start,
        stop=options.stop,
        step=options.step,
        save=options.save,
        record=options.record,
    )
    from sim import results

    (results.write_table if options.output.suffix.lower() == ".csv" else results.save_netcdf)(dataset, options.output)
    for note in json.loads(dataset.attrs["notes"]):
        print(f"note: {note}", file=sys.stderr)
    print(
        f"{options.output}: {dataset.sizes['time']} times, {len(dataset.data_vars)} variables, "
        f"integration error {float(dataset.attrs['integration_error']):.1e} "
        f"({dataset.attrs.get('integration_error_of', '')})"
    )
    return 0


def _output_problems(path: Path) -> list[Problem]:
    where = f"--output {path}"
    if path.suffix.lower() not in ENDINGS:
        return [
            Problem(
                where,
                f"ending {path.suffix or 'none'!r}",
                "results are written as a table or as NetCDF",
                "give OUT.csv or OUT.nc",
            )
        ]
    if path.is_dir():
        return [Problem(where, "a folder", "one file is written", f"give {path / 'run.csv'}")]
    if not path.parent.is_dir():
        return [Problem(where, "its folder is not there", "nothing can be written in it", f"make {path.parent} first")]
    if not os.access(path.parent, os.W_OK):
        return [Problem(where, "a folder you may not write to", "the file could not be put there", "give another folder")]
    return []


def _values(texts: Sequence[str], problems: list[Problem]) -> dict[str, Any]:
    """Return the values by name; what is not ``name=value`` with a number or list goes to ``problems``."""
    values: dict[str, Any] = {}
    for text in texts:
        name, sign, value = text.partition("=")
        where = f"command line: {text[:100]}"
        if not sign or not name.strip():
            problems.append(
                Problem(
                    where,
                    "a word without a value",
                    "constants are set as name=value",
                    "put names with blanks in quotes: 'birth rate=0.03'",
                )
            )
            continue
        if name.strip() in values:
            problems.append(Problem(where, f"{name.strip()} is given twice", "it can have one value", "drop one"))
        try:
            values[name.strip()] = json.loads(value)
        except (ValueError, RecursionError):
            problems.append(
                Problem(
                    where,
                    f"the value {value[:80]!r}",
                    "it is neither a number nor a list of numbers",
                    "give name=3.5, name=[1, 2, 3] or name=[[2010, 1], [2030, 2]]",
                )
            )
    return values
