"""Figures and sentences of robustness, trade-offs, failures and information, drawn of an invented store's answers."""

from itertools import combinations

import numpy as np
import pytest

from sim.analysis.advice.questions import answer
from sim.results import load_netcdf, save_netcdf
from sim.show import audit, fonts, gallery
from sim.show.bundle import texts
from sim.show.voice import sentences

from ..analysis import invented

pytestmark = pytest.mark.slow
"""Invented tables; the shipped answers and calibration are drawn and audited in every run."""

NAMES = ("regret", "tradeoffs", "discovery", "information")
MEASURES = {"R1": "R1_1", "R2": "R2_1", "R3": "R3_1", "R7": "R7_1"}
QUESTIONS = {
    "robustness": {},
    "tradeoffs": {},
    "discovery": {"cases": [["co papers", "<", 30.0, "percent"], ["peak of Stringency", ">", 0.9, "value"]], "repeats": 2},
    "information": {"worth": [0.001, 0.02, 0.1], "shuffles": 4},
}


def answers(worlds=240, *, clear=True):
    """Return answers of a store with packages of four recommendations, failures of which one unknown explains if ``clear``."""
    random = np.random.default_rng(1)
    packages = [each for count in range(5) for each in combinations(MEASURES, count)]
    names = [".".join(each) or "baseline" for each in packages]
    scenarios = {
        name: invented.adopting(*(MEASURES[part] for part in each), start=2027.0) if each else {}
        for name, each in zip(names, packages, strict=True)
    }
    drawn = {f"unknown_number_{number}": random.random(worlds) for number in range(8)} | {"dilution": random.random(worlds)}
    worse = drawn["dilution"] > 0.6 if clear else random.random(worlds) > 0.6
    parts = np.array([[part in each for part in MEASURES] for each in packages], dtype=float)
    gained = parts @ np.array([8.0, 6.0, 20.0, 2.0])
    papers = 1000 * (100 + gained[:, None] * np.where(worse, 0.5, 1.0) + random.normal(0, 1, (len(names), worlds)))
    cost = (parts @ np.array([9000.0, 3000.0, 8000.0, 60000.0]))[:, None] * random.uniform(0.8, 1.2, worlds)
    ramp = np.linspace(0, 1, invented.YEARS.size)
    noise = random.normal(1, 0.1, (len(names), worlds))
    values = {
        "co papers": papers[:, None, :],
        "Talent total": 1e5 * noise[:, None, :],
        "Data shared abroad": 1e4 * (1 + parts[:, [2]] * noise)[:, None, :],
        "incidents": (2 + parts[:, [3]] * noise)[:, None, :],
        "administrative load": 10 * noise[:, None, :],
        "Stringency": np.full((1, 1, worlds), 0.2),
        "Fiscal cost cumulative": cost[:, None, :] * ramp[None, :, None],
    }
    return answer(invented.store(scenarios, values, drawn=drawn), QUESTIONS)


@pytest.fixture(scope="module")
def asked(tmp_path_factory):
    """Return answers as they come back from their file."""
    path = tmp_path_factory.mktemp("answers") / "results.nc"
    save_netcdf(answers(), path)
    return load_netcdf(path)


@pytest.fixture(scope="module")
def drawn(asked):
    """Return the bundles of all figures of the answers."""
    specs = {name: spec for name, spec, _ in gallery.listed(gallery.home_of(asked))}
    return {name: gallery.bundle(asked, name, specs[name]) for name in NAMES}


@pytest.mark.parametrize("name", NAMES)
def test_layout_and_captions(drawn, name):
    made = drawn[name]
    for language, drawing in made.drawings.items():
        assert audit.audit(drawing) == ()
        shown = "\n".join(text.get_text() for text in texts(drawing))
        fonts.check(shown.split("\n"))
        assert "{" not in made.captions[language] + shown and "nan" not in made.captions[language].split()
        assert "240" in made.captions[language]
    assert not any("\u4e00" <= letter <= "\u9fff" for letter in made.captions["en"])
    assert np.isfinite(made.table.select_dtypes("number").to_numpy()).all() and "units" in made.table


def test_regrets_and_shares_drawn_are_those_of_the_tables(drawn, asked):
    table = drawn["regret"].table
    assert set(table["panel"]) == {*dict.fromkeys(asked["robustness.outcome"].values), "satisfied"}
    lines = {line.get_gid(): line for axes in drawn["regret"].drawings["en"].axes for line in axes.lines if line.get_gid()}
    for row in table[table["panel"] == "co papers"].itertuples():
        assert lines[f"co papers|{row.scenario}|90"].get_xdata() == pytest.approx([row.q05, row.q95])
    share = dict(zip(asked["robustness_satisfied.package"].values, asked["robustness_satisfied.share"].values, strict=True))
    own = table[table["panel"] == "satisfied"].set_index("scenario")["q50"]
    assert own["R1.R2.R3"] == pytest.approx(100 * share["R1.R2.R3"], rel=1e-5) and own["baseline"] == 0
    best = max(share, key=share.get)
    assert best.replace(".", "+") in drawn["regret"].captions["en"] and len(table["scenario"].unique()) < 16


