"""The brief: what it says follows from its tables, what it lacks it says, and no text of it is ever read as markup."""

import html as markup
import json
import re
from dataclasses import replace
from io import BytesIO

import matplotlib.image as images
import numpy as np
import pytest

from sim.errors import ThroughflowError
from sim.results import save_netcdf
from sim.show.brief import html, pdf
from sim.show.brief.answers import find, read, shipped
from sim.show.brief.compose import compose, write
from sim.show.brief.document import Grid, Prose, Tiles
from tests.show.invented_answers import PARTS, WHOLE, answers

HOSTILE = '<b onclick="x">#panic() *a* _b_ [c] @d \\ & // `e`</b>'


@pytest.fixture(scope="module")
def stored(tmp_path_factory):
    """Return answers to every question that the brief's sentences need, and one more package with a hostile label."""
    path = tmp_path_factory.mktemp("answers") / "results.nc"
    save_netcdf(answers(own="R2_1 R3_1", label=HOSTILE), path)
    return read([path], files=())


@pytest.fixture(scope="module")
def briefs(stored):
    """Return briefs that are made once each."""
    return {key: compose(stored, *key) for key in (("R3", "en"), ("all", "zh"))}


@pytest.fixture(scope="module")
def ours():
    """Return the answers that are shipped."""
    return read()


def folder(tmp_path, name, **settings):
    """Write answers into a folder of their own and return it."""
    (tmp_path / name).mkdir()
    save_netcdf(answers(**settings), tmp_path / name / "results.nc")
    return tmp_path / name


def said(document):
    """Return everything a brief says, as one text."""
    return "\n".join(document.texts()).replace("\N{NO-BREAK SPACE}", " ")


def filled(page):
    """Return how far down a page goes what is on it, the foot left out, as a share of its height."""
    rows = np.flatnonzero((images.imread(BytesIO(page))[..., :3] < 0.9).any(axis=(1, 2)))
    height = images.imread(BytesIO(page)).shape[0]
    return rows[rows < 0.94 * height].max() / height


def running(document, sheets):
    """Return the pages that text runs on from: all but the last, and but the one before an annex, which stands on one page."""
    annexed = document.sections[-1].title.startswith(("Annex", "附录"))
    return sheets[: -2 if annexed else -1]


@pytest.mark.parametrize(("package", "language"), [("R3", "en"), ("all", "zh")])
def test_a_brief_has_few_pages_none_half_empty_and_says_what_its_figures_show(briefs, package, language):
    made = briefs[package, language]
    sheets = pdf.pages(made, resolution=20)
    assert 3 <= len(sheets) <= 6
    assert all(filled(sheet) > 2 / 3 for sheet in running(made, sheets))
    pictures = list(made.pictures())
    assert [picture.name for picture in pictures] == ["outcomes", "courses", "alone"]
    assert all(
        "64" in picture.caption and picture.svg.startswith(b"<?xml") for picture in pictures if picture.name != "courses"
    )


@pytest.mark.slow
@pytest.mark.skipif(not shipped(), reason="no answers are shipped")
@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("package", [*PARTS, "all", "R1.R3"])
def test_every_brief_has_four_to_six_pages(ours, package, language):
    made = compose(ours, package, language)
    sheets = pdf.pages(made, resolution=20)
    assert 4 <= len(sheets) <= 6
    assert all(filled(sheet) > 2 / 3 for sheet in running(made, sheets))


@pytest.mark.slow
@pytest.mark.skipif(not shipped(), reason="no answers are shipped")
def test_many_strengths_stand_in_an_annex_and_few_in_the_text(ours):
    def strengths(document):
        grids = [(section.title, block) for section in document.sections for block in section.blocks if isinstance(block, Grid)]
        return grids[-1]

    (title, grid), (_, own) = strengths(compose(ours, "all", "en")), strengths(compose(ours, "R3", "en"))
    assert title.startswith("Annex") and len(grid.rows) == 68
    assert "The annex lists them all." in said(compose(ours, "all", "en"))
    assert 0 < len(own.rows) < 40 and "annex" not in said(compose(ours, "R3", "en")).lower()


