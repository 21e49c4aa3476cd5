"""The text of a whole compiled kernel: its parts, and the loops around them.

Parts, each a function of its own: ``shared`` (once), ``moment`` (once for each time), ``member`` (once per member: what
constants give, and the initial state), ``stage`` (the rates of one stage of a step, added up at once) and ``observe`` (what is
recorded).  Two functions are called from outside: ``prepare``, which fills the shared numbers and the timeline, and
``members``, which runs members in groups as wide as the vectors.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sim.engine import stability, vectormath
from sim.engine.graph import MOMENTS, Graph
from sim.engine.methods import METHODS, Tableau
from sim.engine.nodes import NodeWriter, Source, source
from sim.engine.placement import Layout, Place
from sim.engine.tables import SEARCH, Shape
from sim.engine.text import Lines, declarations, double, vector

POINTERS = "ptr %constants, ptr %clock, ptr %tables, ptr noalias %uniform"


_GIVEN = "ptr %constants, ptr %clock, ptr %tables, ptr %uniform"


@dataclass(frozen=True)
class Recipe:
    """What the text of a kernel depends on.

    Attributes:
        graph: the nodes.
        layout: what is computed where.
        shapes: form of each table.
        draws: for each member constant that is stored, the row of the draws that holds it, by node.
        method: a key of the fixed-step methods.
        single: whether numbers are recorded in single precision.
        moments: rows of the timeline for each step.
        merged: whether every step is recorded, and at the moment of its first stage, so that both share what they compute.
    """

    graph: Graph
    layout: Layout
    shapes: tuple[Shape, ...]
    draws: dict[int, int]
    method: str
    single: bool
    moments: tuple["Moment", ...]
    merged: bool


def prepare_text(recipe: Recipe) -> str:
    """Return the text that computes what all members share; plain numbers, no vectors."""
    layout, graph = recipe.layout, recipe.graph
    uniform = source("%uniform", layout.shared, lanes=False)
    shared = _part(recipe, 1, Place.SHARED, [])
    for row, node in enumerate(layout.shared):
        shared.lines.store(shared.number(node), "%uniform", row)
    moment = _part(recipe, 1, Place.TIMELINE, [uniform])
    moment.names |= {graph.leaf(name): f"%{name}" for name in MOMENTS}
    for row, node in enumerate(layout.timeline):
        moment.lines.store(moment.number(node), "%row", row)
    return "\n".join(
        [
            declarations(1),
            vectormath.functions(1),
            SEARCH,
            _function("shared", POINTERS, shared.lines),
            _function("moment", f"{POINTERS}, ptr noalias %row, double %time, double %held, double %within", moment.lines),
            _prepare_loop(len(layout.timeline), recipe.moments),
        ]
    )


def members_text(recipe: Recipe, width: int) -> str:
    """Return the text that runs members, ``width`` of them in a vector."""
    parts = [declarations(1)] if width > 1 else []
    parts += [declarations(width), vectormath.functions(width), SEARCH]
    parts.append(_function("member", _MEMBER, _member(recipe, width)))
    if recipe.merged:
        first = _step_part(recipe, width)
        _observe(recipe, first)
        _stage(recipe, first)
        parts.append(_function("first", f"{_STAGE}, {_OUT}", first.lines))
    else:
        observe = _step_part(recipe, width)
        _observe(recipe, observe)
        parts.append(_function("observe", f"{_STEP}, {_OUT}", observe.lines))
    if not recipe.merged or len(METHODS[recipe.method].weights) > 1:
        stage = _step_part(recipe, width)
        _stage(recipe, stage)
        parts.append(_function("stage", _STAGE, stage.lines))
    if recipe.layout.states:
        parts.append(stability.watch_text(recipe.method, width, len(recipe.layout.states)))
    return "\n".join([*parts, _members_loop(recipe, width)])


_MEMBER = f"{POINTERS}, ptr %draws, i64 %stride, ptr noalias %member, ptr noalias %state"
_STEP = f"{POINTERS}, ptr noalias %row, ptr noalias %member, ptr %state"
_STAGE = f"{_STEP}, ptr %base, ptr %sum, ptr %total, ptr noalias %trial, double %weight, double %reach"
_OUT = "ptr noalias %out, i64 %pitch, ptr noalias %flaws"


def scratch_size(layout: Layout, width: int) -> int:
    """Return the numbers of double precision that one thread works in."""
    return width * (len(layout.member) + 4 * len(layout.states) + 1) + stability.scratch_rows(len(layout.states))


Moment = tuple[float, float]
"""Fractions of a step at which time, and comparisons in time, are read."""

STEP_FLAG = np.uint8(4)
"""Flag of a member whose step was too large."""

AT_REST: Moment = (0.0, 0.0)
"""The moment at which a state is recorded: a step's beginning, whatever its stages read."""


