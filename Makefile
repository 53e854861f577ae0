# What one does with this project. It needs python3 (3.11 or newer, with venv), make and git, and makes the rest itself.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# Set in a git hook, these would send the tests' own git commands to this repository.
unexport GIT_DIR GIT_WORK_TREE GIT_INDEX_FILE

.PHONY: help install lint test demo docs bench clean

help: ## this list
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 16

install: $(VENV)/.made ## the package with what its tests need, in .venv

$(VENV)/.made: pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[test]'
	touch $@

$(VENV)/.docs: $(VENV)/.made
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[docs]'
	touch $@

lint: install ## ruff, mypy and the layers
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports

test: lint ## lint, then every test
	$(BIN)/python -m pytest

demo: install ## the gate over a small service that may go, smoke tests of it while it runs, and the same one with a few things broken
	$(BIN)/python examples/demo.py

docs: $(VENV)/.docs ## the documentation, in site/
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet
	@echo "site/index.html"

bench: install ## what the gate costs, measured side by side
	$(BIN)/python -m benchmarks

clean: ## all that the others made
	rm -rf $(VENV) .demo build dist site .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
