# Two commands do everything: `make run` and `make test`. Python 3.11 and make are all they need.
PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

.PHONY: run test test-all figures install clean
run: $(STAMP)
	$(BIN)/throughflow run study=recommendations output.folder=results/recommendations output.replace=true figure.folder=figures

figures: $(STAMP)
	$(BIN)/throughflow draw results/recommendations --folder figures

test: $(STAMP)
	$(BIN)/python -m pytest

test-all: $(STAMP)
	$(BIN)/python -m pytest -m ''

install: $(STAMP)

$(STAMP): pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[test]'
	touch $(STAMP)

clean:
	rm -rf $(VENV) build dist results
