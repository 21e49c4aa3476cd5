"""Figures and sentences of packages, shares and measures, of plainly invented games: layout, texts, drawn numbers."""

import itertools
import re

import numpy as np
import pytest

from sim.analysis.advice.questions import answer
from sim.analysis.worlds import OPEN
from sim.show import audit, fonts, gallery, voice
from sim.show.bundle import texts

from ..analysis.invented import YEARS, adopting, store

pytestmark = pytest.mark.slow
"""Invented tables; the shipped answers and calibration are drawn and audited in every run."""

SIZES = {"R1": 5, "R2": 3, "R3": 4, "R4": 5, "R5": 3, "R6": 3, "R7": 3}
MEASURES = {name: [f"{name}_{number}" for number in range(1, size + 1)] for name, size in SIZES.items()}
NAMES = ("scorecard", "package_gains", "wedges", "waterfall", "interactions")
MEMBERS = 24
OUTCOMES = {
    **{"trips per year": 4e5, "Talent total": 8e4, "Data shared abroad": 1e4, "HGR active": 3e3, "Funds used abroad": 120.0},
    **{"Orgs settled": 90.0, "total joint projects": 3e3, "co papers": 2e5, "International knowledge": 1.5e6},
    **{"incidents": 2.0, "administrative load": 11.0},
}


def effects():
    """Return how many per cent each outcome gains from each measure, by world; some signs differ among worlds."""
    random = np.random.default_rng(7)
    middle = random.normal(2.0, 2.5, (len(OUTCOMES), 26, 1))
    return middle + random.normal(0.0, 0.8, (len(OUTCOMES), 26, MEMBERS))


def built(scenarios):
    """Return a store of ``scenarios`` (measures by name), worth the sum of effects and a little more for each pair."""
    own, every = effects(), list(itertools.chain(*MEASURES.values()))
    grown = np.clip((YEARS - 2027) / 13, 0.0, 1.0)[:, None]
    values = {}
    for place, (name, base) in enumerate(OUTCOMES.items()):
        gains = [own[place][[every.index(each) for each in adopted]].sum(axis=0) for adopted in scenarios.values()]
        pairs = [0.02 * len(adopted) ** 2 for adopted in scenarios.values()]
        values[name] = np.array([base * (1 + grown * (gain + pair) / 100) for gain, pair in zip(gains, pairs, strict=True)])
    values["Fiscal cost cumulative"] = np.array([5e3 * len(adopted) * grown for adopted in scenarios.values()]) + np.zeros(
        MEMBERS
    )
    return store({name: adopting(*adopted, start=2027.0) for name, adopted in scenarios.items()}, values)


@pytest.fixture(scope="module")
def answers():
    """Return answers on packages: each recommendation, all but the first, all."""
    chosen = [*([name] for name in MEASURES), [*MEASURES][1:], [*MEASURES]]
    return answer(built({"baseline": [], **joined(chosen)}), {"packages": {}})


@pytest.fixture(scope="module")
def shares():
    """Return answers on shares of five recommendations."""
    chosen = [each for size in range(1, 6) for each in itertools.combinations([*MEASURES][2:], size)]
    return answer(built({"baseline": [], **joined(chosen)}), {"attribution": {}})


def joined(chosen):
    """Return the measures of packages of some recommendations, by the package's name."""
    return {".".join(names): list(itertools.chain(*(MEASURES[name] for name in names))) for names in chosen}


@pytest.fixture(scope="module")
def single():
    every, random = list(itertools.chain(*MEASURES.values())), np.random.default_rng(0)
    orders = [list(random.permutation(every)) for _ in range(3)]
    scenarios = {"baseline": []}
    for number, order in enumerate(each for one in orders for each in (one, one[::-1])):
        scenarios |= {f"p{number}.{size}": order[:size] for size in range(1, 26)}
    return answer(built({**scenarios, "all": every}), {"measures": {}})


def bundled(dataset, name):
    spec = {known: spec for known, spec, _ in gallery.listed(gallery.home_of(dataset))}[name]
    return gallery.bundle(dataset, name, spec)


@pytest.fixture(scope="module")
def drawn(answers, shares, single):
    sources = {**dict.fromkeys(NAMES[:2], answers), **dict.fromkeys(NAMES[2:], shares), "measures": single}
    return {name: bundled(dataset, name) for name, dataset in sources.items()}


