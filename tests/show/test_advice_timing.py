"""Figures and sentences of binding inputs, orders, start years, sequences and pathways, of plainly invented worlds."""

import itertools
import re

import numpy as np
import pytest

from sim.analysis.advice.questions import answer
from sim.show import audit, fonts, gallery
from sim.show.bundle import texts
from sim.show.voice import sentences

from ..analysis.invented import YEARS, adopting, store

PLAYERS = {"R1": "R1_1", "R2": "R2_1", "R3": "R3_1", "R5": "R5_1"}
MEMBERS = 24
LUCK = np.linspace(-1.0, 1.0, MEMBERS)
FIGURES = ("shifting", "adoption_order", "timing", "sequence", "pathways")
OUTCOMES = (
    "co papers",
    "Talent total",
    "Data shared abroad",
    "total joint projects",
    "trips per year",
    "International knowledge",
)

pytestmark = pytest.mark.slow
"""Invented tables; the shipped answers and calibration are drawn and audited in every run."""


def grown(worth, starts=2027.0):
    """Return values of every outcome that grow by ``worth`` (scenario, member) from ``starts`` on, each a little otherwise."""
    since = np.clip(YEARS - np.asarray(starts)[..., None], 0.0, None)[..., None] / 13.0
    base = 1.0 + 0.3 * LUCK
    return {name: 1e5 * (base + np.asarray(worth)[:, None, :] * since * (1 + place / 5)) for place, name in enumerate(OUTCOMES)}


def combinations():
    """Return a store of all combinations of four recommendations, the first of which doubles what the others bring."""
    sets = [chosen for size in range(5) for chosen in itertools.combinations(PLAYERS, size)]
    scenarios = {".".join(each) or "baseline": adopting(*(PLAYERS[name] for name in each)) for each in sets}
    own = {"R1": 0.04, "R2": 0.05, "R3": 0.2, "R5": 0.03}
    worth = [sum(own[name] for name in each) * (2.0 if "R1" in each else 1.0) * (1 + 0.3 * LUCK) for each in sets]
    worth = [each + 0.05 * LUCK * ("R5" in chosen) for each, chosen in zip(worth, sets, strict=True)]
    data = np.array([0.5 - 0.25 * ("R3" in each) + 0.1 * LUCK for each in sets])[:, None, :]
    rest = {"mobility": 0.05, "materials": 0.3, "funds": 0.08}
    binding = {f"binding share of {name}": np.full((len(sets), 1, MEMBERS), share) for name, share in rest.items()}
    return store(scenarios, grown(worth) | binding | {"binding share of data": data})


def grid():
    """Return a store of start years and intensities of one package."""
    points = [(start, strong) for start in range(2027, 2035) for strong in (0.25, 0.5, 0.75, 1.0)]
    scenarios = {f"all@{start}x{strong:g}": adopting("R1_1", "R3_1", start=start, intensity=strong) for start, strong in points}
    worth = [np.zeros(MEMBERS), *(0.5 * strong**1.2 * (1 + 0.4 * LUCK) for _, strong in points)]
    return store({"baseline": {}, **scenarios}, grown(worth, [2027.0, *(start for start, _ in points)]))


def sequences():
    """Return a store of five orders of the same measures."""
    ways = {
        "all": adopting("R1_1", "R7_1", start=2027.0),
        "governance_first": {**adopting("R1_1", start=2027.0), **adopting("R7_1", start=2030.0)},
        "opening_first": {**adopting("R7_1", start=2027.0), **adopting("R1_1", start=2030.0)},
        "pilots_first": adopting("R1_1", "R7_1", start=2027.0, mode=2.0),
        "nationwide": adopting("R1_1", "R7_1", start=2027.0, mode=1.0),
    }
    worth = [np.zeros(MEMBERS), *(gain * (1 + 0.3 * LUCK) + 0.01 * LUCK for gain in (0.4, 0.38, 0.36, 0.35, 0.42))]
    tight = np.array([0.1, 0.15, 0.12, 0.3, 0.14, 0.16])[:, None, None] * (1 + 0.2 * LUCK) * (1 + (YEARS[:, None] - 2024) / 40)
    drawn = {"parameters.pilot_effort_ratio": np.linspace(0.7, 1.0, MEMBERS)}
    return store({"baseline": {}, **ways}, {**grown(worth), "Stringency": tight}, drawn=drawn)


