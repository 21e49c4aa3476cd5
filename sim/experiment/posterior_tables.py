"""What a calibration found as rows of tables: parameters, profiles, the method's own test, how good the draws are."""

from dataclasses import dataclass

import numpy as np

from sim.analysis.calibration.informed import Information
from sim.analysis.calibration.mode import POINT_95, Mode
from sim.analysis.calibration.weights import effective_size, largest, normalised, pareto_k, weighted_quantiles
from sim.experiment.fitting import Posterior, Recovery, Subject
from sim.experiment.past import values_at
from sim.experiment.targets import COVERAGE
from sim.experiment.told import Rows, Told, compared

ENDS = (0.05, 0.5, 0.95)
PRIOR_WIDTH = 2.0 * POINT_95


@dataclass(frozen=True)
class Found:
    """Everything a calibration found.

    Attributes:
        subject: what was calibrated.
        posterior: its posterior.
        mode: its most probable places.
        informed: what the data say of each place.
        profiles: places beside the mode and losses of the log posterior there, by index of the parameter.
        recovery: the method's own test; ``None`` if it was left out.
    """

    subject: Subject
    posterior: Posterior
    mode: Mode
    informed: Information
    profiles: dict[int, tuple[np.ndarray, np.ndarray]]
    recovery: Recovery | None

    @property
    def at_bound(self) -> list[str]:
        """Names whose mode lies outside the prior's 90 % interval."""
        return [name for name, place in zip(self.subject.names, self.mode.places, strict=True) if abs(place) > POINT_95]


def target_rows(told: Told) -> Rows:
    """Return a row for each target: labels, unit, role, the posterior of its scale, error, how many years."""
    rows: Rows = []
    for target in told.past.targets:
        series = target.series
        scales = told.replicas.scales.get(series.scale, np.ones(1))
        counts = dict(compared(target)) if target.role != "check" else {}
        rows.append(
            {"target": target.name, "label_en": target.labels[0], "label_zh": target.labels[1], "unit": target.unit}
            | {"role": target.role, "scale_name": series.scale}
            | {f"scale_{name}": value for name, value in zip(("q05", "q50", "q95"), np.quantile(scales, ENDS), strict=True)}
            | {"error": series.error, "lag": target.lag}
            | {"n_fit": int(counts.get("fit", np.zeros(0)).sum()), "n_hold": int(counts.get("hold-out", np.zeros(0)).sum())}
        )
    return rows


def parameter_rows(found: Found) -> Rows:
    """Return a row for each uncertainty: prior, posterior, mode, and whether the data inform it.

    What does not act in the past keeps its prior.
    """
    acting = {name: index for index, name in enumerate(found.subject.names)}
    weights = normalised(found.posterior.weighted.log_weights)
    places = weighted_quantiles(found.posterior.weighted.places, weights, np.array(ENDS))
    prior = np.array(_ends())
    rows: Rows = []
    for each in found.subject.priors:
        index = acting.get(each.uncertainty.name)
        own = prior if index is None else places[:, index]
        values = values_at([each.uncertainty] * 2, np.stack([prior, own]))
        mode = 0.0 if index is None else float(found.mode.places[index])
        rows.append(
            {"name": each.uncertainty.name, "unit": each.unit, "origin": each.origin, "basis": each.basis}
            | dict(
                zip(
                    ("prior_q05", "prior_q50", "prior_q95", "posterior_q05", "posterior_q50", "posterior_q95"),
                    values.ravel(),
                    strict=True,
                )
            )
            | {"contraction": 0.0 if index is None else float(found.informed.contraction[index])}
            | {"shift": 0.0 if index is None else float(found.informed.shift[index])}
            | {"mode": float(values_at([each.uncertainty], np.array([[mode]]))[0, 0]), "mode_place": mode}
            | {"at_bound": abs(mode) > POINT_95, "informed": index is not None and bool(found.informed.informed[index])}
            | {"acts": index is not None}
        )
    return rows


def _ends() -> tuple[float, float, float]:
    return -POINT_95, 0.0, POINT_95


def profile_rows(found: Found) -> Rows:
    """Return rows of what is lost of the log posterior with a parameter held beside its mode."""
    rows: Rows = []
    for index, (places, losses) in found.profiles.items():
        uncertainty = found.subject.past.uncertainties[index]
        values = values_at([uncertainty], places[None])[0]
        for place, value, loss in zip(places, values, losses, strict=True):
            rows.append({"name": uncertainty.name, "place": float(place), "value": float(value), "drop": float(loss)})
    return rows


def synthetic_rows(found: Found) -> Rows:
    """Return rows of truths, the 90 % intervals found of them, and whether these hold them; all in places."""
    if found.recovery is None:
        return []
    rows: Rows = []
    found_of = found.recovery
    each_truth = zip(found_of.truths, found_of.low, found_of.high, found_of.informed, strict=True)
    for number, (truth, low, high, informed) in enumerate(each_truth):
        for index, name in enumerate(found.subject.names):
            ends = {"truth_value": float(truth[index]), "q05": float(low[index]), "q95": float(high[index])}
            inside = bool(low[index] <= truth[index] <= high[index])
            width = float((high[index] - low[index]) / PRIOR_WIDTH)
            told = {"inside": inside, "width": width, "informed": bool(informed[index])}
            rows.append({"truth": number, "name": name} | ends | told)
    return rows


def method_rows(found: Found) -> Rows:
    """Return rows of how good the draws are and what they took."""
    from scipy.special import logsumexp

    tempered, weighted = found.posterior.particles, found.posterior.weighted
    logs, mode = weighted.log_weights, found.mode
    acting = int(found.subject.acting.sum()) - (COVERAGE in found.subject.names)
    figures = [
        ("ess", effective_size(logs), "effective number of the weighted draws"),
        ("largest_weight", largest(logs), "share of the heaviest draw"),
        ("pareto_k", pareto_k(logs), "shape of the tail of the weights; below 0.7 is good"),
        ("draws", logs.size, "weighted draws"),
        (
            "prior_ess",
            tempered.prior_effective,
            f"effective number of {tempered.places.shape[1]} prior draws weighted by the likelihood",
        ),
        ("log_evidence", tempered.log_evidence, "log of the prior mean of the likelihood, by tempering"),
        (
            "log_evidence_weighted",
            float(logsumexp(logs) - np.log(logs.size)),
            "the same by the weighted draws; the two should agree",
        ),
        ("particles", tempered.places.shape[1], "particles of the tempering"),
        ("temperatures", len(tempered.powers) - 1, "powers of the likelihood"),
        ("acceptance", tempered.accepted[-1], "share of the last moves accepted"),
        ("runs", tempered.runs + logs.size, "runs of tempering and weighting"),
        ("acting", acting, "constants of the model that act before the last year compared"),
        (
            "informed",
            int(found.informed.informed.sum()),
            "parameters the data inform, one of the observation perhaps among them",
        ),
        ("mode_loss", min(mode.losses), "half the sum of squares at the mode"),
        ("mode_spread", max(mode.losses) - min(mode.losses), "worst end of a start above the best"),
        ("vectors", found.posterior.chosen.shape[1], "equally weighted vectors kept"),
    ]
    return [{"name": name, "value": float(value), "meaning": meaning} for name, value, meaning in figures]