@pytest.mark.parametrize("name", [*NAMES, "measures"])
def test_layout_and_texts(drawn, name):
    made = drawn[name]
    for language, drawing in made.drawings.items():
        assert audit.audit(drawing) == ()
        shown = "\n".join(text.get_text() for text in texts(drawing))
        fonts.check(shown.split("\n"))
        assert "{" not in shown + made.captions[language] and not re.search(r"\bnan\b", shown + made.captions[language])
    assert f"{MEMBERS} worlds" in made.captions["en"] and f"{MEMBERS}个世界" in made.captions["zh"]
    assert not any("\u4e00" <= letter <= "\u9fff" for letter in made.captions["en"])
    assert np.isfinite(made.table.select_dtypes("number").to_numpy()).all() and "units" in made.table


def test_units_of_panels_are_in_the_language_of_the_figure(drawn):
    for name in ("wedges", "waterfall", "scorecard"):
        shown = "\n".join(text.get_text() for text in texts(drawn[name].drawings["zh"]))
        assert "thousand" not in shown and "千" in shown


def test_cells_without_a_settled_sign_are_in_brackets(drawn):
    table = drawn["scorecard"].table.set_index(["outcome", "scenario"])
    cells = {text.get_gid(): text.get_text() for text in drawn["scorecard"].drawings["en"].texts if text.get_gid()}
    assert len(cells) == len(table) and OPEN in set(table["verdict"])
    for (outcome, scenario), row in table.iterrows():
        assert cells[f"{outcome}|{scenario}|value"].startswith("(") == (row["verdict"] == OPEN)
    assert {"R2_R7", "all"} < set(drawn["scorecard"].table["scenario"])


def test_dots_are_filled_only_where_the_sign_is_settled(drawn):
    table = drawn["package_gains"].table.set_index(["outcome", "scenario"])
    for axes in drawn["package_gains"].drawings["en"].axes:
        for line in axes.lines:
            outcome, _, rest = str(line.get_gid()).partition("|")
            scenario, _, part = rest.partition("|")
            if part == "q50":
                row = table.loc[(outcome, scenario)]
                assert line.get_xdata()[0] == row["q50"]
                assert (line.get_markerfacecolor() == line.get_color()) == (row["verdict"] in ("up", "down"))


def test_wedges_and_bars_add_up(drawn):
    table = drawn["wedges"].table
    sums = table.groupby(["outcome", "year"]).agg(value=("value", "sum"), total=("total", "first"))
    np.testing.assert_allclose(sums["value"], sums["total"], rtol=1e-4, atol=1e-6)
    for _, rows in drawn["waterfall"].table.groupby("outcome"):
        shares, whole = rows[rows["step"] != "full"], rows[rows["step"] == "full"]["mean"].iloc[0]
        assert shares["mean"].sum() == pytest.approx(whole, rel=1e-4)
        assert shares["to"].iloc[-1] == pytest.approx(whole, rel=1e-4)


def test_measures_are_sorted_within_their_recommendation(drawn):
    table = drawn["measures"].table
    first = table[table["outcome"] == table["outcome"].iloc[0]]
    assert len(first) == 26 and (first["draws"] == 3).all()
    for _, rows in first.groupby(first["measure"].str[:2]):
        assert rows["mean"].is_monotonic_decreasing
    bars = [bar for axes in drawn["measures"].drawings["zh"].axes for bar in axes.patches if bar.get_gid()]
    assert [bar.get_width() for bar in bars] == pytest.approx(list(table["mean"]))


def test_a_store_of_few_packages_is_shown_whole():
    few = {"baseline": [], "R1": MEASURES["R1"], "mine": MEASURES["R3"][:2]}
    table = bundled(answer(built(few), {"packages": {}}), "scorecard").table
    assert set(table["scenario"]) == {"R1", "mine"}


def test_figures_need_their_tables(answers, shares, single):
    reasons = gallery.left_out(single)
    assert all("lacks the table" in reasons[name] for name in NAMES) and "measures" not in reasons
    assert not set(NAMES[:2]) & set(gallery.left_out(answers)) and not set(NAMES[2:]) & set(gallery.left_out(shares))


