"""The plain data of an ensemble, what is wrong with it before anything runs, and what makes it the same experiment."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from sim.errors import Problem, ThroughflowError
from sim.experiment.batch import BITS, ENGINES, FIXED_STEP
from sim.experiment.design import Design, design_problems, identity, varied
from sim.experiment.executors import EXECUTORS
from sim.experiment.parameters import bind_parameters, own_values
from sim.experiment.scenarios import Study
from sim.experiment.uncertainty import drawn_and_set
from sim.model.ir import Model
from sim.results.layout import LAYOUT, LEVELS, Layout, name_problems
from sim.results.layout import Outcome as Recorded
from sim.results.moments import GROUP

KEEP = ("series", "summary")

SMALLEST_DASK_BLOCK = 1000
"""Members of a block below which sending it costs more than a few hundredths of running it."""

LARGEST_BLOCK = 1 << 20


@dataclass(frozen=True)
class Ensemble:
    """Scenarios and members, and how they are to be run.

    Attributes:
        study: scenarios, model, horizon, solver (``rk4`` or ``euler``; no step: the largest whose error is small) and record.
        design: what is uncertain, and how members are drawn.
        block: members per block, a multiple of 256.
        keep: ``series`` keeps every member's series, ``summary`` moments and quantiles only.
        executor: ``threads`` of this process, or ``dask``.
        address: of a Dask scheduler; ``None`` makes a cluster on this machine.
        threads: threads, or processes of such a cluster; ``None`` for one per processor.
        engine: ``compiled``, which falls back to NumPy and says so, or ``numpy``.
    """

    study: Study
    design: Design
    block: int = 1024
    keep: str = "series"
    executor: str = "threads"
    address: str | None = None
    threads: int | None = None
    engine: str = "compiled"


def identify(ensemble: Ensemble, model: Model) -> tuple[str, dict[str, Any]]:
    """Return the experiment of ``ensemble`` as the SHA-256 of plain data, and the data.

    Two ensembles with the same data have the same results to the last bit.  How the work is split is not among the data, nor is
    what people call things.

    Raises:
        ThroughflowError: an unknown name to record, a file of draws that cannot be read.
    """
    study = ensemble.study
    start, stop, save = horizon_of(study, model)
    plain = {
        "model": model.fingerprint,
        "scenarios": [{"name": found.name, "parameters": _numbers(found.parameters)} for found in study.scenarios],
        "baseline": study.baseline,
        "twin": study.twin,
        "start": start,
        "stop": stop,
        "save": save,
        "method": study.solver.method,
        "step": "chosen" if study.solver.step is None else float(study.solver.step),
        "record": list(record_of(study, model)),
        "design": identity(ensemble.design),
        "keep": ensemble.keep,
        "engine": ensemble.engine,
        "bits": BITS,
        "layout": LAYOUT,
    }
    text = json.dumps(plain, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode("utf-8")).hexdigest(), plain


def _numbers(value: Any) -> Any:
    """Return nested mappings and sequences of numbers as JSON knows them, every number a float."""
    if isinstance(value, Mapping):
        return {name: _numbers(item) for name, item in value.items()}
    if isinstance(value, str):
        return value
    try:
        return float(value)
    except TypeError:
        return [_numbers(item) for item in value]


def horizon_of(study: Study, model: Model) -> tuple[float, float, float]:
    """Return start, stop and saving interval, the file's own where the study gives none."""
    asked = (study.start, study.stop, study.save)
    own = (model.clock.start, model.clock.stop, model.clock.save)
    start, stop, save = (float(mine if given is None else given) for given, mine in zip(asked, own, strict=True))
    return start, stop, save


def record_of(study: Study, model: Model) -> tuple[str, ...]:
    """Return the model names of what is recorded: everything computed if the study names nothing.

    Raises:
        ThroughflowError: an unknown name.
    """
    if study.record is None:
        return tuple(name for name, variable in model.variables.items() if variable.kind in ("stock", "auxiliary"))
    return tuple(dict.fromkeys(model.find(name).name for name in study.record))


def recorded(names: tuple[str, ...], model: Model, errors: Mapping[str, float]) -> tuple[Recorded, ...]:
    """Return the recorded variables as a store describes them, with their estimated integration errors."""
    variables = [model.variables[name] for name in names]
    return tuple(
        Recorded(found.name, found.dims, model.shape(found), found.units, found.name, found.kind, errors.get(found.name, 0.0))
        for found in variables
    )


def ranges_of(outcomes: tuple[Recorded, ...], model: Model) -> dict[str, tuple[str, ...]]:
    """Return the elements of every range that ``outcomes`` use."""
    return {dim: model.ranges[dim].elements for outcome in outcomes for dim in outcome.dims}


