"""Where the answer comes from: the paper, the data, the calibration, the model, the studies, and how to make it again."""

from sim.analysis.definitions import read_rows
from sim.show.brief.answers import Source
from sim.show.brief.case import Case
from sim.show.brief.document import Block, Points, Prose, Section
from sim.show.footing import POSTERIOR, PRIOR, footing

HASH = 16
"""Letters shown of a hash."""


def section(case: Case) -> Section:
    """Return the section on sources."""
    told = [case.text("paper"), *_data(case), _model(case), *(_study(case, each) for each in case.answers.sources)]
    blocks: tuple[Block, ...] = (
        Points(tuple(told)),
        Prose(case.text("again")),
        Prose("\n".join(commands(case)), "code"),
    )
    return Section(case.text("section_sources"), blocks)


def commands(case: Case) -> list[str]:
    """Return what makes the ensembles again, asks them the same and writes the brief."""
    runs: dict[str, set[str]] = {}
    for each in case.answers.sources:
        runs.setdefault(run(each), set()).update(each.asked)
    folders = [words.rpartition("output.folder=")[2] for words in runs]
    asks = [f"throughflow ask {place} {' '.join(sorted(asked))}" for place, asked in zip(folders, runs.values(), strict=True)]
    made = [line for pair in zip(runs, asks, strict=True) for line in pair]
    taken = " ".join(f"from={place}" for place in folders)
    return [*made, f"throughflow brief package={case.package} language={case.language} {taken}"]


def _data(case: Case) -> list[str]:
    """Return the sentences on the data and the calibration, where the answers stand on one."""
    stands = footing(case.main.dataset)
    if stands.base != POSTERIOR:
        return []
    fitted = [row for row in read_rows(case.home / "calibration" / "targets.csv") if row["role"] == "fitted"]
    names = case.joined(dict.fromkeys(row[f"label_{case.language}"] for row in fitted))
    told = stands.told
    years = {
        "first": told["fit"][0],
        "last": told["fit"][1],
        "hold_first": told["hold_out"][0],
        "hold_last": told["hold_out"][1],
    }
    counts = {key: str(told[key]) for key in ("vectors", "parameters", "informed")}
    facts = {key: f"{value:g}" for key, value in years.items()} | counts | {"posterior": str(told["posterior"])[:HASH]}
    return [case.text("series", told=names), case.text("calibration", **facts)]


def _model(case: Case) -> str:
    attrs = case.main.dataset.attrs
    fingerprint = str(attrs["model_fingerprint"])[:HASH]
    return case.text("model", model=str(attrs["model_name"]), fingerprint=fingerprint)


def _study(case: Case, source: Source) -> str:
    attrs = source.dataset.attrs
    facts = {"study": source.study, "worlds": f"{int(attrs['members']):,}", "experiment": str(attrs["experiment"])[:HASH]}
    return case.text("study", **facts)


def run(source: Source) -> str:
    """Return the command that makes an ensemble like the one of ``source``."""
    attrs = source.dataset.attrs
    base = footing(source.dataset).base
    drawn = POSTERIOR if base == POSTERIOR else str(attrs.get("sampler", "sobol"))
    prior = " uncertainty=prior" if base == PRIOR else ""
    size = f" ensemble.size={int(attrs['worlds'])}" if base == POSTERIOR else ""
    return f"throughflow run study={source.study} ensemble={drawn}{size}{prior} output.folder=results/{source.study}"
