"""The experiments behind the propositions: scenarios of one plan, run for every world.

A scenario gives constants other values, whatever a world drew for them.  What must change on the way, from 2027 on, or whatever
a world's path is, is asked through handles: constants added to the model in memory, which are 0 in every other scenario and
then leave every number as it is.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType

import numpy as np

from sim.analysis.propositions_courses import END, Courses
from sim.analysis.propositions_measures import ADOPTED, DELAYS, DOSES, PROPOSITIONS, RHO
from sim.errors import Problem, ThroughflowError, raise_if
from sim.experiment.batch import Plan, Prepared, prepare
from sim.model.expressions import Apply, Expression, Number, Reference, Table, rewrite
from sim.model.ir import Equation, Model, Variable, key, label

START, SAVE = 2010.0, 0.25
"""First year, and years between stored values."""

GOVERNANCE = ("R1_1", "R1_3", "R3_1", "R3_2", "R3_4", "R4_1", "R6_1")
"""Measures that build the capacity to govern, which opening wants first."""

COORDINATION = ("R1_1", "R1_3", "R1_4", "R1_5")
"""Measures that only coordinate others."""

SLOW, CALM, CONTAINED = "handle of slow approval", "handle of no pandemic", "handle of full US tension"
APPROVAL = ("review time local office", "internal steps")
"""Constants that the handle of slow approval doubles."""

HANDLED = ("pandemic gate", "tension", *APPROVAL)
"""Variables that the handles act on."""

Progress = Callable[[int, int], None]
"""Called with the scenarios that are done, and how many there are."""

Values = Mapping[str, float]
"""Values of constants, ``name`` or ``name[element]``."""


def recommended(model: Model) -> list[str]:
    """Return the measures that the paper recommends."""
    return [name for name in model.ranges["measure"].elements if name.startswith("R")]


def legs(model: Model, *fields: str) -> list[str]:
    """Return the measures of the recommendations named, ``R1`` to ``R7``."""
    return [name for name in recommended(model) if name.partition("_")[0] in fields]


def adopt(measures: Sequence[str], **settings: float) -> dict[str, float]:
    """Return values that adopt ``measures``, with further lever settings (``start_date=2030``) for each of them."""
    values: dict[str, float] = {f"adopted[{name}]": 1 for name in measures}
    for lever, value in settings.items():
        values |= {f"{lever.replace('_', ' ')}[{name}]": value for name in measures}
    return values


def packages(model: Model) -> dict[str, Values]:
    """Return the packages that propositions compare, with the base run; measures begin where the model has them begin."""
    every, opening = recommended(model), [name for name in recommended(model) if name not in GOVERNANCE]
    return {
        "base": {},
        **{f"R{field}": adopt(legs(model, f"R{field}")) for field in range(1, 8)},
        "R2 to R7": adopt([name for name in every if not name.startswith("R1")]),
        "all seven": adopt(every),
        "opening only": adopt(opening),
        "governance first": adopt(GOVERNANCE) | adopt(opening, start_date=2030),
        "opening first": adopt(opening) | adopt(GOVERNANCE, start_date=2030),
    }


def scenarios(model: Model) -> dict[str, Values]:
    """Return every scenario of the propositions, by name: values of constants that differ from the world's own."""
    found = packages(model)
    found |= {"R1+R3": adopt(legs(model, "R1", "R3")), "R1+R4": adopt(legs(model, "R1", "R4"))}
    found |= {"R1+R3+R4": adopt(legs(model, "R1", "R3", "R4")), "only R7_2": adopt(["R7_2"])}
    bare = {f"adopted[{name}]": 0.0 for name in model.ranges["existing measures"].elements} | {"handoff effect": 0.0}
    found |= {"coordination": adopt(COORDINATION), "bare": bare}
    found |= {"bare R1_4+R1_5": bare | adopt(COORDINATION[2:]), "bare coordination": bare | adopt(COORDINATION)}
    for dose in DOSES[1:-1]:
        found[f"R1+R3 dose {dose}"] = adopt(legs(model, "R1")) | adopt(legs(model, "R3"), intensity=dose)
    for delay in DELAYS:
        found[f"R1+R3 delay {delay}"] = adopt(legs(model, "R1", "R3")) | {"scale up delay[R3_3]": delay}
    for rho in RHO:
        exponent = {"substitution exponent": rho}
        found[f"base rho {rho}"] = exponent
        found |= {f"R{one} rho {rho}": adopt(legs(model, f"R{one}")) | exponent for one in range(2, 6)}
        found[f"R2 to R5 rho {rho}"] = adopt(legs(model, "R2", "R3", "R4", "R5")) | exponent
    return found | {"slow approval": {SLOW: 1}, "no pandemic": {CALM: 1}, "full US tension": {CONTAINED: 1}}


def with_handles(model: Model) -> Model:
    """Return ``model`` with the three handles, whose values are 0 and change nothing.

    At 1, approval times are doubled from 2027 on; borders stay open to people throughout; tension with the United States
    rises from 2027 to reach 1 in 2028, whatever its path and scale.
    """
    variables = {name: _slowed(variable) for name, variable in model.variables.items()}
    open_borders = Apply("max", (_OWN, Reference(CALM)))
    variables["pandemic gate"] = _changed(variables["pandemic gate"], lambda own: _put(open_borders, own))
    since = Apply("-", (Apply("time", ()), Number(ADOPTED)))
    risen = Apply("max", (Number(0.0), Apply("min", (Number(1.0), since))))
    gap = Apply("*", (Apply("-", (Number(1.0), _OWN)), Apply("*", (Reference(CONTAINED), risen))))
    contained = Apply("+", (_OWN, gap))
    variables["tension"] = _changed(variables["tension"], lambda own: _put(contained, own), scope=("US",))
    for name in (SLOW, CALM, CONTAINED):
        variables[name] = Variable(name, "constant", (), "dmnl", "", (Equation((), Number(0.0)),), settable=True)
    return replace(model, variables=MappingProxyType(variables))


