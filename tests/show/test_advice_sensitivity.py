"""Figures and sentences of sensitivity, of plainly invented worlds: layout, texts, drawn numbers, names that are missing."""

import json
import re

import numpy as np
import pytest
import yaml

from sim.analysis.advice.questions import answer
from sim.analysis.definitions import read_rows
from sim.config.uncertainty import config_name
from sim.experiment.design import identity, sample
from sim.experiment.uncertainty import Design, Uncertainty, set_length
from sim.resources import folder, model_file
from sim.show import audit, fonts, gallery, voice
from sim.show.bundle import texts
from sim.show.charts.advice.morris import signs
from sim.show.charts.advice.sensed import called, shortened
from sim.show.registry import Look
from sim.show.text import width
from sim.show.words import load

from ..analysis.invented import adopting, store

pytestmark = pytest.mark.slow
"""Invented tables; the shipped answers and calibration are drawn and audited in every run."""

OUTCOMES = ["co papers", "Talent total", "incidents", "extra cost"]
NAMES = ("screening", "sensitivity", "drivers")


def invented(sampler, sets, *, groups=False):
    """Return a store of 60 real uncertainties of which a few matter, three of them only together."""
    home = model_file("innovation_flows").parent
    area = {row["uncertainty"]: row["area"] for row in read_rows(home / "groups.csv")}
    listed = [row for row in read_rows(home / "calibration" / "priors.csv") if config_name(row["name"]) in area][::7]
    kept = tuple(Uncertainty(config_name(row["name"]), (row["targets"],), "uniform", 0.0, None, 1.0) for row in listed)
    names = dict.fromkeys(area[each.name] for each in kept)
    parts = tuple((name, tuple(each.name for each in kept if area[each.name] == name)) for name in names)
    length = set_length(sampler, len(parts) if groups else len(kept))
    design = Design(kept, sampler, sets * length, seed=1, groups=parts if groups else ())
    drawn = sample(design)
    share = np.argsort(np.argsort(drawn, axis=1), axis=1) / design.size
    company = share[0] * share[1] + 0.5 * share[2] - 0.8 * share[20]
    values = {
        "co papers": np.stack([2e5 * (1 + share[3]), 2e5 * (1 + share[3]) * (1 + 0.2 * company)])[:, None],
        "Talent total": np.stack([8e4 * (1 + share[4]), 8e4 * (1 + share[4]) * (1.1 + 0.3 * share[5])])[:, None],
        "incidents": np.stack([1 + share[6], 1 + share[6] + 0.3 * share[7] ** 2])[:, None],
        "Fiscal cost cumulative": np.stack([0 * share[8], 1e4 * (1 + share[8] + 0.2 * share[30])])[:, None],
    }
    scenarios = {"baseline": {}, "all": adopting("R1_1", start=2027)}
    dataset = store(scenarios, values, drawn={each.name: row for each, row in zip(kept, drawn, strict=True)})
    dataset.attrs |= {"identity": json.dumps({"design": identity(design)}), "sampler": sampler}
    return dataset


@pytest.fixture(scope="module")
def answers():
    """Return the answers to each question."""
    made = {"screening": invented("morris", 8), "sensitivity": invented("saltelli", 32, groups=True)}
    made["drivers"] = invented("sobol", 256)
    return {name: answer(dataset, {name: {"outcomes": OUTCOMES}}) for name, dataset in made.items()}


@pytest.fixture(scope="module")
def drawn(answers):
    """Return the bundle of each figure."""
    known = {name: spec for name, spec, _ in gallery.listed(gallery.home_of(answers["drivers"]))}
    return {name: gallery.bundle(answers[name], name, known[name]) for name in NAMES}


@pytest.mark.parametrize("name", NAMES)
def test_layout_and_texts(drawn, name):
    for language, drawing in drawn[name].drawings.items():
        assert audit.audit(drawing) == ()
        shown = [text.get_text() for text in texts(drawing)]
        fonts.check(shown)
        told = "\n".join(shown) + drawn[name].captions[language]
        assert "{" not in told and not re.search(r"\bnan\b", told)
        chinese = any("\u4e00" <= letter <= "\u9fff" for letter in told)
        assert chinese == (language == "zh")


