import importlib.util
from pathlib import Path

import pytest

_spec = importlib.util.spec_from_file_location("throughflow_synthetic", Path(__file__).with_name("synthetic.py"))
synthetic = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(synthetic)


@pytest.fixture(scope="session")
def made_up():
    """Return a made-up result of the study `recommendations`."""
    return synthetic.result()


@pytest.fixture(scope="session")
def invent():
    """Return the module that invents results."""
    return synthetic


@pytest.fixture(scope="session")
def bundles(made_up):
    """Return a function that draws a figure of the made-up result once."""
    from sim.show import gallery

    home = gallery.model_folder(made_up)
    listed = {name: (spec, member) for name, spec, member in gallery.listed(home)}
    kept = {}

    def get(name):
        if name not in kept:
            spec, member = listed[name]
            kept[name] = gallery.bundle(made_up, name, spec, member=member)
        return kept[name]

    return get
