"""Fonts, text, style, layout and the audit itself."""

import csv

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.figure import Figure

from sim.errors import ThroughflowError
from sim.resources import folder
from sim.show import audit, fonts, layout, panels, series, style, text, words

HOME = folder("models") / "innovation_flows"


def test_font_holds_every_name_and_is_small():
    assert fonts.FILE.stat().st_size < 1_000_000
    assert (fonts.FILE.parent / "OFL.txt").read_text(encoding="utf-8").count("SIL OPEN FONT LICENSE") >= 1
    for row in [*csv.DictReader((HOME / "names.csv").open(encoding="utf-8"))]:
        assert fonts.missing("".join(cell or "" for cell in row.values())) == "", row
    level1 = "".join(bytes((row, cell)).decode("gb2312") for row in range(0xB0, 0xD7) for cell in range(0xA1, 0xFF))
    assert fonts.missing(level1) == ""


def test_dollar_signs_are_refused():
    with pytest.raises(ThroughflowError, match="dollar sign"):
        fonts.check(["cost in $"])


def test_lines_of_scenarios_can_be_told_apart():
    strokes = [style.BASELINE, *dict(style.STROKES).values()]
    for stroke in strokes:
        assert style.contrast(stroke.color, style.PAPER) >= 3.0, stroke
    assert len({(stroke.color, stroke.dashes) for stroke in strokes}) == len(strokes)
    packages = [stroke for name, stroke in style.STROKES if name.startswith("R")]
    assert len({stroke.dashes for stroke in packages}) == len(packages), "dashes alone tell them apart in grey"


def test_ink_always_reads():
    for grey in np.linspace(0, 1, 101):
        assert style.contrast(style.ink_on((grey, grey, grey)), (grey, grey, grey)) >= 4.5


def test_settings_of_the_user_are_left_alone():
    before = dict(plt.rcParams)
    with style.applied():
        pass
    assert dict(plt.rcParams) == before


def test_wrapping_keeps_all_text_and_the_room():
    told = "international repositories and 国际化数据中心比例，政策知晓率 in one line"
    lines = text.wrap(told, room=60.0, size=6.0)
    assert "".join(lines).replace(" ", "") == told.replace(" ", "")
    assert all(text.width(line, 6.0) <= 60.0 for line in lines)
    assert not any(line[0] in "，。" for line in lines)


def test_width_is_what_is_drawn():
    with style.applied():
        page = Figure(dpi=720)
        from matplotlib.backends.backend_agg import FigureCanvasAgg

        canvas = FigureCanvasAgg(page)
        shown = page.text(0, 0, "Awareness of the channel 渠道知晓率", fontsize=7)
        drawn = shown.get_window_extent(canvas.get_renderer()).width / 10
    assert abs(drawn - text.width(shown.get_text(), 7)) < 0.6


def test_labels_spread_in_order():
    wanted = [5.0, 5.1, 5.2, 0.0, 9.9]
    places = panels.spread(wanted, gap=1.0, low=0.0, high=10.0)
    assert sorted(range(5), key=places.__getitem__) == sorted(range(5), key=wanted.__getitem__)
    ordered = sorted(places)
    assert all(b - a >= 1.0 - 1e-9 for a, b in zip(ordered, ordered[1:], strict=False))
    assert places[3] == 0.0 and places[1] == pytest.approx(5.1)
    assert panels.spread([1.0] * 30, gap=1.0, low=0.0, high=10.0) == pytest.approx(list(np.linspace(0, 10, 30)))


def test_signs():
    assert [panels.signed(x) for x in (-0.04, 3.14, -12.6, 207.2)] == ["0", "+3.1", "−13", "+207"]


def test_every_stock_and_flow_has_a_place():
    flows = [
        layout.Flow((name,), source, target, ())
        for name, source, target in [
            ("in", "", "A"),
            ("ab", "A", "B"),
            ("ba", "B", "A"),
            ("bc", "B", "C"),
            ("ca", "C", "A"),
            ("cd", "C", "D"),
            ("out", "D", ""),
        ]
    ]
    rows = layout.rows(["A", "B", "C", "D"], flows)
    assert sorted(name for row in rows for name in row.stocks) == ["A", "B", "C", "D"]
    shown = {lane.flow.names[0] for row in rows for zone in row.zones for lane in zone} | {
        f.names[0] for r in rows for f in r.over
    }
    assert shown == {flow.names[0] for flow in flows}
    assert rows[0].stocks == ("A", "B", "C") and [flow.names[0] for flow in rows[0].over] == ["ca"]


def test_the_audit_finds_what_is_wrong():
    with style.applied():
        page = style.sheet(100.0, 300.0)
        page.text(0.5, 0.5, "one", fontsize=5, color="#bbbbbb")
        page.text(0.5, 0.5, "two", fontsize=8)
        page.text(0.99, 0.2, "too far to the right", fontsize=8)
        found = "\n".join(audit.audit(page))
    for complaint in ("wide", "high", "is 5 pt", "overlaps", "leaves the sheet", "reads clearly on only 0%"):
        assert complaint in found


def test_names_missing_are_told_with_the_nearest():
    with pytest.raises(ThroughflowError, match="Talent total"):
        words.load(HOME, "en")("quantity", "Talent totals")


def test_every_name_is_told_in_both_languages():
    for row in csv.DictReader((HOME / "names.csv").open(encoding="utf-8")):
        assert row["en"] and row["zh"], row
        assert bool(row["unit_en"]) == bool(row["unit_zh"]) and bool(row["short_en"]) == bool(row["short_zh"]), row


def test_series_are_described_and_checked(tmp_path):
    described = {entry["name"]: entry for entry in series.described(HOME)["series"]}
    observed = {row["series_id"]: row for row in csv.DictReader((HOME / "series" / "observations.csv").open())}
    assert set(described) == set(observed)
    for entry in described.values():
        assert entry["grade"] and all(source["licence"] and source["title"] for source in entry["sources"])
        assert series.NOT_DATA not in {source["id"] for source in entry["sources"]}
    copy = tmp_path / "series"
    copy.mkdir()
    (copy / "observations.csv").write_text(
        "series_id,year,value,unit,geography,source_id,quality\na,2010,1,x,CHN,recalled_verify,C\n"
    )
    with pytest.raises(ThroughflowError, match="recalled from memory"):
        series.observations(tmp_path, "a")
    with pytest.raises(ThroughflowError, match="no series 'b'"):
        series.observations(tmp_path, "b")
