"""On what results stand: the design set, ranges of the priors, the posterior of the calibration, or numbers of one's own."""

import hashlib
import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from sim.config import vocabulary
from sim.config.composition import Composition
from sim.config.findings import Findings
from sim.config.limits import Known
from sim.config.parameters import read_parameters
from sim.config.posterior import POSTERIOR, Posterior, central_vector, read_shipped
from sim.config.uncertainty import Uncertain, known_uncertainties, of_prior
from sim.experiment.scenarios import Study, Value

if TYPE_CHECKING:
    from sim.config.ensemble import Sampling

DESIGN, OWN, PRIOR = "design", "own", "prior"

CENTRE = f"parameters/{POSTERIOR}"
"""The shipped file of the posterior's centre."""

_APART = frozenset((*vocabulary.NOT_PARAMETERS, *vocabulary.TENSIONS.values(), vocabulary.PANDEMIC))
"""What scenarios are made of: measures and the outside world. To set it is to ask another question, on the same footing."""

_TOLD = ("posterior", "fit", "hold_out", "vectors", "parameters", "informed")


def central_values(composition: Composition, table: Mapping[str, Known]) -> dict[str, Value]:
    """Return what the posterior's centre sets, by name in the model, if the config stands on it; nothing otherwise."""
    if not composition.uses(CENTRE):
        return {}
    shipped, said = composition.shipped, composition.shipped[POSTERIOR]
    scales = {
        vocabulary.TENSION_SCALES[path]: row["scale"]
        for path, row in said.get("world", {}).items()
        if row["scale"] != shipped["world"][path]["scale"]
    }
    fitted = said["parameters"]
    return scales | read_parameters(Findings(str), fitted, shipped["parameters"], table=table, fitted=fitted)


def central_keys(composition: Composition) -> frozenset[str]:
    """Return the keys of the outside world that are as the posterior's centre has them."""
    if not composition.uses(CENTRE):
        return frozenset()
    said, world = composition.shipped[POSTERIOR].get("world", {}), composition.config.get("world", {})
    return frozenset(f"world.{path}.scale" for path, row in said.items() if world.get(path, {}).get("scale") == row["scale"])


def refuse_mixed(findings: Findings, composition: Composition) -> None:
    """Report an ensemble of the prior, or of one's own, around the centre of the posterior."""
    sampler = (composition.config.get("ensemble") or {}).get("sampler", "none")
    if composition.uses(CENTRE) and sampler not in ("none", POSTERIOR):
        findings.refuse(
            "ensemble.sampler",
            f"ensemble={sampler} beside parameters=posterior",
            why="it draws from the prior while parameters=posterior asks for the posterior",
            cure="give ensemble=posterior, or leave parameters=posterior out",
        )


def read_footing(
    findings: Findings,
    composition: Composition,
    study: Study,
    *,
    central: Mapping[str, Value],
    sampling: "Sampling | None",
    table: Mapping[str, Known],
) -> Mapping[str, str | int]:
    """Return on what the results of ``study`` stand, as their attributes ``footing``, ``worlds`` and ``footing_told`` (JSON).

    Arguments:
        findings: where it goes that there is no usable posterior, or one of another edition of the model.
        composition: the composed config.
        study: the scenarios as they are run.
        central: what the posterior's centre sets, nothing where the config does not stand on it.
        sampling: which worlds are drawn, if any.
        table: the parameter table.
    """
    common = study.scenarios[0].parameters
    if sampling is not None:
        if sampling.posterior is not None:
            _tell_other_model(findings, sampling.posterior, study)
        return _of_ensemble(sampling, common, _as_shipped(composition, sampling, table))
    posterior = read_shipped(findings, "parameters") if composition.uses(CENTRE) else None
    if posterior is not None:
        _tell_other_model(findings, posterior, study)
    usual = {row.name: row.central for row in table.values()}
    return _of_run(common, {name: (value, usual.get(name)) for name, value in central.items()}, posterior)


def _tell_other_model(findings: Findings, posterior: Posterior, study: Study) -> None:
    fitted = posterior.about.get("model")
    if fitted != hashlib.sha256(study.model.read_bytes()).hexdigest():
        findings.warn(
            f"the posterior was fitted with another edition of the model ({str(fitted)[:8]}); "
            "`throughflow run study=calibration` fits this one"
        )


def _of_run(
    common: Mapping[str, Value], central: Mapping[str, tuple[Value, float | None]], posterior: Posterior | None
) -> Mapping[str, str | int]:
    """Return the footing of single runs.

    Arguments:
        common: what the baseline sets.
        central: for what the posterior's centre sets, its value and that of the design set.
        posterior: the posterior, where the config stands on its centre.
    """
    changed = {name: (central.get(name, (None,))[0], value) for name, value in common.items()}
    changed |= {name: (there, usual) for name, (there, usual) in central.items() if name not in common}
    changed = {name: (there, given) for name, (there, given) in changed.items() if there != given}
    own = any(name.partition("[")[0] not in _APART for name in changed)
    told: dict[str, Any] = {"base": DESIGN}
    if posterior is not None:
        told = {"base": POSTERIOR, "vector": central_vector(posterior) + 1, "changed": changed, **_about(posterior)}
    return _attributes(OWN if own else told["base"], 1, told)


def _as_shipped(composition: Composition, sampling: "Sampling", table: Mapping[str, Known]) -> bool:
    """Tell whether all that is drawn is distributed as a shipped file says."""
    usual = (known_uncertainties(table), of_prior(composition.shipped[PRIOR], table))

    def points(one: Uncertain) -> tuple[Any, ...]:
        return one.distribution, one.low, one.central, one.high

    return all(
        any(one.name in known and points(known[one.name]) == points(one) for known in usual)
        for one in sampling.uncertain
        if not one.values
    )


def _of_ensemble(sampling: "Sampling", common: Mapping[str, Value], as_shipped: bool) -> Mapping[str, str | int]:
    """Return the footing of an ensemble; ``common`` is what the baseline sets beside what is drawn."""
    design, posterior = sampling.design, sampling.posterior
    base = POSTERIOR if posterior else OWN if design.sampler == "file" else PRIOR
    set_ = any(name.partition("[")[0] not in _APART for name in common)
    told: dict[str, Any] = {"base": base, "drawn": len(design.drawn)} | (_about(posterior) if posterior else {})
    own = set_ or (base == PRIOR and not as_shipped)
    return _attributes(OWN if own else base, design.size // design.points, told)


def _about(posterior: Posterior) -> dict[str, Any]:
    return {name: posterior.about[name] for name in _TOLD if name in posterior.about}


def _attributes(footing: str, worlds: int, told: Mapping[str, Any]) -> Mapping[str, str | int]:
    return {"footing": footing, "worlds": worlds, "footing_told": json.dumps(told, ensure_ascii=False)}
