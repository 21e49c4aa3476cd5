"""Figures of a calibration, drawn of plainly invented tables: layout, captions, drawn numbers, refusals."""

import json

import numpy as np
import pytest

from sim.errors import ThroughflowError
from sim.results import load_netcdf, save_netcdf
from sim.results.tables import pack
from sim.show import audit, fonts, gallery
from sim.show.bundle import texts

NAMES = gallery.names(kind="calibration")
FOOTINGS = {"design": 0.0, "prior": 0.9, "posterior": 0.12, "before": 0.25}
YEARS = np.arange(2010.0, 2024.0)
SERIES = (
    ("co_papers", "articles per year", "fitted", 6e4, 0.12),
    ("all_papers", "articles per year", "fitted", 3.3e5, 0.1),
    ("share_international", "percent of articles", "derived", 16.0, 0.02),
    ("share_us", "percent of China international articles", "fitted", 42.0, -0.03),
    ("share_eur", "percent of China international articles", "fitted", 22.0, 0.0),
    ("share_oth", "percent of China international articles", "fitted", 40.0, 0.01),
    ("scholars_in", "persons per year", "fitted", 6e3, 0.06),
    ("scholars_out", "persons per year", "fitted", 5e3, 0.06),
    ("scholars", "publishing scholars", "fitted", 7e5, 0.11),
    *((f"check_{number}", "USD per year", "check", 1e10, 0.05) for number in range(11)),
)

pytestmark = pytest.mark.slow
"""Invented tables; the shipped answers and calibration are drawn and audited in every run."""


def columns(rows, *names):
    """Return ``rows`` as columns called ``names``."""
    return {name: list(values) for name, values in zip(names, zip(*rows, strict=True), strict=True)}


def course(start, growth, years):
    """Return a made-up course, with a dip of share series after 2018."""
    return start * np.exp(growth * (years - 2010.0)) * np.where((years > 2018) & (start < 100), 0.9, 1.0)


def role_of(year, role):
    """Return the role of a made-up point."""
    if role != "fitted":
        return role
    return "context" if year < 2010 else "fit" if year <= 2018 else "hold-out"


def history():
    """Return the made-up tables of series, points, bands and fit."""
    places = dict(zip(("q05", "q25", "q50", "q75", "q95"), (-1.645, -0.674, 0.0, 0.674, 1.645), strict=True))
    points, bands, fit = [], [], []
    for name, _, role, start, growth in SERIES:
        for year in np.arange(2000.0, 2023.0):
            if not (name.startswith("share_") and role == "fitted" and year not in (2018, 2020, 2022)):
                points.append((name, year, course(start, growth, np.array([year]))[0], role_of(year, role), "B", "invented"))
        for footing, spread in FOOTINGS.items():
            for year in YEARS if name[:6] != "share_" or role != "fitted" else (2018.0, 2020.0, 2022.0):
                middle = course(start, growth, np.array([year]))[0] * (1.3 if footing == "design" else 1.02)
                bands.append((name, year, footing, *(middle * np.exp(spread * place) for place in places.values())))
            for period, n in (("fit", 9), ("hold-out", 4)):
                fit.append((name, period, footing, n, 0.9, 5.0, 0.1, 0.2, 0.3, 0.5, 0.75))
    targets = [
        (name, name.replace("_", " ").capitalize(), "某一序列", unit, role, "s", 1.0, 1.0, 1.0, 0.05, 0.0, 9, 4)
        for name, unit, role, *_ in SERIES
    ]
    heads = ("target", "label_en", "label_zh", "unit", "role", "scale_name", "scale_q05", "scale_q50", "scale_q95")
    statistics = ("r2", "mape", "theil_u", "theil_bias", "theil_variation", "theil_covariation", "coverage")
    return {
        "targets": columns(targets, *heads, "error", "lag", "n_fit", "n_hold"),
        "observations": columns(points, "target", "year", "value", "role", "grade", "source"),
        "bands": columns(bands, "target", "year", "footing", *places),
        "fit": columns(fit, "target", "period", "footing", "n", *statistics),
    }


