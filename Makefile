# Every target does its own set-up: `.venv` is made once and refreshed when pyproject.toml changes.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

.PHONY: quickstart test check proof clean
quickstart: $(READY) ## the whole chain on the embedded world; says where the report is
	$(BIN)/solon run

test: $(READY) ## the tests
	$(BIN)/python -m pytest

check: $(READY) ## format, lint, types
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

proof: $(READY) ## every table of docs/results.md; resumable, runs share what they have in common through the cache
	$(BIN)/python -m benchmarks.proof

clean: ## remove the environment; runs and the cache stay
	rm -rf $(VENV)

# torch goes first and by its exact version: where a build without CUDA is at hand (a local index, or one already
# installed), pip takes it, and the install of the package then finds its requirement met.
$(READY): pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install --quiet torch==2.13.0
	$(BIN)/python -m pip install --quiet --editable '.[dev]'
	touch $@
