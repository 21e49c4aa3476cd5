"""Stock-and-flow diagrams, one per view of the model, drawn from the structure that travels with the result."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
import xarray as xr
from matplotlib.figure import Figure

from sim.analysis.definitions import structure
from sim.errors import Problem, ThroughflowError
from sim.show import pipes
from sim.show.layout import Flow, rows
from sim.show.registry import Look, Plan, figure
from sim.show.style import WIDE

SEPARATOR = "; "


def render(table: pd.DataFrame, look: Look) -> Figure:
    """Draw the stocks, flows and direct causes of flows of one view."""
    listed = dict(iter(table.groupby("part")))
    stocks = listed["stock"]
    flows = [Flow(_split(row.name), row.source, row.target, _split(row.causes)) for row in _records(listed, "flow")]
    helpers = tuple((row.name, _split(row.causes)) for row in _records(listed, "auxiliary"))
    kinds = {
        name: kind for row in table.itertuples() for name, kind in zip(_split(row.causes), _split(row.cause_kinds), strict=True)
    }
    ranges = {row.name: row.ranges for row in stocks.itertuples() if row.ranges}
    return pipes.draw(rows(list(stocks["name"]), flows), pipes.Names(look, kinds, ranges), helpers)


def _records(listed: Mapping[str, pd.DataFrame], part: str) -> list[Any]:
    return list(listed[part].rename_axis("row").itertuples()) if part in listed else []


def _split(text: str) -> tuple[str, ...]:
    return tuple(text.split(SEPARATOR)) if text else ()


def facts(table: pd.DataFrame, look: Look) -> Mapping[str, str]:
    """Return the sector's name and how much is drawn."""
    return {
        "view": look.words("view", look.member),
        "stocks": str(int((table["part"] == "stock").sum())),
        "flows": str(int((table["part"] == "flow").sum())),
    }


@figure("structure", render=render, facts=facts, width=WIDE, family=True)
def prepare(dataset: xr.Dataset, plan: Plan) -> pd.DataFrame:
    """Return one row per stock, pipe and auxiliary of the view: its name (two if a flow feeds the next), ends, causes, unit."""
    model = structure(dataset)
    variables = model["variables"]
    names = _members(model, plan)
    stocks = [name for name in names if variables[name]["kind"] == "stock"]
    flows = _flows(variables, stocks)
    lever = plan.settings["lever_cause"]
    helpers = _helpers(variables, [cause for flow in flows for cause in flow.causes], (names, lever))
    shown = [("stock", Flow((name,), "", "", ())) for name in stocks]
    shown += [("flow", flow) for flow in flows]
    shown += [("auxiliary", Flow((name,), "", "", causes)) for name, causes in helpers.items()]
    return pd.DataFrame(
        [
            {
                "view": plan.member,
                "part": part,
                "name": SEPARATOR.join(flow.names),
                "source": flow.source,
                "target": flow.target,
                "causes": SEPARATOR.join(flow.causes),
                "cause_kinds": SEPARATOR.join(_kind(variables, name, lever) for name in flow.causes),
                "units": variables[flow.names[0]]["units"],
                "ranges": " × ".join(variables[flow.names[0]]["dims"]),
            }
            for part, flow in shown
        ]
    )


def _helpers(
    variables: Mapping[str, Any], start: Sequence[str], within: tuple[Sequence[str], str]
) -> dict[str, tuple[str, ...]]:
    """Return the auxiliaries of the view that ``start`` leads to, each with its causes; frictions are not taken apart."""
    members, lever = within
    found: dict[str, tuple[str, ...]] = {}
    pending = list(start)
    while pending:
        name = pending.pop(0)
        if name in found or name not in members or _kind(variables, name, lever) != "auxiliary":
            continue
        found[name] = _causes(variables, (name,), "")
        pending += found[name]
    return found


def _members(model: Mapping[str, Any], plan: Plan) -> list[str]:
    title = plan.settings["members"][plan.member]
    if title not in model["views"]:
        raise ThroughflowError(
            Problem(
                f"view {title!r}",
                "not among the views of the model",
                f"it has {sorted(model['views'])}",
                "mend [structure.members] in figures.toml or the sketch of the model",
            )
        )
    return [place[0] for place in model["views"][title] if place[0] in model["variables"]]


def _kind(variables: Mapping[str, Any], name: str, lever: str) -> str:
    kind = str(variables[name]["kind"])
    return "lever" if kind == "auxiliary" and lever in variables[name]["causes"] else kind


def _flows(variables: Mapping[str, Any], stocks: Sequence[str]) -> list[Flow]:
    sources: dict[str, str] = {}
    targets: dict[str, str] = {}
    for name, variable in variables.items():
        if variable["kind"] == "stock":
            targets |= dict.fromkeys(variable["inflows"], name)
            sources |= dict.fromkeys(variable["outflows"], name)
    listed = [name for stock in stocks for name in (*variables[stock]["inflows"], *variables[stock]["outflows"])]
    feeds = {before: after for after in targets if (before := _fed_by(variables, after, (sources, targets)))}
    found = {}
    for name in dict.fromkeys(listed):
        if name in feeds.values():
            continue
        after = feeds.get(name)
        names = (name, after) if after else (name,)
        target = targets.get(after or name, "")
        found[names] = Flow(names, sources.get(name, ""), target, _causes(variables, names, sources.get(name, "")))
    tails = [(before, after) for before, after in feeds.items() if after in listed and before not in listed]
    for names in tails:
        found[names] = Flow(names, sources[names[0]], targets[names[1]], _causes(variables, names, sources[names[0]]))
    return list(found.values())


def _fed_by(variables: Mapping[str, Any], name: str, ends: tuple[Mapping[str, str], Mapping[str, str]]) -> str:
    """Return the outflow that ends in a cloud and that ``name``, which comes from one, continues: same unit, its only flow."""
    sources, targets = ends
    if name in sources:
        return ""
    flows = [cause for cause in variables[name]["causes"] if variables[cause]["kind"] == "flow"]
    if (
        len(flows) != 1
        or flows[0] in targets
        or flows[0] not in sources
        or variables[flows[0]]["units"] != variables[name]["units"]
    ):
        return ""
    return flows[0]


def _causes(variables: Mapping[str, Any], names: tuple[str, ...], source: str) -> tuple[str, ...]:
    """Return the direct causes shown at a flow: no constants, unless there is nothing else; never the stock it drains."""
    found = dict.fromkeys(cause for name in names for cause in variables[name]["causes"] if cause not in (*names, source))
    moving = tuple(cause for cause in found if variables[cause]["kind"] not in ("constant", "table"))
    return moving or tuple(cause for cause in found if variables[cause]["kind"] == "constant")[:2]