def test_every_package_has_a_mark_in_every_panel(drawn, asked):
    figure, table = drawn["tradeoffs"].drawings["zh"], drawn["tradeoffs"].table
    panels = [axes for axes in figure.axes if axes.lines]
    assert len(panels) == table["panel"].nunique() == 3
    for axes in panels:
        assert sum(len(line.get_xdata()) for line in axes.lines if line.get_gid()) == asked["tradeoffs.package"].size == 16
    written = {text.get_text() for text in texts(figure)}
    assert (
        "R3" in written
        and f"{int((asked['tradeoffs.verdict'].values == 'never').sum())}个" in drawn["tradeoffs"].captions["zh"]
    )


def test_what_explains_failures_is_named_with_its_range_and_what_does_not_is_said(drawn):
    table = drawn["discovery"].table
    limits = table[table["drawn"] == "limit"]
    assert limits["uncertainty"].tolist() == ["dilution"] and limits["low"].iloc[0] == pytest.approx(0.6, abs=0.05)
    shown = "\n".join(text.get_text() for text in texts(drawn["discovery"].drawings["en"]))
    assert "≥ 0.6" in shown and "Inside these ranges" in shown and "1 of 1" in drawn["discovery"].captions["en"]
    made = answers(clear=False)
    spec = {name: spec for name, spec, _ in gallery.listed(gallery.home_of(made))}["discovery"]
    shown = "\n".join(text.get_text() for text in texts(gallery.bundle(made, "discovery", spec).drawings["en"]))
    assert "Nothing found" in shown and "Inside these ranges" not in shown


def test_information_shows_every_choice_and_hollow_bars_for_noise(drawn, asked):
    table = drawn["information"].table
    assert (table["drawn"] == "choice").sum() == asked["information.choice"].size == 4
    unknowns = table[table["drawn"] == "unknown"]
    counted = unknowns[unknowns["exceeds"]]
    assert (
        "dilution" in set(counted["uncertainty"]) and (counted["value"] > counted["floor"]).all() and (counted["low"] > 0).all()
    )


def test_sentences_say_what_the_tables_say(asked):
    said = sentences(asked, "en")
    assert [*said] == [*QUESTIONS] and all(2 <= len(each) <= 6 for each in said.values())
    shares = asked["robustness_satisfied.share"].values
    best = str(asked["robustness_satisfied.package"].values[shares.argmax()]).replace(".", "+")
    assert best in said["robustness"][0] and "judgement" in said["robustness"][0]
    assert "is at least 0.6" in said["discovery"][0] and "too few" in said["discovery"][1]
    assert any("which the model cannot say" in each for each in said["information"])
    assert any("90 % interval of the estimate" in each for each in said["information"])
    chinese = sentences(asked, "zh")
    assert "亿元" in chinese["robustness"][0] and "十亿元" not in chinese["robustness"][0] + chinese["information"][1]
    assert [len(each) for each in chinese.values()] == [len(each) for each in said.values()]
    assert not any("{" in each for each in [*sum(said.values(), ()), *sum(chinese.values(), ())])


def test_no_failure_explained_is_said(asked):
    said = sentences(answers(clear=False), "en")["discovery"]
    assert "no ranges of the 9 unknowns were found" in said[0]


def test_worlds_of_the_priors_are_called_uncalibrated(asked):
    assert "not calibrated" not in sentences(asked, "en")["discovery"][0]
    prior = asked.assign_attrs(footing_told='{"base": "prior"}')
    assert "of 240 worlds drawn from the prior ranges, not calibrated" in sentences(prior, "en")["discovery"][0]
    assert "按先验区间抽取、未经校准的240个世界" in sentences(prior, "zh")["discovery"][0]


def test_packages_that_are_all_named_are_not_said_to_be_among_others(asked):
    few, share = asked.copy(), asked["robustness_satisfied.share"]
    low = np.where(np.arange(share.size) < 3, 0.4, 0.0)
    for column, values in (("share", low + 0.1), ("low", low), ("high", low + 0.2)):
        few[f"robustness_satisfied.{column}"] = (share.dims, values)
    said = sentences(few, "en")["robustness"][1]
    assert said.endswith("cannot be told apart from it by this measure.") and "among them" not in said
