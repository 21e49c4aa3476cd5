"""Figures of results that were asked otherwise: dates, measures, parameters, world, horizon and names are told as they are."""

import numpy as np
import pytest

from sim.errors import ThroughflowError
from sim.show import audit, fonts, gallery, style
from sim.show.bundle import texts

HEAD = "# throughflow run world/geopolitics=decoupling\n# study=package\n# world/geopolitics=decoupling\nstudy: 1\n"
WORLD = {"tension US table": [[2010, 0.05], [2028, 1.0]]}
OWN = {
    "baseline": ("baseline", "Baseline", "基准情景"),
    "R3": ("talent_data", "Talent and data first", "人才与数据先行方案"),
    "R5": ("money", "Funds", "经费方案"),
    "twin": ("twin", "Frictionless twin", "无摩擦参照情景"),
}
R3 = {"R3_1": (2029.0, 0.5), "R3_2": (2027.0, 1.0), "R3_3": (2027.0, 1.0), "R3_4": (2027.0, 1.0)}


@pytest.fixture(scope="module")
def package(made_up, invent):
    part = made_up.sel(scenario=["baseline", "R3", "twin"], time=slice(None, 2036)).assign_attrs(config=HEAD)
    return invent.asking(part, {"R3": R3}, {"rule making time": 3.0} | WORLD)


@pytest.fixture(scope="module")
def own(made_up, invent):
    part = invent.named(made_up, OWN).sel(time=slice(None, 2034))
    adopted = {"talent_data": {"R7_1": (2026.5, 0.6), "R3_1": (2026.5, 0.6)}, "money": {"R5_1": (2028.0, 1.0)}}
    return invent.asking(part, adopted)


def told(dataset, name):
    listed = gallery.listed(gallery.model_folder(dataset))
    spec, member = next((spec, member) for found, spec, member in listed if found == name)
    made = gallery.bundle(dataset, name, spec, member=member)
    found = {}
    for language, drawing in made.drawings.items():
        assert audit.audit(drawing) == ()
        found[language] = " ".join(text.get_text() for text in texts(drawing))
        fonts.check(text.get_text() for text in texts(drawing))
        assert "{" not in made.captions[language] and "{" not in found[language]
    return made, found


def dotted(figure):
    return sorted({line.get_xdata()[0] for axes in figure.axes for line in axes.lines if len(set(line.get_xdata())) == 1})


def test_a_package_study_tells_its_settings(package):
    made, shown = told(package, "accumulation")
    for text in (shown["en"], made.captions["en"]):
        assert "design set with 1 change (rule making time 3 instead of 2)" in text and "World: decoupling." in text
        assert "R3.1 from 2029, at 50 % of full intensity" in text and "2040" not in text
    for text in (shown["zh"], made.captions["zh"]):
        assert "改动1项：rule making time由2改为3" in text and "外部情景：脱钩；" in text
        assert "R3.1（2029年起、力度为最大力度的50%）" in text and "2040" not in text
    assert dotted(made.drawings["en"]) == [2027.0, 2029.0]
    assert "What each package adds" in shown["en"] and "all seven" not in made.captions["en"]
    assert made.table["year"].min() == 2025.0 and made.table["year"].max() == 2036.0


@pytest.mark.parametrize("name", ["levels", "outcomes", "binding_input", "aggregation"])
def test_every_figure_of_a_package_study_is_true(package, name):
    made, shown = told(package, name)
    assert "decoupling" in shown["en"] and "脱钩" in shown["zh"] and "R3.1" in shown["zh"]
    assert "2040" not in made.captions["en"] + made.captions["zh"] and "all seven" not in shown["en"]
    assert "2036" in made.captions["en"]


def test_what_cannot_be_drawn_is_left_out_with_a_reason(package, made_up):
    assert "the result lacks R2_R7, all" in gallery.left_out(package)["practice_gap"]
    early = made_up.sel(scenario=["baseline", "R3", "twin"], time=slice(None, 2026))
    reasons = gallery.left_out(early)
    assert "no measure of R3 acts by 2026" in reasons["accumulation"] == reasons["outcomes"]
    assert "levels" not in reasons and "2012" in gallery.left_out(made_up.sel(time=slice(None, 2011)))["binding_input"]
    late = gallery.left_out(made_up.sel(time=slice(None, 2029)))
    assert "do not hold the same measures by 2029" in late["sequencing"]
    assert "no real series covers 2030–2040" in gallery.left_out(made_up.sel(time=slice(2030, None)))["levels"]
    assert "nothing beside the baseline" in gallery.left_out(made_up.sel(scenario=["baseline", "twin"]))["accumulation"]
    assert gallery.left_out(made_up) == {}
    assert "law not recorded" in gallery.left_out(made_up.drop_vars("law"))["levels"]
    with pytest.raises(ThroughflowError, match="no measure of R3 acts by 2026"):
        gallery.draw(early, "nowhere", ["accumulation"])


