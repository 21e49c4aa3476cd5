"""The question a study asks, as frozen data: scenarios of one model, run alike.

A scenario is nothing but values for named constants and tables of the model, so any readable model can be asked.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

Points = tuple[tuple[float, float], ...]
"""Points of a table, ``(x, y)``, x rising."""

Value = float | tuple[float, ...] | Points
"""What a scenario may give a name: a number, one number per element, or the points of a table."""


@dataclass(frozen=True)
class Scenario:
    """One run to be made.

    Attributes:
        name: short id, unique in the study.
        label_en: what people read in English.
        label_zh: the same in Chinese.
        parameters: values by model name, ``name`` or ``name[element]``; whatever is not named keeps the file's value.
    """

    name: str
    label_en: str
    label_zh: str
    parameters: Mapping[str, Value]


@dataclass(frozen=True)
class Solver:
    """How runs are integrated.

    Attributes:
        method: ``adaptive``, ``stiff``, ``rk4`` or ``euler``.
        step: time step of the fixed-step methods in the model's time unit; ``None`` for the file's own.
    """

    method: str = "adaptive"
    step: float | None = None


@dataclass(frozen=True)
class Study:
    """Scenarios of one model over one horizon.

    Attributes:
        name: the study's name.
        model: path of the model file.
        scenarios: in the order in which they are shown.
        baseline: name of the scenario that others are compared with.
        twin: name of the frictionless twin, or ``None``.
        start: first time, ``None`` for the file's own.
        stop: last time, ``None`` for the file's own.
        save: interval between stored values, ``None`` for the file's own.
        solver: how runs are integrated.
        record: names to keep; ``None`` keeps every variable that is computed (stocks, flows, auxiliaries).
    """

    name: str
    model: Path
    scenarios: tuple[Scenario, ...]
    baseline: str
    twin: str | None = None
    start: float | None = None
    stop: float | None = None
    save: float | None = None
    solver: Solver = Solver()
    record: tuple[str, ...] | None = None


def asked(scenarios: Sequence[Scenario]) -> str:
    """Return what each of ``scenarios`` is called and changes, as JSON that travels with the results."""
    told = {
        scenario.name: {"label_en": scenario.label_en, "label_zh": scenario.label_zh, "parameters": dict(scenario.parameters)}
        for scenario in scenarios
    }
    return json.dumps(told, ensure_ascii=False)
