"""What figures say of the ground they stand on: the design set as ever, prior, posterior, numbers of one's own."""

import json

import pytest

from sim.show import gallery
from sim.show.fonts import missing

ABOUT = {"posterior": "ab12cd34ef56" * 5, "fit": [2010, 2018], "parameters": 340, "informed": 41}
CENTRE = {"base": "posterior", "vector": 17, "changed": {}, **ABOUT}


def said(made, attrs, *, language="en", name="accumulation"):
    """Return the sentence inside the figure ``name`` of ``made`` with ``attrs``, and its whole caption."""
    dataset = made.assign_attrs(made.attrs, **attrs)
    home = gallery.model_folder(dataset)
    spec, member = {each: (spec, member) for each, spec, member in gallery.listed(home)}[name]
    plan = gallery._plan(dataset, spec, member)
    look = gallery.look(dataset, spec, plan, table=spec.prepare(dataset, plan), language=language)
    return look.told["illustrative"], look.told["footing"], look.told["calibrated"]


def attributes(footing, worlds, told):
    return {"footing": footing, "worlds": worlds, "footing_told": json.dumps(told)}


def test_the_design_set_is_told_as_ever(made_up):
    for attrs in ({}, attributes("design", 1, {"base": "design"})):
        inside, below, calibrated = said(made_up, attrs)
        assert inside == "Illustrative parameters: design set, not calibrated. Read differences between scenarios, not levels."
        assert below == (
            "Illustrative parameters: the model's own design set, assumed or taken from the literature as its parameter table "
            "says, not calibrated. Only differences between scenarios should be read, not levels; "
            "ranges of uncertainty are not drawn."
        )
        assert calibrated == "Shaped by hand; not calibrated to these series"


def test_the_centre_of_the_posterior_names_itself_and_what_stays_assumed(made_up, invent):
    values = {"dilution": 0.31, "tension scale[US]": 0.8}
    made = invent.asking(made_up, {}, values)
    inside, below, calibrated = said(made, attributes("posterior", 1, CENTRE))
    for text in (inside, below):
        assert "central vector (no. 17) of the posterior ab12cd34" in text and "2010–2018" in text
        assert "inform 41 of 340" in text or "340 uncertain parameters the data inform 41" in text
        assert "elicited or assumed" in text and "Illustrative" not in text and "change" not in text
        assert "World" not in text, "the scale of tension is the posterior's own"
    assert "other 299" in below and "effect of a recommendation" in below and "2010–2018" in calibrated


def test_what_differs_from_the_centre_is_told(made_up, invent):
    values = {"dilution": 0.31, "permit time": 0.2, "tension scale[US]": 0.8}
    changed = {"dilution": [0.37, 0.31], "tension scale[US]": [0.9, 0.8], "base return rate": [0.019, 0.022]}
    made = invent.asking(made_up, {}, values)
    inside, below, _ = said(made, attributes("own", 1, {**CENTRE, "changed": changed}))
    assert "0.31 instead of 0.37" in inside and "0.022 instead of 0.019" in inside and "permit" not in inside
    assert "World" in inside and "0.31 instead of 0.37" in below


@pytest.mark.parametrize(
    ("footing", "told", "words"),
    [
        ("prior", {"base": "prior", "drawn": 100}, ("Prior ranges", "1,024 worlds", "not calibrated", "not levels")),
        (
            "posterior",
            {"base": "posterior", "drawn": 340, **ABOUT},
            ("Posterior of the calibration ab12cd34", "1,024 worlds", "41"),
        ),
        ("own", {"base": "own", "drawn": 3}, ("Own values", "1,024 worlds", "not levels")),
    ],
)
def test_ensembles_tell_their_worlds(made_up, footing, told, words):
    inside, below, _ = said(made_up, attributes(footing, 1024, told))
    for word in words:
        assert word in inside and word in below, (word, inside, below)


@pytest.mark.parametrize(
    ("worlds", "told"),
    [
        (1, {"base": "design"}),
        (1, CENTRE),
        (1, {**CENTRE, "changed": {"dilution": [0.37, 0.31]}}),
        (256, {"base": "posterior", "drawn": 340, **ABOUT}),
        (256, {"base": "prior", "drawn": 340}),
        (256, {"base": "own", "drawn": 2}),
    ],
)
@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_footing_can_be_said_in_both_languages(made_up, worlds, told, language):
    for text in said(made_up, attributes("any", worlds, told), language=language):
        assert text and "{" not in text and missing(text) == ""
        assert language == "en" or not any(word in text for word in ("posterior", "prior", "worlds"))


def test_a_figure_of_the_posterior_is_drawn(made_up, tmp_path):
    dataset = made_up.assign_attrs(made_up.attrs, **attributes("posterior", 1, CENTRE))
    (folder,) = gallery.draw(dataset, tmp_path, ["accumulation"])
    caption = (folder / "caption.en.md").read_text(encoding="utf-8")
    assert "central vector (no. 17) of the posterior ab12cd34" in caption and "Run 2010–2040" in caption