def moments(graph: Graph, layout: Layout, method: str) -> tuple[Moment, ...]:
    """Return the moments of each step that the timeline has a row for, that of recording first."""
    used = {graph.nodes[node][0] for node in graph.reachable(layout.timeline)}
    return tuple(dict.fromkeys([AT_REST, *_stage_moments(METHODS[method], within="within" in used)]))


def _stage_moments(tableau: Tableau, *, within: bool) -> list[Moment]:
    return [(node, tableau.inside if within else 0.0) for node in tableau.nodes]


def _part(recipe: Recipe, width: int, place: Place, sources: Sequence[Source]) -> NodeWriter:
    return NodeWriter(Lines(width), recipe.graph, recipe.layout.places, place=place, sources=sources, shapes=recipe.shapes)


def _step_part(recipe: Recipe, width: int) -> NodeWriter:
    layout, graph = recipe.layout, recipe.graph
    states = Source("%state", True, {graph.leaf("state", row): at for at, row in enumerate(layout.states)})
    sources = [
        source("%uniform", layout.shared, lanes=False),
        source("%row", layout.timeline, lanes=False),
        source("%member", layout.member, lanes=True),
        states,
    ]
    return _part(recipe, width, Place.STEP, sources)


def _member(recipe: Recipe, width: int) -> Lines:
    layout = recipe.layout
    part = _part(recipe, width, Place.MEMBER, [source("%uniform", layout.shared, lanes=False)])
    lines = part.lines
    for node, row in recipe.draws.items():
        offset = lines.add(f"mul i64 %stride, {row}")
        at = lines.add(f"getelementptr inbounds double, ptr %draws, i64 {offset}")
        part.names[node] = lines.add(f"load {lines.kind}, ptr {at}, align 8")
    for row, node in enumerate(layout.member):
        lines.store(part.number(node), "%member", row)
    for row, node in enumerate(layout.initial):
        lines.store(part.number(node), "%state", row)
    return lines


def _stage(recipe: Recipe, part: NodeWriter) -> None:
    """Add each net flow to the step's sum as soon as it is known, and make the state of the next stage."""
    lines = part.lines
    weight, reach = lines.spread("%weight"), lines.spread("%reach")
    several = len(METHODS[recipe.method].weights) > 1
    for row, node in enumerate(recipe.layout.rates):
        rate = part.number(node)
        lines.store(lines.fused(weight, rate, lines.load("%sum", row, lanes=True)), "%total", row)
        if several:
            lines.store(lines.fused(reach, rate, lines.load("%base", row, lanes=True)), "%trial", row)


def _observe(recipe: Recipe, part: NodeWriter) -> None:
    """Store what is recorded, and add up zero times each stored number: undefined once one is not finite."""
    lines, width, kept = part.lines, part.lines.width, "float" if recipe.single else "double"
    flaws = lines.load("%flaws", 0, lanes=True)
    for row, node in enumerate(recipe.layout.record):
        value = part.number(node)
        stored = lines.add(f"fptrunc {lines.kind} {value} to {vector(width, 'float')}") if recipe.single else value
        back = lines.add(f"fpext {vector(width, 'float')} {stored} to {lines.kind}") if recipe.single else value
        flaws = lines.fused(back, lines.constant(0.0), flaws)
        offset = lines.add(f"mul i64 %pitch, {row}")
        at = lines.add(f"getelementptr inbounds {kept}, ptr %out, i64 {offset}")
        lines.say(f"store {vector(width, kept)} {stored}, ptr {at}, align 4")
    lines.store(flaws, "%flaws", 0)


def _function(name: str, arguments: str, lines: Lines) -> str:
    return "\n".join([f"define internal void @{name}({arguments}) noinline nounwind {{", *lines.written, "  ret void", "}"])