_OWN = Reference("own value")
"""What stands in an expression for what a variable was before."""


def _put(expression: Expression, own: Expression) -> Expression:
    return rewrite(expression, lambda node: own if node == _OWN else node)


def _slowed(variable: Variable) -> Variable:
    """Return ``variable`` with what it reads of approval times lengthened by the handle from the year of adoption on."""
    longer = Apply("+", (Number(1.0), Apply("step", (Reference(SLOW), Number(ADOPTED)))))

    def slow(node: Expression) -> Expression:
        return Apply("*", (node, longer)) if isinstance(node, Reference) and node.name in APPROVAL else node

    return _changed(variable, lambda own: rewrite(own, slow))


def _changed(
    variable: Variable, change: Callable[[Expression], Expression], *, scope: tuple[str, ...] | None = None
) -> Variable:
    """Return ``variable`` with the right-hand sides of its equations changed, of those that cover ``scope`` if it is given."""
    equations = tuple(
        equation
        if isinstance(equation.value, Table) or scope not in (None, equation.scope)
        else replace(equation, value=change(equation.value))
        for equation in variable.equations
    )
    return replace(variable, equations=equations)


def run_propositions(
    model: Model,
    draws: np.ndarray,
    *,
    targets: Sequence[str],
    threads: int,
    step: float | None = None,
    progress: Progress | None = None,
) -> Courses:
    """Run every scenario of the propositions from 2010 to 2040 for every world.

    Arguments:
        model: the model as read.
        draws: values of what is uncertain in the model's units, shape (target, world); no row and one column is the design
            set.
        targets: the constants that take them, ``name`` or ``name[element]``.
        threads: processor threads to use.
        step: time step, ``None`` for the file's own.
        progress: told after every scenario.

    Returns:
        The courses of what propositions read, at each quarter of a year.

    Raises:
        ThroughflowError: the model lacks something that a scenario sets or a proposition reads; draws that are not finite,
            outside the model's limits or of another shape.
    """
    draws = np.asarray(draws, dtype=float)
    if draws.ndim != 2 or len(draws) != len(targets) or not draws.shape[1]:
        what, why = f"numbers shaped {draws.shape}", f"{len(targets)} constants are uncertain"
        raise ThroughflowError(
            Problem("draws of the propositions", what, why, "give one row per constant, one column per world")
        )
    raise_if(_lacking(model))
    asked = scenarios(model)
    varied, rows = _by_element(model, targets, asked)
    draws = draws[rows]
    names = sorted({name for one in PROPOSITIONS for name in one.names})
    record = tuple(dict.fromkeys(name.partition("[")[0] for name in names))
    times = (step or model.clock.step, START, END, SAVE)
    prepared = prepare(Plan(with_handles(model), varied, record, "rk4", *times))
    values, status = {}, {}
    for done, (scenario, parameters) in enumerate(asked.items(), 1):
        values[scenario], status[scenario] = _run(prepared, draws, (scenario, parameters), threads=threads)
        if progress:
            progress(done, len(asked))
    return Courses(prepared.times, values, status)


def _lacking(model: Model) -> list[Problem]:
    """Return what the scenarios and their handles need and ``model`` does not have."""
    wanted = {"range": (("measure", "existing measures"), model.ranges), "variable": (HANDLED, model.variables)}
    return [
        Problem(f"model {model.name}", f"no {kind} {name!r}", "the propositions ask about it", "use the flagship model")
        for kind, (names, known) in wanted.items()
        for name in names
        if name not in known
    ]


def _by_element(model: Model, targets: Sequence[str], asked: Mapping[str, Values]) -> tuple[tuple[str, ...], np.ndarray]:
    """Return the constants that vary, called as the model calls them, and for each its row of draws.

    An array that varies as a whole is taken element by element where a scenario sets one of its elements.
    """
    split = {name.partition("[")[0] for values in asked.values() for name in values if "[" in name}
    found: list[tuple[str, int]] = []
    for row, target in enumerate(targets):
        base, _, rest = target.partition("[")
        variable = model.find(base)
        if rest or variable.name in split:
            given = key(rest.rstrip("]"))
            labels = [label(variable.name, element) for element in model.elements(variable)]
            meant = [name for name in labels if not rest or key(name.partition("[")[2].rstrip("]")) == given]
            found += [(name, row) for name in meant or [target]]  # an element that is none is refused with the plan
        else:
            found.append((variable.name, row))
    return tuple(name for name, _ in found), np.array([row for _, row in found], dtype=np.intp)


def _run(
    prepared: Prepared, draws: np.ndarray, scenario: tuple[str, Values], *, threads: int
) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """Return what propositions read of ``scenario``, by name, and how the worlds ended."""
    name, parameters = scenario
    own, varied = draws.copy(), prepared.plan.varied
    for constant in parameters.keys() & set(varied):  # what a world drew would go before what all worlds share
        own[varied.index(constant)] = parameters[constant]
    shared = {constant: value for constant, value in parameters.items() if constant not in varied}
    block = prepared.run(own, shared, threads=threads, refine=True)
    wanted = {read for one in PROPOSITIONS if name in one.scenarios for read in one.names}
    kept = {label(row.name, row.element): index for index, row in enumerate(prepared.rows)}
    return {read: block.values[kept[read]].copy() for read in wanted}, block.status
