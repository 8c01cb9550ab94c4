# rtcpulse: `make demo` shows it, `make test` proves it. Each target makes what it needs.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
CASES  ?= ../shared/cases
PYTEST := $(BIN)/python -m pytest

.DEFAULT_GOAL := help
.PHONY: help demo test check bench faults recordings format docs

help:  ## show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## /{printf "  make %-11s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(VENV)/installed: requirements.lock pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "rtcpulse needs Python 3.11 or newer; set PYTHON=...")'
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --only-binary :all: -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	touch $@

.PHONY: browser
browser:
	@command -v chromium >/dev/null || tools/install-debian chromium fonts-dejavu-core

.PHONY: kafka
kafka: $(VENV)/installed
	@$(BIN)/python -m tests.kafka.fetching >/dev/null

demo: $(VENV)/installed  ## real calls and a modelled fleet on one machine, with the dashboard's address
	$(BIN)/rtcpulse demo

check: $(VENV)/installed  ## lint, format, types, import rules
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports

test: check browser kafka  ## everything that must hold, under 20 minutes
	$(PYTEST) -q

recordings: $(VENV)/installed  ## other people's recordings in CASES=... turned into batches and sent through
	$(PYTEST) -q tests/recordings --cases $(CASES)

faults: $(VENV)/installed  ## the long form of the kill tests
	RTCPULSE_TEST_KILLS=20 $(PYTEST) -q tests/faults

bench: $(VENV)/installed  ## ratios measured in one run, saved as docs/benchmarks.md
	$(BIN)/python -m tests.bench

docs: $(VENV)/installed  ## write the parts of docs/ that come from code
	$(BIN)/python -m rtcpulse.reference

format: $(VENV)/installed  ## let ruff format and fix
	$(BIN)/ruff check --fix
	$(BIN)/ruff format
