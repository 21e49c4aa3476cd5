# Two commands do everything: `make run` and `make test`. Python 3.11 and make are all they need.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin
PIP := PIP_CONSTRAINT=constraints.txt $(BIN)/python -m pip install --quiet --disable-pip-version-check
INSTALLED := $(VENV)/.installed
TESTING := $(VENV)/.testing

.PHONY: run figures calibration ship test test-all benchmark install clean

run: $(INSTALLED)  ## run the main study and draw its figures into figures/
	$(BIN)/throughflow run study=recommendations output.folder=results/recommendations output.replace=true figure.folder=figures

figures: $(INSTALLED)  ## draw the figures again from stored results, which are made first if there are none
	test -f results/recommendations/results.nc || $(MAKE) run
	$(BIN)/throughflow draw results/recommendations --folder figures
	$(BIN)/throughflow draw models/innovation_flows/calibration --folder figures

calibration: $(INSTALLED)  ## fit the model to history again and draw what comes of it; `ship` then takes it over
	$(BIN)/throughflow run study=calibration output.folder=results/calibration output.replace=true figure.folder=figures

ship: $(INSTALLED)  ## take the calibration in results/calibration over as the posterior beside the model
	$(BIN)/python -m sim.config.posterior results/calibration

test: $(TESTING)  ## the tests that every change must pass
	$(BIN)/python -m pytest -n auto --dist loadgroup

test-all: $(TESTING)  ## the slow ones too
	$(BIN)/python -m pytest -n auto --dist loadgroup -m ''

benchmark: $(TESTING)  ## measure against peers, 10 to 20 minutes; benchmarks/README.md tells more
	$(BIN)/python -m benchmarks

install: $(INSTALLED)

$(INSTALLED): pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(PIP) --editable .
	touch $@

$(TESTING): $(INSTALLED)
	$(PIP) --editable '.[test]'
	touch $@

clean:
	rm -rf $(VENV) build dist results
