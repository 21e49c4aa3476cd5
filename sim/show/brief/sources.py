"""Where the answer comes from: the paper, the data, the calibration, the model, the studies, and how to make it again."""

from sim.analysis.definitions import read_rows
from sim.show.brief.answers import Source
from sim.show.brief.case import Case
from sim.show.brief.document import Block, Points, Prose, Section
from sim.show.footing import POSTERIOR, footing

HASH = 16
"""Letters shown of a hash."""


def section(case: Case) -> Section:
    """Return the section on sources."""
    sources = case.answers.sources
    silent = [case.text("silent", study=each.study) for each in sources if not _command(each)]
    told = [case.text("paper"), *_data(case), _model(case), *(_study(case, each) for each in sources), *silent]
    blocks: tuple[Block, ...] = (
        Points(tuple(told)),
        Prose(case.text("again")),
        Prose("\n".join(commands(case)), "code"),
    )
    return Section(case.text("section_sources"), blocks)


def commands(case: Case) -> list[str]:
    """Return what makes the ensembles again, each with its questions, and writes the brief.

    Answers that do not record what made them are read from a folder that no command here makes.
    """
    places: dict[str, str] = {}
    for each in case.answers.sources:
        places.setdefault(_command(each) or each.study, f"results/{each.study}")
    made = set(map(_command, case.answers.sources))
    runs = [f"{words} output.folder={place}" for words, place in places.items() if words in made]
    taken = " ".join(f"from={place}" for place in dict.fromkeys(places.values()))
    return [*runs, f"throughflow brief package={case.package} language={case.language} {taken}"]


def _command(source: Source) -> str:
    """Return the command that made the answers of ``source``; empty if they do not record it."""
    return str(source.dataset.attrs.get("command", ""))


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
