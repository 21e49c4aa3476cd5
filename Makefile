# Two commands do everything: `make run` and `make test`. Python 3.11 and make are all they need.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin
PIP := PIP_CONSTRAINT=constraints.txt $(BIN)/python -m pip install --quiet --disable-pip-version-check
INSTALLED := $(VENV)/.installed
TESTING := $(VENV)/.testing

.PHONY: run advice figures draw calibration ship ship-advice test test-all benchmark install clean

STUDIES := packages measures timing sequence screening sensitivity discovery
IN_packages := ensemble=posterior
IN_measures := ensemble=posterior ensemble.size=64
IN_timing := ensemble=posterior
IN_sequence := ensemble=posterior
IN_screening := ensemble=morris uncertainty=prior
IN_sensitivity := ensemble=saltelli uncertainty=prior
IN_discovery := ensemble=sobol ensemble.size=2048 uncertainty=prior

run: $(INSTALLED)  ## run the main study and draw its figures into figures/
	$(BIN)/throughflow run study=recommendations output.folder=results/recommendations output.replace=true figure.folder=figures

advice: $(STUDIES:%=advice-%)  ## run the studies that planners ask, answer their questions, draw the answers into figures/

advice-%: $(INSTALLED)
	$(BIN)/throughflow run study=$* $(IN_$*) output.folder=results/$* output.replace=true figure.folder=figures

figures: run advice  ## make every figure anew; those of the calibration are drawn of the one that is shipped
	$(BIN)/throughflow draw models/innovation_flows/calibration --folder figures
	$(BIN)/throughflow draw --overview figures

draw: $(INSTALLED)  ## draw every figure again without a run: of the answers and the calibration that are shipped, and of `make run`
	test -f results/recommendations/results.nc || $(MAKE) run
	$(BIN)/throughflow draw results/recommendations --folder figures
	$(BIN)/throughflow draw models/innovation_flows/calibration --folder figures
	for study in $(STUDIES); do $(BIN)/throughflow draw models/innovation_flows/advice/$$study.nc --folder figures || exit 1; done
	$(BIN)/throughflow draw --overview figures

calibration: $(INSTALLED)  ## fit the model to history again and draw what comes of it; `ship` then takes it over
	$(BIN)/throughflow run study=calibration output.folder=results/calibration output.replace=true figure.folder=figures

ship: $(INSTALLED)  ## take the calibration in results/calibration over as the posterior beside the model
	$(BIN)/python -m sim.config.posterior results/calibration

ship-advice: $(INSTALLED)  ## take the answers in results/ over as those that briefs are written from
	for study in $(STUDIES); do cp results/$$study/results.nc models/innovation_flows/advice/$$study.nc || exit 1; done

test: $(TESTING)  ## the tests that every change must pass
	$(BIN)/python -m pytest -n auto --dist loadscope

test-all: $(TESTING)  ## the slow ones too
	$(BIN)/python -m pytest -n auto --dist loadscope -m ''

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
