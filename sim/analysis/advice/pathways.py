"""Adaptive pathways: begin with one package and turn to another, at a fixed year or once a signpost calls for it.

Until what year a package meets its targets is its use-by date, and turning when a signpost is passed is a policy that waits for
evidence (Haasnoot et al. 2013, doi 10.1016/j.gloenvcha.2012.12.006).  In each world a policy follows one of the stored
scenarios: the one that turns in the first year the policy asks for.  That is causal because scenarios are the same until they
turn, which is checked.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from sim.analysis.advice.ordering import known
from sim.analysis.advice.questions import Tables, question
from sim.analysis.advice.timing import starts
from sim.analysis.definitions import indicators
from sim.analysis.question import asked, value_in
from sim.analysis.values import split
from sim.analysis.worlds import Worlds, reading, spread, verdict
from sim.errors import Problem, ThroughflowError, nearest, raise_if

USUAL = ("co papers", "Talent total", "Data shared abroad", "total joint projects", "extra cost", "peak of Stringency")
"""Outcomes that are told."""

LEVELS = (0.02, 0.05, 0.08, 0.1, 0.15)
"""Levels of the signpost at which policies turn: all short of the target for the same outcome, or they would come too late."""

TARGETS = (
    ("Stringency", "below", 0.2, "level"),
    ("co papers", "above", -1.0, "percent"),
    ("Data shared abroad", "above", -1.0, "percent"),
)
"""Targets that a package is to keep: outcome, side, number, and whether it is of the level or per cent over the baseline."""

SIDES, KINDS = ("above", "below"), ("level", "percent")

SAME = 1e-5
"""Share of a variable's greatest size within which scenarios are the same until they turn."""

NOTHING, NEVER, START, FIXED, TRIGGER = "nothing", "never", "start", "fixed", "trigger"
"""Kinds of policies: adopt nothing, stay, adopt all at once, turn in one year, turn when the signpost calls."""


@dataclass(frozen=True)
class Turns:
    """Scenarios that begin with one package and turn to another.

    Attributes:
        first: place of the scenario that never turns.
        then: place of the one that adopts everything at the date of the first package.
        years: years in which the others turn, ascending.
        places: places of those.
    """

    first: int
    then: int
    years: np.ndarray
    places: np.ndarray


def _needed(
    worlds: Worlds,
    *,
    first: str,
    then: str,
    trigger: Sequence[str],
    levels: Sequence[float],
    review: float,
    lag: float,
    targets: Sequence[Sequence[Any]],
) -> Turns:
    """Return the turns between the packages, where nothing that is asked about them is wrong."""
    wrong = _wrong(trigger, times={"review": review, "lag": lag}, levels=levels)
    raise_if([*_unknown(worlds, first, then), *wrong, *(problem for target in targets for problem in _wrong_target(target))])
    worlds.outcome(trigger[0])
    return _turns(worlds, first, then)


@question("pathways", needs=_needed)
def pathways(
    worlds: Worlds,
    *,
    first: str = "opening_only",
    then: str = "all",
    trigger: Sequence[str] = ("Stringency", "above"),
    levels: Sequence[float] = LEVELS,
    review: float = 1.0,
    lag: float = 1.0,
    targets: Sequence[Sequence[Any]] = TARGETS,
) -> Tables:
    """Return what staying, turning at once, in a fixed year or at a signpost brings, and until when packages meet targets.

    Arguments:
        worlds: an ensemble with ``first``, ``then`` and scenarios that turn from the one to the other in different years.
        first: package that is adopted first.
        then: package that is turned to; it adopts all of ``first`` and more.
        trigger: outcome that is watched, and whether a policy turns when it is ``above`` or ``below`` a level.
        levels: levels of the outcome, in the model's unit.
        review: years between looks at the outcome, from the year after the first measure on.
        lag: years from the look that calls for the turn to the turn.
        targets: what must hold from the first measure on, each an outcome, ``above`` or ``below``, a number, and whether it
            is a ``level`` in the model's unit or ``percent`` over the baseline; those of
            outcomes that the store lacks are left out if usual.

    Returns:
        ``pathways``: a row by policy and outcome in the last year: quantiles of the paired gain over the baseline and, as
        ``over_...``, over never turning, in per cent too (NaN where that has no meaning), verdicts.
        ``pathways_policies``: a row by policy: kind, level, year, share of worlds that turned, quantiles of the year of the
        turn among them (NaN if none did), share of worlds that meet every target in the last year and in all years, the
        paired difference of the latter from that of turning at once (``against_start``) and its standard error.
        ``pathways_use_by``: a row by package, target and year: share of worlds that have missed the target by then.

    Raises:
        ThroughflowError: packages or turns that are not there, scenarios that differ before they turn, wrong settings.
    """
    about = {"trigger": trigger, "levels": levels, "review": review, "lag": lag, "targets": targets}
    turns = _needed(worlds, first=first, then=then, **about)
    outcomes = known(worlds, USUAL, USUAL)
    kept = _kept(worlds, targets)
    compared = [*outcomes, *(target[0] for target in kept), trigger[0]]
    _same_before(worlds, turns, [reading(name)[1] for name in compared])
    watched = worlds.values(trigger[0])[turns.first]
    policies = [*_plain(worlds, turns), *_triggered(worlds, turns, watched, (trigger[1], levels, review, lag))]
    rows = [row for name in outcomes for row in _outcome(worlds, turns, policies, name=name)]
    told = _policies(policies, kept, trigger)
    use_by = [row for name in (worlds.baseline, first, then) for row in _use_by(worlds, kept, name)]
    found = {"pathways": rows, "pathways_policies": told, "pathways_use_by": use_by}
    return {name: pd.DataFrame(each) for name, each in found.items() if each}