def switches():
    """Return a store of a first package, of all from the start, and of turns from the one to the other."""
    first = adopting("R7_1", start=2027.0)
    turns = dict(
        zip(("opening_only", "all", *(f"turn_{year}" for year in range(2028, 2040))), (9999, *range(2027, 2040)), strict=True)
    )
    scenarios = {name: first | ({} if name == "opening_only" else adopting("R1_1", start=turn)) for name, turn in turns.items()}
    until = np.clip(np.minimum(YEARS[:, None], [*turns.values()]) - 2027.0, 0.0, None).T[:, :, None]
    tight = 0.02 + (0.02 + 0.015 * LUCK) * until
    papers = 1.0 + 0.01 * np.clip(YEARS - 2027, 0, None)[None, :, None] * (1 + 0.3 * LUCK) - 0.005 * until
    base = np.ones((1, YEARS.size, MEMBERS))
    values = {"Stringency": np.concatenate([0.02 * base, tight]), "co papers": 1e5 * np.concatenate([base, papers])}
    return store({"baseline": {}, **scenarios}, values)


@pytest.fixture(scope="module")
def answers():
    """Return the answers from which each figure is drawn, by its name."""
    lattice = answer(combinations(), {"shifting": {}, "ordering": {}})
    return {
        "shifting": lattice,
        "adoption_order": lattice,
        "timing": answer(grid(), {"timing": {}}),
        "sequence": answer(sequences(), {"sequence": {}}),
        "pathways": answer(switches(), {"pathways": {}}),
    }


@pytest.fixture(scope="module")
def drawn(answers):
    """Return every figure of this area, drawn in both languages."""
    specs = {spec.name: spec for spec in gallery.specs()}
    return {name: gallery.bundle(answers[name], name, specs[name]) for name in FIGURES}


def marks(drawing):
    """Return what was drawn in axes of ``drawing`` under a name, by that name."""
    return {line.get_gid(): line for axes in drawing.axes for line in axes.lines if line.get_gid()}


@pytest.mark.parametrize("name", FIGURES)
def test_layout_and_texts_in_both_languages(drawn, name):
    made = drawn[name]
    for language, drawing in made.drawings.items():
        assert audit.audit(drawing) == ()
        shown = "\n".join(text.get_text() for text in texts(drawing))
        fonts.check(shown.split("\n"))
        assert "{" not in made.captions[language] + shown
        assert not re.search(r"\bnan\b", made.captions[language] + shown)
        assert f"{MEMBERS}" in made.captions[language], "how many worlds an interval stands on is told"
        assert "95" in made.captions[language]
    assert not any("一" <= letter <= "鿿" for letter in made.captions["en"])


def test_the_best_order_drawn_is_the_one_in_the_table(drawn):
    table = drawn["adoption_order"].table
    line = marks(drawn["adoption_order"].drawings["en"])["co papers|optimal"]
    rows = table[(table["outcome"] == "co papers") & (table["kind"] == "optimal")]
    np.testing.assert_array_equal(line.get_ydata(), [0.0, *rows["q50"]])
    assert rows["player"].iloc[0] == "R3"


def test_bars_say_in_how_many_worlds_an_input_binds_most(drawn):
    table = drawn["shifting"].table
    first = table[(table["panel"] == "binds most") & (table["step"] == 0)].set_index("input")["most"]
    assert first["data"] == 1.0
    after = table[(table["panel"] == "binds most") & (table["step"] == 1)].set_index("input")["most"]
    assert 0.0 < after["materials"] < 1.0
    written = {text.get_gid(): text.get_text() for text in texts(drawn["shifting"].drawings["en"]) if text.get_gid()}
    assert written["binds most|data|0"] == "100"


def test_delays_drawn_are_paired_differences_a_year(drawn):
    table = drawn["timing"].table
    rows = table[(table["panel"] == "delay") & (table["outcome"] == "co papers")]
    line = marks(drawn["timing"].drawings["zh"])["delay|co papers|True"]
    np.testing.assert_array_equal(line.get_ydata(), rows["q50"])
    assert (rows["q95"] < 0).all()


def test_a_difference_that_is_not_robust_is_drawn_open(drawn):
    table = drawn["sequence"].table
    pairs = table[(table["panel"] == "pair") & (table["outcome"] == "co papers")].reset_index(drop=True)
    lines = marks(drawn["sequence"].drawings["en"])
    for number, verdict in enumerate(pairs["verdict"]):
        filled = lines[f"pair|co papers|{number}"].get_markerfacecolor() != "#ffffff"
        assert filled == (verdict in ("up", "down"))
    assert set(pairs["verdict"]) > {"down"}