def test_numbers_and_verdicts_come_from_the_tables(briefs):
    text = said(briefs["R3", "en"])
    assert "raises research data shared abroad by 5.0 % (90 % of worlds: 3.0 to 7.0 %)" in text
    assert "does not settle whether security incidents rise or fall (median +5.0; 90 % of worlds: −3.0 to +13 %)" in text
    assert "adds +5.0 % (90 % of worlds: +3.0 to +7.0 %) adopted alone and +10 % (90 % of worlds: +6.0 to +14 %)" in text
    assert "the two intervals overlap" in text
    assert "Paired world by world, R1 reinforces it (+5.0 %; 90 % of worlds: +3.0 to +7.0 %)." in text
    assert "Of 13 outcomes 12 have a settled sign" in text
    tiles = next(block for section in briefs["all", "zh"].sections for block in section.blocks if isinstance(block, Tiles))
    assert [(tile.number, tile.settled) for tile in tiles.items][-1] == ("+35", False)


def test_what_is_not_answered_is_said_with_the_study_to_run(tmp_path):
    bare = read([folder(tmp_path, "bare", only=("packages",))], files=())
    made = compose(bare, "R3", "en")
    missing = [
        block.text
        for section in made.sections
        for block in section.blocks
        if isinstance(block, Prose) and block.kind == "missing"
    ]
    topics = ("yearly course", "share of what", "delay costs", "unknowns go", "stated thresholds", "stated aim", "to know more")
    for topic in topics:
        told = [text for text in missing if topic in text.split(" was not computed")[0] and "throughflow run study=" in text]
        assert len(told) == 1, topic
    assert not any("table" in text for text in missing)
    assert [picture.name for picture in made.pictures()] == ["outcomes"]


def test_failures_are_told_with_all_limits_and_the_worlds_they_are_counted_in(briefs):
    text = said(briefs["all", "zh"])
    assert "在按先验区间抽取、未经校准的2,048个世界中，15%未达到要求（国际合著论文相对基准< +30%）" in text
    assert "高于4.6 年（单独未获证实）和安全事件容忍度高于4.6 起/年；其中24%的世界失败" in text


def test_tradeoffs_count_their_criteria_and_near_all_is_not_all(briefs):
    text = said(briefs["R3", "en"])
    assert (
        "in 99.6 % of worlds (5–95 % by number of worlds: 98 % to 100 %) no other package is at least as good in all three"
        in text
    )


def test_captions_leave_out_what_no_outcome_is(briefs):
    captions = [picture.caption.replace("\N{NO-BREAK SPACE}", " ") for picture in briefs["R3", "en"].pictures()]
    assert "12 of 13 have a settled sign; 1 does not." in captions[0]
    shared = next(picture for picture in briefs["all", "zh"].pictures() if picture.name == "alone")
    assert "分摊" in shared.caption and "单独" not in shared.caption


def test_units_of_strengths_are_in_the_language(briefs):
    cells = [cell for cell in briefs["all", "zh"].texts() if "风险敞口（增加）" in cell]
    assert any("风险单位/年" in cell for cell in cells) and any("风险单位/（项目·年）" in cell for cell in cells)


def test_answers_that_do_not_record_their_command_are_told_so(tmp_path):
    known, silent = answers(only=("packages",)), answers(only=("courses",), study="mine")
    del silent.attrs["command"]
    for name, dataset in (("known", known), ("silent", silent)):
        (tmp_path / name).mkdir()
        save_netcdf(dataset, tmp_path / name / "results.nc")
    text = said(compose(read([tmp_path / "known", tmp_path / "silent"], files=()), "R3", "en"))
    assert "Study mine: these answers do not record the command that made them." in text
    assert text.count("output.folder=") == 1 and "from=results/packages from=results/mine" in text


