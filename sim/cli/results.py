"""``throughflow results``: stored results listed, shown, checked, handed over."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from sim.cli.options import Parser
from sim.errors import EXIT_REFUSED, Problem, ThroughflowError, nearest, raise_if

if TYPE_CHECKING:
    from argparse import Namespace

    import xarray as xr

    from sim.results import Overview

SHOWN = 60
"""Rows of a table on the screen; `--export` writes all of them."""


def parser() -> Parser:
    """Return the options of the verb."""
    made = Parser(
        "results",
        description="List stored results, show one, check it, or hand it over.",
        epilog="""\
examples:
  throughflow results                                     list what is stored below results/
  throughflow results STORE                               show one: scenarios, outcomes, failed runs, quantiles
  throughflow results STORE --check                       verify every chunk of it
  throughflow results STORE --export all.nc               every member, as NetCDF
  throughflow results STORE --export table.csv --quantiles 0.1,0.5,0.9 --failed drop
  throughflow results STORE --export all.parquet          every member, for pandas, R, Julia; what they drew beside it
  throughflow results STORE --export table.iamc.csv --region China
                                                          statistics in the columns of the IAMC
  throughflow results STORE --export problem.json         the problem of SALib, and the draws as problem.csv
  throughflow results problem.json --samples X.npz --export worlds.csv
                                                          SALib's samples as worlds for ensemble=file""",
    )
    made.add_argument("path", nargs="?", type=Path, default=Path("results"), metavar="FOLDER|STORE", help="where to look")
    made.add_argument("--check", action="store_true", help="verify every chunk; the exit code is 2 if one is damaged")
    made.add_argument("--export", type=Path, metavar="OUT", help="OUT.nc, .csv, .parquet, .iamc.csv or .json")
    made.add_argument(
        "--quantiles", metavar="Q,Q,...", help="levels of quantiles from 0 to 1 (default: 0.05,0.25,0.5,0.75,0.95)"
    )
    made.add_argument(
        "--failed", choices=("refuse", "drop"), default="refuse", help="what statistics do about failed runs (default: refuse)"
    )
    made.add_argument("--region", default="", metavar="NAME", help="what the numbers are of, for OUT.iamc.csv")
    made.add_argument(
        "--samples", type=Path, metavar="MATRIX", help="samples of the problem of SALib in FILE.json: .csv, .npy, .npz"
    )
    return made


def main(arguments: Sequence[str]) -> int:
    """Run the verb with ``arguments`` and return the exit code.

    Raises:
        ThroughflowError: nothing there, a store of another version, damaged chunks, failed runs not to be dropped.
    """
    options = parser().read(arguments)
    levels = _levels(options.quantiles)
    output = options.export
    raise_if([*_output_problems(output), *_unused(options)])
    if options.samples:
        return _worlds(options.path, options.samples, output)
    store = _store(options.path)
    if store is None:
        if options.check or output or options.quantiles:
            why = "one store is checked, shown or handed over at a time"
            cure = "give one of those that `throughflow results FOLDER` lists"
            raise ThroughflowError(Problem(str(options.path), "a folder, not a store", why, cure))
        return _list(options.path)
    from sim import results

    if options.check:
        return _check(store)
    dataset = results.open_store(store)
    if output:
        told = results.export(
            dataset, output, quantiles=levels, failed=options.failed, region=options.region, groups=_groups(dataset)
        )
        print("\n".join([f"{output}: {dataset.attrs['title']}, {os.path.getsize(output)} bytes", *told]))
        return 0
    print("\n".join(_described(store, dataset)), flush=True)
    print("\n".join(_table(dataset, levels, options.failed)))
    return 0


def _levels(text: str | None) -> tuple[float, ...] | None:
    if text is None:
        return None
    try:
        levels = tuple(float(part) for part in text.split(","))
    except ValueError:
        levels = ()
    if not levels or not all(0 <= level <= 1 for level in levels):
        raise ThroughflowError(
            Problem(
                f"--quantiles {text}", "not a list of levels", "a level is a share", "give numbers from 0 to 1: 0.1,0.5,0.9"
            )
        )
    return levels


