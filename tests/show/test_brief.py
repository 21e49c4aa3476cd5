"""The brief: what it says follows from its tables, what it lacks it says, and no text of it is ever read as markup."""

import html as markup
import json
import re
from dataclasses import replace

import pytest

from sim.errors import ThroughflowError
from sim.results import save_netcdf
from sim.show.brief import html, pdf
from sim.show.brief.answers import find, read
from sim.show.brief.compose import compose, write
from sim.show.brief.document import Prose, Tiles
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


def folder(tmp_path, name, **settings):
    """Write answers into a folder of their own and return it."""
    (tmp_path / name).mkdir()
    save_netcdf(answers(**settings), tmp_path / name / "results.nc")
    return tmp_path / name


def said(document):
    """Return everything a brief says, as one text."""
    return "\n".join(document.texts()).replace("\N{NO-BREAK SPACE}", " ")


@pytest.mark.parametrize(("package", "language"), [("R3", "en"), ("all", "zh")])
def test_a_brief_has_four_to_six_pages_and_says_what_its_figures_show(briefs, package, language):
    made = briefs[package, language]
    assert 4 <= len(pdf.pages(made, resolution=20)) <= 6
    pictures = list(made.pictures())
    assert [picture.name for picture in pictures] == ["outcomes", "courses", "alone"]
    assert all(
        "64" in picture.caption and picture.svg.startswith(b"<?xml") for picture in pictures if picture.name != "courses"
    )


@pytest.mark.slow
@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("package", [*PARTS, "all", "R1.R3"])
def test_every_brief_has_four_to_six_pages(stored, package, language):
    assert 4 <= len(pdf.pages(compose(stored, package, language), resolution=20)) <= 6


def test_numbers_and_verdicts_come_from_the_tables(briefs):
    text = said(briefs["R3", "en"])
    assert "raises research data shared abroad by 5.0 % (90 % of worlds: 3.0 to 7.0 %)" in text
    assert "does not settle whether security incidents rise or fall (median +5.0; 90 % of worlds: −3.0 to +13 %)" in text
    assert "adds +5.0 % (90 % of worlds: +3.0 to +7.0 %) adopted alone and +10 % (90 % of worlds: +6.0 to +14 %)" in text
    assert "the two intervals overlap" in text and "R1 reinforces it" in text
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
    for table in ("courses", "attribution", "timing_delay", "drivers", "robustness_satisfied", "discovery", "information"):
        assert any(f"table {table}" in text and "throughflow run study=" in text for text in missing), table
    assert [picture.name for picture in made.pictures()] == ["outcomes"]


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
    assert '<html lang="zh-Hans">' in page and page.count("<h1>") == 1 and page.count("<h2") == 6
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


def test_unknown_packages_are_refused_with_a_cure(stored):
    with pytest.raises(ThroughflowError) as refused:
        find(stored, "R1_R3")
    assert "R1.R3" in refused.value.problems[0].cure or "R1+R3" in refused.value.problems[0].cure
    with pytest.raises(ThroughflowError) as refused:
        find(stored, "governance_first")
    assert "sequence" in refused.value.problems[0].cure