def parameters(count=400, informed=42):
    """Return the made-up tables of parameters, profiles and made-up truths."""
    random = np.random.default_rng(1)
    rows, synthetic = [], []
    for number in range(count):
        known = number < informed
        name = {0: "career length", 1: "tension scale[US]"}.get(number, f"invented parameter number {number}")
        contraction, shift = (
            (0.7 - 0.01 * number, random.normal()) if known else (0.05 * random.random(), 0.1 * random.normal())
        )
        origin = ("elicited", "assumed", "evidence", "refitted")[number % 4]
        prior, posterior = (0.5, 1.0, 2.0), (0.8, 1.1, 1.4)
        place = 2.0 if number in (3, 200) else 0.2
        rows.append((name, "year", origin, "A", *prior, *posterior, contraction, shift, 1.2, place, place > 1.645, known))
        for truth in range(24):
            synthetic.append((truth, name, 1.0, 0.5, 2.0, random.random() < 0.9, 0.4 if known else 0.97, known))
    profiles = [(rows[k][0], place, (place - 0.5) ** 2 * 2) for k in range(12) for place in np.linspace(-2, 2, 9)]
    heads = ("name", "unit", "origin", "basis", "prior_q05", "prior_q50", "prior_q95", "posterior_q05", "posterior_q50")
    more = ("posterior_q95", "contraction", "shift", "mode", "mode_place", "at_bound", "informed")
    return {
        "parameters": columns(rows, *heads, *more),
        "profile": columns(profiles, "name", "place", "drop"),
        "synthetic": columns(synthetic, "truth", "name", "truth_value", "q05", "q95", "inside", "width", "informed"),
    }


def told():
    """Return the made-up tables of shocks, propositions and the method."""
    shocks = [
        (name, year, world, *(course(start, 0.08, np.array([year]))[0] * more * k for k in (0.8, 1.0, 1.25)))
        for name, start in (("co_papers", 6e4), ("share_us", 42.0), ("scholars_in", 6e3), ("scholars_out", 5e3))
        for world, more in (("as it was", 1.0), ("no pandemic", 1.05), ("no tension", 1.1), ("neither", 1.15))
        for year in np.arange(2015.0, 2024.0)
    ]
    statement = "An invented sentence that is long enough to fill more than one line of the column it stands in, number"
    kinds = ("robust", "robust", "central", "conditional")
    propositions = [
        (
            f"P{n}a",
            kinds[n % 4],
            f"{statement} {n}",
            "一条为测试而编写的命题，" * 4,
            "+1",
            n != 13,
            1 - 0.02 * (n - 10),
            256,
            -1.0,
            2.0,
            3.5,
            "%",
            "o",
        )
        for n in range(10, 34)
    ]
    heads = ("id", "class", "statement_en", "statement_zh", "design", "design_holds", "share", "worlds", "q05", "q50", "q95")
    return {
        "shocks": columns(shocks, "quantity", "year", "world", "q05", "q50", "q95"),
        "propositions": columns(propositions, *heads, "key_unit", "outcome"),
        "method": columns([("ess", 412.0, "m"), ("vectors", 256.0, "m")], "name", "value", "meaning"),
    }


@pytest.fixture(scope="module")
def invented(tmp_path_factory):
    """Return a made-up calibration as it comes back from its file."""
    tables = {**history(), **parameters(), **told()}
    path = tmp_path_factory.mktemp("calibration") / "results.nc"
    save_netcdf(pack(tables, {"kind": "calibration", "model": "innovation_flows", "fingerprint": "made up"}), path)
    return load_netcdf(path)


@pytest.fixture(scope="module")
def drawn(invented):
    """Return the bundles of all figures of the made-up calibration."""
    home = gallery.home_of(invented)
    return {name: gallery.bundle(invented, name, spec) for name, spec, _ in gallery.listed(home) if spec.kind == "calibration"}


def without(dataset, name):
    """Return ``dataset`` without table ``name``."""
    return dataset.drop_vars([key for key in dataset.data_vars if str(key).startswith(f"{name}.")])


def test_all_are_drawn_of_a_calibration_and_none_of_a_study(invented, made_up):
    assert gallery.drawable(invented) == NAMES and len(NAMES) == 7
    assert gallery.left_out(invented) == {} and not set(gallery.drawable(made_up)) & set(NAMES)
    with pytest.raises(ThroughflowError, match="it is drawn of a calibration"):
        gallery.draw(made_up, "nowhere", ["history"])
    with pytest.raises(ThroughflowError, match="it is drawn of a study"):
        gallery.draw(invented, "nowhere", ["levels"])