def _output_problems(path: Path | None) -> list[Problem]:
    if path is None:
        return []
    from sim.results.export import ending_of

    where = f"--export {path}"
    if not ending_of(path):
        why = "results are handed over as NetCDF or as a table"
        cure = "give OUT.nc or OUT.csv, or for other programs OUT.parquet, OUT.iamc.csv or OUT.json"
        return [Problem(where, f"ending {path.suffix or 'none'!r}", why, cure)]
    if not path.parent.is_dir() or path.is_dir():
        return [Problem(where, "no folder to write that file in", "it could not be put there", f"make {path.parent} first")]
    return []


def _unused(options: "Namespace") -> list[Problem]:
    """Return options that what is asked for has no use for, or lacks."""
    from sim.results.export import IAMC, ending_of

    ending, found = ending_of(options.export) if options.export else "", []
    if options.region and ending != IAMC:
        why, cure = "IAMC's columns alone have a region", "leave it out, or give --export OUT.iamc.csv"
        found.append(Problem(f"--region {options.region}", "not used", why, cure))
    if ending == IAMC and not options.region.strip():
        why, cure = "every row of IAMC's columns has one", "say what the numbers are of: --region China"
        found.append(Problem(f"--export {options.export}", "no region", why, cure))
    if options.quantiles and ending == ".json":
        why, cure = "a problem of SALib holds no results", "leave it out"
        found.append(Problem(f"--quantiles {options.quantiles}", "not used", why, cure))
    if not options.samples:
        return found
    where = f"--samples {options.samples}"
    if options.path.suffix.lower() != ".json":
        cure = "throughflow results problem.json --samples MATRIX --export worlds.csv"
        found.append(Problem(where, f"{options.path} is no problem of SALib", "its names say what the columns are", cure))
    if ending != ".csv":
        found.append(Problem(where, "no --export OUT.csv", "worlds are read from such a file", "give --export worlds.csv"))
    return found


def _worlds(problem: Path, matrix: Path, output: Path) -> int:
    """Write SALib's samples as worlds."""
    from sim.results.salib import samples_of_salib

    count = samples_of_salib(problem, matrix, output)
    print(f"{output}: {count} worlds\nensemble=file ensemble.samples={output} runs them")
    return 0


def _groups(dataset: "xr.Dataset") -> dict[str, str]:
    """Return the heading of each variable, as the model's outcomes.csv says; none for a model without one."""
    from sim.analysis.definitions import model_folder
    from sim.analysis.outcomes import load
    from sim.analysis.values import split

    try:
        found = load(model_folder(dataset))
    except ThroughflowError:  # any model may be asked; its variables then stand without a heading
        return {}
    return {split(one.numerator)[0]: one.group for one in reversed(found) if not one.denominator}


def _store(path: Path) -> Path | None:
    """Return the store that ``path`` is, or is the folder of; ``None`` if it is a folder of several or of none.

    Raises:
        ThroughflowError: nothing is there.
    """
    if not path.exists():
        near = nearest(path.name, [found.name for found in path.parent.glob("*")]) if path.parent.is_dir() else ""
        cure = near or "`throughflow run ensemble=sobol` makes a store"
        raise ThroughflowError(Problem(str(path), "nothing there", "a folder of results is wanted", cure))
    if (path / "zarr.json").exists():
        return path
    inside = sorted(found.parent for found in path.glob("*/zarr.json")) if path.is_dir() else []
    return inside[0] if len(inside) == 1 and not (path / "results.nc").exists() else None


def _list(folder: Path) -> int:
    from sim import results

    found = results.list_stores(folder) if folder.is_dir() else ()
    if not found:
        print(f"nothing is stored below {folder}")
        return 0
    for overview in found:
        print(_line(overview))
    return 0


def _line(found: "Overview") -> str:
    if found.problem:
        return f"{found.path}\n  {found.kind}: cannot be read: {found.problem}"
    if not found.runs and found.kind != "ensemble":
        return f"{found.path}\n  {found.title}: tables, {found.size / 1e6:.1f} MB"
    state = "done" if found.done == found.runs else "unfinished"
    failed = f", {found.failed} failed" if found.failed else ""
    mark = f", {found.experiment[:8]}" if found.experiment else ""
    return f"{found.path}\n  {found.title}{mark}: {state}, {found.done} of {found.runs} runs{failed}, {found.size / 1e6:.1f} MB"


