"""Every registered figure, walked: layout, captions, drawn numbers, bundles."""

import json
from dataclasses import replace

import numpy as np
import pytest

from sim.errors import ThroughflowError
from sim.show import audit, fonts, gallery, style
from sim.show.bundle import texts, write

NAMES = gallery.names(kind="study")


def test_registry_is_complete():
    assert set(NAMES) >= {
        "accumulation",
        "levels",
        "outcomes",
        "binding_input",
        "practice_gap",
        "sequencing",
        "aggregation",
        "structure_researchers_and_trips",
    }
    for spec in gallery.specs():
        assert spec.prepare.__doc__ and spec.render.__doc__ and spec.width in (style.NARROW, style.WIDE)


def test_every_module_of_charts_registers_a_figure():
    from pathlib import Path

    import sim.show.charts

    here = Path(sim.show.charts.__file__).parent
    helpers = {"__init__", "bands", "strokes", "tables"}
    shared = {"advice.__init__", "advice.naming", "advice.sensed", "advice.unions"}
    answers = {f"advice.{path.stem}" for path in (here / "advice").glob("*.py")} - shared
    assert {path.stem for path in here.glob("*.py")} - helpers | answers == set(gallery.MODULES)


@pytest.mark.parametrize("name", NAMES)
def test_layout_and_captions(bundles, name):
    made = bundles(name)
    assert set(made.drawings) == set(made.captions) == {"en", "zh"}
    for language, drawing in made.drawings.items():
        assert audit.audit(drawing) == ()
        shown = "\n".join(text.get_text() for text in texts(drawing))
        fonts.check(shown.split("\n"))
        tag = {"en": "Illustrative parameters", "zh": "示例性参数"}[language]
        assert tag in shown and tag in made.captions[language]
        assert "{" not in made.captions[language]
    assert any("\u4e00" <= letter <= "\u9fff" for letter in made.captions["zh"])
    assert not any("\u4e00" <= letter <= "\u9fff" for letter in made.captions["en"])
    assert not made.table.empty and "units" in made.table
    numbers = made.table.select_dtypes("number")
    assert np.isfinite(numbers.to_numpy()).all()


@pytest.mark.parametrize("name", ["accumulation", "levels", "sequencing", "aggregation"])
def test_lines_are_the_rows_of_the_table(bundles, name):
    made = bundles(name)
    drawn = {}
    for axes in made.drawings["en"].axes:
        for line in axes.lines:
            if line.get_gid():
                drawn[line.get_gid()] = line.get_xydata()
    rows = made.table.assign(grade=made.table.get("grade", ""))
    keys = rows["panel"] + "|" + rows["scenario"] + rows["grade"].map(lambda grade: f"|{grade}" if grade else "")
    expected = {key: group[["year", "value"]].to_numpy() for key, group in rows.groupby(keys)}
    assert set(drawn) == set(expected)
    for key, points in drawn.items():
        np.testing.assert_array_equal(points, expected[key])


def test_cells_are_the_rows_of_the_table(bundles):
    from sim.show.panels import signed

    made = bundles("outcomes")
    written = {text.get_gid(): text.get_text() for text in texts(made.drawings["zh"]) if text.get_gid()}
    assert len(written) == len(made.table)
    for row in made.table.itertuples():
        text = written[f"{row.outcome}|{row.scenario}|value"]
        if row.units == "%":
            assert text == signed(row.value)


def test_areas_and_bars_are_the_rows_of_the_table(bundles):
    made = bundles("binding_input")
    bars = {bar.get_gid(): bar.get_width() for axes in made.drawings["en"].axes for bar in axes.patches if bar.get_gid()}
    last = made.table[made.table["panel"] == "last year"]
    expected = {f"last year|{row.scenario}|{row.input}": row.value for row in last.itertuples()}
    assert bars == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("name", [name for name in NAMES if name.startswith("structure_")])
