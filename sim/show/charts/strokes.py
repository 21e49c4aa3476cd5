"""Drawing the lines of a panel from its rows."""

import pandas as pd
from matplotlib.axes import Axes

from sim.show.panels import End
from sim.show.registry import Look
from sim.show.style import BASELINE


def draw(axes: Axes, rows: pd.DataFrame, look: Look, *, baseline: str = "") -> list[End]:
    """Draw one line per scenario of ``rows`` and return their ends, labelled with the scenarios' short names.

    Later scenarios lie on top; ``baseline`` is grey.
    """
    ends = []
    for order, (name, group) in enumerate(rows.groupby("scenario", sort=False)):
        stroke = BASELINE if name == baseline else look.stroke(str(name))
        axes.plot(group["year"], group["value"], **stroke.line(), zorder=3 + order / 100, gid=f"{rows['panel'].iloc[0]}|{name}")
        ends.append(End(look.label(str(name), short=True), float(group["value"].iloc[-1]), stroke))
    return ends