def _check(store: Path) -> int:
    from sim import results

    damaged = results.check_store(store)
    if not damaged:
        print(f"{store}: every chunk is sound")
        return 0
    print(f"{store}: {len(damaged)} damaged or lost")
    for name in damaged[:SHOWN]:
        print(f"  {name}")
    print("give the command that made the store again: it runs these blocks again and leaves the rest alone")
    return EXIT_REFUSED


def _described(store: Path, dataset: "xr.Dataset") -> list[str]:
    from sim.results.store import settings

    told = dataset.attrs
    asked = settings(dataset)
    design = asked.get("design", {})
    names = dataset["scenario"].values.tolist()
    record = asked.get("record", [])
    error = (
        f", estimated error {float(told['integration_error']):.1e} ({told['integration_error_of']})"
        if told["integration_error"]
        else ""
    )
    return [
        f"{told['title']}",
        f"  store: {store}",
        f"  experiment: {told['experiment']}",
        f"  model: {told['model_name']}, {told['model_fingerprint'][:12]}",
        f"  scenarios: {len(names)}: {', '.join(names[:12])}{', ...' if len(names) > 12 else ''}; baseline {told['baseline']}",
        f"  outcomes: {', '.join(record[:12])}{', ...' if len(record) > 12 else ''}; kept as {told['keep']}",
        f"  time: {asked['start']:g} to {asked['stop']:g} {told['time_units']}, stored every {asked['save']:g}; "
        f"{told['method']}, step {told['time_step']:g}{error}; {told['engine']} engine",
        f"  members: {design.get('size')} by {design.get('sampler')}"
        + (f", seed {design['seed']}" if "seed" in design else "")
        + f", of {len(design.get('uncertainties', []))} uncertainties",
        *(f"  runs: {line}" for line in _ended(dataset)),
    ]


def _ended(dataset: "xr.Dataset") -> list[str]:
    """Return how the runs ended, one line for all scenarios and one for each with failed runs."""
    from sim.results.status import ended_well
    from sim.results.store import read_values
    from sim.results.summary import failed_problems

    total = dataset["status"].size
    well = int(ended_well(read_values(dataset["status"], "status")).sum())
    problems = failed_problems(dataset, "")
    return [f"{well} of {total} ended well", *(f"{found.where.removeprefix(', ')}: {found.what}" for found in problems[:12])]


def _table(dataset: "xr.Dataset", levels: tuple[float, ...] | None, failed: str) -> list[str]:
    """Return mean and quantiles at the last time as a table, a line for each scenario, outcome and element."""
    from sim.results.layout import percent
    from sim.results.summary import QUANTILES, failed_problems, summarise

    if failed == "refuse" and failed_problems(dataset, ""):
        return ["no statistics, as some runs failed or are missing; --failed drop takes those of the other runs"]
    last = dataset.isel(time=[-1])
    summary = summarise(last, levels or QUANTILES, failed=failed)
    heads = ["mean", *map(percent, levels or QUANTILES)]
    rows = _rows(summary.sel(statistic=heads))
    width = max(len(label) for label, _ in rows[:SHOWN])
    lines = [
        f"at {float(last['time'].values[0]):g}, over members:",
        " " * (width + 2) + "".join(f"{head:>13}" for head in heads),
    ]
    lines += [f"  {label:{width}}" + "".join(f"{value:>13.6g}" for value in values) for label, values in rows[:SHOWN]]
    return lines + ([f"  and {len(rows) - SHOWN} rows more; --export OUT.csv writes all"] if len(rows) > SHOWN else [])


def _rows(summary: "xr.Dataset") -> list[tuple[str, list[float]]]:
    from itertools import product

    rows = []
    for name, values in summary.data_vars.items():
        if "statistic" not in values.dims:
            continue
        whole = values.isel(time=0).transpose("scenario", ..., "statistic")
        labels = product(*(summary[dim].values.tolist() for dim in whole.dims[:-1]))
        for (scenario, *element), numbers in zip(labels, whole.values.reshape(-1, whole.shape[-1]).tolist(), strict=True):
            place = f"[{','.join(element)}]" if element else ""
            rows.append((f"{scenario}: {name}{place} ({values.attrs.get('units') or 'no unit'})", numbers))
    return rows