@pytest.mark.skipif(not shipped(), reason="no answers are shipped")
@pytest.mark.parametrize("part", [PARTS[0], *(pytest.param(part, marks=pytest.mark.slow) for part in PARTS[1:])])
def test_every_recommendation_has_a_brief_from_what_is_shipped(ours, part):
    made = compose(ours, part, "en" if int(part[1]) % 2 else "zh")
    assert [picture.name for picture in made.pictures()] == ["outcomes", "courses", "alone", "drivers"]
    sheets = pdf.pages(made, resolution=20)
    assert 4 <= len(sheets) <= 6
    assert all(filled(sheet) > 2 / 3 for sheet in sheets[:-1])


def test_texts_are_data_in_both_formats(stored, tmp_path):
    made = compose(stored, "mine", "en")
    page = html.render(made)
    assert made.title == HOSTILE
    assert "<b onclick" not in page and markup.escape(HOSTILE) in page
    assert len(pdf.pages(made, resolution=20)) >= 3
    paths = write(made, tmp_path, "mine")
    assert [path.name for path in paths] == ["brief-mine.en.html", "brief-mine.en.pdf"]
    assert paths[1].read_bytes().startswith(b"%PDF")


def test_the_page_is_one_file_that_fetches_nothing(briefs):
    page = html.render(briefs["all", "zh"])
    assert '<html lang="zh-Hans">' in page and page.count("<h1>") == 1 and page.count("<h2") == 7
    assert "<script" not in page and not re.search(r'(src|href)="(?!data:|#)', page) and "url(" not in page
    alts = re.findall(r'<img [^>]*alt="([^"]*)"', page)
    assert len(alts) == page.count("<img ") == 3 and all(len(alt) > 30 for alt in alts)


def test_the_same_brief_gives_the_same_bytes(briefs, stored):
    made, again = briefs["R3", "en"], compose(stored, "R3", "en")
    assert pdf.render(made) == pdf.render(again) != pdf.render(replace(made, title="R6"))


def test_a_character_the_font_lacks_is_refused(tmp_path):
    own = read([folder(tmp_path, "own", own="R3_1", label="㐂")], files=())
    with pytest.raises(ThroughflowError, match="no glyph"):
        compose(own, "mine", "en")


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"model_fingerprint": "a" * 64}, "model"),
        ({"stop": 2050.0}, "last year"),
        ({"first_year": 2030.0}, "first year"),
        ({"settings": json.dumps({"changed": ["dilution"], "worlds": []})}, "settings"),
        ({"footing_told": json.dumps({"base": "design"})}, "footing"),
    ],
)
def test_answers_that_do_not_go_together_are_refused(tmp_path, changed, told):
    both = [folder(tmp_path, "one", only=("packages",)), folder(tmp_path, "two", only=("courses",), **changed)]
    with pytest.raises(ThroughflowError) as refused:
        read(both, files=())
    assert [problem.what.startswith(told) for problem in refused.value.problems] == [True]
    kept = read(both[:1], files=[both[1] / "results.nc"])
    assert len(kept.sources) == 1 and told in kept.left[0][1]


def test_studies_of_dates_may_begin_at_other_dates(tmp_path):
    dated = folder(tmp_path, "dated", only=("courses",), first_year=2025.0, questions=json.dumps({"timing": {}}))
    found = read([folder(tmp_path, "one", only=("packages",)), dated], files=())
    assert len(found.sources) == 2


def test_earlier_folders_go_before_later_ones_and_before_what_is_shipped(tmp_path):
    first, second = folder(tmp_path, "one", study="mine"), folder(tmp_path, "two", study="other")
    found = read([first], files=[second / "results.nc"])
    assert [source.study for source in found.sources] == ["mine"]


@pytest.mark.parametrize("name", ["all", WHOLE, "+".join(PARTS)])
def test_a_package_has_several_names(stored, name):
    assert find(stored, name) == WHOLE
    assert find(stored, "R3.R1") == find(stored, "R3+R1") == "R1.R3"


def test_unknown_packages_are_refused_with_a_cure(stored):
    with pytest.raises(ThroughflowError) as refused:
        find(stored, "R1_R3")
    assert "R1.R3" in refused.value.problems[0].cure or "R1+R3" in refused.value.problems[0].cure
    with pytest.raises(ThroughflowError) as refused:
        find(stored, "governance_first")
    assert "sequence" in refused.value.problems[0].cure