def test_diagrams_show_every_stock_and_flow(bundles, made_up, name):
    made = bundles(name)
    structure = json.loads(made_up.attrs["structure"])
    title = gallery.read_toml(gallery.model_folder(made_up) / "figures.toml")["structure"]["members"][name[10:]]
    members = [place[0] for place in structure["views"][title]]
    stocks = {member for member in members if structure["variables"][member]["kind"] == "stock"}
    flows = {flow for stock in stocks for side in ("inflows", "outflows") for flow in structure["variables"][stock][side]}
    table = made.table
    assert set(table[table["part"] == "stock"]["name"]) == stocks
    assert flows <= {flow for names in table[table["part"] == "flow"]["name"] for flow in names.split("; ")}


def test_a_bundle_is_the_same_bytes_twice(bundles, made_up, tmp_path):
    once = write(bundles("practice_gap"), tmp_path / "once")
    (again,) = gallery.draw(made_up, tmp_path / "again", ["practice_gap"])
    names = sorted(path.name for path in once.iterdir())
    expected = [f"practice_gap.{end}" for end in ("csv", "en.pdf", "en.png", "en.svg", "zh.pdf", "zh.png", "zh.svg")]
    assert names == sorted(["caption.en.md", "caption.zh.md", "provenance.json", *expected])
    for name in names:
        assert (once / name).read_bytes() == (again / name).read_bytes(), name


def test_a_bundle_replaces_an_earlier_one_whole(bundles, tmp_path):
    folder = tmp_path / "sequencing"
    folder.mkdir()
    (folder / "old.txt").write_text("old")
    made = bundles("sequencing")
    write(replace(made, drawings={"en": made.drawings["en"]}), tmp_path)
    assert not (folder / "old.txt").exists() and (folder / "sequencing.csv").exists()
    assert [path.name for path in tmp_path.iterdir()] == ["sequencing"]


def test_a_missing_glyph_is_refused_before_anything_is_written(bundles, tmp_path):
    from matplotlib.figure import Figure

    page = Figure()
    page.text(0.5, 0.5, "smile 😀")
    with pytest.raises(ThroughflowError, match="no glyph for '😀'"):
        write(replace(bundles("sequencing"), drawings={"en": page}), tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_written_is_told(bundles, tmp_path):
    blocked = tmp_path / "file"
    blocked.write_text("")
    with pytest.raises(ThroughflowError, match="cannot be written there"):
        write(bundles("sequencing"), blocked)


def test_provenance_tells_series_and_run(bundles):
    provenance = bundles("levels").provenance
    assert provenance["model_fingerprint"] and provenance["result"]["integration_error"] == 2.5e-5
    assert "structure" not in provenance["result"]
    assert all(source["licence"] for series in provenance["series"] for source in series["sources"])


def test_unknown_and_undrawable_figures_are_told_together(made_up, tmp_path):
    part = made_up.sel(scenario=["baseline", "R1", "twin"])
    with pytest.raises(ThroughflowError) as raised:
        gallery.draw(part, tmp_path, ["acumulation", "sequencing"])
    assert "did you mean 'accumulation'" in str(raised.value)
    assert "governance_first" in str(raised.value)


def test_a_missing_variable_is_told(made_up, tmp_path):
    with pytest.raises(ThroughflowError, match="no variable 'Talent total'"):
        gallery.draw(made_up.drop_vars("Talent total"), tmp_path, ["accumulation"])


def test_nan_is_told(made_up, tmp_path):
    broken = made_up.copy()
    broken["Talent total"] = made_up["Talent total"].where(made_up["time"] < 2030)
    with pytest.raises(ThroughflowError, match="not finite"):
        gallery.draw(broken, tmp_path, ["accumulation"])


def test_other_packages_draw_too(made_up, tmp_path):
    part = made_up.sel(scenario=["baseline", "all", "twin"]).assign_coords(scenario=["baseline", "mine", "twin"])
    told = []
    drawn = gallery.draw(part, tmp_path, ["accumulation"], progress=lambda *done: told.append(done))
    assert [path.name for path in drawn] == ["accumulation"] and told == [("accumulation", 1, 1)]
    assert "practice_gap" not in gallery.drawable(part)