@dataclass(frozen=True)
class Policy:
    """A policy: its kind, the level or year it is known by (NaN otherwise), and what it does in each world.

    Attributes:
        places: which scenario it follows, by member.
        turned: year in which it turns, by member; NaN where it never does.
    """

    kind: str
    level: float
    year: float
    places: np.ndarray
    turned: np.ndarray

    @property
    def name(self) -> str:
        """Return a name that tells policies apart, such as ``trigger 0.1``."""
        number = self.level if self.kind == TRIGGER else self.year
        return self.kind if np.isnan(number) else f"{self.kind} {number:g}"


def first_turn(watched: np.ndarray, times: np.ndarray, *, above: bool, level: float, years: np.ndarray) -> np.ndarray:
    """Return the first of ``years`` at which ``watched`` lies beyond ``level``, by member; NaN if it never does.

    Arguments:
        watched: outcome, shape (time, member).
        times: shape (time,).
        above: whether beyond is above, not below.
        level: in the unit of ``watched``.
        years: when it is looked at, ascending, each a stored time.
    """
    places = [int(np.abs(times - year).argmin()) for year in years]
    seen = watched[places] > level if above else watched[places] < level
    return np.where(seen.any(axis=0), np.asarray(years)[seen.argmax(axis=0)], np.nan)


def _unknown(worlds: Worlds, *packages: str) -> list[Problem]:
    cure = "run a study of switches"
    return [
        Problem(f"package {name!r}", "unknown", "the store has no such scenario", nearest(name, worlds.scenarios) or cure)
        for name in packages
        if name not in worlds.scenarios
    ]


def _wrong(trigger: Sequence[str], *, times: Mapping[str, float], levels: Sequence[float]) -> list[Problem]:
    found = []
    if len(trigger) != 2 or trigger[1] not in SIDES:
        found.append(Problem("trigger", repr(list(trigger)), "it is an outcome and a side", "such as [Stringency, above]"))
    if not levels or not np.isfinite(list(levels)).all():
        found.append(Problem("levels", repr(list(levels)), "a policy turns at a level", "give numbers"))
    if not times["review"] > 0:
        found.append(Problem("review", f"{times['review']:g}", "years between looks are more than 0", "give a positive number"))
    if not times["lag"] >= 0:
        found.append(Problem("lag", f"{times['lag']:g}", "nothing turns before it is called for", "give 0 or more"))
    return found


def _wrong_target(target: Sequence[Any]) -> list[Problem]:
    """Return what is wrong with the form of a target."""
    right = len(target) == 4 and target[1] in SIDES and target[3] in KINDS and isinstance(target[2], int | float)
    cure = "such as [Stringency, below, 0.2, level] or [co papers, above, 0, percent]"
    why = "a target is an outcome, a side, a number and what the number is of"
    return [] if right and np.isfinite(target[2]) else [Problem("targets", repr(list(target)), why, cure)]