@pytest.mark.parametrize("language", ["en", "zh"])
def test_sentences_quote_the_tables(answers, shares, single, language):
    said = {name: lines for each in (answers, shares, single) for name, lines in voice.sentences(each, language).items()}
    assert set(said) >= {"packages", "attribution", "measures"}
    for name, lines in said.items():
        if name in ("packages", "attribution", "measures"):
            assert 3 <= len(lines) <= 7
            assert not any("{" in line or re.search(r"\bnan\b", line) for line in lines)
    table = voice.Voice(answers, None, {}, {}).frame("packages")
    whole = table[(table["size"] == 7) & (table["outcome"] == "co papers")].iloc[0]
    settled = "增加" if whole["percent_q50"] > 0 else "减少"
    number = {"en": f"{whole['percent_q50']:+.2g} %", "zh": f"{settled}{abs(whole['percent_q50']):.2g}%"}
    assert number[language].replace("-", "−") in said["packages"][0]
    total = voice.Voice(shares, None, {}, {}).frame("attribution_total").set_index("outcome")
    assert f"{abs(total.loc['co papers', 'percent_q50']):.2g}" in said["attribution"][0]
    assert "6" in said["measures"][-1] and "3" in said["measures"][-1], "orders and draws"


def test_an_unsettled_sign_is_said(answers):
    weak = answers.copy()
    for column, value in (("percent_q05", -3.0), ("percent_q50", 1.0), ("percent_q95", 4.0)):
        weak[f"packages.{column}"] = weak["packages.percent_q50"] * 0 + value
    assert "unsettled sign" in voice.sentences(weak, "en")["packages"][0]


def test_only_whole_recommendations_are_told_one_by_one():
    """Prefixes of an order and points of a grid are packages of the store, but not of the sentences."""
    chosen = {"R1": MEASURES["R1"], "R3": MEASURES["R3"], "R1.R3": [*MEASURES["R1"], *MEASURES["R3"]]}
    extra = {"p0.1": ["R3_4"], "p0.2": ["R3_4", "R1_2"], "R3@2030x0.5": MEASURES["R3"], "mine": MEASURES["R1"][:2]}
    made = answer(built({"baseline": [], **chosen, **extra}), {"packages": {}})
    spoken = voice.sentences(made, "en")["packages"]
    each = next(line for line in spoken if "moves these most" in line)
    assert "R3 Research data" in each and not any(name in each for name in ("p0.", "mine", "R3@2030"))
    rows = voice.Voice(made, None, {}, {}).frame("packages")
    counted = rows[rows["package"].isin(chosen)]
    assert spoken[-1].startswith(f"Of {len(counted)} differences of the single recommendations and of R1.R3")


def test_packages_of_no_whole_recommendation_are_told_if_they_are_few():
    few = {"baseline": [], "mine": MEASURES["R3"][:2], "yours": MEASURES["R5"][:1]}
    spoken = voice.sentences(answer(built(few), {"packages": {}}), "en")["packages"]
    assert any("what each package moves most" in line and "yours" in line for line in spoken)
    assert "differences of the 2 packages" in spoken[-1]
    every = list(itertools.chain(*MEASURES.values()))
    many = {"baseline": [], **{f"p0.{size}": every[:size] for size in range(1, 14)}}
    spoken = voice.sentences(answer(built(many), {"packages": {}}), "zh")["packages"]
    assert not any("各方案影响最大者" in line for line in spoken) and "p0.13”方案的" in spoken[-1]


def test_settled_rises_of_risk_by_single_recommendations_are_told(answers):
    table = voice.Voice(answers, None, {}, {}).frame("packages")
    known = answers.copy()
    own = ((table["package"] == "R4") & (table["outcome"] == "incidents")).to_numpy()
    for column, value in (("verdict", "up"), ("percent_q05", 3.0), ("percent_q50", 7.0), ("percent_q95", 11.0)):
        column_of = known[f"packages.{column}"]
        known[f"packages.{column}"] = (column_of.dims, np.where(own, value, column_of.values))
    risk = next(line for line in voice.sentences(known, "en")["packages"] if line.startswith("Side effects"))
    assert "adopted alone" in risk and "R4 +7.0 % (90 % of worlds: +3.0 to +11 %)" in risk


def test_small_interactions_are_counted_but_not_named(shares):
    small = shares.copy()
    small["attribution_pairs.verdict"] = (
        small["attribution_pairs.verdict"].dims,
        np.full(small["attribution_pairs.verdict"].shape, "reinforce"),
    )
    small["attribution_pairs.percent_q50"] = small["attribution_pairs.percent_q50"] * 0 + 0.2
    assert any("all by less than 0.5 % of the baseline" in line for line in voice.sentences(small, "en")["attribution"])
