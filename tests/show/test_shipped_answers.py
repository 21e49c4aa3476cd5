"""The answers that are shipped: of this model and this posterior, and what the committed figures show."""

import csv
import hashlib
import json
import math
import re
import tomllib
from pathlib import Path

import numpy as np
import pytest

from sim import resources, results
from sim.show import gallery, voice
from sim.show.audit import audit
from sim.show.registry import ADVICE

MODEL = resources.model_file("innovation_flows")
HOME = MODEL.parent / "advice"
FIGURES = Path(__file__).resolve().parents[2] / "figures"
STUDIES = ("packages", "measures", "timing", "sequence", "screening", "sensitivity", "discovery")
TEXTS = sorted(path for path in (MODEL.parent / "figures_advice").glob("*.toml") if path.stem != "brief")
"""Texts of answers; those of briefs hold bibliography."""


@pytest.fixture(scope="module")
def figure_of():
    """Return the study whose answers each committed figure is drawn of; the first that suffices."""
    found = {}
    for study in STUDIES:
        for name in gallery.drawable(results.load_netcdf(HOME / f"{study}.nc")):
            found.setdefault(name, study)
    return found


def test_every_answer_is_of_this_model_and_this_posterior():
    model = hashlib.sha256(MODEL.read_bytes()).hexdigest()
    posterior = json.loads((MODEL.parent / "calibration" / "posterior.json").read_text(encoding="utf-8"))["posterior"]
    for study in STUDIES:
        made = results.load_netcdf(HOME / f"{study}.nc")
        assert made.attrs["kind"] == ADVICE and made.attrs["fingerprint"] == model, f"{study}: `make advice ship-advice`"
        told = json.loads(made.attrs["footing_told"])
        assert told["base"] == ("prior" if study in STUDIES[4:] else "posterior")
        assert told.get("posterior", posterior) == posterior


def test_every_figure_of_answers_is_drawn_of_some_study(figure_of):
    assert set(figure_of) == set(gallery.names(kind=ADVICE))


@pytest.mark.parametrize("name", gallery.names(kind=ADVICE))
def test_committed_figures_show_the_answers(figure_of, name):
    shipped = results.load_netcdf(HOME / f"{figure_of[name]}.nc")
    spec, member = next((spec, member) for one, spec, member in gallery.listed(gallery.home_of(shipped)) if one == name)
    drawn = gallery.bundle(shipped, name, spec, member=member)
    with (FIGURES / name / f"{name}.csv").open(encoding="utf-8", newline="") as stream:
        head, *rows = csv.reader(stream)
    assert head == list(drawn.table.columns) and len(rows) == len(drawn.table)
    for column in drawn.table.select_dtypes("number"):
        committed = np.array([float(row[head.index(column)] or math.nan) for row in rows])
        np.testing.assert_allclose(committed, drawn.table[column].to_numpy(float), rtol=1e-5, equal_nan=True)
    assert [fault for drawing in drawn.drawings.values() for fault in audit(drawing)] == []
    for language, text in drawn.captions.items():
        assert (FIGURES / name / f"caption.{language}.md").read_text(encoding="utf-8").strip() == text.strip()


@pytest.mark.parametrize("study", STUDIES)
@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_question_is_answered_in_plain_sentences(study, language):
    made = results.load_netcdf(HOME / f"{study}.nc")
    said = voice.sentences(made, language)
    asked = set(json.loads(made.attrs["questions"]))
    assert asked - {"courses"} <= set(said)
    for name, sentences in said.items():
        assert sentences, name
        for sentence in sentences:
            assert not re.search(r"[{}]|\bnan\b|\binf\b|None", sentence), sentence
            assert sentence.endswith((".", "。")), sentence


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: path.stem)
def test_no_number_stands_in_a_template(path):
    """Numbers of sentences come from tables; only names of recommendations and the interval's definition are written out."""
    for question, section in tomllib.loads(path.read_text(encoding="utf-8")).get("say", {}).items():
        for key, text in section.items():
            if key.endswith(("_en", "_zh")) and isinstance(text, str):
                plain = re.sub(r"\{[^}]*\}|\b[RS][1-7](\.\d)?\b|R1–R7|(?<!\d)(90|95|5) ?%|5[–—]95 ?%", "", text)
                assert not re.search(r"\d", plain), f"[say.{question}] {key}: {text}"