def _turns(worlds: Worlds, first: str, then: str) -> Turns:
    """Return the scenarios that adopt ``first`` at its own dates and the rest of ``then`` at one later date, all else as there.

    Of two such scenarios that turn in one year, which then have the same settings, the first is taken.
    """
    raise_if(_unknown(worlds, first, then))
    before, whole = worlds.adopted[first], worlds.adopted[then]
    usual = starts(worlds, first)
    found: dict[float, int] = {}
    for place, name in enumerate(worlds.scenarios):
        begun = starts(worlds, name) if worlds.adopted[name] == whole and name != then else {}
        rest = {begun[measure] for measure in begun.keys() - before}
        kept = {measure: begun[measure] for measure in begun.keys() & before}
        if len(rest) == 1 and kept == usual and not _differing(worlds, name, then):
            found.setdefault(rest.pop(), place)
    if not before < whole or not found:
        what = f"no scenario turns from {first} to {then}"
        why = f"it adopts {first} at its own dates and the rest of {then} at one other date, all else as in {then}"
        raise ThroughflowError(Problem("scenarios", what, why, f"run a study of switches from {first} to {then}"))
    years = np.array(sorted(found))
    places = np.array([found[year] for year in years])
    return Turns(worlds.scenarios.index(first), worlds.scenarios.index(then), years, places)


def _differing(worlds: Worlds, one: str, other: str) -> bool:
    """Tell whether two scenarios differ in anything but the dates of measures."""
    told = asked(worlds.dataset)
    date = split(str(indicators(worlds.dataset)["settings"]["measure"]["start"]))[0]
    named = {each for name in (one, other) for each in told[name] if split(each)[0] != date}
    return any(value_in(worlds.dataset, one, each) != value_in(worlds.dataset, other, each) for each in named)


def _same_before(worlds: Worlds, turns: Turns, outcomes: Sequence[str]) -> None:
    """Refuse scenarios that differ from the one that never turns before they turn."""
    problems = []
    for name in dict.fromkeys(outcomes):
        values = worlds.values(name)
        stay = values[turns.first]
        size = np.abs(stay).max()
        for year, place in zip(turns.years, turns.places, strict=True):
            until = worlds.times <= year + 1e-9
            apart = float(np.abs(values[place][until] - stay[until]).max(initial=0.0))
            if apart > SAME * size:
                where = f"{name} in {worlds.scenarios[place]}"
                what = f"differs by {apart:.3g} from {worlds.scenarios[turns.first]} before {year:g}"
                why = "a policy that turns then would have known the future"
                problems.append(Problem(where, what, why, "let scenarios differ in the date of the second package alone"))
    raise_if(problems)


def _plain(worlds: Worlds, turns: Turns) -> list[Policy]:
    """Return the policies that look at nothing."""
    nan = np.nan
    whole = {NOTHING: worlds.scenarios.index(worlds.baseline), NEVER: turns.first, START: turns.then}
    made = [Policy(kind, nan, nan, np.array([place]), np.array([nan])) for kind, place in whole.items()]
    fixed = zip(turns.years, turns.places, strict=True)
    return made + [Policy(FIXED, nan, float(year), np.array([place]), np.array([year])) for year, place in fixed]


def _triggered(
    worlds: Worlds, turns: Turns, watched: np.ndarray, how: tuple[str, Sequence[float], float, float]
) -> list[Policy]:
    """Return the policies that turn at the first look beyond a level; beyond the last year of a turn they stay."""
    side, levels, review, lag = how
    years = _looks(worlds, review, turns.years[-1] - lag)
    made = []
    for level in sorted(levels):
        called = first_turn(watched, worlds.times, above=side == "above", level=level, years=years) + lag
        at = np.searchsorted(turns.years, called - 1e-9)
        turning = np.isfinite(called) & (at < len(turns.years))
        held = np.minimum(at, len(turns.years) - 1)
        places = np.where(turning, turns.places[held], turns.first)
        made.append(Policy(TRIGGER, float(level), np.nan, places, np.where(turning, turns.years[held], np.nan)))
    return made


def _looks(worlds: Worlds, review: float, last: float) -> np.ndarray:
    """Return the stored years in which the outcome is looked at, from the year after the first measure to ``last``."""
    wanted = np.arange(worlds.first_year + 1.0, last + 1e-9, review)
    missing = [year for year in wanted if np.abs(worlds.times - year).min() > 1e-3]
    if missing or not len(wanted):
        what = f"{missing[0]:g} is not stored" if missing else f"no look between {worlds.first_year + 1:g} and {last:g}"
        why = "the outcome is looked at in stored years, before the last turn"
        raise ThroughflowError(Problem("review", what, why, "look less often, store more often, or run earlier turns"))
    return wanted


def _followed(values: np.ndarray, policy: Policy) -> np.ndarray:
    """Return ``values``, shape (scenario, ..., member), along the scenario that ``policy`` follows in each world."""
    members = values.shape[-1]
    return np.moveaxis(values, -1, 1)[np.broadcast_to(policy.places, members), np.arange(members)].T