@pytest.mark.parametrize(("name", "mark", "column"), [("screening", "size", "mu_star"), ("sensitivity", "first", "first")])
def test_points_are_the_rows_of_the_table(drawn, name, mark, column):
    table = drawn[name].table
    lines = {line.get_gid(): line for axes in drawn[name].drawings["zh"].axes for line in axes.lines if line.get_gid()}
    factors = {"gain|extra cost": 1e-3} if name == "screening" else {}
    for row in table.itertuples():
        x = lines[f"{mark}|{row.panel}|{row.uncertainty}"].get_xdata()[0]
        assert x == pytest.approx(getattr(row, column) * factors.get(row.panel, 1.0))
    assert len(table) == sum(key.startswith(f"{mark}|") for key in lines)
    for _, part in table.groupby("panel"):
        order = part["mu_star" if name == "screening" else "total"]
        assert order.is_monotonic_decreasing


def test_drivers_are_cells_and_what_is_not_told_apart_is_a_point(drawn):
    table, drawing = drawn["drivers"].table, drawn["drivers"].drawings["en"]
    shown = [text.get_text() for text in texts(drawing)]
    for row in table.itertuples():
        assert f"{100 * row.share:.0f} {'+' if row.rank > 0 else '−'}" in shown
    assert (table["raw"] > table["floor"]).all()


def test_only_what_is_asked_is_shown_and_other_outcomes_do_without_the_list():
    asked = answer(invented("morris", 6), {"screening": {"outcomes": ["incidents"]}})
    spec = {name: spec for name, spec, _ in gallery.listed(gallery.home_of(asked))}["screening"]
    found = gallery.bundle(asked, "screening", spec)
    assert set(found.table["panel"]) == {"level|incidents"} and audit.audit(found.drawings["en"]) == ()


def test_a_name_that_is_missing_is_the_identifier():
    dataset = invented("morris", 6)
    plain = json.loads(dataset.attrs["identity"])
    plain["design"]["uncertainties"][2]["targets"] = ["unknown constant"]
    dataset.attrs["identity"] = json.dumps(plain)
    asked = answer(dataset, {"screening": {"outcomes": ["co papers"]}})
    spec = {name: spec for name, spec, _ in gallery.listed(gallery.home_of(asked))}["screening"]
    for drawing in gallery.bundle(asked, "screening", spec).drawings.values():
        assert "unknown constant" in [text.get_text() for text in texts(drawing)]


@pytest.mark.parametrize("name", NAMES)
def test_sentences_quote_the_tables(answers, name):
    for language in ("en", "zh"):
        said = voice.sentences(answers[name], language)[name]
        assert 3 <= len(said) <= 6
        assert not any(re.search(r"\{|\bnan\b|None", sentence) for sentence in said)
        assert all(sentence.endswith("." if language == "en" else "。") for sentence in said)
    counted = {"screening": "58 unknowns", "sensitivity": "base points", "drivers": "256 worlds"}
    assert name == "sensitivity" or counted[name] in " ".join(voice.sentences(answers[name], "en")[name])


def test_signs_need_a_mean_that_is_most_of_the_size():
    assert signs([1.0, -0.95, 0.5, np.nan], [1.0, 1.0, 1.0, 1.0]) == ["+", "−", "±", ""]


def test_long_names_are_cut_to_the_room():
    cut = shortened("effect of R7.3 on share foreign scientists able to apply", 90.0)
    assert cut.endswith("…") and width(cut, 6.0) <= 90.0
    assert shortened("short", 90.0) == "short"


def test_every_unknown_has_an_area_and_a_name_of_its_own_in_both_languages():
    home = model_file("innovation_flows").parent
    listed = list(read_rows(home / "groups.csv"))
    assert len({row["uncertainty"] for row in listed}) == len(listed)
    found = yaml.safe_load((folder("configs") / "uncertainty" / "prior.yaml").read_text(encoding="utf-8"))
    assert set(leaves(found)) == {row["uncertainty"] for row in listed}
    targets = {config_name(row["name"]): row["targets"].split(";")[0] for row in read_rows(home / "calibration" / "priors.csv")}
    for language in ("en", "zh"):
        look = Look(load(home, language), {}, {})
        assert all(look.words.knows("area", row["area"]) for row in listed)
        names = [called(look, row["uncertainty"], targets[row["uncertainty"]]) for row in listed]
        assert len(set(names)) == len(names)
        if language == "zh":
            assert all(any("\u4e00" <= letter <= "\u9fff" for letter in name) for name in names)


def leaves(tree, prefix=""):
    """Return the names of the uncertainties of a config, however deep they nest."""
    deeper = [(f"{prefix}{name}", row) for name, row in tree.items()]
    return [each for name, row in deeper for each in ([name] if "distribution" in row else leaves(row, f"{name}."))]