def _prepare_loop(columns: int, rows: Sequence[Moment]) -> str:
    """Return ``prepare``: the shared numbers, then the timeline's rows of each step; at the end, that of recording alone."""
    calls = []
    for row, (node, inside) in enumerate(rows):
        calls += [
            f"  %at.{row} = add i64 %rows, {row * columns}",
            f"  %row.{row} = getelementptr inbounds double, ptr %timeline, i64 %at.{row}",
            f"  %time.{row} = call double @llvm.fma.f64(double %step, double {double(node)}, double %held)",
            f"  %within.{row} = call double @llvm.fma.f64(double %step, double {double(inside)}, double %held)",
            f"  call void @moment({_GIVEN}, ptr %row.{row}, double %time.{row}, double %held, double %within.{row})",
        ]
        if row == 0:
            calls += ["  %end = icmp eq i64 %i, %steps", "  br i1 %end, label %done, label %stages", "stages:"]
    head = f"define void @prepare({_GIVEN}, ptr %timeline, double %start, double %step, i64 %steps) {{"
    return "\n".join(
        [
            head,
            "entry:",
            f"  call void @shared({_GIVEN})",
            "  br label %loop",
            "loop:",
            "  %i = phi i64 [ 0, %entry ], [ %next, %stages ]",
            "  %count = uitofp i64 %i to double",
            "  %since = fmul double %count, %step",
            "  %held = fadd double %start, %since",
            f"  %rows = mul i64 %i, {columns * len(rows)}",
            *calls,
            "  %next = add i64 %i, 1",
            "  br label %loop",
            "done:",
            "  ret void",
            "}",
        ]
    )


def _members_loop(recipe: Recipe, width: int) -> str:
    """Return ``members``: for each group its own numbers, all steps, and flags of what went wrong."""
    kept = "float" if recipe.single else "double"
    return "\n".join(
        [
            f"define void @members({_GIVEN}, ptr %timeline, ptr %draws, i64 %stride, ptr %out, i64 %wide, ptr %flags, "
            "ptr %member, double %step, i64 %steps, i64 %every, i64 %saved, i64 %first, i64 %last) {",
            "entry:",
            *_scratch(recipe.layout, width),
            "  %pitch = mul i64 %saved, %wide",
            "  %some = icmp ult i64 %first, %last",
            "  br i1 %some, label %group, label %done",
            "group:",
            "  %g = phi i64 [ %first, %entry ], [ %g.next, %ending ]",
            f"  %lane = mul i64 %g, {width}",
            "  %draws.here = getelementptr inbounds double, ptr %draws, i64 %lane",
            f"  %out.here = getelementptr inbounds {kept}, ptr %out, i64 %lane",
            f"  store {vector(width)} zeroinitializer, ptr %flaws, align 8",
            *stability.begun(),
            f"  call void @member({_GIVEN}, ptr %draws.here, i64 %stride, ptr %member, ptr %state)",
            "  br label %time",
            "time:",
            *_one_step(recipe, kept),
            "ending:",
            *_flags(len(recipe.layout.states), width),
            "  %flag.at = getelementptr inbounds i8, ptr %flags, i64 %lane",
            f"  store {vector(width, 'i8')} %flag, ptr %flag.at, align 1",
            "  %g.next = add i64 %g, 1",
            "  %more = icmp ult i64 %g.next, %last",
            "  br i1 %more, label %group, label %done",
            "done:",
            "  ret void",
            "}",
        ]
    )


def _scratch(kept: Layout, width: int) -> list[str]:
    """Return lines that divide a thread's numbers: those of members, four states that take turns, flaws, verdict and marks."""
    names = ("state", "other", "trial.0", "trial.1", "flaws", "verdict", "marks")
    offsets = [width * (len(kept.member) + len(kept.states) * at) for at in range(len(names) - 2)]
    offsets += [offsets[-1] + width, offsets[-1] + width + 1]
    return [
        f"  %{name} = getelementptr inbounds double, ptr %member, i64 {at}" for name, at in zip(names, offsets, strict=True)
    ]


def _one_step(recipe: Recipe, kept: str) -> list[str]:
    """Return the lines of one step: what is due is recorded, and the state goes on unless this was the end."""
    return [
        "  %i = phi i64 [ 0, %group ], [ %i.next, %step.done ]",
        "  %now = phi ptr [ %state, %group ], [ %next, %step.done ]",
        "  %next = phi ptr [ %other, %group ], [ %now, %step.done ]",
        *([] if recipe.merged else _due()),
        f"  %at = mul i64 %i, {len(recipe.layout.timeline) * len(recipe.moments)}",
        "  %rest = getelementptr inbounds double, ptr %timeline, i64 %at",
        *(_recorded_steps(recipe, kept) if recipe.merged else _recorded_times(kept)),
        "  %end = icmp eq i64 %i, %steps",
        "  br i1 %end, label %ending, label %steps.on",
        "steps.on:",
        *_stages(recipe, first=1 if recipe.merged else 0),
        "  br label %step.done",
        "step.done:",
        "  %i.next = add i64 %i, 1",
        "  br label %time",
    ]