def _outcome(worlds: Worlds, turns: Turns, policies: Sequence[Policy], *, name: str) -> list[dict[str, object]]:
    """Return the rows of one outcome in the last year: gains over the baseline and over never turning, by policy."""
    year = float(worlds.times[-1])
    values = worlds.values(name, [year])[:, 0]
    base, stay = values[worlds.scenarios.index(worlds.baseline)], values[turns.first]
    relative = worlds.relative(name)
    rows = []
    for policy in policies:
        got = _followed(values, policy)
        row: dict[str, object] = {"policy": policy.name, "kind": policy.kind, "outcome": name, "year": year}
        row |= {"units": worlds.units(name)}
        for lead, other in (("", base), ("over_", stay)):
            row |= {f"{lead}{key}": float(number) for key, number in spread(got - other).items()}
            percent = relative and bool((other != 0).all())
            shares = spread(100 * (got - other) / other) if percent else dict.fromkeys(spread(got), np.nan)
            row |= {f"{lead}percent_{key}": float(number) for key, number in shares.items()}
            row |= {f"{lead}verdict": verdict(got - other, other if percent else None)}
        rows.append(row | {"members": int(got.size)})
    return rows


def _kept(worlds: Worlds, targets: Sequence[Sequence[Any]]) -> dict[tuple[Any, ...], np.ndarray]:
    """Return for each target where it is kept, shape (scenario, time, member), from the first measure on."""
    usual = tuple(map(tuple, targets)) == TARGETS
    found = {}
    for target in map(tuple, targets):
        name, side, number, kind = target
        if usual and name not in worlds.outcomes:
            continue
        values = worlds.values(name) if kind == "level" else worlds.percent(name)
        found[target] = (values >= number if side == "above" else values <= number)[:, _acting(worlds)]
    if not found:
        why = "a policy is judged by the targets it keeps"
        raise ThroughflowError(Problem("targets", "none", why, "name targets of outcomes that the store recorded"))
    return found


def _acting(worlds: Worlds) -> np.ndarray:
    return worlds.times >= worlds.first_year - 1e-9


def _policies(policies: Sequence[Policy], kept: Mapping[Any, np.ndarray], trigger: Sequence[str]) -> list[dict[str, object]]:
    at_once = next(each for each in policies if each.kind == START)
    return [_policy(each, kept, trigger, at_once=at_once) for each in policies]


def _policy(policy: Policy, kept: Mapping[Any, np.ndarray], trigger: Sequence[str], *, at_once: Policy) -> dict[str, object]:
    """Return when ``policy`` turns and in what share of the worlds it keeps every target."""
    last, always = (_met(kept, policy, whole=whole) for whole in (False, True))
    apart = always - _met(kept, at_once, whole=True)
    members = always.size
    turned = np.broadcast_to(policy.turned, members)
    turned = turned[np.isfinite(turned)]
    quantiles = spread(turned) if turned.size else dict.fromkeys(spread(np.zeros(1)), np.nan)
    return {
        "policy": policy.name,
        "kind": policy.kind,
        "trigger": trigger[0] if policy.kind == TRIGGER else "",
        "side": trigger[1] if policy.kind == TRIGGER else "",
        "level": policy.level,
        "year": policy.year,
        "turned": turned.size / members,
        **{f"turned_{key}": float(number) for key, number in quantiles.items()},
        "met_last": float(last.mean()),
        "met_always": float(always.mean()),
        "against_start": float(apart.mean()),
        "against_start_error": float(apart.std() / np.sqrt(members)),
        "members": members,
    }


def _met(kept: Mapping[Any, np.ndarray], policy: Policy, *, whole: bool) -> np.ndarray:
    """Return 1 for each world in which ``policy`` meets every target in the last year, or in the ``whole`` time, else 0."""
    followed = [_followed(each, policy) for each in kept.values()]
    return np.all([each.all(axis=0) if whole else each[-1] for each in followed], axis=0).astype(float)


def _use_by(worlds: Worlds, kept: Mapping[tuple[Any, ...], np.ndarray], package: str) -> list[dict[str, object]]:
    """Return the share of worlds in which ``package`` has missed each target by each year."""
    years = worlds.times[_acting(worlds)]
    rows = []
    for (name, side, number, kind), met in kept.items():
        missed = np.maximum.accumulate(~met[worlds.scenarios.index(package)], axis=0)
        told = {"scenario": package, "outcome": name, "side": side, "number": number, "kind": kind}
        shares = missed.mean(axis=1)
        rows += [told | {"year": float(year), "missed": float(share)} for year, share in zip(years, shares, strict=True)]
    return rows