@pytest.mark.parametrize("name", NAMES)
def test_layout_and_captions(drawn, name):
    made = drawn[name]
    for language, drawing in made.drawings.items():
        assert audit.audit(drawing) == ()
        shown = "\n".join(text.get_text() for text in texts(drawing))
        fonts.check(shown.split("\n"))
        tag = {"en": "posterior, 256 worlds; fitted to 2010–2018", "zh": "后验256个世界；拟合2010—2018年"}[language]
        assert tag in shown.replace("\n", " " if language == "en" else "")
        assert "{" not in made.captions[language] + shown and "nan" not in made.captions[language]
        assert "358" in made.captions[language], "parameters that the data do not inform are counted"
    assert not any("\u4e00" <= letter <= "\u9fff" for letter in made.captions["en"])
    assert np.isfinite(made.table.select_dtypes("number").to_numpy()).all() and "units" in made.table


@pytest.mark.parametrize("name", ["history", "history_checks", "share_count", "shocks"])
def test_lines_and_points_are_the_rows_of_the_table(drawn, name):
    table = drawn[name].table
    lines = {line.get_gid(): line for axes in drawn[name].drawings["zh"].axes for line in axes.lines if line.get_gid()}
    keys = table["panel"] + "|" + table["drawn"] + "|" + table["quantity"]
    found = [key for key in lines if not key.endswith("|last")]
    assert set(table[table["quantity"] == "value"].pipe(lambda rows: keys[rows.index])) <= set(found)
    for key in found:
        np.testing.assert_array_equal(lines[key].get_xydata(), table[keys == key][["year", "value"]].to_numpy())


def test_every_parameter_is_drawn(drawn, invented):
    lines = [line.get_gid() for axes in drawn["prior_posterior"].drawings["en"].axes for line in axes.lines if line.get_gid()]
    assert sorted(line.partition("|")[2] for line in lines) == sorted(invented["parameters.name"].values)
    bars = {bar for axes in drawn["identifiability"].drawings["en"].axes for bar in axes.containers}
    assert sum(len(bar) for bar in bars) == invented["parameters.name"].size


def test_titles_are_computed(drawn, invented):
    assert "fell while the number of international papers rose, in the data and" in drawn["share_count"].captions["en"]
    rising = invented.copy()
    rising["observations.value"] = rising["observations.value"].where(
        rising["observations.target"] != "share_international", rising["observations.year"]
    )
    home = gallery.home_of(rising)
    spec = {name: spec for name, spec, _ in gallery.listed(home)}["share_count"]
    assert "**International papers as a share and as a number**" in gallery.bundle(rising, "share_count", spec).captions["en"]
    assert "**1 of 12 robust propositions" in drawn["propositions"].captions["en"]


def test_what_is_missing_is_told(invented):
    reasons = gallery.left_out(without(without(invented, "profile"), "shocks"))
    assert reasons == {
        "shocks": "the result lacks the table 'shocks'",
        "identifiability": "the result lacks the table 'profile'",
    }
    few = invented.assign({"targets.role": invented["targets.role"].where(invented["targets.role"] != "check", "other")})
    assert "checks no series" in gallery.left_out(few)["history_checks"]


def test_numbers_that_are_not_finite_are_refused(invented, tmp_path):
    broken = invented.copy()
    broken["bands.q50"] = broken["bands.q50"].where(broken["bands.year"] != 2012)
    with pytest.raises(ThroughflowError, match="table bands, column q50"):
        gallery.draw(broken, tmp_path, ["history"])


def test_a_bundle_is_written(invented, tmp_path):
    (folder,) = gallery.draw(invented, tmp_path, ["shocks"])
    assert {path.name for path in folder.iterdir()} >= {"shocks.csv", "shocks.en.svg", "shocks.zh.pdf", "caption.zh.md"}
    assert json.loads((folder / "provenance.json").read_text(encoding="utf-8"))["result"]["kind"] == "calibration"