def needed_bytes(layout: Layout, todo: int) -> int:
    """Return the room that ``todo`` blocks, their draws and what the whole store has take at most, in bytes."""
    drawn = 8 * len(layout.uncertainties) * layout.members
    ledger = (len(layout.scenarios) + 8) * layout.members
    if layout.keep == "series":
        return todo * layout.block_bytes() + drawn + ledger
    cells = layout.rows * layout.times.size
    statistics = 8 * (len(LEVELS) + 4) * cells * len(layout.scenarios)
    waiting = min(todo * layout.block_bytes(), max(4 << 26, 2 * layout.block_bytes()))
    checkpoint = 2 * 16 * min(cells * layout.members, 8192 * cells)
    return statistics + waiting + checkpoint + drawn + ledger


def ensemble_problems(ensemble: Ensemble, model: Model) -> list[Problem]:
    """Return everything wrong with ``ensemble`` that can be told before it runs."""
    study = ensemble.study
    problems = [
        *_setting_problems(ensemble),
        *_scenario_problems(study),
        *_parameter_problems(study, model),
        *design_problems(ensemble.design, model),
    ]
    try:
        outcomes = recorded(record_of(study, model), model, {})
    except ThroughflowError as error:
        return [*problems, *error.problems]
    names = dict.fromkeys(ranges_of(outcomes, model), "range") | {outcome.name: "variable" for outcome in outcomes}
    problems += name_problems(names)
    if not outcomes:
        problems.append(Problem("record", "nothing to keep", "an ensemble keeps what it is told", "name the outcomes"))
    return [*problems, *_drawn_and_set(ensemble)]


def _setting_problems(ensemble: Ensemble) -> list[Problem]:
    found = [
        Problem(name, repr(value), f"there is {' and '.join(known)}", f"use {known[0]}")
        for name, value, known in (
            ("keep", ensemble.keep, KEEP),
            ("executor", ensemble.executor, EXECUTORS),
            ("engine", ensemble.engine, ENGINES),
            ("solver", ensemble.study.solver.method, FIXED_STEP),
        )
        if value not in known
    ]
    block = ensemble.block
    if not isinstance(block, int) or isinstance(block, bool) or not 0 < block <= LARGEST_BLOCK or block % GROUP:
        why = f"members are summed in groups of {GROUP}, and a block is held in memory"
        found.append(Problem("block", f"{block!r}", why, f"use a multiple of {GROUP} up to {LARGEST_BLOCK}, such as 1024"))
    elif ensemble.executor == "dask" and block < SMALLEST_DASK_BLOCK:
        why = "sending small blocks to other processes takes longer than running them"
        found.append(Problem("block", f"{block}", why, "use 1024 or more with executor=dask"))
    if ensemble.threads is not None and ensemble.threads < 1:
        found.append(Problem("threads", f"{ensemble.threads}", "somebody has to do the work", "use 1 or more, or leave it out"))
    if ensemble.address is not None and ensemble.executor != "dask":
        cure = "add executor=dask, or leave the address out"
        found.append(Problem("address", ensemble.address, "threads of this process have none", cure))
    return found


def _scenario_problems(study: Study) -> list[Problem]:
    names = [scenario.name for scenario in study.scenarios]
    where = f"study {study.name}"
    found = [
        Problem(where, f"several scenarios called {name}", "results are found by name", "give each its own name")
        for name in dict.fromkeys(names)
        if names.count(name) > 1
    ]
    if not names:
        found.append(Problem(where, "no scenarios", "there is nothing to run", "list at least one package"))
    found += [
        Problem(where, f"{role} {name!r}", "no scenario is called so", "use one of " + ", ".join(names[:8]))
        for role, name in (("baseline", study.baseline), ("twin", study.twin))
        if names and name is not None and name not in names
    ]
    return found


def _parameter_problems(study: Study, model: Model) -> list[Problem]:
    """Return what is wrong with the values of each scenario: the last one's must not come to light after hours."""
    problems, own = [], own_values(model)
    for scenario in study.scenarios:
        try:
            bind_parameters(model, scenario.parameters, own=own)
        except ThroughflowError as error:
            problems += [replace(found, where=f"scenario {scenario.name}: {found.where}") for found in error.problems]
    return problems


def _drawn_and_set(ensemble: Ensemble) -> list[Problem]:
    """Return one problem for each constant that is drawn and also set by scenarios: one of the two would not hold."""
    owners = {target: found.name for found in ensemble.design.uncertainties for target in found.targets}
    drawn = varied(ensemble.design)[0]
    within: dict[str, list[str]] = {target: [] for target in drawn}
    for (_, target), names in drawn_and_set(drawn, ensemble.study.scenarios).items():
        within[target] += names
    problems = []
    for target, names in within.items():
        both = list(dict.fromkeys(names))
        if not both:
            continue
        shown = ", ".join(both[:5]) + (f" and {len(both) - 5} more" if len(both) > 5 else "")
        what = f"drawn by uncertainty {owners[target]!r} and set by scenario {shown}"
        cure = "leave the uncertainty out, or do not set the constant in a scenario"
        problems.append(Problem(target, what, "a constant has one value in each run", cure))
    return problems