def _due() -> list[str]:
    """Return lines that count what was recorded, and the steps until the next time is due."""
    return [
        "  %k = phi i64 [ 0, %group ], [ %k.on, %step.done ]",
        "  %until = phi i64 [ 0, %group ], [ %until.on, %step.done ]",
    ]


def _recorded_times(kept: str) -> list[str]:
    """Return lines that record the state at every time that is due."""
    return [
        "  %save = icmp eq i64 %until, 0",
        "  br i1 %save, label %saving, label %saved.on",
        "saving:",
        "  %shift = mul i64 %k, %wide",
        f"  %out.now = getelementptr inbounds {kept}, ptr %out.here, i64 %shift",
        f"  call void @observe({_GIVEN}, ptr %rest, ptr %member, ptr %now, ptr %out.now, i64 %pitch, ptr %flaws)",
        "  %k.more = add i64 %k, 1",
        "  br label %saved.on",
        "saved.on:",
        "  %k.on = phi i64 [ %k, %time ], [ %k.more, %saving ]",
        "  %left = phi i64 [ %until, %time ], [ %every, %saving ]",
        "  %until.on = sub i64 %left, 1",
    ]


def _recorded_steps(recipe: Recipe, kept: str) -> list[str]:
    """Return lines that record the state of a step while its first stage is taken."""
    return [
        "  %shift = mul i64 %i, %wide",
        f"  %out.now = getelementptr inbounds {kept}, ptr %out.here, i64 %shift",
        *_stage_call(recipe, 0, name="first", more=", ptr %out.now, i64 %pitch, ptr %flaws"),
    ]


def _stages(recipe: Recipe, *, first: int) -> list[str]:
    """Return the calls of the stages of one step, from ``first`` on, and of its watch as soon as that has what it needs."""
    count = len(METHODS[recipe.method].weights)
    calls = [_stage_call(recipe, stage) for stage in range(first, count)]
    if recipe.layout.states:
        calls.insert(len(calls) - (count > 1), stability.watching(recipe.method))
    return [line for call in calls for line in call]


def _stage_call(recipe: Recipe, stage: int, *, name: str = "stage", more: str = "") -> list[str]:
    """Return the call of one stage; each stage of these methods starts from the slope of the one before."""
    tableau, rows = METHODS[recipe.method], recipe.moments
    row = rows.index(_stage_moments(tableau, within=any(inside for _, inside in rows))[stage])
    reach = tableau.stages[stage + 1][stage] if stage + 1 < len(tableau.weights) else 0.0
    state, before = (f"%trial.{stage % 2}", "%next") if stage else ("%now", "%now")
    return [
        f"  %row.{stage} = getelementptr inbounds double, ptr %rest, i64 {row * len(recipe.layout.timeline)}",
        f"  %weight.{stage} = fmul double %step, {double(tableau.weights[stage])}",
        f"  %reach.{stage} = fmul double %step, {double(reach)}",
        f"  call void @{name}({_GIVEN}, ptr %row.{stage}, ptr %member, ptr {state}, ptr %now, ptr {before}, "
        f"ptr %next, ptr %trial.{(stage + 1) % 2}, double %weight.{stage}, double %reach.{stage}{more})",
    ]


def _flags(count: int, width: int) -> list[str]:
    """Return lines that make ``%flag``, a sum: 1 a number is not finite, 2 a last state undefined, 4 the step too large."""
    lines = Lines(width)
    found, undefined = lines.load("%flaws", 0, lanes=True), lines.truth(False)
    for row in range(count):
        state = lines.load("%now", row, lanes=True)
        found = lines.fused(state, lines.constant(0.0), found)
        undefined = lines.either(undefined, lines.compare("uno", state, state))
    narrow = vector(width, "i8")
    conditions = (lines.compare("uno", found, found), undefined, stability.verdict(lines))
    ones, twos, fours = (lines.add(f"zext {vector(width, 'i1')} {condition} to {narrow}") for condition in conditions)
    high = lines.add(f"or {narrow} {lines.add(f'add {narrow} {fours}, {fours}')}, {twos}")
    doubled = lines.add(f"add {narrow} {high}, {high}")
    return [*lines.written, f"  %flag = or {narrow} {ones}, {doubled}"]