def test_own_packages_go_by_their_own_names(own):
    made, shown = told(own, "accumulation")
    assert "A：人才与数据先行方案" in shown["zh"] and "经费方案" in shown["zh"] and "talent_data" not in shown["zh"]
    assert "人才与数据先行方案、经费方案" in made.captions["zh"]
    assert "2026.5" in shown["en"] and dotted(made.drawings["zh"]) == [2026.5, 2028.0]
    for name in ("levels", "outcomes", "binding_input", "aggregation"):
        _, shown = told(own, name)
        assert "人才与数据先行方案" in shown["zh"] and "Talent and data first" in shown["en"]
    assert "A:" not in told(own, "levels")[1]["en"], "the key has room for whole names"


def test_a_package_that_borrows_a_shipped_name_keeps_its_own_label(made_up, invent):
    borrowed = {"baseline": OWN["baseline"], "R3": ("R3", "Not the shipped one", "并非原方案"), "twin": OWN["twin"]}
    _, shown = told(invent.asking(invent.named(made_up, borrowed), {"R3": {"R5_1": (2027.0, 1.0)}}), "levels")
    assert "Not the shipped one" in shown["en"] and "Research data" not in shown["en"]


def test_orders_are_worded_from_the_result(made_up, invent):
    made, shown = told(made_up, "sequencing")
    assert "Governance measures: R1.1, R1.3, R3.1, R3.2, R3.4, R4.1, R6.1; opening measures: the other 19." in shown["en"]
    assert "R1–R7: everything in 2027." in shown["en"] and dotted(made.drawings["en"]) == [2027.0, 2030.0]
    measures = list(made_up["measure"].values)
    moved = {name: invent.adoption(name, measures) for name in invent.SCENARIOS}
    for name in ("governance_first", "opening_first"):
        moved[name]["R3_1"] = (2029.0, 1.0)
    made, shown = told(invent.asking(made_up, moved), "sequencing")
    assert "Start of the measures: Governance first:" in shown["en"] and "R3.1 2029" in shown["en"]
    assert "the other 19" not in shown["en"] and dotted(made.drawings["en"]) == [2027.0, 2029.0, 2030.0]
    apart = {**moved, "all": {**invent.adoption("all", measures), "R5_1": (2031.0, 1.0)}}
    assert "differ by other measures than R1" in gallery.left_out(invent.asking(made_up, apart))["practice_gap"]


def test_the_default_study_reads_as_designed(bundles):
    note = " ".join(text.get_text() for text in texts(bundles("accumulation").drawings["en"]))
    assert "(measures adopted from 2027)" in note and "Dotted line: start of the measures." in note
    assert "Illustrative parameters: design set, not calibrated. Read differences between scenarios, not levels." in note
    caption = bundles("binding_input").captions["zh"]
    assert "各项措施自2027年起实施，一年内到位，力度为最大。" in caption and "例外" not in caption


def test_remarks_fall_when_their_conditions_do(made_up, invent):
    gate = {"pandemic gate table": [[2010, 1.0], [2041, 1.0]]}
    adopted = {name: invent.adoption(name, list(made_up["measure"].values)) for name in invent.SCENARIOS}
    assert "spike of trips in 2020" in told(made_up, "aggregation")[0].captions["en"]
    assert "spike" not in told(invent.asking(made_up, adopted, gate), "aggregation")[0].captions["en"]
    assert "spike" not in told(made_up.sel(time=slice(2022, None)), "aggregation")[0].captions["en"]


def test_no_twin_is_told(made_up):
    made, _ = told(made_up.drop_sel(scenario="twin").assign_attrs(twin=""), "outcomes")
    assert "no frictionless twin" in made.captions["en"] and "未设无摩擦参照" in made.captions["zh"]
    assert not {"AGG", "EFF"} & set(made.table["outcome"])


def test_unknown_scenarios_take_lines_in_turn():
    assert len({(line.color, line.dashes) for line in style.SPARE}) == len(style.SPARE)
    fixed = {(line.color, line.dashes) for _, line in style.STROKES}
    assert not fixed & {(line.color, line.dashes) for line in style.SPARE}
    assert [style.stroke("mine", place) for place in range(len(style.SPARE))] == list(style.SPARE)


@pytest.mark.parametrize(("start", "stop"), [(2010, 2011), (2012, 2014), (2025, 2036), (2010, 2100), (2024.5, 2026)])
@pytest.mark.parametrize("wide", [14.0, 31.0, 60.0])
def test_years_are_ticked_whatever_the_horizon(start, stop, wide):
    from sim.show.panels import Box, add_axes, year_axis

    with style.applied():
        page = style.sheet(180.0, 60.0)
        axes = add_axes(page, Box(20.0, 10.0, wide, 40.0))
        year_axis(axes, start, stop, step=10)
        axes.set_yticks([])
        ticks = axes.get_xticks()
        assert len(ticks) >= 1 and np.all((ticks >= start) & (ticks <= stop + 1e-6))
        assert not [found for found in audit.audit(page) if "overlaps" in found]