def test_policies_stand_at_the_share_of_worlds_that_keep_all_targets(drawn):
    table = drawn["pathways"].table
    fixed = table[(table["panel"] == "met") & table["kind"].isin(["start", "fixed"])]
    line = marks(drawn["pathways"].drawings["en"])["met|fixed"]
    np.testing.assert_array_equal(line.get_xdata(), [2027.0, *range(2028, 2040)])
    np.testing.assert_array_equal(line.get_ydata(), fixed["q50"])
    assert fixed["q50"].is_monotonic_decreasing


def test_a_grid_of_one_intensity_has_no_contours(answers):
    made = grid()
    kept = [name for name in made["scenario"].values if name == "baseline" or name.endswith("x1")]
    assert "contours need" in gallery.left_out(answer(made.sel(scenario=kept), {"timing": {}}))["timing"]


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("name", FIGURES)
def test_sentences_are_filled_and_few(answers, name, language):
    question = {"adoption_order": "ordering"}.get(name, name)
    told = sentences(answers[name], language)[question]
    assert 3 <= len(told) <= 6
    assert not any("{" in sentence or re.search(r"\bnan\b", sentence) for sentence in told)
    chinese = [any("一" <= letter <= "鿿" for letter in sentence) for sentence in told]
    assert all(chinese) if language == "zh" else not any(chinese)


def test_sentences_follow_the_numbers(answers):
    ordering = sentences(answers["adoption_order"], "en")["ordering"]
    assert "R3 for internationally co-authored papers" in ordering[0]
    pathways = sentences(answers["pathways"], "en")["pathways"]
    assert "from the start keeps every target in 100 % of worlds" in pathways[0]
    assert "at no level can that be told apart from acting at once" in pathways[1]
    timing = sentences(answers["timing"], "en")["timing"]
    assert any("Half measures bring less than half" in sentence for sentence in timing)
    assert re.search(r"forgoes \d+ % \(90 % of worlds: \d+ to \d+ %\)", timing[2])
    shifting = sentences(answers["shifting"], "en")["shifting"]
    assert any("not ranked by it" in sentence for sentence in shifting)


@pytest.mark.parametrize(
    ("apart", "told"),
    [
        ([-0.2, -0.2], "at every level less often than acting at once"),
        ([0.2, 0.2], "at every level more often than acting at once"),
        ([0.05, -0.05], "at no level can that be told apart"),
        ([0.2, -0.2], "at 1 of 2 levels, more often at 1"),
    ],
)
def test_waiting_is_compared_with_acting_at_once_beyond_the_standard_error(apart, told):
    made = answer(switches(), {"pathways": {"levels": [0.05, 0.1]}})
    rows = made["pathways_policies.kind"].astype(str) == "trigger"
    shares, error = np.zeros(rows.size), "pathways_policies.against_start_error"
    shares[rows.values] = apart
    made["pathways_policies.against_start"] = made[error].copy(data=shares)
    made[error] = made[error].copy(data=np.full(rows.size, 0.04))
    assert told in sentences(made, "en")["pathways"][1]


def test_an_earlier_year_is_told_as_such():
    lattice = answer(combinations(), {"shifting": {"years": [2030.0]}, "ordering": {"year": 2030.0}})
    assert sentences(lattice, "en")["shifting"][0].startswith("In 2030,")
    until = answer(grid(), {"timing": {"stop": 2036.0}})
    said = " ".join(sentences(until, "en")["timing"])
    assert "in 2036" in said and "2040" not in said
    specs = {spec.name: spec for spec in gallery.specs()}
    for dataset, name, year in ((lattice, "adoption_order", 2030), (lattice, "shifting", 2030), (until, "timing", 2036)):
        caption = gallery.bundle(dataset, name, specs[name]).captions["en"].split("\n\n")[1]
        assert f"in {year}" in caption.replace("\n", " ") and "in 2040" not in caption


def test_shares_of_nearly_all_worlds_are_told_as_a_least(answers):
    share = answers["adoption_order"]["ordering_value.greedy_optimal"]
    made = answers["adoption_order"].assign({share.name: share.copy(data=np.full(share.size, 0.996))})
    assert "in at least 99 % of worlds" in sentences(made, "en")["ordering"][3]
    assert "至少99%的世界" in sentences(made, "zh")["ordering"][3]
